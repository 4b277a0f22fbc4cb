use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, RootCertStore, crypto::CryptoProvider};

#[path = "../../shared/hello.rs"]
mod hello;

fn main() {
    hello::with_basalt();
    println!("installed: {}", CryptoProvider::get_default().is_some());
    let config = ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    let mut client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut record = Vec::new();
    client.write_tls(&mut record).unwrap();
    print!("{}", hello::described(&record[5..]));
}
