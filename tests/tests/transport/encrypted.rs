//! TLS in front of a server that has none.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use rustls::{
    CipherSuite, ProtocolVersion, ServerConfig,
    crypto::{CryptoProvider, ring},
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use crate::certificates::{Authority, Identity};

/// Until it is dropped.
pub(crate) struct Encrypted {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    serving: JoinHandle<()>,
}

/// What a client has agreed to.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) suite: CipherSuite,
    pub(crate) version: ProtocolVersion,
    pub(crate) alpn: Option<Vec<u8>>,
    pub(crate) client_certificates: usize,
}

/// How a server encrypts.
pub(crate) struct Terms<'a> {
    pub(crate) identity: Identity,
    /// Who signs for clients; `None` to let anybody in.
    pub(crate) clients: Option<&'a Authority>,
    pub(crate) alpn: &'a [&'a [u8]],
    pub(crate) old: bool,
}

impl<'a> Terms<'a> {
    pub(crate) fn new(identity: Identity) -> Self {
        Self { identity, clients: None, alpn: &[b"h2", b"http/1.1"], old: false }
    }

    fn config(self) -> ServerConfig {
        let provider = Arc::<CryptoProvider>::new(ring::default_provider());
        let versions: &[_] = if self.old { &[&TLS12] } else { &[&TLS13, &TLS12] };
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_protocol_versions(versions).unwrap();
        let builder = match self.clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let roots = Arc::new(authority.store());
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            }
        };
        let mut config = builder.with_single_cert(self.identity.chain, self.identity.key).unwrap();
        config.alpn_protocols = self.alpn.iter().map(|name| name.to_vec()).collect();
        config
    }
}

impl Encrypted {
    pub(crate) async fn start(upstream: SocketAddr, terms: Terms<'_>) -> Self {
        Self::serve(TcpListener::bind("127.0.0.1:0").await.unwrap(), upstream, terms)
    }

    pub(crate) fn serve(listener: TcpListener, upstream: SocketAddr, terms: Terms<'_>) -> Self {
        let address = listener.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(terms.config()));
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let shared = Arc::clone(&seen);
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, seen) = (acceptor.clone(), Arc::clone(&shared));
                tokio::spawn(async move {
                    let Ok(mut client) = acceptor.accept(client).await else { return };
                    let session = client.get_ref().1;
                    seen.lock().unwrap().push(Seen {
                        suite: session.negotiated_cipher_suite().unwrap().suite(),
                        version: session.protocol_version().unwrap(),
                        alpn: session.alpn_protocol().map(<[u8]>::to_vec),
                        client_certificates: session.peer_certificates().map_or(0, <[_]>::len),
                    });
                    let mut upstream = TcpStream::connect(upstream).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
                });
            }
        });
        Self { address, seen, serving }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every connection that was agreed on.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Encrypted {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
