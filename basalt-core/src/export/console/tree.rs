//! One trace as a tree.

use std::collections::HashMap;

use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;

use super::line::{Line, dim};

/// Appends a block: the root's line, its children below it in the order they started, and so on. Spans
/// whose parent is not among them stand on their own.
pub(super) fn tree(text: &mut String, mut spans: Vec<SpanData>, colours: bool) {
    spans.sort_by_key(|span| span.start_time);
    let known: Vec<SpanId> = spans.iter().map(|span| span.span_context.span_id()).collect();
    let mut children: HashMap<SpanId, Vec<SpanData>> = HashMap::new();
    let mut roots = Vec::new();
    for span in spans {
        match span.parent_span_id {
            parent if known.contains(&parent) => children.entry(parent).or_default().push(span),
            _ => roots.push(span),
        }
    }
    for root in roots {
        text.push_str(&Line::of_root(&root).render(colours));
        text.push('\n');
        below(text, root.span_context.span_id(), &mut children, "", colours);
    }
}

fn below(
    text: &mut String,
    parent: SpanId,
    children: &mut HashMap<SpanId, Vec<SpanData>>,
    indent: &str,
    colours: bool,
) {
    let siblings = children.remove(&parent).unwrap_or_default();
    let last = siblings.len().saturating_sub(1);
    for (position, child) in siblings.iter().enumerate() {
        let (branch, deeper) = if position == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        text.push_str(&dim(&format!("{indent}{branch}"), colours));
        text.push_str(&Line::of_step(child).render(colours));
        text.push('\n');
        below(text, child.span_context.span_id(), children, &format!("{indent}{deeper}"), colours);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::{Duration, SystemTime};

    use opentelemetry::{
        KeyValue,
        trace::{SpanContext, SpanKind, Status, TraceFlags, TraceId, TraceState},
    };

    use super::*;
    use crate::semconv::{basalt, gen_ai, http};

    pub(in super::super) fn span(
        id: u64,
        parent: u64,
        name: &'static str,
        attributes: Vec<KeyValue>,
    ) -> SpanData {
        let start_time = SystemTime::UNIX_EPOCH + Duration::from_millis(id);
        let trace_id = TraceId::from(7);
        let flags = TraceFlags::SAMPLED;
        SpanData {
            span_context: SpanContext::new(trace_id, SpanId::from(id), flags, false, TraceState::NONE),
            parent_span_id: SpanId::from(parent),
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: name.into(),
            start_time,
            end_time: start_time + Duration::from_micros(1_500),
            attributes,
            dropped_attributes_count: 0,
            events: Default::default(),
            links: Default::default(),
            status: Status::Unset,
            instrumentation_scope: Default::default(),
        }
    }

    fn printed(spans: Vec<SpanData>, colours: bool) -> String {
        let mut text = String::new();
        tree(&mut text, spans, colours);
        text
    }

    fn trace() -> Vec<SpanData> {
        let mut failed = span(4, 2, "parse", vec![KeyValue::new(basalt::KIND, "function")]);
        failed.status = Status::error("no\u{1b}[2J");
        let answer = vec![
            KeyValue::new(basalt::KIND, "generation"),
            KeyValue::new(gen_ai::REQUEST_MODEL, "m-1"),
            KeyValue::new(gen_ai::USAGE_OUTPUT_TOKENS, 7),
        ];
        let root = vec![
            KeyValue::new(basalt::FEATURE_SLUG, "chat"),
            KeyValue::new(http::RESPONSE_STATUS_CODE, 200),
            KeyValue::new(basalt::USER_ID, "u-1"),
            KeyValue::new(basalt::USER_NAME, "Ada"),
        ];
        vec![failed, span(3, 1, "answer", answer), span(2, 1, "search", vec![]), span(1, 0, "POST /", root)]
    }

    #[test]
    fn a_trace_is_a_tree_in_the_order_its_spans_started() {
        let expected = "\
POST /  chat  1.5 ms  200 · user u-1 (Ada)  trace 00000000000000000000000000000007
├─ search  1.5 ms
│  └─ parse  function  1.5 ms  failed: no�[2J
└─ answer  generation  1.5 ms  m-1 · ? → 7 tokens
";
        assert_eq!(printed(trace(), false), expected);
    }

    #[test]
    fn colours_add_nothing_but_colours() {
        let coloured = printed(trace(), true);
        assert!(coloured.contains("\u{1b}[1mPOST /\u{1b}[0m"));
        let mut plain = coloured;
        for code in ["0", "1", "2", "31", "36"] {
            plain = plain.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(plain, printed(trace(), false));
    }

    #[test]
    fn a_span_whose_parent_is_missing_stands_on_its_own() {
        let text = printed(vec![span(9, 8, "late", vec![])], false);
        assert!(text.starts_with("late  1.5 ms"), "{text}");
    }
}
