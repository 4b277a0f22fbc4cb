//! The two ways to ask, asked.

use std::{
    error::Error,
    io::{self, Write},
};

use basalt_tower::{Basalt, Identity, RootSpan, context};
use clap::Args;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use tonic::{Request, Status, metadata::MetadataValue, transport::Channel};

use crate::wire::{ChatClient, Question};

/// A question to a service that runs.
#[derive(Args)]
pub(crate) struct Ask {
    question: String,
    /// Where the service listens.
    #[arg(long, default_value = "http://127.0.0.1:50051")]
    server: String,
    /// Prints the answer as it comes.
    #[arg(long)]
    stream: bool,
    /// Who asks.
    #[arg(long)]
    user: Option<String>,
}

/// Asks, and prints the answer. What happens in the service belongs to the same trace.
pub(crate) async fn ask(basalt: &Basalt, ask: Ask) -> Result<(), Box<dyn Error>> {
    let client = ChatClient::connect(ask.server.clone()).await?;
    let identity = ask.user.as_deref().map_or_else(Identity::default, Identity::user);
    let root = basalt.start_observe("docs-chat", "ask").identity(identity);
    root.try_run(|root| async move { print(client, &root, ask).await }).await?;
    Ok(())
}

async fn print(client: ChatClient<Channel>, root: &RootSpan, ask: Ask) -> Result<(), Status> {
    root.set_input(&ask.question);
    let mut texts = std::pin::pin!(texts(client, ask).await?);
    let mut answer = String::new();
    while let Some(text) = texts.try_next().await? {
        print!("{text}");
        let _ = io::stdout().flush();
        answer.push_str(&text);
    }
    println!();
    root.set_output(&answer);
    Ok(())
}

/// The answer in pieces, or in one.
async fn texts(
    mut client: ChatClient<Channel>,
    ask: Ask,
) -> Result<impl Stream<Item = Result<String, Status>>, Status> {
    let mut request = Request::new(Question { text: ask.question });
    context::inject(request.metadata_mut().as_mut());
    if let Some(user) = ask.user {
        let user = MetadataValue::try_from(user).map_err(|_| Status::invalid_argument("no such user"))?;
        request.metadata_mut().insert("x-user-id", user);
    }
    Ok(if ask.stream {
        let pieces = client.ask_stream(request).await?.into_inner();
        pieces.map_ok(|piece| piece.text).left_stream()
    } else {
        let answer = client.ask(request).await?.into_inner();
        stream::once(async { Ok(answer.text) }).right_stream()
    })
}
