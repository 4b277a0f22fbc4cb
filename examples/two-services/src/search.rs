//! `search`, on actix-web: calls `index`, and keeps the best section of each file.

use std::{collections::HashSet, error::Error, net::SocketAddr};

use actix_web::{
    App, HttpServer,
    error::ErrorBadGateway,
    web::{Data, Json, Query, get},
};
use basalt_actix::{Basalt, BasaltMiddleware, RequestSpan, context, observe};
use chat::{Ask, Passage};
use reqwest::Client;

use crate::{LOOPBACK, TOLD, running::Running};

/// How many files an answer needs.
const FILES: usize = 4;

struct Search {
    client: Client,
    index: String,
}

/// `GET /search?question=…`
pub(crate) fn start(index: SocketAddr) -> Result<Running, Box<dyn Error>> {
    let basalt = Basalt::builder().service_name("search").build()?;
    let client = Client::builder().no_proxy().build()?;
    let state = Data::new(Search { client, index: format!("http://{index}/documents") });
    let middleware = BasaltMiddleware::new(&basalt, "docs-search").baggage(TOLD);
    let app = move || {
        App::new().route("/search", get().to(search)).app_data(state.clone()).wrap(middleware.clone())
    };

    let server = HttpServer::new(app).bind(LOOPBACK)?;
    let address = server.addrs().first().copied().ok_or("search does not listen")?;
    Ok(Running::spawn(basalt, address, |stopped| server.shutdown_signal(stopped).run()))
}

async fn search(
    search: Data<Search>,
    request: RequestSpan,
    ask: Query<Ask>,
) -> actix_web::Result<Json<Vec<Passage>>> {
    request.set_input(&ask.question);
    let documents = search.documents(&ask.question).await.map_err(|error| {
        request.set_error(&error);
        ErrorBadGateway(error)
    })?;
    let best = best(documents);
    request.set_output(&best);
    Ok(Json(best))
}

impl Search {
    /// For a client that lends its headers.
    async fn documents(&self, question: &str) -> reqwest::Result<Vec<Passage>> {
        observe::retrieval("documents")
            .try_run(|span| async move {
                span.set_query(question);
                let mut request = self.client.get(&self.index).query(&[("question", question)]).build()?;
                context::inject_with(request.headers_mut(), TOLD);
                let answer = self.client.execute(request).await?;
                let passages: Vec<Passage> = answer.error_for_status()?.json().await?;
                span.set_results_count(passages.len());
                Ok(passages)
            })
            .await
    }
}

fn best(passages: Vec<Passage>) -> Vec<Passage> {
    let mut files = HashSet::new();
    passages.into_iter().filter(|passage| files.insert(passage.file.clone())).take(FILES).collect()
}
