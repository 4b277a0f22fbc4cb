//! A port of the reference comparison: what was observed beside what was recorded.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const ANY: &str = "{{any}}";

/// Human-readable differences; none when they agree. Parts that the expectation lacks are not compared.
#[must_use]
pub fn differences(want: &Value, got: &Value, left_open: &Value) -> Vec<String> {
    let names = |outcome: &Value| -> Vec<String> {
        items(&outcome["spans"]).iter().map(|span| text(&span["name"]).to_owned()).collect()
    };
    if names(want) != names(got) {
        return vec![format!("ended spans are {:?}, expected {:?}", names(got), names(want))];
    }
    let mut out = Vec::new();
    for (i, (want, got)) in items(&want["spans"]).iter().zip(items(&got["spans"])).enumerate() {
        span(&format!("span {i} {}", want["name"]), want, got, left_open, &mut out);
    }
    if let Some(resource) = want.get("resource") {
        attributes("resource", resource, &got["resource"], &BTreeSet::new(), &mut out);
    }
    if let Some(results) = want.get("results")
        && !same_results(results, &got["results"])
    {
        out.push(format!("results are {}, expected {results}", got["results"]));
    }
    if let Some(exporters) = want.get("exporters")
        && *exporters != got["exporters"]
    {
        out.push(format!("exporters hold {}, expected {exporters}", got["exporters"]));
    }
    requests(items(&want["http"]), items(&got["http"]), &mut out);
    out
}

/// What the Basalt API was asked. Of a request without a body, no type of its content need be said.
fn requests(want: &[Value], got: &[Value], out: &mut Vec<String>) {
    if want.len() != got.len() {
        out.push(format!("{} requests, expected {}", got.len(), want.len()));
        return;
    }
    for (i, (want, got)) in want.iter().zip(got).enumerate() {
        for field in ["method", "path", "body"] {
            if !same_json(&want[field], &got[field]) {
                out.push(format!("request {i}: {field} is {}, expected {}", got[field], want[field]));
            }
        }
        for (name, header) in want["headers"].as_object().into_iter().flatten() {
            let waived = name == "content-type" && want["body"].is_null();
            match got["headers"].get(name) {
                None if waived => {}
                None => out.push(format!("request {i}: header {name} is missing")),
                Some(got) if header["compare"] != "type" && header["value"] != got["value"] => {
                    out.push(format!("request {i}: header {name} is {got}, expected {header}"));
                }
                Some(_) => {}
            }
        }
    }
}

fn span(at: &str, want: &Value, got: &Value, left_open: &Value, out: &mut Vec<String>) {
    for field in ["kind", "scope", "trace", "parent"] {
        if want[field] != got[field] {
            out.push(format!("{at}: {field} is {}, expected {}", got[field], want[field]));
        }
    }
    if !same_status(&want["status"], &got["status"]) {
        out.push(format!("{at}: status is {}, expected {}", got["status"], want["status"]));
    }
    let open = items(left_open).iter().filter(|open| open["span"] == want["name"]);
    let skip = open.flat_map(|open| items(&open["attributes"])).map(text).collect();
    attributes(at, &want["attributes"], &got["attributes"], &skip, out);

    let (events, seen) = (items(&want["events"]), items(&got["events"]));
    if events.iter().map(|event| &event["name"]).ne(seen.iter().map(|event| &event["name"])) {
        out.push(format!("{at}: events are {}, expected {}", got["events"], want["events"]));
        return;
    }
    for (want, got) in events.iter().zip(seen) {
        let at = format!("{at} event {}", want["name"]);
        attributes(&at, &want["attributes"], &got["attributes"], &BTreeSet::new(), out);
    }
}

fn attributes(at: &str, want: &Value, got: &Value, skip: &BTreeSet<&str>, out: &mut Vec<String>) {
    let nothing = Map::new();
    let want = want.as_object().unwrap_or(&nothing);
    let got = got.as_object().unwrap_or(&nothing);
    let keys: BTreeSet<&String> = want.keys().chain(got.keys()).collect();
    for key in keys {
        if skip.contains(key.as_str()) {
            continue;
        }
        match (want.get(key), got.get(key)) {
            (Some(want), None) if want["compare"] == "optional" => {}
            (Some(_), None) => out.push(format!("{at}: missing {key}")),
            (None, Some(got)) => out.push(format!("{at}: unexpected {key} = {got}")),
            (Some(want), Some(got)) if !same_value(want, got) => {
                out.push(format!("{at}: {key} is {got}, expected {want}"));
            }
            _ => {}
        }
    }
}

fn same_value(want: &Value, got: &Value) -> bool {
    if want["type"] != got["type"] {
        return false;
    }
    match want["compare"].as_str() {
        Some("type" | "optional") => true,
        Some("json") => match (parsed(&want["value"]), parsed(&got["value"])) {
            (Some(want), Some(got)) => same_json(&want, &got),
            _ => false,
        },
        _ if want["type"] == "string" => same_text(text(&want["value"]), text(&got["value"])),
        _ => same_json(&want["value"], &got["value"]),
    }
}

fn same_status(want: &Value, got: &Value) -> bool {
    if want["code"] != got["code"] {
        return false;
    }
    match (want["description"].as_str(), got["description"].as_str()) {
        (None, None) => true,
        (Some(want_text), Some(got)) => {
            let bare = || want_text.split_once(": ").map_or("", |(_, message)| message);
            same_text(want_text, got) || (want["compare"] == "error" && same_text(bare(), got))
        }
        _ => false,
    }
}

/// Like `same_json`, but an error may carry a status that the expectation lacks.
fn same_results(want: &Value, got: &Value) -> bool {
    let (Some(want), Some(got)) = (want.as_object(), got.as_object()) else { return false };
    want.len() == got.len()
        && want.iter().all(|(label, want)| {
            let Some(got) = got.get(label) else { return false };
            let mut got = got.clone();
            if let (Some(expected), Some(Value::Object(error))) = (want.get("error"), got.get_mut("error"))
                && expected.get("status").is_none()
            {
                error.remove("status");
            }
            same_json(want, &got)
        })
}

fn same_json(want: &Value, got: &Value) -> bool {
    match (want, got) {
        (Value::String(want), Value::String(got)) => same_text(want, got),
        (Value::Number(want), Value::Number(got)) => want == got || want.as_f64() == got.as_f64(),
        (Value::Array(want), Value::Array(got)) => {
            want.len() == got.len() && want.iter().zip(got).all(|(want, got)| same_json(want, got))
        }
        (Value::Object(want), Value::Object(got)) => {
            want.len() == got.len()
                && want.iter().all(|(key, want)| got.get(key).is_some_and(|got| same_json(want, got)))
        }
        _ => want == got,
    }
}

fn same_text(want: &str, got: &str) -> bool {
    let mut parts = want.split(ANY);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = got.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn parsed(value: &Value) -> Option<Value> {
    serde_json::from_str(value.as_str()?).ok()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn any_stands_for_any_run_of_characters() {
        for (want, got, same) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("{{any}}", "", true),
            ("a{{any}}", "abc", true),
            ("{{any}}c", "abc", true),
            ("a{{any}}c{{any}}e", "abcde", true),
            ("a{{any}}c", "ab", false),
        ] {
            assert_eq!(same_text(want, got), same, "{want} {got}");
        }
    }

    fn outcome(attributes: &Value) -> Value {
        let span = json!({"name": "n", "kind": "internal", "scope": "s", "trace": 0, "parent": null,
            "status": {"code": "unset"}, "attributes": attributes, "events": []});
        json!({ "spans": [span] })
    }

    #[test]
    fn types_values_and_absences_are_seen() {
        let int = json!({"k": {"type": "int", "value": 1}});
        let double = json!({"k": {"type": "double", "value": 1.0}});
        let any_int = json!({"k": {"type": "int", "compare": "type"}});
        let none = json!({});
        let found =
            |want: &Value, got: &Value| differences(&outcome(want), &outcome(got), &Value::Null).len();
        assert_eq!(found(&int, &int), 0);
        assert_eq!(found(&any_int, &int), 0);
        assert_eq!(found(&int, &double), 1);
        assert_eq!(found(&int, &none), 1);
        assert_eq!(found(&none, &int), 1);
        assert_eq!(found(&any_int, &json!({"k": {"type": "int", "value": 7}})), 0);
    }

    #[test]
    fn what_is_left_open_is_not_compared() {
        let int = json!({"k": {"type": "int", "value": 1}});
        let open = json!([{"span": "n", "attributes": ["k"]}]);
        assert!(differences(&outcome(&int), &outcome(&json!({})), &open).is_empty());
    }

    #[test]
    fn json_text_is_compared_parsed() {
        let want =
            json!({"k": {"type": "string", "value": "{\"a\": 1, \"b\": \"\\u00e9\"}", "compare": "json"}});
        let got = json!({"k": {"type": "string", "value": "{\"b\":\"é\",\"a\":1.0}"}});
        assert!(differences(&outcome(&want), &outcome(&got), &Value::Null).is_empty());
    }

    #[test]
    fn requests_are_compared_with_the_headers_that_are_listed() {
        let get = json!({"method": "GET", "path": "/p?tag=a", "body": null,
            "headers": {"authorization": {"value": "Bearer k"}, "content-type": {"value": "application/json"},
                "x-basalt-sdk-type": {"compare": "type"}}});
        let seen = json!({"method": "GET", "path": "/p?tag=a", "body": null,
            "headers": {"authorization": {"value": "Bearer k"}, "x-basalt-sdk-type": {"value": "rust"}}});
        let found = |got: Value| {
            let mut out = Vec::new();
            requests(std::slice::from_ref(&get), &[got], &mut out);
            out.len()
        };
        assert_eq!(found(seen.clone()), 0);
        for (field, other) in [("method", json!("POST")), ("path", json!("/p")), ("body", json!({}))] {
            let mut other_request = seen.clone();
            other_request[field] = other;
            assert_eq!(found(other_request), 1, "{field}");
        }
        let mut keyless = seen;
        keyless["headers"] = json!({"x-basalt-sdk-type": {"value": "rust"}});
        assert_eq!(found(keyless), 1);
    }

    #[test]
    fn an_error_status_may_be_the_bare_message() {
        let want = json!({"code": "error", "description": "AppError: no", "compare": "error"});
        assert!(same_status(&want, &json!({"code": "error", "description": "no"})));
        assert!(same_status(&want, &json!({"code": "error", "description": "AppError: no"})));
        assert!(!same_status(&want, &json!({"code": "error", "description": "yes"})));
        assert!(!same_status(&json!({"code": "error"}), &json!({"code": "error", "description": "no"})));
    }
}
