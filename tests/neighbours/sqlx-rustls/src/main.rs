use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgSslMode},
};

#[path = "../../shared/hello.rs"]
mod hello;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    hello::with_basalt();
    // Postgres is asked whether it knows TLS, in 8 bytes, and says yes.
    let (address, heard) = hello::listen(Some((8, b"S")));
    let options = PgConnectOptions::new_without_pgpass().host("localhost").port(address.port());
    let connecting =
        tokio::spawn(async move { options.username("ann").ssl_mode(PgSslMode::Require).connect().await.is_ok() });
    print!("{}", tokio::task::spawn_blocking(|| heard.join().unwrap()).await.unwrap());
    connecting.abort();
}
