//! Values without end, without truth or without mercy: the work stops soon after the limit, not only the output.

use std::{
    cell::Cell,
    fmt,
    sync::{Mutex, RwLock},
};

use opentelemetry::Value;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::Payload;

const LIMIT: usize = 1_000;

/// Serializes as a closure says.
struct By<F>(F);

macro_rules! by {
    ($serializer:ident => $body:expr) => {{
        struct Value;
        impl Serialize for Value {
            fn serialize<S: Serializer>(&self, $serializer: S) -> Result<S::Ok, S::Error> {
                $body
            }
        }
        Value
    }};
}

impl<F: Fn(&mut fmt::Formatter<'_>) -> fmt::Result> fmt::Display for By<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)(f)
    }
}

fn payload(value: &impl Serialize) -> (String, bool) {
    let Payload { value, cut } = Payload::of(value, LIMIT).unwrap();
    let text = Value::from(value).as_str().into_owned();
    assert!(text.len() <= LIMIT);
    (text, cut)
}

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

fn called() {
    CALLS.set(CALLS.get() + 1);
}

/// How often a value's code was called.
fn calls(value: &impl Serialize) -> usize {
    CALLS.set(0);
    assert!(payload(value).1, "something is missing");
    CALLS.get()
}

/// One type for each way to be nested.
macro_rules! nested {
    ($($name:ident: $serializer:ident => $body:expr;)+) => {$(
        struct $name;
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, $serializer: S) -> Result<S::Ok, S::Error> {
                called();
                $body
            }
        }
    )+

        #[test]
        fn nesting_without_end_ends_whatever_it_is_nested_in() {
            let on_a_small_stack = std::thread::Builder::new().stack_size(1024 * 1024);
            let all = on_a_small_stack.spawn(|| {$(
                let count = calls(&$name);
                assert!((3..600).contains(&count), "{}: {count} calls", stringify!($name));
            )+});
            all.unwrap().join().unwrap();
        }
    };
}

nested! {
    InSome: serializer => serializer.serialize_some(&InSome);
    InNewtype: serializer => serializer.serialize_newtype_struct("N", &InNewtype);
    InVariant: serializer => serializer.serialize_newtype_variant("N", 0, "V", &InVariant);
    InSequence: serializer => serializer.collect_seq([InSequence]);
    InTuple: serializer => (InTuple, 1).serialize(serializer);
    InMap: serializer => serializer.collect_map([("key", InMap)]);
    InKey: serializer => serializer.collect_map([(InKey, 1)]);
    InNewtypeKey: serializer => serializer.collect_map([(ByNewtype, 1)]);
    InTurns: serializer => serializer.serialize_some(&InNewtype);
}

struct ByNewtype;

impl Serialize for ByNewtype {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        called();
        serializer.serialize_newtype_struct("K", &ByNewtype)
    }
}

#[test]
fn lists_and_maps_without_end_are_asked_for_little_more_than_is_kept() {
    let list = by!(serializer => serializer.collect_seq(std::iter::repeat_with(|| { called(); 7 })));
    assert!(calls(&list) <= LIMIT);
    let map = by!(serializer => serializer.collect_map(std::iter::repeat_with(|| { called(); ("", 7) })));
    assert!(calls(&map) <= LIMIT);
    let units = by!(serializer => serializer.collect_seq(std::iter::repeat_with(called)));
    assert!(calls(&units) <= LIMIT);
    let texts = by!(serializer => serializer.collect_seq(std::iter::repeat_with(|| { called(); "" })));
    assert!(calls(&texts) <= LIMIT);
}

#[test]
fn texts_without_end_are_asked_for_little_more_than_is_kept() {
    fn endless(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        loop {
            called();
            f.write_str("é")?;
        }
    }
    let text = by!(serializer => serializer.collect_str(&By(endless)));
    assert!(calls(&text) <= LIMIT);
    let nested = by!(serializer => serializer.collect_seq([by!(inner => inner.collect_str(&By(endless)))]));
    assert!(calls(&nested) <= LIMIT);
    let key = by!(serializer => serializer.collect_map([(by!(inner => inner.collect_str(&By(endless))), 1)]));
    assert!(calls(&key) <= LIMIT);
}

#[test]
fn a_length_that_is_a_lie_is_not_believed() {
    let list = by!(serializer => {
        use serde::ser::SerializeSeq;
        let mut list = serializer.serialize_seq(Some(usize::MAX))?;
        list.serialize_element(&1)?;
        list.end()
    });
    assert_eq!(payload(&list), ("[1]".to_owned(), false));
    let empty = by!(serializer => {
        let mut map = serializer.serialize_map(Some(0))?;
        map.serialize_entry("a", &1)?;
        map.end()
    });
    assert_eq!(payload(&empty), (r#"{"a":1}"#.to_owned(), false));
}

#[test]
fn what_fails_is_a_placeholder_in_its_place_and_the_rest_stays() {
    let wrong =
        || by!(serializer => serializer.collect_str(&By(|_: &mut fmt::Formatter<'_>| Err(fmt::Error))));
    assert_eq!(payload(&wrong()).0, "[failed to format]");
    let around = by!(serializer => {
        let wrong = by!(inner => inner.collect_str(&By(|_: &mut fmt::Formatter<'_>| panic!("on purpose"))));
        serializer.collect_map([("when", &wrong), ("then", &wrong)])
    });
    assert_eq!(
        payload(&around),
        (r#"{"when":"[failed to format]","then":"[failed to format]"}"#.to_owned(), false)
    );
    let at_once = by!(_serializer => Err(serde::ser::Error::custom("no")));
    assert_eq!(payload(&at_once), ("[failed to serialize]".to_owned(), true));
    let panics = by!(_serializer => panic!("on purpose"));
    assert_eq!(payload(&panics), ("[failed to serialize]".to_owned(), true));
}

#[test]
fn locks_are_never_locked_wherever_they_are() {
    #[derive(Serialize)]
    struct Shared<'a> {
        one: &'a Mutex<u8>,
        other: &'a RwLock<u8>,
        all: [Option<&'a Mutex<u8>>; 1],
    }

    let (one, other) = (Mutex::new(1), RwLock::new(2));
    let (_held, _written) = (one.lock().unwrap(), other.write().unwrap());
    assert_eq!(payload(&one), ("[lock]".to_owned(), false));
    assert_eq!(payload(&&other).0, "[lock]");
    assert_eq!(payload(&[&one]).0, r#"["[lock]"]"#);
    let shared = Shared { one: &one, other: &other, all: [Some(&one)] };
    assert_eq!(payload(&shared).0, r#"{"one":"[lock]","other":"[lock]","all":["[lock]"]}"#);
}
