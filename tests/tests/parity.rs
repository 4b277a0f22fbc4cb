//! The same requests, by chance, leave the same spans on every front.

use std::collections::BTreeMap;

use basalt_tests::{
    observed::attribute,
    twins::{Leave, NUMBER, Request, Twins, described},
    wait,
};
use fastrand::Rng;
use opentelemetry_sdk::trace::SpanData;

const REQUESTS: usize = 500;

/// The spans of each request, in the order they ended, by the request's number.
fn by_number(spans: &[SpanData]) -> BTreeMap<usize, Vec<&SpanData>> {
    let mut roots: BTreeMap<usize, Vec<&SpanData>> = BTreeMap::new();
    for span in spans {
        if let Some(number) = attribute(span, &format!("http.request.header.{NUMBER}")) {
            let number: usize = number.trim_matches(['[', ']', '"']).parse().unwrap();
            let id = span.span_context.span_id();
            let children = spans.iter().filter(|child| child.parent_span_id == id);
            roots.entry(number).or_default().extend(children.chain([span]));
        }
    }
    roots
}

fn at_most_a_root(spans: &[BTreeMap<String, String>]) -> bool {
    let is_root = |span: &BTreeMap<String, String>| {
        span.contains_key("basalt.root") && span["(name)"].starts_with("POST /") && span["(kind)"] == "Server"
    };
    spans.len() <= 1 && spans.iter().all(is_root)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_requests_leave_the_same_spans_on_both_fronts() {
    let mut chance = Rng::with_seed(7);
    let requests: Vec<Request> = (0..REQUESTS).map(|number| Request::random(number, &mut chance)).collect();
    let twins = Twins::start().await;
    for request in &requests {
        for address in twins.addresses() {
            request.send(address).await;
        }
    }
    let observed = requests.iter().filter(|request| request.observed).count();
    wait::for_spans(&twins.tower.basalt, &twins.tower.recorder, observed).await;
    wait::for_spans(&twins.actix.basalt, &twins.actix.recorder, observed).await;
    let [tower, actix] = twins.stop().await;
    let (tower, actix) = (by_number(&tower), by_number(&actix));

    let mut different = Vec::new();
    for (number, request) in requests.iter().enumerate() {
        let side = |spans: &BTreeMap<usize, Vec<&SpanData>>| -> Vec<BTreeMap<String, String>> {
            spans.get(&number).into_iter().flatten().map(|span| described(span)).collect()
        };
        let (tower, actix) = (side(&tower), side(&actix));
        let same = match request.leave {
            // How much a framework has read by then, and whether it still answers, is a matter of chance.
            Leave::MidBody => [&tower, &actix].into_iter().all(|spans| at_most_a_root(spans)),
            _ => tower == actix && tower.is_empty() != request.observed,
        };
        if !same {
            different.push(format!("{request}\n  tower {tower:#?}\n  actix {actix:#?}"));
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}
