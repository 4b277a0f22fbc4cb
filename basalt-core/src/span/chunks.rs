//! A model's answer, observed while it streams.

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context as Waker, Poll, ready},
    time::Instant,
};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::{Chunk, Generation, Observe, Observed, Span, Tokens};
use crate::{
    Message, foreign,
    semconv::{basalt, gen_ai},
    text,
};

impl Span<Generation> {
    /// Runs a stream of chunks inside this span and writes down what it brings: the time to the first chunk
    /// (`gen_ai.response.time_to_first_chunk`, seconds), the number of chunks, the completion as far as
    /// [`max_payload_bytes`](crate::Builder::max_payload_bytes) goes, the tokens, the finish reason.
    ///
    /// `read` says what a chunk brings. The stream holds a handle until it ends; dropped half way, it writes
    /// down what came until then, ends the span and says so (`basalt.span.cancelled`). The chunks themselves
    /// are passed on untouched.
    ///
    /// ```
    /// use basalt_core::{Chunk, observe};
    /// use futures_util::{StreamExt, stream};
    ///
    /// # async fn handler() {
    /// let generation = observe::generation("answer").start();
    /// let chunks = stream::iter(["Be", "cause."]);
    /// let mut chunks = generation.observe_chunks(chunks, |chunk| Chunk::text(chunk));
    /// while let Some(chunk) = chunks.next().await { /* pass it on */ }
    /// # }
    /// ```
    pub fn observe_chunks<S, F>(&self, chunks: S, read: F) -> Observed<Chunks<S, F>>
    where
        S: Stream,
        F: FnMut(&S::Item) -> Chunk<'_>,
    {
        self.set_value(gen_ai::REQUEST_STREAM, true);
        let transcript = Transcript::new(self.clone());
        Chunks { inner: chunks, read, transcript: Some(transcript) }.observed(self)
    }
}

pin_project! {
    /// Stream of [`Span::observe_chunks`].
    pub struct Chunks<S, F> {
        #[pin]
        inner: S,
        read: F,
        // Written down when it is dropped: at the stream's end, or with the stream.
        transcript: Option<Transcript>,
    }
}

impl<S, F> fmt::Debug for Chunks<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").finish_non_exhaustive()
    }
}

impl<S, F> Stream for Chunks<S, F>
where
    S: Stream,
    F: FnMut(&S::Item) -> Chunk<'_>,
{
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let item = ready!(this.inner.poll_next(waker));
        match (&item, this.transcript.as_mut()) {
            (Some(item), Some(transcript)) => {
                if let Some(chunk) = foreign::call(|| (this.read)(item)) {
                    transcript.take(chunk);
                }
            }
            (None, _) => *this.transcript = None,
            (Some(_), None) => {}
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

/// What has come so far.
struct Transcript {
    span: Span<Generation>,
    started: Instant,
    chunks: u64,
    text: String,
    /// Bytes of text that are kept; none when content is not captured.
    limit: usize,
    cut: bool,
    finish_reason: Option<String>,
}

impl Transcript {
    fn new(span: Span<Generation>) -> Self {
        let limit = span.content_limit();
        Self {
            span,
            started: Instant::now(),
            chunks: 0,
            text: String::new(),
            limit,
            cut: false,
            finish_reason: None,
        }
    }

    fn take(&mut self, chunk: Chunk<'_>) {
        if let Some((kind, error)) = chunk.error {
            return self.span.shown_error(kind, error);
        }
        if self.chunks == 0 {
            let waited = self.started.elapsed().as_secs_f64();
            self.span.set_value(gen_ai::RESPONSE_TIME_TO_FIRST_CHUNK, waited);
        }
        self.chunks += 1;
        let fitting = text::head(chunk.text, self.limit - self.text.len());
        self.text.push_str(fitting);
        self.cut |= fitting.len() < chunk.text.len();
        if chunk.tokens != Tokens::default() {
            self.span.set_tokens(chunk.tokens);
        }
        if let Some(reason) = chunk.finish_reason {
            self.span.set_finish_reasons([reason]);
            self.finish_reason = Some(reason.to_owned());
        }
    }
}

impl Drop for Transcript {
    fn drop(&mut self) {
        self.span.set_count(basalt::STREAM_CHUNKS, self.chunks);
        if !self.text.is_empty() {
            self.span.set_output(&self.text);
            let mut message = Message::assistant(mem::take(&mut self.text));
            if let Some(reason) = self.finish_reason.take() {
                message = message.finish_reason(reason);
            }
            self.span.set_content(gen_ai::OUTPUT_MESSAGES, &[message]);
        }
        if self.cut && self.limit > 0 {
            self.span.record(|record| record.name_truncated(vec![basalt::OUTPUT.into()]));
        }
    }
}
