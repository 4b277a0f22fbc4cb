//! Passphrases: some words behind the name of a password, where a sentence would say something about it.

use super::{plain, value::Field};

/// Names under which people write phrases.
const NAMES: [&str; 6] = ["password", "passphrase", "passwd", "passcode", "pwd", "passwort"];

/// Words in a phrase.
const FEWEST: usize = 3;
const MOST: usize = 12;

/// Bytes of a phrase.
const LONGEST: usize = 120;

/// Words of sentences about a password.
const SENTENCES: &str = " a about access account added after again all allowed already also an and any are as at be been before \
    being between blank both but by can cannot case change changed changes character characters chars check checked \
    choose chosen confirm confirmation contain containing contains could create created default digit \
    digits disabled do does doesn't don't eight empty enabled encrypted enter entered every exceeded expired expires \
    failed field for forgot forgotten format from given had has hash hashed have he here hidden his how i if in \
    incorrect input instead invalid is it its kept known last least length less letter letters like long longer lost \
    lower lowercase matches may me missing mixed more must my name need needed needs never new no none not number \
    numbers of old on one only optional or our please policy protected provided required requires reset same see \
    sent set she short should since some special store stored strength strong sure than that the their them then \
    there they this three to too two type typed under unknown unset until up update updated upper uppercase use used \
    user username uses using validation value vault wait was we weak were what when where which who will with \
    without wrong yes you your ";

/// Where a phrase ends that starts at `start`; none if it is none.
pub(super) fn end(field: &Field<'_>, start: usize) -> Option<usize> {
    let reader = field.reader;
    if !NAMES.iter().any(|name| field.label.key.eq_ignore_ascii_case(name)) || !field.label.leads(reader) {
        return None;
    }
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-');
    let end = reader.skip(start, LONGEST, letters);
    let over = end == reader.len() || plain::line_end(reader, end, b",;#") == end;
    let phrase = reader.slice(start, end).trim_end();
    let count = phrase.split_ascii_whitespace().count();
    let says = phrase.split_ascii_whitespace().any(is_of_a_sentence);
    (over && (FEWEST..=MOST).contains(&count) && !says).then(|| start + phrase.len())
}

fn is_of_a_sentence(word: &str) -> bool {
    SENTENCES.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::super::pairs::masked;

    #[test]
    fn words_that_are_no_sentence_are_a_passphrase() {
        let expected = Some("password: [redacted]".to_owned());
        assert_eq!(masked("password: correct horse battery staple"), expected);
        assert_eq!(masked("a\nPassphrase: blue moon river\nb").unwrap(), "a\nPassphrase: [redacted]\nb");
    }

    #[test]
    fn a_sentence_about_a_password_stays() {
        for text in [
            "Password: must contain 8 characters",
            "Password: minimum length eight",
            "so his password: correct horse",
            "token: smallest piece",
            "Passwords: rules and hints",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
