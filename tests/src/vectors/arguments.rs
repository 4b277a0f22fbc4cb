//! Arguments of steps, as the types our API takes.

use basalt_tower::{Experiment, Identity, InvalidValue, PromptRef, opentelemetry::KeyValue};
use serde_json::{Value, json};

/// Text, or a number as text.
pub(super) fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A list of text.
pub(super) fn texts(value: &Value) -> Vec<String> {
    match value.as_array() {
        Some(texts) => texts.iter().filter_map(id).collect(),
        None => id(value).into_iter().collect(),
    }
}

/// Typed, bare or computed.
pub(super) fn identity(value: &Value) -> Identity {
    if let Some(user) = value.as_str() {
        return Identity::user(user);
    }
    if let Some(computed) = value.get("computed") {
        return identity(computed);
    }
    let (user, organization) = (&value["user"], &value["organization"]);
    let mut identity = id(&user["id"]).map_or_else(Identity::default, Identity::user);
    if let Some(name) = id(&user["name"]) {
        identity = identity.named(name);
    }
    if let Some(id) = id(&organization["id"]) {
        identity = identity.organization(id);
    }
    if let Some(name) = id(&organization["name"]) {
        identity = identity.organization_named(name);
    }
    identity
}

/// What `identify` merges: parts given by id, or field by field.
pub(super) fn fields(step: &Value) -> Identity {
    let part = |value: &Value| if value.is_object() { value.clone() } else { json!({ "id": value }) };
    identity(&json!({"user": part(&step["user"]), "organization": part(&step["organization"])}))
}

/// A prompt given by value.
pub(super) fn prompt(value: &Value) -> PromptRef {
    let mut prompt = PromptRef::new(value["slug"].as_str().unwrap_or_default());
    if let Some(version) = value["version"].as_str() {
        prompt = prompt.version(version);
    }
    if let (Some(provider), Some(model)) =
        (value["model"]["provider"].as_str(), value["model"]["model"].as_str())
    {
        prompt = prompt.model(provider, model);
    }
    prompt.variables(&value["variables"])
}

/// By id, as an object, or as a bag of fields.
pub(super) fn experiment(value: &Value) -> Result<Experiment, InvalidValue> {
    if let Some(id) = value.as_str() {
        return Experiment::new(id);
    }
    let fields = value.get("object").or_else(|| value.get("fields")).unwrap_or(value);
    let text = |key: &str| fields[key].as_str().unwrap_or_default();
    Ok(Experiment::new(text("id"))?.named(text("name")).for_feature(text("feature_slug")))
}

/// Attributes of spans that other libraries would make.
pub(super) fn key_values(value: &Value) -> Vec<KeyValue> {
    let pairs = value.as_object().into_iter().flatten();
    pairs.filter_map(|(key, value)| Some(KeyValue::new(key.clone(), key_value(value)?))).collect()
}

fn key_value(value: &Value) -> Option<basalt_tower::opentelemetry::Value> {
    match value {
        Value::Bool(value) => Some((*value).into()),
        Value::String(text) => Some(text.clone().into()),
        Value::Number(number) => match number.as_i64() {
            Some(int) => Some(int.into()),
            None => number.as_f64().map(Into::into),
        },
        _ => None,
    }
}
