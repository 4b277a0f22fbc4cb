//! What a client says first, and Basalt beside it. Part of every neighbour.

#![allow(dead_code)]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    thread::JoinHandle,
};

/// Basalt is in the program, and is used, as far as it can be without a collector.
pub fn with_basalt() {
    #[cfg(feature = "basalt")]
    {
        let basalt = basalt_tower::Basalt::builder().endpoint("http://127.0.0.1:9").build().unwrap();
        basalt.start_observe("neighbour", "beside").start().end();
    }
}

/// Listens for one client; what it has said, in words. Before that it reads and answers what a protocol has before TLS.
pub fn listen(before: Option<(usize, &'static [u8])>) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        if let Some((asked, answer)) = before {
            client.read_exact(&mut vec![0; asked]).unwrap();
            client.write_all(answer).unwrap();
        }
        let mut head = [0; 5];
        client.read_exact(&mut head).unwrap();
        if head[0] != 0x16 {
            return format!("no TLS: {:?}", String::from_utf8_lossy(&head));
        }
        let mut hello = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        client.read_exact(&mut hello).unwrap();
        described(&hello)
    });
    (address, heard)
}

/// Suites, versions, groups, signatures and protocols of a ClientHello. Source: RFC 8446, section 4.1.2.
pub fn described(hello: &[u8]) -> String {
    // Type and length, version, random.
    let mut rest = &hello[4 + 2 + 32..];
    let _session = part(&mut rest, 1);
    let mut said = format!("suites {:02x?}\n", part(&mut rest, 2));
    let _compression = part(&mut rest, 1);
    let mut extensions = part(&mut rest, 2);
    let mut known = Vec::new();
    while !extensions.is_empty() {
        let (kind, mut tail) = extensions.split_at(2);
        let value = part(&mut tail, 2);
        extensions = tail;
        match kind {
            [0, 10] => known.push(format!("groups {value:02x?}\n")),
            [0, 13] => known.push(format!("signatures {value:02x?}\n")),
            [0, 16] => known.push(format!("protocols {value:02x?}\n")),
            [0, 43] => known.push(format!("versions {value:02x?}\n")),
            _ => {}
        }
    }
    // rustls sends extensions in any order.
    known.sort();
    said.extend(known);
    said
}

fn part<'a>(rest: &mut &'a [u8], digits: usize) -> &'a [u8] {
    let (length, tail) = rest.split_at(digits);
    let length = length.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
    let (part, tail) = tail.split_at(length);
    *rest = tail;
    part
}
