use hyper_util::rt::TokioIo;
use tonic::transport::Endpoint;

#[path = "../../shared/hello.rs"]
mod hello;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    hello::with_basalt();
    let (address, heard) = hello::listen(None);
    let connector = tower::service_fn(move |_| async move {
        Ok::<_, std::io::Error>(TokioIo::new(tokio::net::TcpStream::connect(address).await?))
    });
    let endpoint = Endpoint::from_static("https://collector.test");
    let connected = endpoint.connect_with_connector(connector).await;
    println!("connected: {:?}", connected.as_ref().err());
    println!("{}", tokio::task::spawn_blocking(|| heard.join().unwrap()).await.unwrap());
}
