use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, RootCertStore, crypto::CryptoProvider};

#[path = "../../shared/hello.rs"]
mod hello;

fn main() {
    hello::with_basalt();
    println!("installed: {}", CryptoProvider::get_default().is_some());
    #[cfg(feature = "basalt")]
    https_wants_a_provider();
    let config = ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    let mut client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut record = Vec::new();
    client.write_tls(&mut record).unwrap();
    print!("{}", hello::described(&record[5..]));
    // rustls has chosen for the process by now, and Basalt goes along.
    #[cfg(feature = "basalt")]
    basalt_tower::Basalt::builder().endpoint("https://127.0.0.1:9").api_key("k").build().unwrap();
}

/// The provider is there, but nobody has chosen it for Basalt.
#[cfg(feature = "basalt")]
fn https_wants_a_provider() {
    use basalt_tower::{Basalt, BuildError};

    let refused = |builder: basalt_tower::Builder| {
        let error = builder.build().unwrap_err();
        assert!(matches!(error, BuildError::CryptoProvider { .. }), "{error}");
        let said = error.to_string();
        for cure in ["`tls-ring`", "`tls-aws-lc`", "`Builder::crypto_provider`"] {
            assert!(said.contains(cure), "{said}");
        }
    };
    refused(Basalt::builder().endpoint("https://127.0.0.1:9"));
    refused(Basalt::builder().api_key("k"));
    refused(Basalt::builder().endpoint("http://127.0.0.1:9").api_key("k"));
    Basalt::builder().enabled(false).endpoint("https://127.0.0.1:9").build().unwrap();
    let provider = rustls::crypto::ring::default_provider();
    let builder = Basalt::builder().endpoint("https://127.0.0.1:9").api_key("k").crypto_provider(provider);
    builder.build().unwrap();
    assert!(CryptoProvider::get_default().is_none());
}
