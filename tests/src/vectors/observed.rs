//! Finished spans in the shape in which vectors hold them.

use std::collections::HashMap;

use basalt_tower::opentelemetry::{
    Array, Key, KeyValue, Value as OtelValue,
    trace::{SpanId, SpanKind, Status, TraceId},
};
use opentelemetry_sdk::{Resource, trace::SpanData};
use serde_json::{Map, Value, json};

/// All spans, in the order they ended.
#[must_use]
pub(super) fn spans(spans: &[SpanData]) -> Value {
    let by_id: HashMap<SpanId, usize> =
        spans.iter().enumerate().map(|(index, span)| (span.span_context.span_id(), index)).collect();
    let mut traces: Vec<TraceId> = Vec::new();
    let mut observed = Vec::new();
    for span in spans {
        let trace_id = span.span_context.trace_id();
        let trace = traces.iter().position(|seen| *seen == trace_id).unwrap_or_else(|| {
            traces.push(trace_id);
            traces.len() - 1
        });
        observed.push(json!({
            "name": span.name,
            "kind": kind(&span.span_kind),
            "scope": span.instrumentation_scope.name(),
            "trace": trace,
            "parent": parent(span, spans, &by_id),
            "status": status(&span.status),
            "attributes": attributes(&span.attributes),
            "events": span.events.iter().map(|event| {
                json!({"name": event.name, "attributes": attributes(&event.attributes)})
            }).collect::<Vec<_>>(),
        }));
    }
    Value::Array(observed)
}

/// What is said of the service, without what vectors ignore.
#[must_use]
pub(super) fn resource(resource: &Resource) -> Value {
    let ignored = ["telemetry.sdk.", "host.", "process.", "os."];
    let entries = resource.iter().filter(|(key, _)| {
        let key = key.as_str();
        !ignored.iter().any(|prefix| key.starts_with(prefix))
            && !matches!(key, "deployment.environment.name" | "service.instance.id")
    });
    Value::Object(entries.map(|(key, value)| (key.to_string(), typed(value))).collect())
}

fn parent(span: &SpanData, spans: &[SpanData], by_id: &HashMap<SpanId, usize>) -> Value {
    if span.parent_span_id == SpanId::INVALID {
        return Value::Null;
    }
    if let Some(index) = by_id.get(&span.parent_span_id) {
        return json!({"index": index, "name": spans[*index].name});
    }
    if span.parent_span_is_remote {
        let trace_id = span.span_context.trace_id().to_string();
        return json!({"remote": true, "trace_id": trace_id, "span_id": span.parent_span_id.to_string()});
    }
    json!({"unexported": true})
}

fn kind(kind: &SpanKind) -> &'static str {
    match kind {
        SpanKind::Client => "client",
        SpanKind::Server => "server",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        SpanKind::Internal => "internal",
    }
}

fn status(status: &Status) -> Value {
    match status {
        Status::Unset => json!({"code": "unset"}),
        Status::Ok => json!({"code": "ok"}),
        Status::Error { description } if description.is_empty() => json!({"code": "error"}),
        Status::Error { description } => json!({"code": "error", "description": description}),
    }
}

/// A key that stands twice shows as a type that no vector has.
fn attributes(attributes: &[KeyValue]) -> Value {
    let mut map = Map::new();
    for KeyValue { key, value, .. } in attributes {
        let twice = map.insert(Key::as_str(key).to_owned(), typed(value)).is_some();
        if twice {
            map.insert(Key::as_str(key).to_owned(), json!({"type": "written twice"}));
        }
    }
    Value::Object(map)
}

fn typed(value: &OtelValue) -> Value {
    match value {
        OtelValue::Bool(value) => json!({"type": "bool", "value": value}),
        OtelValue::I64(value) => json!({"type": "int", "value": value}),
        OtelValue::F64(value) => json!({"type": "double", "value": value}),
        OtelValue::String(value) => json!({"type": "string", "value": value.as_str()}),
        OtelValue::Array(Array::Bool(values)) => json!({"type": "bool[]", "value": values}),
        OtelValue::Array(Array::I64(values)) => json!({"type": "int[]", "value": values}),
        OtelValue::Array(Array::F64(values)) => json!({"type": "double[]", "value": values}),
        OtelValue::Array(Array::String(values)) => {
            let values: Vec<&str> =
                values.iter().map(basalt_tower::opentelemetry::StringValue::as_str).collect();
            json!({"type": "string[]", "value": values})
        }
        _ => json!({"type": "unknown"}),
    }
}
