//! Secrets and texts that look like some. No secret stands in this file: each is made up from its format when it
//! is asked for, the same every time.

use fastrand::Rng;

/// A text with something to hide.
#[derive(Debug, Clone)]
pub struct Secret {
    /// The key it stands under.
    pub key: &'static str,
    /// What a program would write.
    pub text: String,
    /// What may not leave.
    pub hidden: Vec<String>,
}

/// As a program would write it under a key that says nothing, with ⏎ for a line feed. `{{A32}}` stands for 32 letters and figures, `{{U16}}` for
/// capitals and figures, `{{h32}}` for hexadecimal, `{{d9}}` for figures, `{{w40}}` for what URLs take, `{{p12}}` for a
/// password.
const TEXTS: &str = include_str!("../corpus/secret.txt");

/// Texts that must leave as they are.
const INNOCENT: &str = include_str!("../corpus/innocent.txt");

/// Secrets in forms of all sorts: what may not leave, a tab, the text. `\n` and `\t` are escapes, or stand for
/// themselves: texts of both readings are made.
const FORMS: [&str; 2] = [include_str!("../corpus/forms.tsv"), include_str!("../corpus/more_forms.tsv")];

/// Texts of the same shapes that must leave as they are, behind a mark and a tab.
const LOOK_ALIKES: [&str; 2] =
    [include_str!("../corpus/look_alikes.tsv"), include_str!("../corpus/more_look_alikes.tsv")];

/// Keys whose values are secret whatever they look like.
const KEYS: [&str; 40] = [
    "password",
    "db.password",
    "PGPASSWORD",
    "user_password",
    "userPassword",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "client_secret",
    "clientSecret",
    "app.secrets",
    "token",
    "access_token",
    "refreshToken",
    "id_token",
    "csrftoken",
    "X-Auth-Token",
    "api_key",
    "apiKey",
    "APIKEY",
    "x-api-key",
    "OPENAI_API_KEY",
    "http.request.header.x-api-key",
    "http.request.header.authorization",
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "credentials",
    "aws_secret_access_key",
    "private_key",
    "privateKey",
    "signing_key",
    "encryption-key",
    "AccountKey",
    "smtp_pass",
    "jwt",
    "otp",
    "Ocp-Apim-Subscription-Key",
];

/// All secrets: texts that give themselves away, wherever they stand.
#[must_use]
pub fn secrets() -> Vec<Secret> {
    let lines = lines(TEXTS).zip(1..);
    lines.map(|(line, seed)| filled("note", &line.replace('⏎', "\n"), &mut Rng::with_seed(seed))).collect()
}

/// All keys, each with a value that only its key gives away.
#[must_use]
pub fn keyed() -> Vec<Secret> {
    KEYS.into_iter()
        .zip(1_000..)
        .map(|(key, seed)| filled(key, "{{p12}}", &mut Rng::with_seed(seed)))
        .collect()
}

/// All texts that must leave as they are.
pub fn innocent() -> impl Iterator<Item = &'static str> {
    lines(INNOCENT)
}

/// All forms of secrets, by themselves and inside other texts: what may not leave, and the text.
pub fn forms() -> impl Iterator<Item = (&'static str, String)> {
    let rows = FORMS.into_iter().flat_map(lines).map(|line| line.split_once('\t').unwrap());
    rows.flat_map(|(hidden, text)| embedded(text).map(move |text| (hidden, text)))
}

/// All texts that look alike.
pub fn look_alikes() -> impl Iterator<Item = String> {
    let rows = LOOK_ALIKES.into_iter().flat_map(lines).map(|line| line.split_once('\t').unwrap().1);
    rows.flat_map(|text| [text.to_owned(), unescaped(text)])
}

/// A text as it is written, with its escapes read, and both as strings of JSON.
fn embedded(text: &str) -> impl Iterator<Item = String> + use<> {
    let both = [text.to_owned(), unescaped(text)];
    let quoted = both.clone().map(|text| serde_json::json!({ "text": text }).to_string());
    both.into_iter().chain(quoted)
}

fn unescaped(text: &str) -> String {
    let kept = text.replace(r"\\", "\u{1}");
    kept.replace(r"\n", "\n").replace(r"\t", "\t").replace('\u{1}', r"\")
}

fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.is_empty())
}

fn filled(key: &'static str, format: &str, rng: &mut Rng) -> Secret {
    let mut text = String::new();
    let mut hidden = Vec::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("{{") {
        let (gap, after) = after.split_once("}}").unwrap();
        let (kind, length) = gap.split_at(1);
        let made = material(kind, length.parse().unwrap(), rng);
        text.push_str(before);
        text.push_str(&made);
        hidden.push(made);
        rest = after;
    }
    text.push_str(rest);
    // Words that scanners of source code look for.
    Secret { key, text: text.replace("PRI~VATE", "PRIVATE"), hidden }
}

/// Random, but never without a letter and a figure.
fn material(kind: &str, length: usize, rng: &mut Rng) -> String {
    let alphabet = match kind {
        "A" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "U" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "h" => "0123456789abcdef",
        "d" => "123456789",
        "w" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        "p" => "abcdefghijkmnopqrstuvwxyz!*^",
        _ => panic!("{kind} is no kind of material"),
    };
    let alphabet: Vec<char> = alphabet.chars().collect();
    let mut made: Vec<char> = (0..length).map(|_| alphabet[rng.usize(..alphabet.len())]).collect();
    if kind != "d" {
        made[1] = if kind == "U" { 'Q' } else { 'f' };
        made[2] = '7';
        made[length - 1] = '9';
    }
    made.into_iter().collect()
}
