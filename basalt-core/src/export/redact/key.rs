//! Names of attributes, of JSON members, of parameters, headers and variables: which of them are redacted.

use std::borrow::Cow;

use super::{names, reader::work};

/// What is to be done with the value of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Verdict {
    /// Its content decides.
    #[default]
    Open,
    /// The name is often that of a secret: a value that looks like one is.
    Likely,
    /// The name is that of a secret. Bools are none.
    Secret,
    /// The program has named it: everything goes.
    Named,
}

/// Which keys are redacted.
#[derive(Default)]
pub(super) struct Keys {
    /// Whether names that are known for secrets are.
    pub(super) known: bool,
    pub(super) named: Vec<Named>,
}

/// A key that the program has named.
pub(super) struct Named(String);

impl Keys {
    pub(super) fn is_empty(&self) -> bool {
        !self.known && self.named.is_empty()
    }

    pub(super) fn judge(&self, key: &str) -> Verdict {
        work::add(key.len());
        let key = &*narrow(key);
        if self.named.iter().any(|named| named.means(key)) {
            return Verdict::Named;
        }
        if self.known { names::judge(Words(last_part(key))) } else { Verdict::Open }
    }
}

impl Named {
    /// None if the name has no letter and no figure: it would mean every key.
    pub(super) fn new(name: &str) -> Option<Self> {
        Words(name).next()?;
        Some(Self(name.trim().to_owned()))
    }

    /// A name with dots is a path, or its end; any other is in the last part of the path, word by word.
    fn means(&self, key: &str) -> bool {
        let Self(name) = self;
        if name.contains('.') {
            let start = key.len().checked_sub(name.len());
            let end = start.and_then(|start| key.get(start..));
            let whole = start
                .is_none_or(|start| start == 0 || key.get(..start).is_some_and(|path| path.ends_with('.')));
            return whole && end.is_some_and(|end| end.eq_ignore_ascii_case(name));
        }
        let mut rest = Words(last_part(key));
        loop {
            if starts_with(rest.clone(), Words(name)) {
                return true;
            }
            if rest.next().is_none() {
                return squeezed(last_part(key)).eq(squeezed(name));
            }
        }
    }
}

/// Letters of full width, as East Asian keyboards write them, in their usual width.
fn narrow(key: &str) -> Cow<'_, str> {
    let wide = |character: char| matches!(character, '\u{ff01}'..='\u{ff5e}');
    if key.is_ascii() || !key.contains(wide) {
        return key.into();
    }
    let usual = |character: char| char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character);
    key.chars().map(|character| if wide(character) { usual(character) } else { character }).collect()
}

fn last_part(key: &str) -> &str {
    key.rsplit(['.', '/', ':']).next().unwrap_or(key)
}

fn starts_with<'a>(mut words: Words<'a>, start: Words<'a>) -> bool {
    start.into_iter().all(|expected| words.next().is_some_and(|word| word.eq_ignore_ascii_case(expected)))
}

fn squeezed(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// The words of a name: `clientSecret`, `client_secret`, `CLIENT-SECRET2` have two, `APIKey` too.
#[derive(Clone)]
pub(super) struct Words<'a>(pub(super) &'a str);

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let gap = |character: char| character.is_ascii() && !character.is_ascii_alphanumeric();
        let rest = self.0.trim_start_matches(gap);
        let bytes = rest.as_bytes();
        let ends = bytes.windows(2).enumerate().find_map(|(at, pair)| {
            let [this, next] = *pair else { return None };
            let hump = this.is_ascii_lowercase() && next.is_ascii_uppercase();
            let after = bytes.get(at + 2).is_some_and(u8::is_ascii_lowercase);
            let acronym = this.is_ascii_uppercase() && next.is_ascii_uppercase() && after;
            let gap = next.is_ascii() && !next.is_ascii_alphanumeric();
            (hump || acronym || gap).then_some(at + 1)
        });
        let (word, rest) = rest.split_at_checked(ends.unwrap_or(rest.len()))?;
        self.0 = rest;
        let letters = word.trim_end_matches(|character: char| character.is_ascii_digit());
        match (word, letters) {
            ("", _) => None,
            (word, "") => Some(word),
            (_, letters) => Some(letters),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Keys {
        Keys { known: true, named: Vec::new() }
    }

    #[test]
    fn a_name_is_read_word_by_word() {
        let words = |name| Words(name).collect::<Vec<_>>();
        assert_eq!(words("clientSecret"), ["client", "Secret"]);
        assert_eq!(words("CLIENT-SECRET2"), ["CLIENT", "SECRET"]);
        assert_eq!(words("APIKey"), ["API", "Key"]);
        assert_eq!(words("user[password]"), ["user", "password"]);
        assert_eq!(words("clé_privée"), ["clé", "privée"]);
        assert_eq!(words("_2_"), ["2"]);
        assert_eq!(words("--"), Vec::<&str>::new());
    }

    #[test]
    fn names_of_secrets_are_known() {
        for key in "password db.password PGPASSWORD userPassword x-api-key apiKey OPENAI_API_KEY token \
             access_token csrftoken authorization http.request.header.set-cookie client_secret \
             clientSecret private_key aws_secret_access_key AccountKey credentials refresh_tokens \
             password_hash DD-API-KEY smtp_pass user[password] secret_id password2 \
             Ocp-Apim-Subscription-Key"
            .split_whitespace()
        {
            assert_eq!(known().judge(key), Verdict::Secret, "{key}");
        }
    }

    #[test]
    fn innocent_names_are_left_alone() {
        for key in "gen_ai.usage.input_tokens max_tokens token_count tokens tokenizer secretary author \
             authority gen_ai.token.type token_type password_policy eos_token nextPageToken key \
             primary_key monkey keyboard first_pass bypass compass cookie_consent secret_name \
             access_key_id passenger basalt.span.input session.id http.route private_key_id \
             keywords cache_key public_key tokenization promptTokens url.path"
            .split_whitespace()
        {
            assert_eq!(known().judge(key), Verdict::Open, "{key}");
        }
    }

    #[test]
    fn a_named_key_is_a_word_of_the_last_part_or_the_end_of_a_path() {
        let named = |name: &str, key: &str| Named::new(name).unwrap().means(key);
        for key in ["ssn", "user.SSN", "customer_ssn", "customerSsn", "ssn-number"] {
            assert!(named("ssn", key), "{key}");
        }
        for key in ["session", "ssn.kind", "assn"] {
            assert!(!named("ssn", key), "{key}");
        }
        assert!(named("credit_card", "creditCard") && named("creditcard", "credit_card"));
        assert!(named("user.name", "app.User.Name") && named("user.name", "user.name"));
        assert!(!named("user.name", "name") && !named("user.name", "superuser.name"));
        assert!(Named::new(" _ ").is_none());
    }
}
