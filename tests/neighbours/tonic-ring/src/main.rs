use tonic::transport::{ClientTlsConfig, Endpoint};

#[path = "../../shared/hello.rs"]
mod hello;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    hello::with_basalt();
    let (address, heard) = hello::listen(None);
    let endpoint = Endpoint::from_shared(format!("https://localhost:{}", address.port())).unwrap();
    let endpoint = endpoint.tls_config(ClientTlsConfig::new()).unwrap();
    let connecting = tokio::spawn(async move { endpoint.connect().await.is_ok() });
    print!("{}", tokio::task::spawn_blocking(|| heard.join().unwrap()).await.unwrap());
    connecting.abort();
}
