//! Prompts as templates: Jinja's syntax, without files, and with an end.

use minijinja::{
    AutoEscape, Environment, ErrorKind, UndefinedBehavior,
    machinery::{eval, make_string_output},
    value::Serde,
};
use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{payload, text::head};

mod growth;
mod source;

/// Bytes of a template, and of what it becomes.
const LONGEST: usize = 1024 * 1024;
/// Steps of the engine: loops that would take more have no end worth waiting for.
const STEPS: u64 = 200_000;
/// How deep macros may call one another, in the engine's own measure: four for each.
const DEEPEST: usize = 200;
/// Bytes of one variable, in memory.
const VARIABLE: usize = 8 * 1024 * 1024;
/// Bytes of the engine's words that are repeated.
const SAID: usize = 512;

/// Why a prompt could not be filled in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// The template breaks the rules of Jinja, or asks for what prompts do not have, such as files.
    #[error(
        "the prompt is no template that can be filled in: {reason}, in line {line}; correct it in Basalt"
    )]
    Invalid {
        /// What is wrong.
        reason: String,
        /// Where, counted from 1.
        line: usize,
    },
    /// The template, what it becomes, or the way there is too long: 1 MiB of template, of result and of any one text on
    /// the way, 4 MiB or 100,000 values of any one list or map, nested 50 deep, 8 MiB of all that is made on the way,
    /// 200,000 steps, and 300 operators and names in one tag.
    #[error("the prompt takes too much to fill in: {reason}; simplify it in Basalt")]
    TooLong {
        /// What is too long.
        reason: String,
    },
    /// The variables are no object, or cannot be serialized.
    #[error("the variables cannot be filled in: {reason}; give a map or a struct")]
    Variables {
        /// What they are instead.
        reason: String,
    },
}

/// Fills variables into a text. Missing ones become nothing; loops, conditions, filters, macros, and the methods that
/// Python's strings, lists and maps have work as in Jinja, and values are written as Python writes them.
///
/// Texts, lists and all that is made on the way are bounded while they are made; `growth` has the limits.
pub(super) fn render(text: &str, variables: &Map<String, Value>) -> Result<String, TemplateError> {
    if text.len() > LONGEST {
        return Err(too_long("it is longer than 1 MiB"));
    }
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Lenient);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_fuel(Some(STEPS));
    environment.set_recursion_limit(DEEPEST);
    growth::limit(&mut environment);
    let rendered = filled(&environment, text, variables).map_err(|error| explained(&error))?;
    if rendered.len() > LONGEST { Err(too_long("it becomes longer than 1 MiB")) } else { Ok(rendered) }
}

fn filled(
    environment: &Environment<'_>,
    text: &str,
    variables: &Map<String, Value>,
) -> Result<String, minijinja::Error> {
    // As Jinja does, without a line break at the end.
    let (instructions, blocks) = source::compiled(text)?;
    let mut rendered = String::new();
    let root = minijinja::Value::from(Serde(variables));
    let mut output = make_string_output(&mut rendered);
    eval(environment, &instructions, root, &blocks, &mut output, AutoEscape::None)?;
    drop(output);
    Ok(rendered)
}

/// The JSON of a variable.
pub(super) fn value(variable: &impl Serialize) -> Result<Value, TemplateError> {
    payload::json(variable, VARIABLE).map_err(|reason| TemplateError::Variables { reason })
}

/// A map of variables from anything that serializes to one.
pub(super) fn object(variables: &impl Serialize) -> Result<Map<String, Value>, TemplateError> {
    match value(variables)? {
        Value::Object(variables) => Ok(variables),
        Value::Null => Ok(Map::new()),
        _ => Err(TemplateError::Variables { reason: "they are no object".to_owned() }),
    }
}

fn explained(error: &minijinja::Error) -> TemplateError {
    if error.kind() == ErrorKind::OutOfFuel {
        return too_long(error.detail().unwrap_or("its loops have no end in sight"));
    }
    let reason = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    TemplateError::Invalid { reason: head(&reason, SAID).to_owned(), line: error.line().unwrap_or(1) }
}

fn too_long(reason: &str) -> TemplateError {
    TemplateError::TooLong { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(text: &str) -> Result<String, TemplateError> {
        let variables = json!({
            "who": "Ann", "yes": true, "no": null, "int": 3, "big": u64::MAX, "float": 1.0, "list": ["a", 1, false],
            "map": {"k": "v"}, "html": "<b> & {{ who }}", "größe": "groß"
        });
        render(text, variables.as_object().unwrap())
    }

    #[test]
    fn values_of_every_kind_are_written_as_python_writes_them() {
        for (text, expected) in [
            ("Greet {{ who }} warmly", "Greet Ann warmly"),
            ("{{ missing }}|{{ missing or 'x' }}", "|x"),
            ("{{ yes }} {{ no }} {{ int }} {{ big }} {{ float }}", "True None 3 18446744073709551615 1.0"),
            ("{{ list }} {{ map }}", "['a', 1, False] {'k': 'v'}"),
            ("{{ html }}", "<b> & {{ who }}"),
            ("{{ größe }}", "groß"),
            ("{% for k, v in map.items() %}{{ k }}={{ v }}{% endfor %}", "k=v"),
            ("{{ who.upper() }} {{ list | join('-') }} {{ map | tojson }}", "ANN a-1-False {\"k\": \"v\"}"),
            ("{% if int > 2 %}many{% else %}few{% endif %}{# said #}", "many"),
            ("{% macro p(x) %}<{{ x }}>{% endmacro %}{{ p(who) }}", "<Ann>"),
            ("one line\n", "one line"),
        ] {
            assert_eq!(filled(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_template_says_where() {
        for text in
            ["\n{{ unclosed", "\n{% if %}", "\n{{ missing.field }}", "\n{% nonsense %}", "\n{{ int.x() }}"]
        {
            let Err(TemplateError::Invalid { line, reason }) = filled(text) else { panic!("{text}") };
            assert!(line == 2 && !reason.is_empty(), "{text}: {reason} in {line}");
        }
    }

    #[test]
    fn nothing_is_read_and_nothing_goes_on_for_ever() {
        for text in [
            "{% include '/etc/passwd' %}",
            "{% extends '../secrets' %}",
            "{% import 'os' as os %}{{ os.system('id') }}",
            "{{ ''.__class__.__mro__ }}",
            "{{ self.__init__.__globals__ }}",
            "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
            "{% for a in range(10 ** 9) %}x{% endfor %}",
            "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
            "{{ 'x' * 10 ** 9 }}",
        ] {
            let refused = filled(text);
            assert!(refused.is_err() || refused.as_deref() == Ok(""), "{text}: {refused:?}");
        }
        let brackets = format!("{{{{ {}1{} }}}}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(filled(&brackets).is_err());
        assert!(matches!(filled(&"x".repeat(LONGEST + 1)), Err(TemplateError::TooLong { .. })));
        assert!(matches!(filled("{{ 'x' * 2000000 }}"), Err(TemplateError::TooLong { .. })));
    }
}
