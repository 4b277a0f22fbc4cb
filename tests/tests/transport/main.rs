//! Connections to collectors and to the API over TLS and through proxies, and against servers that do neither well.

mod attacks;
mod certificates;
mod encrypted;
mod environment;
mod proxies;
mod proxy;
mod tls;

use std::{net::SocketAddr, time::Duration};

use basalt_core::{Basalt, Builder, Otlp, Protocol};

use basalt_tests::wait;
use certificates::Authority;
use encrypted::Encrypted;

const BOTH: [Protocol; 2] = [Protocol::Grpc, Protocol::HttpProtobuf];

/// More than any answer takes, less than anybody's patience.
const LIMIT: Duration = Duration::from_secs(20);

/// A destination that trusts the authority.
fn trusting(authority: &Authority, address: SocketAddr, protocol: Protocol) -> Otlp {
    otlp(&format!("https://localhost:{}", address.port()), protocol).root_certificate(authority.pem())
}

fn otlp(url: &str, protocol: Protocol) -> Otlp {
    Otlp::new(url).protocol(protocol).timeout(Duration::from_secs(5)).gzip(true)
}

/// Sends one span; `Ok`, or why not.
async fn sent(otlp: Otlp) -> Result<(), String> {
    sent_by(Basalt::builder(), otlp, LIMIT).await
}

/// The same where it must fail: why it has.
async fn failed(otlp: Otlp) -> String {
    let otlp = otlp.timeout(Duration::from_secs(1));
    let basalt = Basalt::builder().destination(otlp.name("c")).build().unwrap();
    basalt.start_observe("f", "a").start().end();
    let _ = basalt.flush(Duration::ZERO).await;
    let health = wait::until("a failure", || async {
        let health = basalt.health().destinations.remove(0);
        health.last_error.is_some().then_some(health)
    });
    let health = health.await;
    assert_eq!((health.waiting, health.reachable), (1, false), "spans are kept: {health:?}");
    health.last_error.unwrap()
}

async fn sent_by(builder: Builder, otlp: Otlp, limit: Duration) -> Result<(), String> {
    let basalt = builder.destination(otlp.name("c")).build().map_err(|error| error.to_string())?;
    basalt.start_observe("f", "a").start().end();
    basalt.flush(limit).await.map_err(|error| error.reason)
}
