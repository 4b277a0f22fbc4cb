//! Whether a text looks made up by a machine, or by somebody who needed a password.

/// Letters with figures or marks among them, and not a few.
pub(super) fn looks_random(text: &str) -> bool {
    let letter = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let other = text.bytes().any(|byte| byte.is_ascii_digit() || b"!@#$%^&*".contains(&byte));
    text.len() >= 6 && letter && other
}

/// Made up, and written as one piece: neither a sentence nor a name that is a path or has words. For values under
/// names that are not only those of secrets.
pub(super) fn looks_secret(text: &str) -> bool {
    let figures = text.bytes().filter(u8::is_ascii_digit).count();
    let piece = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"()<>{}[],;'\"`\\|".contains(&byte));
    let words = text.bytes().any(|byte| b"_./:-".contains(&byte));
    piece && !text.starts_with("0x") && looks_random(text) && (!words || text.len() >= 16 && figures >= 3)
}

/// A key or a token by itself: letters and not a few figures.
pub(super) fn looks_like_a_key(text: &str) -> bool {
    let figures = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() >= 12 && figures >= 3 && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// A bearer's token, not the word that follows "bearer" in prose.
pub(super) fn looks_like_a_token(text: &str) -> bool {
    text.len() >= 25 || text.len() >= 8 && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// `user:password`, as basic authentication writes it.
pub(super) fn is_basic(text: &str) -> bool {
    let mut bits = 0_u32;
    let mut held = 0;
    let mut colon = false;
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return false,
        };
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            let decoded = (bits >> held) & 0xff;
            if decoded < 0x20 {
                return false;
            }
            colon = colon || decoded == u32::from(b':');
        }
    }
    colon
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_told_from_words() {
        assert!(is_basic("dXNlcjpwYXNz") && is_basic("YTpi") && is_basic("YWxpY2U6aHVudGVyMg=="));
        for word in ["Authentication", "understanding", "JavaScript", "auth", "dXNlcg=="] {
            assert!(!is_basic(word), "{word}");
        }
    }

    #[test]
    fn words_do_not_look_random() {
        assert!(looks_random("hunter2") && looks_random("P@ssword") && looks_random("a1b2c3"));
        for word in ["must", "patience", "512", "v2", "correct-horse"] {
            assert!(!looks_random(word), "{word}");
        }
        assert!(looks_secret("hunter2") && looks_secret("EqQBCkYIBxgCKkD/123+x=="));
        for word in ["test_login_2", "src/a1.rs", "fn f(x: i32)", "see 2 items"] {
            assert!(!looks_secret(word), "{word}");
        }
        assert!(looks_like_a_key("abc123def456") && !looks_like_a_key("user_id2"));
        assert!(looks_like_a_token("abc12345") && !looks_like_a_token("authentication"));
    }
}
