//! What is actix-web's own: levels, errors, early answers, upgrades, files, local tasks.

use actix_web::{
    App, Error, HttpMessage, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::{ErrorForbidden, ErrorInternalServerError},
    middleware::{Compat, Next, from_fn},
    web,
};
use basalt_actix::{
    Basalt, BasaltMiddleware, Identified, Identify, Identity, InCurrentObservation, RequestSpan, context,
    observe, testing::Recorder,
};
use basalt_tests::{
    actix_server::{ActixServer, Served},
    client::{Answer, Client},
    observed::{attribute, named, recording},
    wait,
};
use opentelemetry_sdk::trace::SpanData;

struct Service {
    server: ActixServer,
    basalt: Basalt,
    recorder: Recorder,
}

impl Service {
    /// Serves an app; `make` gets what its middleware is made of.
    async fn start<T, B>(make: impl Fn(&Basalt) -> App<T> + Send + Clone + 'static) -> Self
    where
        T: Served<B>,
        B: MessageBody + 'static,
    {
        let (basalt, recorder) = recording();
        let telemetry = basalt.clone();
        let server = ActixServer::start(move || make(&telemetry)).await;
        Self { server, basalt, recorder }
    }

    async fn get(&self, path: &str) -> Answer {
        Client::get(self.server.address(), path).await
    }

    async fn spans(self, count: usize) -> Vec<SpanData> {
        let spans = wait::for_spans(&self.basalt, &self.recorder, count).await;
        self.server.stop().await;
        self.basalt.shutdown().await.unwrap();
        assert_eq!(self.recorder.spans().len(), count);
        spans
    }
}

#[tokio::test]
async fn a_handler_without_the_middleware_is_told_the_cure() {
    let service = Service::start(|_| {
        App::new()
            .route("/", web::get().to(|_: RequestSpan| async { "never" }))
            .route(
                "/optional",
                web::get().to(|span: Option<RequestSpan>| async move { span.is_none().to_string() }),
            )
            .route(
                "/at-hand",
                web::get().to(|request: HttpRequest| async move {
                    RequestSpan::from_request(&request).is_recording().to_string()
                }),
            )
    })
    .await;
    let answer = service.get("/").await;
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("BasaltMiddleware::new"), "{}", answer.text());
    assert_eq!(service.get("/optional").await.text(), "true");
    assert_eq!(service.get("/at-hand").await.text(), "false");
    service.spans(0).await;
}

#[tokio::test]
async fn the_handle_is_in_the_extensions_an_extractor_and_at_hand() {
    async fn handler(span: RequestSpan, request: HttpRequest) -> HttpResponse {
        let kept = request.extensions().get::<RequestSpan>().cloned().unwrap();
        kept.set_metadata(serde_json::json!({"kept": true}));
        RequestSpan::from_request(&request).set_input("question");
        span.set_output("answer");
        observe::observe("step").run(|_| async {}).await;
        HttpResponse::Ok().finish()
    }
    let service = Service::start(|basalt| {
        App::new().wrap(BasaltMiddleware::new(basalt, "web")).route("/users/{id}", web::get().to(handler))
    })
    .await;
    service.get("/users/7").await;
    let spans = service.spans(2).await;
    let root = named(&spans, "GET /users/{id}");
    assert_eq!(named(&spans, "step").parent_span_id, root.span_context.span_id());
    for (key, value) in [
        ("basalt.span.input", "question"),
        ("basalt.span.output", "answer"),
        ("basalt.metadata", "{\"kept\":true}"),
    ] {
        assert_eq!(attribute(root, key).as_deref(), Some(value));
    }
}

#[tokio::test]
async fn scopes_and_resources_are_observed_and_refine_what_is_around_them() {
    let service = Service::start(|basalt| {
        let scope = web::scope("/api")
            .wrap(Compat::new(BasaltMiddleware::new(basalt, "api").evaluators(["tone"])))
            .route("/items/{id}", web::get().to(|| async { "item" }));
        let resource = web::resource("/pay")
            .wrap(BasaltMiddleware::new(basalt, "payments").metadata("level", "resource"))
            .route(web::get().to(|| async { "paid" }));
        let lonely = web::scope("/lonely").service(
            web::resource("/{id}")
                .wrap(BasaltMiddleware::new(basalt, "lonely"))
                .route(web::get().to(|| async { "alone" })),
        );
        App::new()
            .service(
                web::scope("/in").wrap(BasaltMiddleware::new(basalt, "web")).service(scope).service(resource),
            )
            .service(lonely)
    })
    .await;
    for path in ["/in/api/items/7", "/in/pay", "/lonely/1"] {
        assert_eq!(service.get(path).await.status, 200, "{path}");
    }
    let spans = service.spans(3).await;
    for (name, slug) in
        [("GET /in/api/items/{id}", "api"), ("GET /in/pay", "payments"), ("GET /lonely/{id}", "lonely")]
    {
        assert_eq!(attribute(named(&spans, name), "basalt.span.feature_slug").as_deref(), Some(slug));
    }
    let api = named(&spans, "GET /in/api/items/{id}");
    assert_eq!(attribute(api, "basalt.span.evaluators").as_deref(), Some("[\"tone\"]"));
    let paid = named(&spans, "GET /in/pay");
    assert_eq!(attribute(paid, "basalt.metadata").as_deref(), Some("{\"level\":\"resource\"}"));
}

#[tokio::test]
async fn errors_of_handlers_extractors_and_middlewares_are_answers_with_a_status() {
    async fn gate(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        match request.path() {
            "/gate/forbidden" => Err(ErrorForbidden("not you")),
            "/gate/broken" => Err(ErrorInternalServerError("no gate")),
            _ => next.call(request).await,
        }
    }
    let service = Service::start(|basalt| {
        App::new()
            .wrap(from_fn(gate))
            .wrap(BasaltMiddleware::new(basalt, "web").trace_id_header("x-trace-id"))
            .app_data(web::JsonConfig::default().limit(16))
            .route("/json", web::post().to(|_: web::Json<String>| async { "read" }))
            .route("/fails", web::get().to(|| async { Err::<String, _>(ErrorInternalServerError("secret")) }))
    })
    .await;
    let mut client = Client::connect(service.server.address()).await;
    client
        .send(
            b"POST /json HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: 30\r\n\r\n",
        )
        .await;
    client.send(&[b'"'; 30]).await;
    assert_eq!(client.answer("POST").await.unwrap().status, 413);
    let answer = service.get("/fails").await;
    assert_eq!((answer.status, answer.header("x-trace-id").map(str::len)), (500, Some(32)));
    assert_eq!(service.get("/gate/forbidden").await.status, 403);
    assert_eq!(service.get("/gate/broken").await.status, 500);

    let spans = service.spans(4).await;
    let seen: Vec<_> = spans
        .iter()
        .map(|span| {
            let status = attribute(span, "http.response.status_code").unwrap();
            (
                span.name.to_string(),
                status,
                attribute(span, "error.type"),
                attribute(span, "basalt.http.outcome"),
            )
        })
        .collect();
    let expected = |name: &str, status: &str, kind: Option<&str>| {
        (name.to_owned(), status.to_owned(), kind.map(str::to_owned), None)
    };
    assert_eq!(
        seen,
        [
            expected("POST /json", "413", None),
            expected("GET /fails", "500", Some("500")),
            expected("GET", "403", None),
            expected("GET", "500", Some("500")),
        ]
    );
    assert!(spans.iter().all(|span| !format!("{span:?}").contains("secret")), "no message of a 5xx");
}

struct User;

impl actix_web::FromRequest for User {
    type Error = Error;
    type Future = std::future::Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let known = request.query_string() == "known";
        std::future::ready(if known { Ok(Self) } else { Err(ErrorForbidden("who?")) })
    }
}

impl Identify for User {
    fn identity(&self) -> Identity {
        Identity::user("u-1")
    }
}

#[tokio::test]
async fn an_extractor_of_ones_own_identifies_the_request_or_refuses_it() {
    let service = Service::start(|basalt| {
        App::new()
            .wrap(BasaltMiddleware::new(basalt, "web"))
            .route("/me", web::get().to(|_: Identified<User>| async { "you" }))
    })
    .await;
    assert_eq!(service.get("/me?known").await.status, 200);
    assert_eq!(service.get("/me").await.status, 403);
    let spans = service.spans(2).await;
    assert_eq!(attribute(&spans[0], "basalt.user.id").as_deref(), Some("u-1"));
    assert_eq!(attribute(&spans[1], "basalt.user.id"), None);
}

#[tokio::test]
async fn files_are_observed_to_their_last_byte() {
    let folder = std::env::temp_dir().join(format!("basalt-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("big.txt"), "x".repeat(300_000)).unwrap();
    let served = folder.clone();
    let service = Service::start(move |basalt| {
        App::new()
            .wrap(BasaltMiddleware::new(basalt, "web"))
            .service(actix_files::Files::new("/files", served.clone()))
    })
    .await;
    assert_eq!(service.get("/files/big.txt").await.body.len(), 300_000);
    assert_eq!(service.get("/files/none.txt").await.status, 404);
    let spans = service.spans(2).await;
    std::fs::remove_dir_all(folder).unwrap();
    for span in &spans {
        assert_eq!(attribute(span, "basalt.http.outcome"), None);
        assert!(!span.name.contains("txt"), "never the raw path: {}", span.name);
    }
}

#[tokio::test]
async fn local_tasks_and_blocking_threads_carry_the_request() {
    async fn handler() -> &'static str {
        let task = async { observe::observe("task").run(|_| async {}).await }.in_current_observation();
        let _ = actix_web::rt::spawn(task).await;
        let work = context::carry(|| observe::observe("thread").in_scope(|_| ()));
        let _ = web::block(work).await;
        "done"
    }
    let service = Service::start(|basalt| {
        App::new().wrap(BasaltMiddleware::new(basalt, "web")).route("/", web::get().to(handler))
    })
    .await;
    service.get("/").await;
    let spans = service.spans(3).await;
    let root = named(&spans, "GET /").span_context.span_id();
    assert_eq!(named(&spans, "task").parent_span_id, root);
    assert_eq!(named(&spans, "thread").parent_span_id, root);
}

#[tokio::test]
async fn the_span_of_an_upgrade_ends_with_the_handshake_and_its_handle_stays_a_parent() {
    async fn socket(
        request: HttpRequest,
        span: RequestSpan,
        payload: web::Payload,
    ) -> Result<HttpResponse, Error> {
        let (response, session, mut messages) = actix_ws::handle(&request, payload)?;
        actix_web::rt::spawn(async move {
            while let Some(Ok(_)) = messages.recv().await {
                span.child("turn").start().end();
            }
            let _ = session.close(None).await;
        });
        Ok(response)
    }
    let service = Service::start(|basalt| {
        App::new().wrap(BasaltMiddleware::new(basalt, "web")).route("/socket", web::get().to(socket))
    })
    .await;
    let mut client = Client::connect(service.server.address()).await;
    client
        .send(
            b"GET /socket HTTP/1.1\r\nhost: here\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
              sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )
        .await;
    assert_eq!(client.head().await.unwrap().0, 101);
    let spans = wait::for_spans(&service.basalt, &service.recorder, 1).await;
    assert_eq!(attribute(&spans[0], "basalt.http.outcome").as_deref(), Some("upgraded"));
    client.send(b"\x81\x82\0\0\0\0hi").await;
    let spans = wait::for_spans(&service.basalt, &service.recorder, 2).await;
    assert_eq!(spans[1].parent_span_id, spans[0].span_context.span_id());
    client.reset();
    service.spans(2).await;
}
