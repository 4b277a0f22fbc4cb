//! An HTTP proxy that leads everybody to one place, whatever they ask for.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Until it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// It is led there.
    Lead(SocketAddr),
    /// The bytes are sent, and nothing else.
    Say(Vec<u8>),
    /// Nothing comes.
    Nothing,
}

impl Proxy {
    pub(crate) async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let shared = Arc::clone(&heads);
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, answer.clone(), Arc::clone(&shared)));
            }
        });
        Self { address, heads, serving }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The head of the first request of every connection.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(mut client: TcpStream, answer: Answer, heads: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else { return };
        head.push(byte);
    }
    let text = String::from_utf8(head.clone()).unwrap();
    heads.lock().unwrap().push(text.clone());
    match answer {
        Answer::Lead(there) => {
            let mut upstream = TcpStream::connect(there).await.unwrap();
            match text.starts_with("CONNECT ") {
                true => client.write_all(b"HTTP/1.1 200 OK\r\nvia: 1.1 here\r\n\r\n").await.unwrap(),
                false => upstream.write_all(&head).await.unwrap(),
            }
            let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
        }
        Answer::Say(bytes) => {
            let _ = client.write_all(&bytes).await;
        }
        Answer::Nothing => std::future::pending().await,
    }
}
