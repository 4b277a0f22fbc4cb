//! One span as one line.

use std::time::Duration;

use opentelemetry::{Value, trace::Status};
use opentelemetry_sdk::trace::SpanData;

use crate::semconv::{basalt, gen_ai, http, rpc};

/// Longer texts are cut: a line is to be read.
const LONGEST: usize = 120;

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const CYAN: &str = "36";

/// What is shown of a span. Colours are the terminal's own sixteen, so that they can be read on dark and on
/// light.
pub(super) struct Line {
    name: String,
    kind: Option<String>,
    duration: String,
    facts: Vec<String>,
    failure: Option<String>,
    trace: Option<String>,
}

impl Line {
    pub(super) fn of_root(span: &SpanData) -> Self {
        let mut line = Self::of(span);
        line.kind = text(span, basalt::FEATURE_SLUG);
        line.facts.extend(party(span, "user", basalt::USER_ID, basalt::USER_NAME));
        line.facts.extend(party(span, "org", basalt::ORGANIZATION_ID, basalt::ORGANIZATION_NAME));
        line.facts.extend(text(span, basalt::EXPERIMENT_ID).map(|id| format!("experiment {id}")));
        line.trace = Some(format!("trace {}", span.span_context.trace_id()));
        line
    }

    pub(super) fn of_step(span: &SpanData) -> Self {
        Self { kind: text(span, basalt::KIND), ..Self::of(span) }
    }

    fn of(span: &SpanData) -> Self {
        let took = span.end_time.duration_since(span.start_time).unwrap_or_default();
        let facts = [
            text(span, rpc::STATUS_CODE).or_else(|| text(span, http::RESPONSE_STATUS_CODE)),
            text(span, basalt::HTTP_OUTCOME),
            text(span, gen_ai::REQUEST_MODEL),
            tokens(span),
            text(span, basalt::RETRIEVAL_RESULTS_COUNT).map(|count| format!("{count} results")),
            value(span, basalt::CANCELLED).map(|_| "cancelled".to_owned()),
        ];
        Self {
            name: printable(&span.name),
            kind: None,
            duration: duration(took),
            facts: facts.into_iter().flatten().collect(),
            failure: failure(span),
            trace: None,
        }
    }

    pub(super) fn render(self, colours: bool) -> String {
        let name = paint(&self.name, BOLD, colours);
        let kind = self.kind.map(|kind| paint(&kind, CYAN, colours));
        let facts = (!self.facts.is_empty()).then(|| self.facts.join(" · "));
        let failure = self.failure.map(|failure| paint(&failure, RED, colours));
        let trace = self.trace.map(|trace| paint(&trace, DIM, colours));
        let parts = [Some(name), kind, Some(self.duration), facts, failure, trace];
        parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
    }
}

pub(super) fn dim(text: &str, colours: bool) -> String {
    paint(text, DIM, colours)
}

fn paint(text: &str, colour: &str, colours: bool) -> String {
    if colours { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
}

fn value<'a>(span: &'a SpanData, key: &str) -> Option<&'a Value> {
    Some(&span.attributes.iter().find(|attribute| attribute.key.as_str() == key)?.value)
}

fn text(span: &SpanData, key: &str) -> Option<String> {
    value(span, key).map(|value| printable(&value.as_str()))
}

fn party(span: &SpanData, role: &str, id: &str, name: &str) -> Option<String> {
    match (text(span, id), text(span, name)) {
        (Some(id), Some(name)) => Some(format!("{role} {id} ({name})")),
        (Some(one), None) | (None, Some(one)) => Some(format!("{role} {one}")),
        (None, None) => None,
    }
}

fn tokens(span: &SpanData) -> Option<String> {
    let count = |key| text(span, key).unwrap_or_else(|| "?".to_owned());
    let used = [gen_ai::USAGE_INPUT_TOKENS, gen_ai::USAGE_OUTPUT_TOKENS];
    let known = used.iter().any(|key| value(span, key).is_some());
    known.then(|| format!("{} → {} tokens", count(used[0]), count(used[1])))
}

fn failure(span: &SpanData) -> Option<String> {
    let Status::Error { description } = &span.status else {
        return None;
    };
    let reason = printable(description);
    Some(if reason.is_empty() { "failed".to_owned() } else { format!("failed: {reason}") })
}

fn duration(took: Duration) -> String {
    match took.as_secs_f64() {
        seconds if seconds < 0.001 => format!("{:.0} µs", seconds * 1e6),
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}

/// Text from outside must not steer the terminal.
fn printable(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST).map(|c| if steers(c) { '�' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// Whether a character does something else than to be seen: controls, what ends lines and paragraphs, what is invisible,
/// and what turns the direction of writing.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_or_hides_text_is_shown() {
        let bad = [
            '\0',
            '\u{1b}',
            '\n',
            '\r',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{fff9}',
            '\u{e0001}',
            '\u{e0041}',
        ];
        for bad in bad {
            assert_eq!(printable(&format!("a{bad}b")), "a�b", "{bad:?}");
        }
        let good = "Zoë fragt: 你好, שלום, 🦀 naïve…";
        assert_eq!(printable(good), good);
    }
}
