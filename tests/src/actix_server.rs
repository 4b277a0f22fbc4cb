//! A real actix-web server on a loopback port, on a thread of its own as actix wants it.

use std::{net::SocketAddr, thread};

use actix_web::{
    App, Error, HttpServer,
    body::MessageBody,
    dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse},
    rt::System,
};
use tokio::sync::oneshot;

/// What an app is made of that can be served.
pub trait Served<B>:
    ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>
    + 'static
{
}

impl<B, T> Served<B> for T where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static
{
}

/// Serves until it is stopped.
#[derive(Debug)]
pub struct ActixServer {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<thread::JoinHandle<()>>,
}

impl ActixServer {
    /// Serves what the factory makes, with two workers.
    pub async fn start<T, B>(factory: impl Fn() -> App<T> + Send + Clone + 'static) -> Self
    where
        T: Served<B>,
        B: MessageBody + 'static,
    {
        let (started, running) = oneshot::channel();
        let thread = thread::spawn(move || {
            System::new().block_on(async move {
                let server = HttpServer::new(factory).workers(2).disable_signals().shutdown_timeout(5);
                let server = server.bind(("127.0.0.1", 0)).unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                started.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, handle) = running.await.unwrap();
        Self { address, handle, thread: Some(thread) }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers what has begun, then stops.
    pub async fn stop(mut self) {
        self.handle.stop(true).await;
        let thread = self.thread.take().unwrap();
        tokio::task::spawn_blocking(move || thread.join().unwrap()).await.unwrap();
    }
}
