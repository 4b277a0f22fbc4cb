//! Proof that all rules take linear work: the bytes that they look at are counted, over texts that are found by a
//! search for the worst ones.

use fastrand::Rng;

use super::{ahead::Ahead, reader::work, rules::Rules, *};

/// Bytes that all rules together may look at, for each byte of a text: of a text with encodings in encodings that is
/// looked at again because something was masked, some thirty each time.
pub(super) const MOST: usize = 600;

/// Bytes of the texts that are compared.
const SHORT: usize = 2 << 10;
const LONG: usize = 16 << 10;

/// Units that the search tries.
const STEPS: usize = 400;

/// What texts are made of: characters and words that some rule cares about.
pub(super) const PIECES: [&str; 74] = [
    ":",
    "=",
    ">",
    ",",
    "|",
    "\"",
    "'",
    "\\",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "<",
    "/",
    "-",
    "@",
    "%",
    "&",
    ";",
    "#",
    " ",
    "\n",
    "\t",
    "*",
    "`",
    "$",
    "?",
    ".",
    "!",
    "_",
    "a",
    "x",
    "1",
    "é",
    "：",
    "token",
    "password",
    "cookie",
    "key",
    "name",
    "value",
    "auth",
    "sid",
    "://",
    "\\n",
    "\\\"",
    "\\u0022",
    "%3D",
    "%22",
    "%25",
    "&quot;",
    "Bearer ",
    "curl -u ",
    "mysql -p",
    "form-data; ",
    "name=\"",
    "\r\n",
    "<![CDATA[",
    "]]>",
    "</",
    "Some(",
    "S {",
    "!!str ",
    "\"\"\"",
    "-----BEGIN PRIVATE KEY-----",
    "eyJ",
    "sk-",
    "AKIA",
    "->",
    "=>",
    "%253A",
    "the ",
];

/// Units that were or might be quadratic.
const SEEDS: [&str; 66] = [
    "cookie:/\"",
    "token=&",
    "The quick brown fox. ",
    "access_token=abcdefgh1&",
    "{\"id\":1,\"token\":\"abc123def\"},",
    "a.token=b.token,",
    "password:x,",
    "https://a.b/c?token=abc123,",
    "token:",
    "token: ",
    "token=",
    "password:a ",
    "cookie: a ",
    "\"token\":",
    "\"token\":{",
    "\"name\":{",
    "\"key\":[",
    "\\\"",
    "{",
    "a://",
    "a://b:c/",
    "a://b:c@",
    "eyJ",
    "sk-",
    "bearer ",
    "<token>",
    "<password><![CDATA[",
    "<a>",
    ">",
    "1:",
    "12 ",
    "a@",
    "-----BEGIN ",
    "\\",
    "AKIA",
    "é:",
    "key: ",
    "\"sid\":\"",
    "\"sid\":\"\\\"",
    "password:\n  ",
    "password: |\n ",
    "form-data; name=\"token\"\n",
    "[\"token\",\"",
    "[[\"token\",\"",
    "|token|",
    "%22token%22:",
    "\\u0022token\\u0022:",
    "&quot;token&quot;:",
    "token: Some(",
    "token: S {",
    "password is ",
    "curl -u a",
    "name: token\nvalue: ",
    "\"value\":\"a\",\"name\":\"b\",",
    "\"token\":\"a\",",
    "\"\"\"",
    "。：",
    "password: a b c ",
    "a,pwd\n",
    "a,pwd\nb,c\n",
    "| a | pwd |\n|--|--|\n",
    "| a | b |\n",
    "(a, pwd) values (1, '",
    "(a, pwd) values ",
    "a,b",
    "|\"",
];

pub(super) fn all() -> Rules {
    let redaction = Redaction::builder().pii(true).key("ssn").key("user.name").build().unwrap();
    Arc::into_inner(redaction.rules).unwrap()
}

/// Bytes that are looked at for each byte of a text of this unit.
fn cost(rules: &Rules, unit: &str, length: usize, cut: bool) -> usize {
    let text = unit.repeat(length.div_ceil(unit.len().max(1)));
    let (_, looked) = work::of(|| rules.text("k", &text, cut));
    looked / text.len().max(1)
}

/// One piece more, less, or another one.
fn mutated(unit: &[&'static str], rng: &mut Rng) -> Vec<&'static str> {
    let mut pieces = unit.to_vec();
    for _ in 0..rng.usize(1..=3) {
        let at = rng.usize(..=pieces.len());
        match rng.u8(..3) {
            0 if pieces.len() > 1 => drop(pieces.remove(at.min(pieces.len() - 1))),
            1 if at < pieces.len() => pieces[at] = PIECES[rng.usize(..PIECES.len())],
            _ if pieces.len() < 12 => pieces.insert(at, PIECES[rng.usize(..PIECES.len())]),
            _ => {}
        }
    }
    pieces
}

/// The worst units that a search of this many steps finds, the worst first.
fn worst(rules: &Rules, steps: usize, seed: u64) -> Vec<(usize, String)> {
    let mut rng = Rng::with_seed(seed);
    let mut found: Vec<(usize, Vec<&str>)> = SEEDS
        .iter()
        .chain(&PIECES)
        .map(|unit| vec![*unit])
        .map(|unit| (cost(rules, &unit.concat(), SHORT, false), unit))
        .collect();
    for step in 0..steps {
        found.sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
        found.truncate(24);
        let parent = found[rng.usize(..found.len())].1.clone();
        let child = mutated(&parent, &mut rng);
        if !child.is_empty() && found.iter().all(|(_, unit)| *unit != child) {
            found.push((cost(rules, &child.concat(), SHORT, step % 8 == 0), child));
        }
    }
    found.sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
    found.into_iter().map(|(cost, unit)| (cost, unit.concat())).collect()
}

#[test]
fn no_unit_makes_the_work_more_than_linear() {
    let rules = all();
    for unit in SEEDS.iter().chain(&PIECES) {
        for cut in [false, true] {
            let cost = cost(&rules, unit, LONG, cut);
            assert!(cost <= MOST, "{unit:?}: {cost} bytes are looked at for each");
        }
    }
}

#[test]
fn the_worst_units_of_a_search_are_linear() {
    let rules = all();
    for (short, unit) in worst(&rules, STEPS, 7).into_iter().take(4) {
        let long = cost(&rules, &unit, LONG, false);
        assert!(
            long <= MOST,
            "{unit:?}: {short} bytes are looked at for each of a short text, {long} of a long one"
        );
    }
}

#[test]
fn a_unit_between_others_is_linear() {
    let rules = all();
    for unit in SEEDS {
        for (before, after) in [("{\"a\":\"", "\"}"), ("password=\"", ""), ("<a>", "</a>"), ("a://", "@h")] {
            let text = format!("{before}{}{after}", unit.repeat(8_192 / unit.len()));
            let (_, looked) = work::of(|| rules.text("k", &text, false));
            assert!(looked <= MOST * text.len(), "{before}{unit}{after}");
        }
    }
}

/// What the regex crate looks at is no work of ours to count: a machine of the same pattern counts it.
#[test]
fn no_form_looks_further_than_it_matches_over_and_over() {
    let forms = secrets::FORMS.iter().chain(&commands::COMMANDS).chain(&pii::FORMS);
    for pattern in forms.map(forms::Form::pattern) {
        let ahead = Ahead::of(&pattern, false).unwrap();
        let regex = regex::RegexBuilder::new(&pattern).unicode(false).build().unwrap();
        for unit in SEEDS.iter().chain(&PIECES) {
            let text = unit.repeat(1_024 / unit.len());
            let (mut at, mut looked) = (0, ahead.looks(&text, 0));
            for found in regex.find_iter(&text) {
                at = found.end().max(at);
                looked += ahead.looks(&text, at);
            }
            assert!(looked <= 4 * text.len() + 64, "{pattern} over {unit:?}: {looked} of {}", text.len());
        }
    }
}
