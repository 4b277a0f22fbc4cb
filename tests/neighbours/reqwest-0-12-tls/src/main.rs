use reqwest::Client;

#[path = "../../shared/hello.rs"]
mod hello;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    hello::with_basalt();
    let (address, heard) = hello::listen(None);
    let asking = tokio::spawn(Client::new().get(format!("https://localhost:{}", address.port())).send());
    print!("{}", tokio::task::spawn_blocking(|| heard.join().unwrap()).await.unwrap());
    asking.abort();
}
