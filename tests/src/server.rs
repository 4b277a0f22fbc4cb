//! A real server on a loopback port.

use std::net::SocketAddr;

use axum::Router;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// Serves until it is stopped or dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

impl Server {
    /// Serves a router, peer addresses included.
    pub async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let served = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            axum::serve(listener, service).with_graceful_shutdown(stopped).await.unwrap();
        });
        Self { address, stop: Some(stop), served }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers what has begun, then stops.
    pub async fn stop(mut self) {
        self.stop.take().map(|stop| stop.send(()));
        (&mut self.served).await.unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.served.abort();
    }
}
