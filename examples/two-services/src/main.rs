//! Three services, two frameworks, one trace: axum calls actix-web calls axum. See the README beside it.

mod front;
mod index;
mod running;
mod search;

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
};

use basalt_tower::Baggage;
use chat::{Arguments, Library, asked_to_stop, log_to_stderr};

/// What services tell one another of whoever has asked, and what those read that ask for it.
const TOLD: Baggage = Baggage::none().identity().experiment();

/// A free port that only this machine can reach.
const LOOPBACK: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { folder, listen } = Arguments::of_process();
    log_to_stderr("two_services");
    // reqwest wants a TLS provider even where nothing is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();

    let library = Library::open(&folder)?;
    let opened = library.to_string();
    let index = index::start(library).await?;
    let search = search::start(index.address)?;
    let front = front::start(listen, search.address).await?;

    let address = front.address;
    tracing::info!("{opened}, http://{address}");
    tracing::info!(
        "ask: curl -s {address}/ask -H 'content-type: application/json' -H 'x-user-id: u-1' \
         -H 'x-experiment-id: e-1' -d '{{\"question\": \"What ends a span?\"}}'"
    );
    asked_to_stop().await;
    // Who calls stops before who is called.
    for service in [front, search, index] {
        service.stop().await?;
    }
    Ok(())
}
