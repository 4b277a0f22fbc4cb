//! Words in names of things that are secret, and words that make such names innocent.

use std::sync::LazyLock;

type List = LazyLock<Vec<&'static str>>;

fn words(list: &'static str) -> Vec<&'static str> {
    list.split_ascii_whitespace().collect()
}

/// Secret wherever it stands in a name.
static SECRET: List = List::new(|| {
    words(
        "password passwords passwd bearer jsessionid phpsessid passwort pwd passphrase passcode \
         pgpass secret secrets token authorization cookie cookies credential credentials creds apikey \
         apikeys authkey accesskey privatekey secretkey signingkey appkey jwt otp totp cvv cvc \
         htpasswd",
    )
});

/// Ends of words that are written without a gap: `csrftoken`, `PGPASSWORD`.
static ENDINGS: List = List::new(|| words("password passwd secret secretkey apikey token credentials"));

/// Before `key` or `keys`.
static KEYS: List = List::new(|| {
    words(
        "api access private secret signing encryption decryption account master auth ssh subscription \
         storage app application consumer functions session deploy hmac webhook service",
    )
});

/// Before `pass`.
static PASSES: List = List::new(|| {
    words(
        "db database smtp user ftp mail email mysql postgres pg redis mongo admin root login auth \
         http proxy ldap ssh",
    )
});

/// Before `tokens`: elsewhere they are counted.
static TOKENS: List = List::new(|| words("access refresh auth api bearer session csrf secret"));

/// Before `token`, which is then a piece of text, a figure or a cursor.
static TEXT_TOKENS: List = List::new(|| {
    words(
        "page next continuation max min num n per first last eos bos pad unk sep cls mask stop \
         special prompt completion input output cached reasoning total price cost top",
    )
});

/// At the end of a name that tells of a secret without being one: `token_count`, `password_policy`.
static ABOUT: List = List::new(|| {
    words(
        "count counts type types usage limit limits budget length len size policy strategy name names \
         arn version expires expiry expiration expired ttl at in url uri endpoint path file id ids \
         index position offset rate price cost total max min used remaining ratio status state \
         enabled required valid present found field hint placeholder label title description help \
         format scheme domain consent banner method mode provider source scope scopes audience issuer \
         algorithm logprob logprobs probs strength",
    )
});

fn one_of(words: &[&str], word: &str) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

fn ends(word: &str, ending: &str) -> bool {
    let start = word.len().checked_sub(ending.len());
    start.and_then(|start| word.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

/// Whether a word of a name, behind another, makes it secret.
fn is_secret_word(before: &str, word: &str) -> bool {
    let is = |known: &str| known.eq_ignore_ascii_case(word);
    if is("token") {
        return !one_of(&TEXT_TOKENS, before);
    }
    if one_of(&SECRET, word) || ENDINGS.iter().any(|ending| ends(word, ending)) {
        return true;
    }
    (is("key") || is("keys")) && one_of(&KEYS, before)
        || is("pass") && one_of(&PASSES, before)
        || is("tokens") && one_of(&TOKENS, before)
        || is("signature") && one_of(&["amz", "goog", "access"], before)
}

/// Whether a name, word by word, is that of a secret.
pub(super) fn is_secret<'a>(words: impl Iterator<Item = &'a str>) -> bool {
    let mut secret = false;
    let mut before = "";
    for word in words {
        secret = secret || is_secret_word(before, word);
        if secret && before.eq_ignore_ascii_case("secret") && word.eq_ignore_ascii_case("id") {
            return true;
        }
        before = word;
    }
    secret && !one_of(&ABOUT, before)
}
