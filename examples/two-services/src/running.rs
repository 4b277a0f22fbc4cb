//! A service, from its start to its end.

use std::{error::Error, io, net::SocketAddr, pin::Pin};

use basalt_tower::Basalt;
use tokio::{sync::oneshot, task::JoinHandle};

/// Completes when a service is to stop.
pub(crate) type Stopped = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A service that listens. It has telemetry of its own, as it would have in a process of its own.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    basalt: Basalt,
    stop: oneshot::Sender<()>,
    served: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Serves until the future that the server is given completes.
    pub(crate) fn spawn<S>(basalt: Basalt, address: SocketAddr, server: impl FnOnce(Stopped) -> S) -> Self
    where
        S: IntoFuture<Output = io::Result<()>, IntoFuture: Send + 'static>,
    {
        let (stop, told) = oneshot::channel();
        let stopped = async {
            let _ = told.await;
        };
        let served = tokio::spawn(server(Box::pin(stopped)).into_future());
        Self { address, basalt, stop, served }
    }

    /// Answers what has begun, delivers what is left, and stops.
    pub(crate) async fn stop(self) -> Result<(), Box<dyn Error>> {
        let _ = self.stop.send(());
        self.served.await??;
        Ok(self.basalt.shutdown().await?)
    }
}
