//! Everything that makes a value larger, with limits that hold before and while it is made.

use std::fmt::{self, Write};

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, Value, context, escape_formatter,
    value::{DynObject, Rest, ValueKind, ValueOrKwargs},
};
use minijinja_contrib::pycompat;

pub(super) const CHECKED: &str = "basalt:checked";
pub(super) const GUARDED: &str = "basalt:guarded";
pub(super) const CONCAT: &str = "basalt:~";
pub(super) const ADD: &str = "basalt:+";
pub(super) const MULTIPLY: &str = "basalt:*";

/// Bytes of one text.
pub(super) const TEXT: usize = 1024 * 1024;
/// Bytes of one text that is taken apart: each part takes much more.
const PARTED: usize = 64 * 1024;
/// Bytes of one list or map, as text.
const LIST: usize = 4 * 1024 * 1024;
/// Values in one list or map, at any depth.
const NODES: usize = 100_000;
const DEPTH: usize = 50;
/// Bytes of everything that is made and written while a prompt is filled in.
const ALL: usize = 8 * 1024 * 1024;
/// Bytes that a value takes in a list.
const NODE: usize = 32;
/// A number that says how wide or how many.
const WIDTH: usize = 1_000;

/// Filters that only look at their values.
const LOOKING: [&str; 17] = [
    "abs", "attr", "bool", "count", "d", "default", "first", "float", "int", "items", "keys", "last",
    "length", "max", "min", "round", "sum",
];
/// Filters and methods that make a list of a text.
const PARTING: [&str; 18] = [
    "batch",
    "chain",
    "groupby",
    "lines",
    "list",
    "map",
    "reject",
    "rejectattr",
    "reverse",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "splitlines",
    "title",
    "unique",
    "zip",
];

/// What is left of [`ALL`].
struct Budget(usize);

/// Puts the limits into an environment.
pub(super) fn limit(environment: &mut Environment<'_>) {
    environment.add_filter(CHECKED, |state: &mut State<'_, '_>, value: Value| checked(state, value));
    environment.add_filter(GUARDED, guarded);
    environment.add_filter(CONCAT, concat);
    environment.add_filter(ADD, add);
    environment.add_filter(MULTIPLY, multiply);
    environment.remove_global("debug");
    environment.set_formatter(write);
    environment.set_unknown_method_callback(method);
}

/// The error of what is too long.
fn too_long(what: &'static str) -> Error {
    Error::new(ErrorKind::OutOfFuel, what)
}

fn charge(state: &mut State<'_, '_>, bytes: usize) -> Result<(), Error> {
    let budget = state.get_or_insert_extension(Budget(ALL));
    budget.0 = budget
        .0
        .checked_sub(bytes)
        .ok_or_else(|| too_long("all its parts together are longer than 8 MiB"))?;
    Ok(())
}

/// A value that has just been made, if it is within the limits; a lazy one as a list.
fn checked(state: &mut State<'_, '_>, value: Value) -> Result<Value, Error> {
    let value = match value.kind() {
        ValueKind::String => {
            charge(state, value.as_str().map_or(0, str::len))?;
            return if value.as_str().is_some_and(|text| text.len() > TEXT) {
                Err(too_long("a text is longer than 1 MiB"))
            } else {
                Ok(value)
            };
        }
        ValueKind::Iterable => {
            let items: Vec<Value> = value.try_iter()?.take(NODES + 1).collect();
            Value::from(items)
        }
        _ => value,
    };
    let mut size = Size::default();
    size.walk(&value, 0)?;
    charge(state, size.nodes * NODE)?;
    Ok(value)
}

/// How much there is in a value: walked until it is too much.
#[derive(Default)]
struct Size {
    nodes: usize,
    depth: usize,
    text: usize,
}

impl Size {
    fn of(value: &Value) -> Result<Self, Error> {
        let mut size = Self::default();
        size.walk(value, 0)?;
        Ok(size)
    }

    fn walk(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        self.nodes += 1;
        self.depth = self.depth.max(depth);
        self.text += value.as_str().map_or(8, |text| text.len() + 4);
        if depth > DEPTH {
            return Err(too_long("a value is nested too deep"));
        }
        if self.nodes > NODES || self.text > LIST {
            return Err(too_long("a list or a map is too long"));
        }
        match value.kind() {
            ValueKind::Map => {
                let Some(pairs) = value.as_object().and_then(DynObject::try_iter_pairs) else {
                    return Ok(());
                };
                for (key, value) in pairs {
                    self.walk(&key, depth + 1)?;
                    self.walk(&value, depth + 1)?;
                }
            }
            ValueKind::Seq | ValueKind::Iterable => {
                for value in value.try_iter()? {
                    self.walk(&value, depth + 1)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The length of a value as text, if it is within the limits.
fn length(value: &Value) -> Result<usize, Error> {
    match value.as_str() {
        Some(text) => Ok(text.len()),
        None => Ok(Size::of(value)?.text),
    }
}

fn within(length: Option<usize>) -> Result<(), Error> {
    match length {
        Some(length) if length <= TEXT => Ok(()),
        _ => Err(too_long("a text is longer than 1 MiB")),
    }
}

fn concat(state: &mut State<'_, '_>, left: &Value, right: &Value) -> Result<Value, Error> {
    within(length(left)?.checked_add(length(right)?))?;
    checked(state, Value::from(format!("{left}{right}")))
}

fn add(state: &mut State<'_, '_>, left: Value, right: Value) -> Result<Value, Error> {
    if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
        within(left.len().checked_add(right.len()))?;
    }
    let sum = state.env().compile_expression("a + b")?.eval(context! { a => left, b => right })?;
    checked(state, sum)
}

fn multiply(state: &mut State<'_, '_>, left: Value, right: Value) -> Result<Value, Error> {
    for (value, times) in [(&left, &right), (&right, &left)] {
        if let (Some(text), Some(times)) = (value.as_str(), times.as_usize()) {
            within(text.len().checked_mul(times))?;
        } else if let (ValueKind::Seq | ValueKind::Iterable, Some(times)) = (value.kind(), times.as_usize())
            && Size::of(value)?.nodes.checked_mul(times).is_none_or(|nodes| nodes > NODES)
        {
            return Err(too_long("a list or a map is too long"));
        }
    }
    let product = state.env().compile_expression("a * b")?.eval(context! { a => left, b => right })?;
    checked(state, product)
}

/// A filter, by its name.
fn guarded(
    state: &mut State<'_, '_>,
    value: Value,
    name: &str,
    rest: Rest<ValueOrKwargs>,
) -> Result<Value, Error> {
    let rest = rest.0.into_iter().map(ValueOrKwargs::into_value);
    let all: Vec<Value> = std::iter::once(value).chain(rest).collect();
    filtered(state, name, &all)
}

fn filtered(state: &mut State<'_, '_>, name: &str, all: &[Value]) -> Result<Value, Error> {
    if let ("map", [value, each, rest @ ..]) = (name, all)
        && let Some(each) = each.as_str()
    {
        return map(state, value, each, rest);
    }
    grows(state, name, all)?;
    let made = state.apply_filter(name, all)?;
    let looks = LOOKING.contains(&name) && made.kind() != ValueKind::Iterable;
    if looks { Ok(made) } else { checked(state, made) }
}

/// Each value by a filter, which the engine would call without us.
fn map(state: &mut State<'_, '_>, value: &Value, name: &str, rest: &[Value]) -> Result<Value, Error> {
    let mut made = Vec::new();
    for item in value.try_iter()? {
        let all: Vec<Value> = std::iter::once(item).chain(rest.iter().cloned()).collect();
        made.push(filtered(state, name, &all)?);
        charge(state, NODE)?;
    }
    checked(state, Value::from(made))
}

/// A method, by its name.
fn method(state: &mut State<'_, '_>, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    let all: Vec<Value> = std::iter::once(value).chain(args).cloned().collect();
    grows(state, name, &all)?;
    pycompat::unknown_method_callback(state, value, name, args)
}

/// Whether what a filter or a method makes of its values is within the limits.
fn grows(state: &mut State<'_, '_>, name: &str, all: &[Value]) -> Result<(), Error> {
    if LOOKING.contains(&name) {
        return Ok(());
    }
    let lengths = all.iter().map(length).collect::<Result<Vec<_>, _>>()?;
    let read: usize = lengths.iter().sum();
    charge(state, read)?;
    let first = lengths.first().copied().unwrap_or_default();
    let longest = lengths.iter().skip(1).copied().max().unwrap_or_default();
    let number = all.iter().skip(1).map(greatest).max().unwrap_or_default();
    let is_text = all.first().is_some_and(|value| value.as_str().is_some());
    let text = all.first().and_then(Value::as_str).unwrap_or_default();
    let times = |count: usize, each: usize| first.checked_add(count.checked_mul(each)?);
    match name {
        _ if is_text && PARTING.contains(&name) && first > PARTED => {
            Err(too_long("a text that is taken apart is longer than 64 KiB"))
        }
        "replace" => within(times(matches(text, first, all.get(1)), longest)),
        "join" => {
            let items = all.iter().map(|value| value.len().unwrap_or_default()).max().unwrap_or_default();
            within(items.checked_mul(joiner(all)).and_then(|between| between.checked_add(read)))
        }
        "indent" => within(times(text.matches('\n').count() + 1, number.max(longest))),
        "format" => {
            let widest = digits(text).max(number.min(WIDTH));
            if widest > WIDTH || text.contains('*') || text.contains("{:{") {
                return Err(too_long("a format is wider than 1,000 characters"));
            }
            within(times(text.matches(['%', '{']).count(), WIDTH + longest))
        }
        "tojson" | "pprint" => {
            let size = Size::of(all.first().unwrap_or(&Value::UNDEFINED))?;
            let indent = if name == "pprint" { 4 } else { number };
            within(times(size.nodes, indent.saturating_mul(size.depth + 1).saturating_add(8)))
        }
        _ if number > NODES => Err(too_long("a number says that there is to be too much")),
        _ => Ok(()),
    }
}

/// How often something is found in a text.
fn matches(text: &str, length: usize, what: Option<&Value>) -> usize {
    match what.and_then(Value::as_str) {
        Some("") => length + 1,
        Some(what) => text.matches(what).count(),
        None => length + 1,
    }
}

/// The longest text that stands between joined values.
fn joiner(all: &[Value]) -> usize {
    all.iter().filter_map(Value::as_str).map(str::len).max().unwrap_or_default()
}

/// The greatest number among arguments, named ones included.
fn greatest(value: &Value) -> usize {
    if let Some(number) = value.as_usize() {
        return number;
    }
    let named =
        value.as_object().filter(|_| value.kind() == ValueKind::Map).and_then(DynObject::try_iter_pairs);
    named.into_iter().flatten().filter_map(|(_, value)| value.as_usize()).max().unwrap_or_default()
}

/// The greatest number that is written in a text.
fn digits(text: &str) -> usize {
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    numbers.map(|digits| digits.parse().unwrap_or(usize::MAX)).max().unwrap_or_default()
}

/// Writes a value, here or into what is captured.
fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let length = length(value)?;
    if !matches!(state.auto_escape(), AutoEscape::None) {
        charge(state, length.saturating_mul(6))?;
        return escape_formatter(out, state, value);
    }
    let left = state.get_or_insert_extension(Budget(ALL)).0;
    let mut counted = Counted { out, left };
    let written = if value.is_undefined() { Ok(()) } else { write!(counted, "{value}") };
    let left = counted.left;
    state.get_or_insert_extension(Budget(ALL)).0 = left;
    written.map_err(|_| too_long("all its parts together are longer than 8 MiB"))
}

struct Counted<'a, 'b> {
    out: &'a mut Output<'b>,
    left: usize,
}

impl Write for Counted<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.left = self.left.checked_sub(text.len()).ok_or(fmt::Error)?;
        self.out.write_str(text)
    }
}
