use reqwest::Client;

#[path = "../../shared/hello.rs"]
mod hello;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    hello::with_basalt();
    let client = Client::new();
    let (address, heard) = hello::listen(None);
    let asking = tokio::spawn(client.get(format!("http://{address}")).send());
    println!("{}", tokio::task::spawn_blocking(|| heard.join().unwrap()).await.unwrap());
    asking.abort();
    println!("https: {}", client.get("https://127.0.0.1:9").send().await.unwrap_err().is_connect());
}
