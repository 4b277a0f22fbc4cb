//! Loopback ports that belong to one test, whether somebody listens there or not.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// Nobody else is given it as long as this lives. Whoever knocks is turned away, unless somebody listens.
#[derive(Debug)]
pub struct Port {
    /// Bound, and never listening.
    claim: TcpSocket,
}

impl Port {
    /// Takes one that is free.
    #[must_use]
    pub fn reserve() -> Self {
        Self { claim: bound(([127, 0, 0, 1], 0).into()) }
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.claim.local_addr().unwrap()
    }

    /// Listens there, until the listener is dropped. Needs a runtime.
    #[must_use]
    pub fn listen(&self) -> TcpListener {
        Self::listen_at(self.address())
    }

    /// Listens at the address of a port that lives elsewhere.
    #[must_use]
    pub fn listen_at(address: SocketAddr) -> TcpListener {
        bound(address).listen(1024).unwrap()
    }
}

fn bound(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_port_turns_away_whoever_knocks_unless_somebody_listens() {
        let port = Port::reserve();
        for _ in 0..2 {
            TcpStream::connect(port.address()).await.unwrap_err();
            let listener = port.listen();
            let (here, there) = tokio::join!(TcpStream::connect(port.address()), listener.accept());
            drop((listener, here.unwrap(), there.unwrap()));
        }
        assert!(std::net::TcpListener::bind(port.address()).is_err(), "nobody else gets it");
    }
}
