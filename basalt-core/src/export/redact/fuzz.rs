//! Texts by chance, the same every time: no rule panics, what is masked stays as it is when it is masked again, and
//! the work is linear.

use fastrand::Rng;

use super::{
    linear::{MOST, PIECES, all},
    reader::work,
};

/// Texts that are made.
const TEXTS: u64 = 5_000;

/// Values and more of the language around them.
const MORE: [&str; 12] = [
    "hunter2",
    "a1b2c3d4e5f6",
    "[redacted]",
    "null",
    "true",
    "512",
    "postgres://u:p@h",
    "Authorization: ",
    "x y z",
    "multipart",
    "--",
    "${A}",
];

fn text(rng: &mut Rng) -> String {
    let mut text = String::new();
    for _ in 0..rng.usize(1..=24) {
        let place = rng.usize(..PIECES.len() + MORE.len());
        let piece = PIECES.get(place).or_else(|| MORE.get(place - PIECES.len())).unwrap();
        text.push_str(piece);
    }
    text
}

#[test]
fn texts_by_chance_are_masked_once_and_in_linear_time() {
    let rules = all();
    for seed in 0..TEXTS {
        let mut rng = Rng::with_seed(seed);
        let (text, cut) = (text(&mut rng), rng.bool());
        let (masked, looked) = work::of(|| rules.text("k", &text, cut));
        assert!(looked <= MOST * (text.len() + 64), "{text:?}: {looked} bytes of {}", text.len());
        let Some(masked) = masked else { continue };
        let again = rules.text("k", &masked, cut);
        assert_eq!(again, None, "\n  {text:?}\n  {masked:?}\n");
    }
    assert_eq!(rules.failures(), 0);
}
