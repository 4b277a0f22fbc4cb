//! Secrets that are told by their form: keys with the prefix of a well-known provider, and the like.

use std::sync::LazyLock;

use super::{
    commands::COMMANDS,
    forms::{Check, Form, Forms},
    random::{is_basic, looks_like_a_key, looks_like_a_token, looks_random},
};

/// None if a pattern is wrong, which a test excludes; then every text is masked.
pub(super) static SECRETS: LazyLock<Option<Forms>> =
    LazyLock::new(|| Forms::compile(&[&FORMS, &COMMANDS]).ok());

pub(super) const fn always(pattern: &'static str) -> Form {
    Form { pattern, check: Check::None }
}

pub(super) const fn random(pattern: &'static str) -> Form {
    Form { pattern, check: Check::Content(looks_random) }
}

pub(super) static FORMS: [Form; 53] = [
    // Everything from the first line to the last, or to the end of a text that was cut.
    always(
        r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----(?su:.*?)(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----|\z)",
    ),
    always(r"PuTTY-User-Key-File-[0-9]: (?su:.*?)(?:Private-MAC: [0-9a-f]{32,}|\z)"),
    // JWT, and JWE with its five parts.
    always(r"\beyJ[\w-]{10,}\.[\w-]*\.[\w-]{8,}(?:\.[\w-]+)*"),
    Form {
        pattern: r"\b[Bb](?i:earer)(?:[ \t\r\n:+]|%20|\\+[nrt])+([\w.~+/=:-]{8,})",
        check: Check::Content(looks_like_a_token),
    },
    Form { pattern: r"\b[Bb](?i:asic)[ \t]+([\w+/=-]{4,})", check: Check::Content(is_basic) },
    Form { pattern: r"\b[Tt]oken[ \t]+([A-Za-z0-9]{12,})\b", check: Check::Content(looks_like_a_key) },
    // AWS: the secret key beside a key id, then the id.
    always(
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}[\t\r\n -*,-.:-@\[-`{-~]{1,16}(?:[A-Za-z_ ]{1,32}[\t\r\n -*,-.:-@\[-`{-~]{1,8})?([A-Za-z0-9/+]{40})(?:[\t\r\n -*,-.:-@\[-`{-~]|\z)",
    ),
    always(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    // OpenAI, Anthropic, OpenRouter, Langfuse and who writes keys as they do.
    random(r"\bsk-(?:ant|proj|svcacct|admin|or-v1|lf|None)-[\w-]{16,}"),
    random(r"\bsk-[A-Za-z0-9]{20,}"),
    // Groq, xAI, Replicate, Perplexity, Fireworks, Tavily, Pinecone, LangSmith, NVIDIA, Hugging Face.
    random(r"\bgsk_[A-Za-z0-9]{40,}"),
    random(r"\bxai-[A-Za-z0-9]{40,}"),
    random(r"\br8_[A-Za-z0-9]{30,}"),
    random(r"\bpplx-[A-Za-z0-9]{40,}"),
    random(r"\bfw_[A-Za-z0-9]{20,}"),
    random(r"\btvly-[\w-]{20,}"),
    random(r"\bpcsk_\w{40,}"),
    random(r"\blsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    random(r"\bnvapi-[\w-]{40,}"),
    always(r"\b(?:hf|api_org)_[A-Za-z0-9]{30,}"),
    // GitHub, GitLab, Bitbucket and Atlassian.
    always(r"\bgh[pousr]_[A-Za-z0-9]{30,}"),
    always(r"\bgithub_pat_\w{22,}"),
    random(r"\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|oas|agent|imt|ffct)-[\w.-]{20,}"),
    random(r"\bAT(?:ATT|CTT|BB)[\w=-]{28,}"),
    // Slack, Discord, Telegram and their webhooks.
    random(r"\bxox[a-z](?:\.xox[a-z])?-[\w-]{10,}"),
    random(r"\bxapp-[\w-]{20,}"),
    always(r"hooks\.slack\.com/(?:services|workflows|triggers)/([\w/-]{20,})"),
    always(r"discord(?:app)?\.com/api/webhooks/[0-9]{10,}/([\w-]{30,})"),
    random(r"\b[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}"),
    always(r"\b[0-9]{8,10}:AA[\w-]{33}"),
    // Stripe, Square, Shopify.
    always(r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{10,}"),
    random(r"\bwhsec_[A-Za-z0-9+/=]{16,}"),
    random(r"\b(?:sq0csp-[\w-]{40,}|EAAA[\w-]{58,})"),
    always(r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    // Google.
    always(r"\bAIza[\w-]{35}"),
    random(r"\b(?:ya29\.[\w.-]{20,}|GOCSPX-[\w-]{20,}|1//0[\w-]{30,})"),
    // Mail and messages: Twilio, SendGrid, Mailgun, Mailchimp.
    random(r"\bSK[0-9a-f]{32}\b"),
    always(r"\bSG\.[\w-]{16,}\.[\w-]{16,}"),
    Form {
        pattern: r"\bkey-[0-9a-f]{32}\b",
        check: Check::Place(|_, before, _| before.is_none_or(|before| before != b'-')),
    },
    random(r"\b[0-9a-f]{32}-us[0-9]{1,2}\b"),
    // Registries: npm, PyPI, RubyGems, crates.io, Docker.
    random(r"\bnpm_[A-Za-z0-9]{30,}"),
    random(r"\bpypi-AgE[\w-]{20,}"),
    random(r"\b(?:rubygems_[0-9a-f]{48}|cio[A-Za-z0-9]{32}\b|dckr_pat_[\w-]{20,})"),
    // Clouds and what runs on them.
    always(r"\bhv[sbr]\.[\w-]{20,}"),
    always(r"\bdo[opr]_v1_[0-9a-f]{64}"),
    always(r"\bdapi[0-9a-f]{32}"),
    always(r"\bv1\.0-[0-9a-f]{24}-[0-9a-f]{64,}"),
    random(r"\b\w{3}8Q~[\w.~-]{31,34}"),
    random(
        r"\b(?:sbp_[0-9a-f]{40}|sb_secret_[\w-]{20,}|HRKU-[\w-]{30,}|pscale_(?:pw|tkn|oauth)_[\w.-]{30,})",
    ),
    random(r"\b(?:dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9]{40,}|[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,})"),
    // Tools: Grafana, New Relic, Sentry, Linear, Notion, Figma, Postman, Airtable, HubSpot, age.
    random(
        r"\b(?:glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[\w=+/-]{32,}|NRAK-[A-Z0-9]{27}|sntry[us]_[\w=+/-]{40,})",
    ),
    random(
        r"\b(?:lin_api_[A-Za-z0-9]{30,}|(?:secret|ntn)_[A-Za-z0-9]{40,}|figd_[\w-]{30,}|PMAK-[0-9a-f]{24}-[0-9a-f]{34})",
    ),
    random(
        r"\b(?:pat[A-Za-z0-9]{14}\.[0-9a-f]{64}|pat-(?:na|eu)[0-9]-[0-9a-f-]{36}|AGE-SECRET-KEY-1[0-9A-Z]{58})",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> Option<String> {
        SECRETS.as_ref().unwrap().mask(text)
    }

    #[test]
    fn every_form_can_be_compiled() {
        assert_eq!(Forms::compile(&[&FORMS, &COMMANDS]).err().map(|error| error.to_string()), None);
        assert!(SECRETS.as_ref().unwrap().are_sound());
    }

    #[test]
    fn what_is_around_a_secret_stays() {
        let key = format!("{}{}", "sk-", "a1B2".repeat(8));
        assert_eq!(masked(&format!("use {key}, please")).unwrap(), "use [redacted], please");
        assert_eq!(masked("curl -H 'x: bearer abc123def'").unwrap(), "curl -H 'x: bearer [redacted]'");
        assert_eq!(masked("Basic dXNlcjpwYXNz!").unwrap(), "Basic [redacted]!");
        assert_eq!(masked("mysql --password hunter2 -h db").unwrap(), "mysql --password [redacted] -h db");
        assert_eq!(masked(&format!(r"see:\n{key}_")).unwrap(), r"see:\n[redacted]_");
    }

    #[test]
    fn a_private_key_that_was_cut_is_masked_to_the_end() {
        let begin = format!("-----BEGIN {}PRIVATE KEY-----", "RSA ");
        let end = begin.replace("BEGIN", "END");
        assert_eq!(masked(&format!("a {begin}\nMII\n{end} b")).unwrap(), "a [redacted] b");
        assert_eq!(masked(&format!("a {begin}\\nMIIé")).unwrap(), "a [redacted]");
    }

    #[test]
    fn the_secret_key_beside_a_key_id_goes_with_it() {
        let id = format!("AKIA{}", "Q7".repeat(8));
        assert_eq!(masked(&format!("{id},{}\n", "aB3/".repeat(10))).unwrap(), "[redacted],[redacted]\n");
    }

    #[test]
    fn prose_has_no_form() {
        for text in
            ["basic understanding", "Bearer authentication", "sk-learn", "Basic Authentication", "--token is"]
        {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
