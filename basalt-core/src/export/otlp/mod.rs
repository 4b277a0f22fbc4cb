//! OTLP: batches encoded and compressed once, and the same bytes sent until somebody has an answer to them.

mod encode;
mod fields;
#[cfg(test)]
mod fuzz;
mod grpc;
mod gzip;
mod http;
mod reply;
mod span;

use bytes::Bytes;
use opentelemetry_sdk::Resource;

pub(super) use encode::Packer;

use super::{OtlpTarget, Protocol, parcel::Reply};

/// The way to one collector.
#[derive(Debug)]
pub(super) struct Collector {
    wire: Wire,
    /// Whether messages are compressed.
    gzip: bool,
}

#[derive(Debug)]
enum Wire {
    Grpc(grpc::Grpc),
    Http(Box<http::Http>),
}

impl Collector {
    /// Inside the delivery runtime, which connections need. Nothing is connected yet.
    pub(super) fn open(target: &OtlpTarget) -> Result<Self, String> {
        let gzip = target.compressed();
        let wire = match target.endpoint.protocol {
            Protocol::Grpc => Wire::Grpc(grpc::Grpc::open(target)?),
            Protocol::HttpProtobuf => Wire::Http(Box::new(http::Http::open(target)?)),
        };
        Ok(Self { wire, gzip })
    }

    /// What makes messages that any collector takes.
    pub(super) fn packer(resource: &Resource) -> Packer {
        Packer::new(resource)
    }

    /// A message as it is sent, compressed if this collector is to get it so. Done once, whatever the attempts.
    pub(super) fn pack(&self, message: Bytes) -> Bytes {
        if self.gzip { gzip::compress(&message) } else { message }
    }

    /// Sends a packed message, which another process may have packed for a collector that it takes gzip from.
    pub(super) async fn send(&self, message: Bytes) -> Reply {
        let message = match gzip::is_compressed(&message) && !self.gzip {
            true => gzip::decompress(&message),
            false => Some(message),
        };
        let Some(message) = message else {
            return Reply::Refused { reason: "it cannot be decompressed, or is too long then".to_owned() };
        };
        match &self.wire {
            Wire::Grpc(grpc) => grpc.send(message).await,
            Wire::Http(http) => http.send(message).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, sync::Arc};

    use flate2::{Compression, GzBuilder};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        sync::Mutex,
    };

    use super::*;
    use crate::export::Endpoint;

    /// Answers every request with 503, and keeps its body.
    async fn busy() -> (String, Arc<Mutex<Vec<Vec<u8>>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let bodies = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let kept = Arc::clone(&bodies);
        tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(client.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
                let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
                let mut body = vec![0; length.parse().unwrap()];
                client.read_exact(&mut body).await.unwrap();
                assert_eq!(head.contains("content-encoding: gzip"), gzip::is_compressed(&body));
                kept.lock().await.push(body);
                let answer = b"HTTP/1.1 503 Busy\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
                client.write_all(answer).await.unwrap();
            }
        });
        (url, bodies)
    }

    fn target(url: &str, gzip: bool) -> OtlpTarget {
        let mut target = OtlpTarget::new(Endpoint::parse(url).unwrap(), Vec::new());
        target.gzip = Some(gzip);
        target
    }

    #[tokio::test]
    async fn a_message_is_sent_as_it_was_packed_however_often() {
        let message = Bytes::from_static(b"\x0a\x03abc");
        // Nobody but this test packs with a remark: compressed again, it would be gone.
        let mut packed = GzBuilder::new().comment("once").write(Vec::new(), Compression::best());
        packed.write_all(&message).unwrap();
        let packed = Bytes::from(packed.finish().unwrap());
        for (gzip, sent, arrives) in
            [(true, &packed, &packed), (true, &message, &message), (false, &packed, &message)]
        {
            let (url, bodies) = busy().await;
            let collector = Collector::open(&target(&url, gzip)).unwrap();
            for _ in 0..3 {
                let reply = collector.send(sent.clone()).await;
                assert!(matches!(reply, Reply::Later { .. }), "{reply:?}");
            }
            assert_eq!(*bodies.lock().await, vec![arrives.to_vec(); 3]);
        }
    }

    #[tokio::test]
    async fn packing_is_compression_where_it_is_wanted_and_nothing_else() {
        let message = Bytes::from(b"\x0a\x03abc".repeat(1000));
        let pack =
            |gzip| Collector::open(&target("http://127.0.0.1:4317", gzip)).unwrap().pack(message.clone());
        assert_eq!(pack(false), message);
        assert_eq!(gzip::decompress(&pack(true)).unwrap(), message);
    }

    #[tokio::test]
    async fn what_pretends_to_be_compressed_is_refused_where_it_would_have_to_be_read() {
        let collector = Collector::open(&target("http://127.0.0.1:4317", false)).unwrap();
        let reply = collector.send(Bytes::from_static(b"\x1f\x8bno")).await;
        assert!(matches!(reply, Reply::Refused { .. }), "{reply:?}");
    }
}
