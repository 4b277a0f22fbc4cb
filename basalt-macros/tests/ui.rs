//! What the macros refuse, and how they say it.

#[test]
fn every_refusal_names_its_cure() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
