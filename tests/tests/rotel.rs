//! Through a real collector between a service and its backend, started as docs/deployment.md has it.

use std::{
    env, fs,
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
};

use basalt_core::{Basalt, Otlp, Protocol};
use basalt_tests::{
    collector::{Collector, proto::Value},
    port::Port,
    wait,
};

/// A rotel of its own, until it is dropped.
struct Rotel {
    process: Child,
    grpc: SocketAddr,
    http: SocketAddr,
}

/// The command of the document, in words.
fn documented() -> Vec<String> {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/deployment.md");
    let text = fs::read_to_string(document).unwrap();
    let command = text.split("```sh\nrotel ").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    command.split_whitespace().filter(|word| *word != "\\").map(str::to_owned).collect()
}

impl Rotel {
    async fn start(backend: SocketAddr) -> Self {
        let (grpc, http) = (Port::reserve().address(), Port::reserve().address());
        let program =
            env::var("ROTEL").expect("ROTEL names the program: `pip install --pre rotel` brings it");
        let place = |word: String| match word.as_str() {
            "127.0.0.1:4317" => grpc.to_string(),
            "127.0.0.1:4318" => http.to_string(),
            "https://grpc.otel.getbasalt.ai" => format!("http://{backend}"),
            "authorization=BASALT_API_KEY" => "authorization=Bearer k-1".to_owned(),
            _ => word,
        };
        let pid_file = env::temp_dir().join(format!("rotel-{}.pid", grpc.port()));
        let process = Command::new(program)
            .args(documented().into_iter().map(place))
            .arg("--pid-file")
            .arg(pid_file)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        for address in [grpc, http] {
            wait::until("rotel listens", || async { TcpStream::connect(address).ok() }).await;
        }
        Self { process, grpc, http }
    }
}

impl Drop for Rotel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a program that is not ours: .ci/run installs it"]
async fn spans_pass_through_rotel_by_grpc_and_by_http() {
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let backend = Collector::start().await;
        let rotel = Rotel::start(backend.address()).await;
        let address = if protocol == Protocol::Grpc { rotel.grpc } else { rotel.http };
        let otlp = Otlp::new(format!("http://{address}")).protocol(protocol);
        let basalt = Basalt::builder().destination(otlp).service_name("shop").build().unwrap();
        for _ in 0..100 {
            let root = basalt.start_observe("web", "request").identity("u-1").start();
            root.child("step").start().end();
            root.end();
        }
        basalt.shutdown().await.unwrap();

        let spans = wait::until("200 spans behind rotel", || async {
            let spans = backend.spans();
            (spans.len() >= 200).then_some(spans)
        })
        .await;
        assert_eq!(spans.len(), 200);
        let user = Some(&Value::String("u-1".to_owned()));
        assert!(spans.iter().all(|span| span.attribute("basalt.user.id") == user));
        for batch in backend.batches() {
            assert_eq!(batch.headers["authorization"], "Bearer k-1");
            let service = batch.resources[0].attribute("service.name");
            assert_eq!(service, Some(&Value::String("shop".to_owned())));
        }
    }
}
