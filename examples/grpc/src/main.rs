//! A chat service on tonic, and a client of it. See the README beside it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

mod client;
mod service;
mod wire;

use std::{error::Error, net::SocketAddr, path::PathBuf};

use basalt_tower::{Basalt, BasaltLayer, HeaderIdentity};
use chat::{Chat, Library, Model, asked_to_stop};
use clap::{Args, Parser};
use service::Service;
use tonic::transport::{Server, server::TcpIncoming};
use wire::ChatServer;

/// Answers questions about a folder of Markdown files, by gRPC.
#[derive(Parser)]
enum Arguments {
    Serve(Serve),
    Ask(client::Ask),
}

/// Serves until Ctrl-C.
#[derive(Args)]
struct Serve {
    /// The folder; without it, this project's own documents.
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"))]
    folder: PathBuf,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:50051")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let name = if matches!(arguments, Arguments::Serve(_)) { "grpc-chat" } else { "grpc-chat-client" };
    let basalt = Basalt::builder().service_name(name).build()?;
    let done = match arguments {
        Arguments::Serve(options) => serve(&basalt, options).await,
        Arguments::Ask(ask) => client::ask(&basalt, ask).await,
    };
    basalt.shutdown().await?;
    done
}

async fn serve(basalt: &Basalt, Serve { folder, listen }: Serve) -> Result<(), Box<dyn Error>> {
    let chat = Chat::new(Library::open(&folder)?, Model::from_env());
    let described = chat.to_string();
    let layer = BasaltLayer::new(basalt, "docs-chat")
        .identity_from_headers(HeaderIdentity::default())
        .metadata("example", "grpc-chat");

    let incoming = TcpIncoming::bind(listen)?;
    eprintln!("{described}, http://{}", incoming.local_addr()?);
    let server = Server::builder().layer(layer).add_service(ChatServer::new(Service { chat }));
    Ok(server.serve_with_incoming_shutdown(incoming, asked_to_stop()).await?)
}
