//! Words in names of things that are secret, and words that make such names innocent.

use std::sync::LazyLock;

use super::key::Verdict;

type List = LazyLock<Vec<&'static str>>;

fn words(list: &'static str) -> Vec<&'static str> {
    let mut words: Vec<_> = list.split_ascii_whitespace().collect();
    words.sort_unstable();
    words
}

/// Secret wherever it stands in a name.
static SECRET: List = List::new(|| {
    words(
        "password passwords passwd passwds bearer jsessionid phpsessid pwd pw passphrase passcode \
         pgpass secret secrets token authorization cookie cookies credential credentials creds apikey \
         apikeys authkey accesskey privatekey secretkey signingkey appkey licensekey jwt otp totp mfa \
         cvv cvc htpasswd authtoken sessiontoken samlresponse dockerconfigjson passw passwrd",
    )
});

/// Words for passwords in other languages, as they stand in names.
static FOREIGN: List = List::new(|| {
    words(
        "passwort kennwort contrasena senha motdepasse wachtwoord haslo heslo jelszo losenord passord \
         adgangskode salasana sifre lozinka geslo",
    )
});

/// Those that are not ASCII, as names write them: small, capital, and with a capital at the start.
static FOREIGN_LETTERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let words = "contraseña hasło jelszó lösenord şifre лозинка пароль парола κωδικός סיסמה 密码 密碼 口令 \
                 パスワード 暗証番号 비밀번호 암호";
    let forms = words.split_whitespace().flat_map(|word| {
        let mut letters = word.chars();
        let capital: String =
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        [word.to_owned(), word.to_uppercase(), capital]
    });
    forms.collect()
});

/// Ends of words that are written without a gap: `csrftoken`, `PGPASSWORD`.
static ENDINGS: List = List::new(|| words("password passwd secret secretkey apikey token credentials"));

/// Before `key` or `keys`.
static KEYS: List = List::new(|| {
    words(
        "api access private secret signing encryption decryption account master auth ssh subscription \
         storage app application consumer functions session deploy hmac webhook service license licence \
         activation recovery unlock",
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

/// Whether a word of any case is in a sorted list.
fn one_of(words: &[&str], word: &str) -> bool {
    let lower = word.bytes().map(|byte| byte.to_ascii_lowercase());
    words.binary_search_by(|known| known.bytes().cmp(lower.clone())).is_ok()
}

fn ends(word: &str, ending: &str) -> bool {
    let start = word.len().checked_sub(ending.len());
    start.and_then(|start| word.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

/// Before `auth`.
static AUTHS: List = List::new(|| words("x http basic proxy api user custom npm registry db"));

/// Before `signature`, which is then a secret of its own.
static SIGNATURES: List = List::new(|| words("amz goog access"));

/// Whether a word of a name, behind another, makes it secret.
fn is_secret_word(before: &str, word: &str) -> bool {
    let is = |known: &str| known.eq_ignore_ascii_case(word);
    if is("token") {
        return !one_of(&TEXT_TOKENS, before);
    }
    if one_of(&SECRET, word) || ENDINGS.iter().any(|ending| ends(word, ending)) || is_foreign(word) {
        return true;
    }
    (is("key") || is("keys")) && one_of(&KEYS, before)
        || is("pass") && one_of(&PASSES, before)
        || is("tokens") && one_of(&TOKENS, before)
        || is("signature") && one_of(&SIGNATURES, before)
        || is("assertion") && before.eq_ignore_ascii_case("client")
        || is("passe") && before.eq_ignore_ascii_case("de")
        || is("verifier") && before.eq_ignore_ascii_case("code")
}

/// Whether a word ends with that for a password in another language; some of them write words without gaps.
fn is_foreign(word: &str) -> bool {
    if word.is_ascii() {
        one_of(&FOREIGN, word)
    } else {
        FOREIGN_LETTERS.iter().any(|known| word.ends_with(known.as_str()))
    }
}

/// What a name, word by word, says of its value.
pub(super) fn judge<'a>(words: impl Iterator<Item = &'a str>) -> Verdict {
    let (mut secret, mut signed) = (false, false);
    let (mut before, mut last) = ("", "");
    let mut count = 0;
    for word in words {
        secret = secret || is_secret_word(last, word);
        signed = signed || word.eq_ignore_ascii_case("signature");
        if secret && last.eq_ignore_ascii_case("secret") && word.eq_ignore_ascii_case("id") {
            return Verdict::Secret;
        }
        (before, last) = (last, word);
        count += 1;
    }
    let is = |known: &str| last.eq_ignore_ascii_case(known);
    let likely = (is("pass") || is("passe")) && count == 1
        || is("auth") && (count == 1 || one_of(&AUTHS, before))
        || is("sid") && !one_of(&ABOUT, before)
        || signed && (is("signature") || last.bytes().all(|byte| byte.is_ascii_digit()));
    match secret && !one_of(&ABOUT, last) {
        true => Verdict::Secret,
        false if likely => Verdict::Likely,
        false => Verdict::Open,
    }
}
