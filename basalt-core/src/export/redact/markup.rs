//! Elements of XML and HTML: `<password>…</password>`, `<key>password</key><string>…</string>`.

use super::{
    key::{Keys, Verdict},
    mask::Cut,
    random::looks_secret,
    reader::Reader,
    told::Told,
};

/// Bytes of a tag.
const LONGEST: usize = 256;
const NAMES: [&str; 2] = ["name", "key"];
const VALUES: [&str; 4] = ["value", "string", "val", "data"];

/// Bytes of a name.
const NAME: usize = 64;

const CDATA: &str = "<![CDATA[";

/// What is cut behind the tag that ends at `end`.
pub(super) fn cut<'a>(reader: Reader<'a>, end: usize, keys: &Keys, told: &mut Told) -> Option<Cut<'a>> {
    let start = reader.skip_back(end, LONGEST, |byte| byte != b'<' && byte != b'>');
    let tag = reader.slice(start, end);
    if reader.before(start) != b'<' || tag.starts_with(['/', '!', '?']) || tag.ends_with('/') {
        return None;
    }
    let name = tag.split([' ', '\n', '\t', '\r']).next().unwrap_or_default();
    let local = name.rsplit(':').next().unwrap_or_default();
    let is = |known: &&str| local.eq_ignore_ascii_case(known);
    if NAMES.iter().any(is) {
        let (from, to) = content(reader, end + 1, name)?;
        told.verdict = keys.judge(reader.slice(from, to.min(from + NAME)).trim());
        told.at = to;
        return None;
    }
    let attribute = told.at >= start && told.at <= end;
    let verdict = match keys.judge(local) {
        Verdict::Open if attribute || VALUES.iter().any(is) => std::mem::take(&mut told.verdict),
        verdict => verdict,
    };
    if verdict == Verdict::Open {
        return None;
    }
    let (from, to) = content(reader, end + 1, name)?;
    let likely = verdict == Verdict::Likely;
    (!likely || looks_secret(reader.slice(from, to))).then(|| Cut::text(reader.text, from, to))?
}

/// What is between the tags of an element that has no others in it, behind the opening tag of `name`.
fn content(reader: Reader<'_>, start: usize, name: &str) -> Option<(usize, usize)> {
    let end = reader.skip(start, usize::MAX, |byte| byte != b'<');
    let blank = reader.slice(start, end).trim().is_empty();
    if blank && reader.has(end, CDATA) {
        let inside = end + CDATA.len();
        return Some((inside, cdata_end(reader, inside)));
    }
    let closes = reader.has(end, "</") && reader.has(end + 2, name);
    let cut = reader.cut && end == reader.len();
    (!blank && (closes || cut)).then_some((start, end))
}

fn cdata_end(reader: Reader<'_>, start: usize) -> usize {
    let mut at = start;
    while at < reader.len() && !reader.has(at, "]]>") {
        at = reader.skip(at + 1, usize::MAX, |byte| byte != b']');
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::pairs::masked;

    #[test]
    fn what_an_element_has_goes() {
        for (given, expected) in [
            ("<a><Password>é</Password></a>", "<a><Password>[redacted]</Password></a>"),
            ("<db:password x=\"y\">x</db:password>", "<db:password x=\"y\">[redacted]</db:password>"),
            ("<password><![CDATA[x<y]]></password>", "<password><![CDATA[[redacted]]]></password>"),
            ("<key>password</key>\n<string>x</string>", "<key>password</key>\n<string>[redacted]</string>"),
            ("<p name=\"api_key\">x</p>", "<p name=\"api_key\">[redacted]</p>"),
        ] {
            assert_eq!(masked(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn other_elements_stay() {
        for text in [
            "<p class=\"token\">text</p>",
            "<label for=\"password\">Password</label>",
            "Vec<Token> and Box<Token>",
            "<key>name</key><string>x</string>",
            "<password></password>",
            "a -> b",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
