//! Calls to a tonic server: named by their methods, ended by their trailers.

use std::convert::Infallible;

use axum::{Router, body::Body as AxumBody, routing::post};
use basalt_tests::{
    client::Client,
    grpc::{GrpcServer, Line, Obedient, TalkServer, client, line, talk::talk_client::TalkClient},
    observed::{attribute, named, observed, parent_name, recording},
    server::Server,
    wait,
};
use basalt_tower::{
    Basalt, BasaltLayer, HeaderIdentity, context,
    opentelemetry::trace::{SpanKind, Status},
    testing::Recorder,
};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, uri::PathAndQuery};
use http_body::Frame;
use http_body_util::StreamBody;
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry_sdk::trace::SpanData;
use tokio::{net::TcpStream, sync::mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, body::Body, client::Grpc, service::Routes, transport::Channel};
use tonic_prost::ProstCodec;
use tower::{Layer, Service, service_fn};

/// A server, what it has observed, and a client.
struct Talk {
    service: Obedient,
    server: GrpcServer,
    basalt: Basalt,
    recorder: Recorder,
    client: TalkClient<Channel>,
}

impl Talk {
    async fn start() -> Self {
        Self::with(|layer| layer).await
    }

    async fn with(options: impl FnOnce(BasaltLayer) -> BasaltLayer) -> Self {
        let (basalt, recorder) = recording();
        let service = Obedient::default();
        let layer = options(BasaltLayer::new(&basalt, "talk"));
        let server = GrpcServer::start(layer, service.clone()).await;
        let client = client(server.address()).await;
        Self { service, server, basalt, recorder, client }
    }

    async fn spans(&self, count: usize) -> Vec<SpanData> {
        let spans = wait::for_spans(&self.basalt, &self.recorder, count).await;
        assert_eq!(spans.len(), count, "{spans:#?}");
        spans
    }
}

/// A call of any method.
async fn call(channel: Channel, path: &'static str) -> Result<Line, tonic::Status> {
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.unwrap();
    let codec = ProstCodec::<Line, Line>::default();
    let answer = grpc.unary(Request::new(line("hello")), PathAndQuery::from_static(path), codec).await;
    answer.map(tonic::Response::into_inner)
}

fn status(span: &SpanData) -> Option<String> {
    attribute(span, "rpc.status_code")
}

fn outcome(span: &SpanData) -> Option<String> {
    attribute(span, "basalt.http.outcome")
}

fn assert_error(span: &SpanData, kind: &str) {
    assert_eq!(attribute(span, "error.type").as_deref(), Some(kind));
    assert!(matches!(span.status, Status::Error { .. }));
}

fn assert_no_error(span: &SpanData) {
    assert_eq!((attribute(span, "error.type"), &span.status), (None, &Status::Unset));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_a_server_span_named_by_its_method_with_its_steps_below() {
    let mut talk = Talk::start().await;
    talk.client.say(line("hello")).await.unwrap();
    let spans = talk.spans(2).await;
    let root = named(&spans, "test.Talk/Say");
    assert_eq!(root.span_kind, SpanKind::Server);
    for (key, value) in [
        ("rpc.system.name", "grpc"),
        ("rpc.method", "test.Talk/Say"),
        ("rpc.status_code", "OK"),
        ("http.request.method", "POST"),
        ("http.response.status_code", "200"),
        ("network.protocol.version", "2"),
        ("server.address", "127.0.0.1"),
        ("network.peer.address", "127.0.0.1"),
        ("client.address", "127.0.0.1"),
        ("basalt.span.feature_slug", "talk"),
        ("basalt.span.input", "hello"),
    ] {
        assert_eq!(attribute(root, key).as_deref(), Some(value), "{key}");
    }
    assert_no_error(root);
    assert_eq!((outcome(root), attribute(root, "rpc.method_original")), (None, None));
    assert_eq!(parent_name(&spans, "step hello").as_deref(), Some("test.Talk/Say"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_statuses_that_are_the_servers_failure_are_errors() {
    let mut talk = Talk::start().await;
    let statuses = [
        ("not found", Code::NotFound, "NOT_FOUND", false),
        ("internal", Code::Internal, "INTERNAL", true),
        ("late", Code::DeadlineExceeded, "DEADLINE_EXCEEDED", true),
    ];
    for (word, code, ..) in statuses {
        assert_eq!(talk.client.say(line(word)).await.unwrap_err().code(), code);
    }
    for (span, (_, _, name, is_error)) in talk.spans(3).await.iter().zip(statuses) {
        assert_eq!(span.name, "test.Talk/Say");
        assert_eq!((status(span).as_deref(), outcome(span)), (Some(name), None));
        match is_error {
            true => assert_error(span, name),
            false => assert_no_error(span),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_ask_for_what_is_not_there_do_not_name_spans() {
    let talk = Talk::start().await;
    let paths = ["/test.Talk/Nothing", "/no.Such/Say", "/nonsense"];
    for path in paths {
        let channel = Channel::from_shared(format!("http://{}", talk.server.address())).unwrap();
        let answer = call(channel.connect().await.unwrap(), path).await;
        assert_eq!(answer.unwrap_err().code(), Code::Unimplemented);
    }
    for (span, path) in talk.spans(3).await.iter().zip(paths) {
        assert_eq!(span.name, "grpc");
        assert_eq!(attribute(span, "rpc.method").as_deref(), Some("_OTHER"));
        assert_eq!(attribute(span, "rpc.method_original").as_deref(), Some(&path[1..]));
        assert_error(span, "UNIMPLEMENTED");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_observed_until_its_trailers_with_the_steps_that_it_takes() {
    let mut talk = Talk::start().await;
    let mut lines = talk.client.tell(line("one,two")).await.unwrap().into_inner();
    while lines.message().await.unwrap().is_some() {}
    let spans = talk.spans(3).await;
    let root = named(&spans, "test.Talk/Tell");
    assert_eq!((status(root).as_deref(), outcome(root)), (Some("OK"), None));
    for step in ["step one", "step two"] {
        assert_eq!(parent_name(&spans, step).as_deref(), Some("test.Talk/Tell"));
        assert!(named(&spans, step).end_time <= root.end_time);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_fails_half_way_tells_it_in_its_trailers() {
    let mut talk = Talk::start().await;
    let mut lines = talk.client.tell(line("one,lost")).await.unwrap().into_inner();
    assert_eq!(lines.message().await.unwrap(), Some(line("one")));
    assert_eq!(lines.message().await.unwrap_err().code(), Code::DataLoss);
    let spans = talk.spans(2).await;
    let root = named(&spans, "test.Talk/Tell");
    assert_eq!((status(root).as_deref(), outcome(root)), (Some("DATA_LOSS"), None));
    assert_eq!(attribute(root, "http.response.status_code").as_deref(), Some("200"));
    assert_error(root, "DATA_LOSS");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_handler_hears_from_a_stream_belongs_to_its_call() {
    let mut talk = Talk::start().await;
    let answer = talk.client.gather(stream::iter([line("a"), line("b")])).await.unwrap();
    assert_eq!(answer.into_inner(), line("b"));
    let spans = talk.spans(4).await;
    assert_eq!(status(named(&spans, "test.Talk/Gather")).as_deref(), Some("OK"));
    for step in ["heard a", "heard b", "step b"] {
        assert_eq!(parent_name(&spans, step).as_deref(), Some("test.Talk/Gather"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_is_one_span_from_the_first_word_to_the_last() {
    let mut talk = Talk::start().await;
    let (say, words) = mpsc::channel(1);
    let mut lines = talk.client.echo(ReceiverStream::new(words)).await.unwrap().into_inner();
    for word in ["a", "b"] {
        say.send(line(word)).await.unwrap();
        assert_eq!(lines.message().await.unwrap(), Some(line(word)));
    }
    let spans = talk.spans(2).await;
    assert!(spans.iter().all(|span| span.name.starts_with("step ")), "the call is still open");
    drop(say);
    assert_eq!(lines.message().await.unwrap(), None);
    let spans = talk.spans(3).await;
    assert_eq!(status(named(&spans, "test.Talk/Echo")).as_deref(), Some("OK"));
    for step in ["step a", "step b"] {
        assert_eq!(parent_name(&spans, step).as_deref(), Some("test.Talk/Echo"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_drops_its_stream_has_left_and_got_no_status() {
    let mut talk = Talk::start().await;
    let mut lines = talk.client.tell(line("one,wait")).await.unwrap().into_inner();
    assert_eq!(lines.message().await.unwrap(), Some(line("one")));
    drop(lines);
    let spans = talk.spans(2).await;
    let root = named(&spans, "test.Talk/Tell");
    assert_eq!(outcome(root).as_deref(), Some("client_disconnected"));
    assert_eq!(attribute(root, "rpc.method").as_deref(), Some("test.Talk/Tell"));
    assert_eq!(status(root), None);
    assert_no_error(root);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_cancels_before_the_answer_has_left_too() {
    let talk = Talk::start().await;
    let mut client = talk.client.clone();
    let asked = tokio::spawn(async move { client.say(line("wait")).await });
    talk.service.waiting.notified().await;
    asked.abort();
    let spans = talk.spans(1).await;
    assert_eq!(spans[0].name, "test.Talk/Say");
    assert_eq!(outcome(&spans[0]).as_deref(), Some("cancelled"));
    assert_eq!((status(&spans[0]), attribute(&spans[0], "http.response.status_code")), (None, None));
    assert_no_error(&spans[0]);
}

/// A client that says how long it waits, and leaves the watch to the server.
async fn patient(
    server: &GrpcServer,
) -> TalkClient<impl tonic::client::GrpcService<Body, ResponseBody = hyper::body::Incoming>> {
    let address = server.address();
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    let service = service_fn(move |request: http::Request<Body>| sender.clone().send_request(request));
    TalkClient::with_origin(service, format!("http://{address}").parse().unwrap())
}

fn within(limit: &'static str, line: Line) -> Request<Line> {
    let mut request = Request::new(line);
    request.metadata_mut().insert("grpc-timeout", limit.parse().unwrap());
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_stopped_at_its_deadline_has_exceeded_it() {
    let talk = Talk::start().await;
    let refused = patient(&talk.server).await.say(within("1m", line("wait"))).await;
    assert!(refused.is_err());
    let spans = talk.spans(1).await;
    assert_eq!(spans[0].name, "test.Talk/Say");
    assert_eq!(status(&spans[0]).as_deref(), Some("DEADLINE_EXCEEDED"));
    assert_error(&spans[0], "DEADLINE_EXCEEDED");
}

#[tokio::test]
async fn a_stream_that_is_left_after_its_deadline_has_exceeded_it() {
    let (basalt, recorder) = recording();
    let inner = service_fn(|_: http::Request<()>| async {
        let endless = stream::pending::<Result<Frame<Bytes>, Infallible>>();
        let head = http::Response::builder().header("content-type", "application/grpc");
        Ok::<_, Infallible>(head.body(StreamBody::new(endless)).unwrap())
    });
    let head = http::Request::post("/test.Talk/Tell").header("content-type", "application/grpc");
    let mut service = BasaltLayer::new(&basalt, "talk").layer(inner);
    drop(service.call(head.header("grpc-timeout", "0n").body(()).unwrap()).await.unwrap());
    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(status(&spans[0]).as_deref(), Some("DEADLINE_EXCEEDED"));
    assert_eq!(outcome(&spans[0]).as_deref(), Some("client_disconnected"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_in_a_method_or_in_its_stream_ends_the_call() {
    let mut talk = Talk::start().await;
    talk.client.say(line("panic")).await.unwrap_err();
    let mut lines = talk.client.tell(line("panic")).await.map(tonic::Response::into_inner);
    if let Ok(lines) = &mut lines {
        lines.message().await.unwrap_err();
    }
    let spans = talk.spans(2).await;
    for (span, name) in spans.iter().zip(["test.Talk/Say", "test.Talk/Tell"]) {
        assert_eq!(span.name, name);
        assert_eq!(span.status, Status::error("panic: as told"));
        assert_eq!(attribute(span, "error.type").as_deref(), Some("panic"));
        assert_eq!((outcome(span).as_deref(), status(span)), (Some("panicked"), None));
    }
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_says_who_asks_and_whose_trace_goes_on() {
    let mut talk = Talk::with(|layer| layer.identity_from_headers(HeaderIdentity::default())).await;
    let mut request = Request::new(line("hello"));
    request.metadata_mut().insert("x-user-id", "u-1".parse().unwrap());
    let traceparent = format!("00-{TRACE}-b7ad6b7169203331-01");
    request.metadata_mut().insert("traceparent", traceparent.parse().unwrap());
    talk.client.say(request).await.unwrap();
    for span in talk.spans(2).await {
        assert_eq!(attribute(&span, "basalt.user.id").as_deref(), Some("u-1"));
        assert_eq!(span.span_context.trace_id().to_string(), TRACE);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_made_below_a_span_goes_on_with_its_trace() {
    let mut talk = Talk::start().await;
    let caller = talk.basalt.start_observe("caller", "ask").run(|_| async {
        let mut request = Request::new(line("hello"));
        context::inject(request.metadata_mut().as_mut());
        talk.client.say(request).await.unwrap();
    });
    caller.await;
    let spans = talk.spans(3).await;
    assert_eq!(parent_name(&spans, "test.Talk/Say").as_deref(), Some("ask"));
    assert!(named(&spans, "test.Talk/Say").parent_span_is_remote);
}

/// The service as routes of an axum router, beside others.
async fn beside_routes() -> (Basalt, Recorder, Server) {
    let service = Routes::new(TalkServer::new(Obedient::default())).into_axum_router();
    let routes = Router::new().route("/users/{id}", post(|| async { "not grpc" }));
    let (basalt, recorder, router) = observed(service.merge(routes));
    (basalt, recorder, Server::start(router).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_an_axum_router_a_call_is_named_by_its_method_as_well() {
    let (basalt, recorder, server) = beside_routes().await;
    let mut client = client(server.address()).await;
    client.say(line("hello")).await.unwrap();
    let mut lines = client.tell(line("one,lost")).await.unwrap().into_inner();
    lines.message().await.unwrap();
    lines.message().await.unwrap_err();
    let spans = wait::for_spans(&basalt, &recorder, 4).await;
    let (say, tell) = (named(&spans, "test.Talk/Say"), named(&spans, "test.Talk/Tell"));
    assert_eq!((status(say).as_deref(), status(tell).as_deref()), (Some("OK"), Some("DATA_LOSS")));
    assert_eq!(attribute(say, "http.route").as_deref(), Some("/test.Talk/{*rest}"));
    assert_eq!(attribute(say, "client.address").as_deref(), Some("127.0.0.1"));
    assert_eq!(parent_name(&spans, "step hello").as_deref(), Some("test.Talk/Say"));
    assert_eq!(parent_name(&spans, "step one").as_deref(), Some("test.Talk/Tell"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_says_grpc_of_something_else_does_not_name_spans() {
    let (basalt, recorder, server) = beside_routes().await;
    let paths = [("/users/7", "POST /users/{id}"), ("/no.Such/Say", "grpc"), ("/test.Talk/Nothing", "grpc")];
    for (path, _) in paths {
        let mut client = Client::connect(server.address()).await;
        let head = format!("POST {path} HTTP/1.1\r\nhost: here\r\ncontent-type: application/grpc\r\n");
        client.send(format!("{head}content-length: 0\r\n\r\n").as_bytes()).await;
        client.answer("POST").await.unwrap();
    }
    let spans = wait::for_spans(&basalt, &recorder, 3).await;
    for (span, (_, name)) in spans.iter().zip(paths) {
        assert_eq!((span.name.as_ref(), outcome(span)), (name, None));
        let method = (name == "grpc").then_some("_OTHER");
        assert_eq!(attribute(span, "rpc.method").as_deref(), method);
    }
}

/// A message of no length, its length announced, and a status behind it; from a body that does not know its end.
async fn by_hand() -> http::Response<AxumBody> {
    let trailers =
        HeaderMap::from_iter([(HeaderName::from_static("grpc-status"), HeaderValue::from_static("14"))]);
    let frames = [Frame::data(Bytes::from_static(&[0; 5])), Frame::trailers(trailers)];
    let body = AxumBody::new(StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>))));
    let head = http::Response::builder().header("content-type", "application/grpc");
    head.header("content-length", "5").body(body).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trailers_are_waited_for_and_nothing_is_waited_for_after_them() {
    let (basalt, recorder, router) = observed(Router::new().route("/by.Hand/Say", post(by_hand)));
    let server = Server::start(router).await;
    let channel = Channel::from_shared(format!("http://{}", server.address())).unwrap();
    let answer = call(channel.connect().await.unwrap(), "/by.Hand/Say").await;
    assert_eq!(answer.unwrap_err().code(), Code::Unavailable);
    let spans = wait::for_spans(&basalt, &recorder, 1).await;
    assert_eq!(spans[0].name, "by.Hand/Say");
    assert_eq!((status(&spans[0]).as_deref(), outcome(&spans[0])), (Some("UNAVAILABLE"), None));
}
