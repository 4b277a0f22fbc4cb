//! One trace as a tree.

use std::collections::{HashMap, HashSet};

use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;

use super::{
    line::{Line, dim},
    unfinished::Trace,
};

/// Levels that are indented. What is deeper stands below its parent all the same, at the last of them.
const LEVELS: usize = 40;
/// Bytes of one tree as text; spans that come later in it are counted.
const LONGEST: usize = 4 * 1024 * 1024;

/// Appends a block: the root's line, its children below it in the order they started, and so on. Spans
/// whose parent is not among them stand on their own. What is left out is said at the end.
pub(super) fn tree(text: &mut String, trace: Trace, colours: bool) {
    let Trace { mut spans, mut left_out, .. } = trace;
    spans.sort_by_key(|span| span.start_time);
    let known: HashSet<SpanId> = spans.iter().map(|span| span.span_context.span_id()).collect();
    let mut children: HashMap<SpanId, Vec<SpanData>> = HashMap::new();
    let mut roots = Vec::new();
    for span in spans {
        match span.parent_span_id {
            parent if known.contains(&parent) => children.entry(parent).or_default().push(span),
            _ => roots.push(span),
        }
    }
    // What is still to be written, the next one last: as deep as it may be, the stack stays as it is.
    let mut next: Vec<Step> = roots.into_iter().rev().map(Step::root).collect();
    while let Some(step) = next.pop() {
        let mut below = children.remove(&step.span.span_context.span_id()).unwrap_or_default();
        if text.len() > LONGEST {
            left_out += 1;
        } else {
            step.write(text, colours);
        }
        let last = below.len().saturating_sub(1);
        while let Some(child) = below.pop() {
            next.push(step.child(child, below.len() == last));
        }
    }
    // Those whose parents are each other's children.
    left_out += children.into_values().map(|spans| spans.len() as u64).sum::<u64>();
    if left_out > 0 {
        text.push_str(&dim(&format!("… {left_out} more spans of this trace are not shown"), colours));
        text.push('\n');
    }
}

/// A span on its way into a tree.
struct Step {
    span: SpanData,
    depth: usize,
    /// Whether it is the last one below its parent.
    last: bool,
    /// Of the levels above that are indented, which ones go on below: bit by bit.
    open: u64,
}

impl Step {
    fn root(span: SpanData) -> Self {
        Self { span, depth: 0, last: true, open: 0 }
    }

    fn child(&self, span: SpanData, last: bool) -> Self {
        let own = self.depth.checked_sub(1).filter(|level| *level < LEVELS && !self.last);
        Self { span, depth: self.depth + 1, last, open: self.open | own.map_or(0, |level| 1 << level) }
    }

    fn write(&self, text: &mut String, colours: bool) {
        if let Some(above) = self.depth.checked_sub(1) {
            let mut branch = String::new();
            for level in 0..above.min(LEVELS) {
                branch.push_str(if self.open & (1 << level) != 0 { "│  " } else { "   " });
            }
            if above > LEVELS {
                branch.push_str(&format!("({}) ", self.depth));
            }
            branch.push_str(if self.last { "└─ " } else { "├─ " });
            text.push_str(&dim(&branch, colours));
            text.push_str(&Line::of_step(&self.span).render(colours));
        } else {
            text.push_str(&Line::of_root(&self.span).render(colours));
        }
        text.push('\n');
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
        let trace = Trace { spans, ..Trace::default() };
        tree(&mut text, trace, colours);
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
    fn children_of_each_other_are_counted_and_nothing_goes_round() {
        let text = printed(
            vec![span(1, 0, "root", vec![]), span(2, 3, "a", vec![]), span(3, 2, "b", vec![])],
            false,
        );
        assert!(text.ends_with("\n… 2 more spans of this trace are not shown\n"), "{text}");
        let own = printed(vec![span(1, 1, "own", vec![])], false);
        assert!(own.contains("1 more spans"), "{own}");
    }

    #[test]
    fn a_line_goes_on_below_every_level_that_has_more() {
        let spans = [(1, 0), (2, 1), (3, 2), (4, 3), (5, 2), (6, 1)];
        let text = printed(spans.map(|(id, parent)| span(id, parent, "s", vec![])).to_vec(), false);
        let branches: Vec<_> = text.lines().skip(1).map(|line| line.split('s').next().unwrap()).collect();
        assert_eq!(branches, ["├─ ", "│  ├─ ", "│  │  └─ ", "│  └─ ", "└─ "]);
    }

    #[test]
    fn a_span_whose_parent_is_missing_stands_on_its_own() {
        let text = printed(vec![span(9, 8, "late", vec![])], false);
        assert!(text.starts_with("late  1.5 ms"), "{text}");
    }
}
