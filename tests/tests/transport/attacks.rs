//! Servers that do it wrong: spans are kept, and the reason says what is wrong.

use std::{net::SocketAddr, time::Duration};

use basalt_core::{Basalt, Protocol};
use basalt_tests::collector::Collector;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

use super::{Authority, BOTH, Encrypted, LIMIT, failed, otlp, sent, trusting};
use crate::encrypted::Terms;

/// Says these bytes to everybody, piece by piece, and then nothing.
async fn babbler(pieces: Vec<Vec<u8>>) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let pieces = pieces.clone();
            tokio::spawn(async move {
                let mut buffer = vec![0; 1 << 16];
                let _ = client.read(&mut buffer).await;
                for piece in pieces {
                    let _ = client.write_all(&piece).await;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                while client.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
            });
        }
    });
    (address, serving)
}

#[tokio::test]
async fn a_certificate_for_another_host_of_an_unknown_root_or_out_of_date_is_told_of() {
    let (authority, stranger, old) = (Authority::new(), Authority::new(), Authority::valid_until(2001));
    for (identity, said) in [
        (authority.identity(&["elsewhere"]), "not valid for name"),
        (stranger.identity(&["localhost"]), "`root_certificate`"),
        (authority.identity_until(&["localhost"], 2001), "expired"),
    ] {
        let pem = (identity.pem, identity.key_pem, identity.chain, identity.key);
        for protocol in BOTH {
            let collector = Collector::start().await;
            let identity = crate::certificates::Identity {
                pem: pem.0.clone(),
                key_pem: pem.1.clone(),
                chain: pem.2.clone(),
                key: pem.3.clone_key(),
            };
            let front = Encrypted::start(collector.address(), Terms::new(identity)).await;
            let reason = failed(trusting(&authority, front.address(), protocol)).await;
            assert!(reason.contains("cannot be reached") && reason.contains(said), "{reason}");
            assert_eq!(collector.knocks(), 0);
        }
    }
    let collector = Collector::start().await;
    let front = Encrypted::start(collector.address(), Terms::new(old.identity(&["localhost"]))).await;
    // Roots are trusted for themselves: their own dates are not looked at, as everywhere in rustls.
    sent(trusting(&old, front.address(), BOTH[0])).await.unwrap();
}

#[tokio::test]
async fn tls_towards_a_port_without_and_the_other_way_round_is_told_of() {
    let authority = Authority::new();
    let collector = Collector::start().await;
    let front = Encrypted::start(collector.address(), Terms::new(authority.identity(&["localhost"]))).await;
    for protocol in BOTH {
        let reason = failed(trusting(&authority, collector.address(), protocol)).await;
        assert!(reason.contains("cannot be reached"), "{reason}");
        let (plain, _serving) = babbler(vec![b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()]).await;
        let reason = failed(trusting(&authority, plain, protocol)).await;
        assert!(reason.contains("write the URL with http"), "{reason}");
        // It closes at once, and its alert may be lost with the connection.
        let reason = failed(otlp(&format!("http://{}", front.address()), protocol)).await;
        assert!(reason.contains("cannot be reached"), "{protocol:?}: {reason}");
        let (alerting, _serving) = babbler(vec![b"\x15\x03\x03\0\x02\x02\x0a\0\0".to_vec()]).await;
        let reason = failed(otlp(&format!("http://{alerting}"), protocol)).await;
        assert!(reason.contains("does it want TLS? then use https"), "{protocol:?}: {reason}");
    }
}

#[tokio::test]
async fn a_handshake_without_an_end_is_given_up_and_the_next_one_succeeds() {
    let authority = Authority::new();
    for protocol in BOTH {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let otlp = trusting(&authority, address, protocol).timeout(Duration::from_millis(500));
        let basalt = Basalt::builder().destination(otlp).build().unwrap();
        basalt.start_observe("f", "a").start().end();
        // Half open: accepted, and nothing is said.
        let held = async { (listener.accept().await.unwrap(), listener.accept().await.unwrap()) };
        let (error, _held) = tokio::join!(basalt.flush(Duration::from_secs(3)), held);
        assert!(error.unwrap_err().reason.contains("within"));
        let collector = Collector::start().await;
        let identity = authority.identity(&["localhost"]);
        let _front = Encrypted::serve(listener, collector.address(), Terms::new(identity));
        basalt.flush(LIMIT).await.unwrap();
        assert_eq!(collector.spans().len(), 1);
    }
}

#[tokio::test]
async fn grpc_to_a_server_of_http_and_http_to_one_of_grpc_are_told_of() {
    let grpc =
        babbler(vec![b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff".to_vec()])
            .await;
    let reason = failed(otlp(&format!("http://{}", grpc.0), Protocol::HttpProtobuf)).await;
    assert!(reason.contains("does it speak gRPC?"), "{reason}");
    let http = babbler(vec![b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".to_vec()]).await;
    let reason = failed(otlp(&format!("http://{}", http.0), Protocol::Grpc)).await;
    assert!(reason.contains("does it speak HTTP/1.1?"), "{reason}");
}

#[tokio::test]
async fn heads_and_bodies_without_an_end_are_given_up_within_the_time_limit() {
    let head = b"HTTP/1.1 200 OK\r\n".to_vec();
    let line = [b"x-noise: ".to_vec(), vec![b'n'; 8000], b"\r\n".to_vec()].concat();
    let chunk = [b"1000\r\n".to_vec(), vec![b'b'; 0x1000], b"\r\n".to_vec()].concat();
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for (pieces, taken) in [
        ([vec![head.clone()], vec![line; 200]].concat(), false),
        (vec![head], false),
        (vec![b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf".to_vec()], false),
        // What is longer than any answer of a collector is not read to its end: it has said 200.
        ([vec![chunked], vec![chunk; 200]].concat(), true),
    ] {
        let (address, _serving) = babbler(pieces).await;
        let otlp = otlp(&format!("http://{address}"), Protocol::HttpProtobuf);
        match taken {
            true => sent(otlp).await.unwrap(),
            false => {
                let reason = failed(otlp).await;
                assert!(reason.contains("cannot be reached") || reason.contains("within"), "{reason}");
            }
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_key_stays() {
    let elsewhere = Collector::start().await;
    let answer = format!(
        "HTTP/1.1 307 Elsewhere\r\nlocation: http://{}/v1/traces\r\ncontent-length: 0\r\n\r\n",
        elsewhere.address()
    );
    let (address, _serving) = babbler(vec![answer.into_bytes()]).await;
    let otlp = otlp(&format!("http://{address}"), Protocol::HttpProtobuf).api_key("k");
    let reason = sent(otlp).await.unwrap_err();
    assert!(reason.contains("redirects are not followed"), "{reason}");
    assert_eq!(elsewhere.knocks(), 0);
}
