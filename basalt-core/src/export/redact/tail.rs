//! The end of a text that was cut: a secret whose form is not complete any more.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use super::{
    mask::{Cut, is_masked},
    reader::work,
};

/// As far as the end is looked at.
const LONGEST: usize = 1_024;

/// How secrets begin that have a form, up to the end of the text. The group is what is masked.
const BEGINNINGS: [&str; 4] = [
    r"(?:\b|_|\\[nrt])((?:sk-|gsk_|xai-|r8_|pplx-|fw_|tvly-|pcsk_|lsv2_|nvapi-|hf_|api_org_|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|AT(?:ATT|CTT|BB)|xox[a-z][.-]|xapp-|[sr]k_(?:live|test)_|whsec_|sq0csp-|EAAA|shp(?:at|ca|pa|ss)_|AIza|ya29\.|GOCSPX-|1//0|SK[0-9a-f]|SG\.|key-[0-9a-f]|npm_|pypi-AgE|rubygems_|dckr_pat_|hv[sbr]\.|do[opr]_v1_|dapi[0-9a-f]|v1\.0-|sbp_|sb_secret_|HRKU-|pscale_|dp\.[a-z]+\.|glsa_|glc_|NRAK-|sntry[us]_|lin_api_|ntn_|figd_|PMAK-|AGE-SECRET-KEY-|eyJ|(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9])[\w.~+/=-]*)\z",
    r"(?:\b|_|\\[nrt])(?i:bearer|basic)(?:[ \t\r\n]|\\[nrt])+([\w.~+/=:-]*[A-Z0-9+/=_][\w.~+/=:-]*)\z",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}(?u:[^A-Za-z0-9]{1,16})(?:[A-Za-z_ ]{1,32}(?u:[^A-Za-z0-9]{1,8}))?([A-Za-z0-9/+]+)\z",
    r"(?:--(?:[a-z0-9]+-){0,4}(?:password|passwd|pass|token|secret|api-?key|access-?key|private-?key|secret-?key)[ \t]+|hooks\.slack\.com/[a-z]+/|/api/webhooks/[0-9]+/)([!-~]+)\z",
];

/// None if a pattern is wrong, which a test excludes; then the whole end is masked.
static COMPILED: LazyLock<Option<Vec<Regex>>> = LazyLock::new(|| {
    let compiled = BEGINNINGS.iter().map(|pattern| RegexBuilder::new(pattern).unicode(false).build().ok());
    compiled.collect()
});

/// Adds what the text ends with to the cuts, if it may be the beginning of a secret.
pub(super) fn find<'a>(text: &'a str, cuts: &mut Vec<Cut<'a>>) {
    let start = (text.len().saturating_sub(LONGEST)..=text.len()).find(|start| text.is_char_boundary(*start));
    let start = start.unwrap_or_default();
    let end = text.get(start..).unwrap_or_default();
    let Some(compiled) = COMPILED.as_ref() else { return cuts.push(Cut::plain(start, text.len())) };
    for regex in compiled {
        work::add(end.len());
        let found = regex.captures(end).and_then(|captures| captures.get(1));
        if let Some(found) = found.filter(|found| !is_masked(found.as_str())) {
            cuts.push(Cut::plain(start + found.start(), text.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> Option<String> {
        let mut cuts = Vec::new();
        find(text, &mut cuts);
        super::super::mask::apply(text, cuts)
    }

    #[test]
    fn every_beginning_can_be_compiled() {
        assert!(COMPILED.is_some());
    }

    #[test]
    fn a_secret_that_was_cut_goes() {
        for (given, expected) in [
            ("use sk-pro", "use [redacted]"),
            (r"x\nghp_ab", r"x\n[redacted]"),
            ("Authorization: Bearer A1", "Authorization: Bearer [redacted]"),
            ("a token eyJhbGciOi", "a token [redacted]"),
            ("tool --api-key ab", "tool --api-key [redacted]"),
            ("https://hooks.slack.com/services/T1/B", "https://hooks.slack.com/services/[redacted]"),
        ] {
            assert_eq!(masked(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn other_ends_stay() {
        for text in ["the end", "use sk-proj-ab here", "a bearer of", "é".repeat(600).as_str(), ""] {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
