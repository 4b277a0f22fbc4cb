//! Texts in encodings: `%3D` in URLs, `\u003d` in strings, `&quot;` in markup. They are decoded as a whole, and what
//! is cut of the decoded text is cut where it stands in the text itself.

use super::{
    mask::Cut,
    reader::{ESCAPES, work},
};

/// Encodings within encodings that are looked through; deeper ones are left as they are.
pub(super) const DEEPEST: usize = 3;

/// A text without its outermost encoding.
pub(super) struct Decoded {
    pub(super) text: String,
    /// From which places on both texts run side by side: in the decoded text, and in the other.
    places: Vec<(usize, usize)>,
}

impl Decoded {
    /// None if nothing is encoded, or only blanks and marks of sentences.
    pub(super) fn of(text: &str) -> Option<Self> {
        work::add(text.len());
        if !text.contains('%') && !text.contains("\\u") && !text.contains('&') {
            return None;
        }
        let bytes = text.as_bytes();
        let mut decoded = Self { text: String::new(), places: Vec::new() };
        let (mut copied, mut at, mut telling) = (0, 0, false);
        work::add(text.len());
        while let Some(found) = position(bytes, at) {
            let Some((content, end)) = sequence(text, found) else {
                at = found + 1;
                continue;
            };
            telling = telling || content.bytes().any(is_telling);
            decoded.text.push_str(text.get(copied..found)?);
            decoded.places.push((decoded.text.len(), found));
            decoded.text.push_str(&content);
            decoded.places.push((decoded.text.len(), end));
            (copied, at) = (end, end);
        }
        if !telling {
            return None;
        }
        decoded.text.push_str(text.get(copied..)?);
        Some(decoded)
    }

    /// What is cut of the text, where `cut` is cut of what it decodes to.
    pub(super) fn outside(&self, cut: &Cut<'_>) -> Cut<'static> {
        Cut::plain(self.place(cut.start + cut.scheme.len()), self.place(cut.end))
    }

    fn place(&self, at: usize) -> usize {
        let next = self.places.partition_point(|(decoded, _)| *decoded <= at);
        match next.checked_sub(1).and_then(|last| self.places.get(last)) {
            Some((decoded, outside)) => outside + (at - decoded),
            None => at,
        }
    }
}

/// Whether a byte that is encoded can be part of a name, or of what parts names and values.
fn is_telling(byte: u8) -> bool {
    !byte.is_ascii()
        || byte.is_ascii_graphic() && !b",.!()~*-".contains(&byte)
        || byte == b'\n'
        || byte == b'\r'
}

fn position(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    Some(at + rest.iter().position(|byte| matches!(byte, b'%' | b'\\' | b'&'))?)
}

/// What a sequence stands for, and where it ends.
fn sequence(text: &str, at: usize) -> Option<(String, usize)> {
    match text.as_bytes().get(at)? {
        b'%' => percents(text.as_bytes(), at),
        b'&' => entity(text, at),
        _ => escape(text.as_bytes(), at),
    }
}

fn hex(bytes: &[u8], at: usize, figures: usize) -> Option<u32> {
    let mut value = 0;
    for at in at..at + figures {
        value = value * 16 + char::from(*bytes.get(at)?).to_digit(16)?;
    }
    Some(value)
}

/// One character in percents, as many bytes as it has.
fn percents(bytes: &[u8], at: usize) -> Option<(String, usize)> {
    let byte = |place: usize| {
        let at = at + 3 * place;
        let sign = *bytes.get(at)? == b'%';
        hex(bytes, at + 1, 2).and_then(|value| u8::try_from(value).ok()).filter(|_| sign)
    };
    let first = byte(0)?;
    let length = match first {
        0x09 | 0x0a | 0x0d | 0x20..=0x7e => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let whole: Option<Vec<u8>> = (0..length).map(byte).collect();
    Some((String::from_utf8(whole?).ok()?, at + 3 * length))
}

/// `\u003d`, with as many backslashes as there are.
fn escape(bytes: &[u8], at: usize) -> Option<(String, usize)> {
    let slashes = bytes.iter().skip(at).take(ESCAPES).take_while(|byte| **byte == b'\\').count();
    let letter = at + slashes;
    if *bytes.get(letter)? != b'u' {
        return None;
    }
    let character = char::from_u32(hex(bytes, letter + 1, 4)?).filter(|character| !character.is_control())?;
    Some((character.into(), letter + 5))
}

/// The entities that markup needs.
fn entity(text: &str, at: usize) -> Option<(String, usize)> {
    const ENTITIES: [(&str, &str); 9] = [
        ("&quot;", "\""),
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&apos;", "'"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x22;", "\""),
        ("&#x27;", "'"),
    ];
    let rest = text.as_bytes().get(at..)?;
    let (name, character) = ENTITIES.iter().find(|(name, _)| rest.starts_with(name.as_bytes()))?;
    Some(((*character).to_owned(), at + name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Option<String> {
        Decoded::of(text).map(|decoded| decoded.text)
    }

    #[test]
    fn what_is_encoded_is_decoded_once() {
        assert_eq!(decoded("a%3D1%26b=%C3%A9").as_deref(), Some("a=1&b=é"));
        assert_eq!(decoded("a%253D1").as_deref(), Some("a%3D1"));
        assert_eq!(decoded(r"pass\u0077ord \\u003d").as_deref(), Some("password ="));
        assert_eq!(decoded("&quot;a&quot; &amp;quot;").as_deref(), Some("\"a\" &quot;"));
        for text in
            ["", "100% of it", "%zz %C3 %FF %00", r"\n \u12 \u0000 \ud83d", "a%20b%2C", "a && b & c &copy;"]
        {
            assert_eq!(decoded(text), None, "{text}");
        }
    }

    #[test]
    fn a_cut_is_found_again_in_the_text_itself() {
        let text = "é%3D%C3%A9x&amp;y";
        let decoded = Decoded::of(text).unwrap();
        let outside = |content: &str| {
            let start = decoded.text.find(content).unwrap();
            let cut = decoded.outside(&Cut::plain(start, start + content.len()));
            text.get(cut.start..cut.end).unwrap()
        };
        assert_eq!(outside("=é"), "%3D%C3%A9");
        assert_eq!(outside("x&y"), "x&amp;y");
        assert_eq!(outside("é=éx&y"), text);
    }
}
