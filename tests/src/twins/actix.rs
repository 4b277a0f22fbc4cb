//! The service on actix-web.

use std::{convert::Infallible, io};

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::header::CONTENT_TYPE,
    web::{self, Bytes, ServiceConfig},
};
use basalt_actix::{Observe, RequestSpan, observe};
use futures_util::{StreamExt, stream};

use super::WAITING;

pub(super) fn routes(config: &mut ServiceConfig) {
    let item_route = web::resource("/items/{id}")
        .route(web::get().to(item))
        .route(web::head().to(item))
        .route(web::put().to(item))
        .route(web::delete().to(|| async { HttpResponse::NoContent().finish() }));
    config
        .service(item_route)
        .service(web::resource("/echo").route(web::post().to(echo)))
        .service(web::resource("/ignore").route(web::post().to(|| async { "ignored" })))
        .service(web::resource("/any").to(|| async { ("any").customize().insert_header(("x-answer", "a")) }))
        .service(read("/moved", || HttpResponse::Found().insert_header(("location", "/any")).finish()))
        .service(read("/error", || HttpResponse::InternalServerError().finish()))
        .service(read("/busy", || HttpResponse::ServiceUnavailable().body("busy")))
        .service(read("/panic", || panic!("on purpose")))
        .service(read("/pieces", || {
            HttpResponse::Ok()
                .content_type("text/plain")
                .streaming(stream::iter(["a", "b"]).map(|piece| Ok::<_, Infallible>(piece.into())))
        }))
        .service(read("/broken", || {
            let pieces = [Ok(Bytes::from_static(b"a")), Err(io::Error::other("gone"))];
            HttpResponse::Ok().content_type("text/plain").streaming(stream::iter(pieces))
        }))
        .service(read("/endless", endless))
        .service(web::resource("/socket").route(web::get().to(socket)))
        .service(web::resource("/never").route(web::get().to(never)).route(web::head().to(never)))
        .service(read("/health", || HttpResponse::Ok().body("ok")))
        .service(read("/static/{name}", || HttpResponse::Ok().body("static")));
}

/// A resource for GET, and for HEAD, which actix does not answer by itself.
fn read(path: &str, answer: fn() -> HttpResponse) -> actix_web::Resource {
    let handler = move || async move { answer() };
    web::resource(path).route(web::get().to(handler)).route(web::head().to(handler))
}

async fn item(request: RequestSpan) -> &'static str {
    request.set_input("asked");
    observe::retrieval("search").run(|span| async move { span.set_results_count(3) }).await;
    "item"
}

async fn echo(request: HttpRequest, body: Bytes) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    if let Some(kind) = request.headers().get(CONTENT_TYPE) {
        answer.insert_header((CONTENT_TYPE, kind));
    }
    answer.body(body)
}

fn endless() -> HttpResponse {
    let generation = observe::generation("answer").start();
    let chunks = stream::iter([Ok::<_, Infallible>("data: token\n\n".into())]).chain(stream::pending());
    HttpResponse::Ok().content_type("text/plain").streaming(chunks.observed(&generation))
}

/// The connection is a step of its own, as long as it lasts.
async fn socket(
    request: HttpRequest,
    span: RequestSpan,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let (response, session, mut messages) = actix_ws::handle(&request, payload)?;
    let connection = span.child("connection").run(move |_| async move {
        while let Some(Ok(_)) = messages.recv().await {}
        let _ = session.close(None).await;
    });
    actix_web::rt::spawn(connection);
    Ok(response)
}

async fn never() -> &'static str {
    WAITING.notify_one();
    std::future::pending().await
}
