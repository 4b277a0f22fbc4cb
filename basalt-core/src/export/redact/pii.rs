//! What is told of persons: addresses, numbers, accounts.

use std::{net::Ipv4Addr, net::Ipv6Addr, sync::LazyLock};

use super::forms::{Check, Form, Forms};

/// None if a pattern is wrong, which a test excludes; then every text is masked.
pub(super) static PII: LazyLock<Option<Forms>> = LazyLock::new(|| Forms::compile(&[&FORMS]).ok());

pub(super) static FORMS: [Form; 8] = [
    // E-mail.
    Form {
        pattern: r#"(?u:[^\x00-\x20@<>"'(),;:\\\[\]/=?&|]){1,64}@(?u:[^\x00-\x20@<>"'(),;:\\\[\]/=?&|.]+\.)+[A-Za-z]{2,24}"#,
        check: Check::None,
    },
    // IBAN.
    Form {
        pattern: r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
        check: Check::Content(is_iban),
    },
    // Card numbers.
    Form { pattern: r"[2-6](?:[ -]?[0-9]){11,18}", check: Check::Place(is_card) },
    // Telephone numbers: international; national in France and North America, where they are grouped.
    Form { pattern: r"\+[1-9](?:[ ().-]{0,2}[0-9]){7,14}", check: Check::Place(is_alone) },
    Form { pattern: r"\b0[1-9](?:[ .-][0-9]{2}){4}", check: Check::Place(is_alone) },
    Form { pattern: r"\(?[2-9][0-9]{2}\)?[ .-][2-9][0-9]{2}[ .-][0-9]{4}", check: Check::Place(is_alone) },
    // IP addresses.
    Form { pattern: r"[0-9]{1,3}(?:\.[0-9]{1,3}){3,}", check: Check::Place(is_ipv4) },
    Form { pattern: r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}", check: Check::Place(is_ipv6) },
];

fn figures(text: &str) -> impl DoubleEndedIterator<Item = u32> {
    text.chars().filter_map(|character| character.to_digit(10))
}

/// Luhn's sum over 13 to 19 figures, as on cards.
fn is_card(text: &str, before: Option<u8>, after: Option<u8>) -> bool {
    let doubled = |figure: u32| if figure > 4 { figure * 2 - 9 } else { figure * 2 };
    let weighed = figures(text).rev().enumerate();
    let sum: u32 = weighed.map(|(at, figure)| if at % 2 == 1 { doubled(figure) } else { figure }).sum();
    (13..=19).contains(&figures(text).count()) && sum.is_multiple_of(10) && is_alone(text, before, after)
}

/// The remainder of ISO 7064 is one.
fn is_iban(text: &str) -> bool {
    let compact: Vec<char> = text.chars().filter(|character| *character != ' ').collect();
    let turned = compact.iter().cycle().skip(4).take(compact.len());
    let remainder = turned.filter_map(|character| character.to_digit(36)).fold(0, |remainder, value| {
        if value > 9 { (remainder * 100 + value) % 97 } else { (remainder * 10 + value) % 97 }
    });
    (15..=34).contains(&compact.len()) && remainder == 1
}

/// No part of a longer number or word.
fn is_alone(_: &str, before: Option<u8>, after: Option<u8>) -> bool {
    let joins = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !before.is_some_and(|before| joins(before) || b".-".contains(&before)) && !after.is_some_and(joins)
}

fn is_ipv4(text: &str, before: Option<u8>, after: Option<u8>) -> bool {
    text.parse::<Ipv4Addr>().is_ok() && is_alone(text, before, after)
}

/// With a figure in it, so that paths such as `a::b` are none.
fn is_ipv6(text: &str, before: Option<u8>, after: Option<u8>) -> bool {
    let joins = |byte: u8| byte.is_ascii_alphanumeric() || b"_:".contains(&byte);
    text.parse::<Ipv6Addr>().is_ok()
        && figures(text).next().is_some()
        && !before.is_some_and(joins)
        && !after.is_some_and(joins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> Option<String> {
        PII.as_ref().unwrap().mask(text)
    }

    #[test]
    fn every_form_can_be_compiled() {
        assert!(PII.as_ref().unwrap().are_sound());
    }

    #[test]
    fn persons_are_told_by_their_addresses_and_numbers() {
        for text in [
            "ann@example.com",
            "jörg.müller+x@mail.example.co.uk",
            "4111 1111 1111 1111",
            "4242424242424242",
            "378282246310005",
            "DE89 3704 0044 0532 0130 00",
            "FR1420041010050500013M02606",
            "+49 30 901820",
            "+1 (415) 555-2671",
            "06 12 34 56 78",
            "415-555-2671",
            "192.168.17.4",
            "2001:db8::8a2e:370:7334",
            "::1",
        ] {
            assert_eq!(
                masked(&format!("from {text}, he said")).unwrap(),
                "from [redacted], he said",
                "{text}"
            );
        }
    }

    #[test]
    fn numbers_that_fail_their_check_are_left_alone() {
        for text in [
            "4111 1111 1111 1112",
            "4242424242424241",
            "DE88 3704 0044 0532 0130 00",
            "GB29NWBK60161331926818",
            "1700000000000000000",
            "1.2.3",
            "10.0.19045.3803",
            "1.2.3.4.5",
            "12:30:45",
            "std::fmt",
            "a::b",
            "aa:bb:cc:dd:ee:ff",
            "978-3-16-148410-0",
            "react@18.2.0",
            "20240131",
            "0612345678",
        ] {
            assert_eq!(masked(&format!("see {text} there")), None, "{text}");
        }
    }
}
