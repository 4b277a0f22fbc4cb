//! Waits on events, with a generous limit.

use std::{fmt::Debug, time::Duration};

use basalt_tower::{Basalt, testing::Recorder};
use opentelemetry_sdk::trace::SpanData;

const LIMIT: Duration = Duration::from_secs(30);

/// Waits until the condition holds, and returns what it found.
///
/// # Panics
///
/// If it does not hold within half a minute.
pub async fn until<T, F: Future<Output = Option<T>>>(what: impl Debug, mut found: impl FnMut() -> F) -> T {
    let waiting = async {
        loop {
            if let Some(found) = found().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    match tokio::time::timeout(LIMIT, waiting).await {
        Ok(found) => found,
        Err(_) => panic!("still waiting for {what:?}"),
    }
}

/// Asks for delivery at once, and waits until the delivery thread has written all that had ended.
pub async fn until_written(basalt: &Basalt) {
    let _ = basalt.flush(Duration::ZERO).await;
    until("the delivery thread", || async { (basalt.health().queued == 0).then_some(()) }).await;
}

/// Waits until so many spans have ended, and returns all.
pub async fn for_spans(basalt: &Basalt, recorder: &Recorder, count: usize) -> Vec<SpanData> {
    until(format!("{count} spans"), || async {
        basalt.flush(LIMIT).await.unwrap();
        let spans = recorder.spans();
        (spans.len() >= count).then_some(spans)
    })
    .await
}
