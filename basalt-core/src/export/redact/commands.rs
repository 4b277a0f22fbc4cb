//! Secrets in command lines, in SQL, and in sentences that say them.

use super::{
    forms::{Check, Form},
    random::{looks_like_a_key, looks_secret},
    secrets::{always, random},
};

const fn secret(pattern: &'static str) -> Form {
    Form { pattern, check: Check::Content(looks_secret) }
}

/// Commands are words of a line, arguments end at blanks, quotes and backslashes.
pub(super) static COMMANDS: [Form; 25] = [
    // Flags that name what they take.
    random(
        r"--(?:[a-z0-9]+-){0,4}(?:password|passwd|pass|token|secret|api-?key|access-?key|private-?key|secret-?key)[ \t]+([!-,.-~][!-~]{5,})",
    ),
    // Users with passwords: curl, wget, HTTPie, Samba.
    always(
        r#"\bcurl(?:\.exe)?[ \t](?:(?u:[^\r\n|;]*?)[ \t])?(?:-u|-U|--user|--proxy-user)[ \t=]?(?:\\*["'])?(?u:[^\s:'"\\@]*):((?u:[^\s'"\\]+))"#,
    ),
    always(
        r#"\b(?:https?|xh)[ \t](?:(?u:[^\r\n|;]*?)[ \t])?(?:-a|--auth)[ \t=](?:\\*["'])?(?u:[^\s:'"\\@]*):((?u:[^\s'"\\]+))"#,
    ),
    always(
        r#"\b(?:smbclient|rpcclient|net)[ \t](?:(?u:[^\r\n|;]*?)[ \t])?-U[ \t](?:\\*["'])?(?u:[^\s%'"\\]*)%((?u:[^\s'"\\]+))"#,
    ),
    // Short flags that are passwords for some commands only.
    always(
        r#"\b(?:mysql|mysqldump|mysqladmin|mysqlimport|mariadb|mariadb-dump|7z|7za|rar)[ \t](?:(?u:[^\r\n|;]*?)[ \t])?-p(?:\\*["'])?((?u:[^\s'"\\]+))"#,
    ),
    always(
        r#"\b(?:(?:docker|podman|helm|nerdctl|buildah|skopeo|oc|az|cf|npm)[ \t](?u:[^\r\n|;]*?)\blogin|sshpass|mongo|mongosh|mongodump|ldapsearch)[ \t](?:(?u:[^\r\n|;]*?)[ \t])?(?:-p|-w)[ \t]?(?:\\*["'])?((?u:[^\s'"\\-])(?u:[^\s'"\\]*))"#,
    ),
    always(
        r#"\b(?:redis-cli|redis-benchmark|valkey-cli)[ \t](?:(?u:[^\r\n|;]*?)[ \t])?-a[ \t](?:\\*["'])?((?u:[^\s'"\\]+))"#,
    ),
    always(
        r#"\b(?:sqlcmd|bcp|zip|unzip)[ \t](?:(?u:[^\r\n|;]*?)[ \t])?-P[ \t]?(?:\\*["'])?((?u:[^\s'"\\]+))"#,
    ),
    always(r"\bopenssl[ \t](?:(?u:[^\r\n|;]*?)[ \t])?-pass(?:in|out)?[ \t]pass:([!-&(-\[\]-~]+)"),
    always(
        r#"\bhtpasswd[ \t]-[a-zA-Z]*b[a-zA-Z]*[ \t](?:(?u:[^\s'"\\]+)[ \t])?(?u:[^\s'"\\]+)[ \t]((?u:[^\s'"\\]+))"#,
    ),
    always(
        r#"\becho[ \t](?:-n[ \t])?(?:\\*["'])?((?u:[^\s'"\\|]+))(?:\\*["'])?[ \t]*\|[ \t]*(?:sudo[ \t]+-S|[a-z]+[ \t](?u:[^\r\n|;]*?)--password-stdin)"#,
    ),
    // netrc.
    always(
        r#"\b(?i:machine)(?:\s|\\+[nrt])+(?u:[^\s\\]+)(?:\s|\\+[nrt])+(?i:login)(?:\s|\\+[nrt])+(?u:[^\s'"\\]+)(?:\s|\\+[nrt])+(?i:password|passwd)(?:\s|\\+[nrt])+((?u:[^\s'"\\]+))"#,
    ),
    // SQL.
    always(
        r#"\b(?i:password|identified(?:\s+with\s+\w+)?\s+by(?:\s+password)?|passphrase)\s+E?'((?u:[^'\r\n]+))'"#,
    ),
    always(
        r#"\b(?i:set\s+password\s+for)\s+(?u:[^=\r\n;]{1,128})=\s*(?:(?i:password)\()?'((?u:[^'\r\n]+))'"#,
    ),
    // Said in a sentence.
    secret(
        r"\b(?i:password|passphrase|passcode|pwd)[ \t]+(?:is|was|will be|to|as)[ \t:]+(?:\\*[\x22'`])?([!-!#-&(-+./-\[\]-_a-~]{6,})",
    ),
    Form {
        pattern: r"\b(?i:secret|token|api[ _-]key|access[ _-]key)[ \t]+(?:is|was|will be|to|as)[ \t:]+(?:\\*[\x22'`])?([\w.~+/=-]{12,})",
        check: Check::Content(looks_like_a_key),
    },
    secret(r#"\b(?i:password|passwd|passphrase)[ \t]+(?:[0-9] |\\*["'])?([!-!#-&(-+./-\[\]-_a-~]{6,})"#),
    secret(
        r#"\b(?:Password|Passphrase|ApiKey|APIKey|SecretString|SecretKey|Secret|AccessToken|BearerToken|PASSWORD|password|secret)\(\\*["']([!#-&(-\[\]-~]{6,})"#,
    ),
    // Flags of PowerShell, PHP's own format, jars of cookies.
    random(
        r#"[ \t]-(?i:password|passwd|pass|token|secret|apikey|accesstoken)[ \t]+(?:\\*["'])?([!#-&(-,.-\[\]-~][!#-&(-\[\]-~]{5,})"#,
    ),
    always(
        r#""(?i:password|passwd|pwd|pass|secret|token|api_?key|access_?token|client_?secret)\\*";s:[0-9]+:\\*"((?u:[^"\\]+))"#,
    ),
    always(
        r"\b(?:TRUE|FALSE)(?:\t|\\+t)(?u:[^\s\\]+)(?:\t|\\+t)(?:TRUE|FALSE)(?:\t|\\+t)[0-9]+(?:\t|\\+t)(?u:[^\s\\]+)(?:\t|\\+t)((?u:[^\s\\]+))",
    ),
    // Keys in paths, and keys that are the user of an address.
    Form {
        pattern: r"/(?i:token|password|secret|api-?key|reset-password|verify-email|magic-link)/([\w-]{12,})",
        check: Check::Content(looks_like_a_key),
    },
    Form { pattern: r"://([\w-]{16,})(?::x-oauth-basic)?@", check: Check::Content(looks_like_a_key) },
    always(r"/bot([0-9]{8,10}:AA[\w-]{33})"),
    // The user of an address that reports errors is its key.
    Form {
        pattern: r"\b(?:https?|HTTPS?)://([0-9A-Za-z]{3,})@(?:[\w.-]*\bsentry\b|o[0-9]+\.)[\w.-]*/[0-9]",
        check: Check::None,
    },
];

#[cfg(test)]
mod tests {
    use super::super::secrets::SECRETS;

    fn masked(text: &str) -> Option<String> {
        SECRETS.as_ref().unwrap().mask(text)
    }

    #[test]
    fn arguments_that_are_passwords_go() {
        for (given, expected) in [
            ("curl -u ann:x https://h/", "curl -u ann:[redacted] https://h/"),
            ("curl -s --user 'ann:x y' h", "curl -s --user 'ann:[redacted] y' h"),
            ("mysql -u root -px shop", "mysql -u root -p[redacted] shop"),
            ("docker login -u a -p x r.io", "docker login -u a -p [redacted] r.io"),
            ("sshpass -p x ssh h", "sshpass -p [redacted] ssh h"),
            ("redis-cli -h c -a x ping", "redis-cli -h c -a [redacted] ping"),
            ("echo x | sudo -S ls", "echo [redacted] | sudo -S ls"),
            ("echo x | docker login u --password-stdin", "echo [redacted] | docker login u --password-stdin"),
            ("machine h login u password x", "machine h login u password [redacted]"),
            ("CREATE USER u WITH PASSWORD 'x y'", "CREATE USER u WITH PASSWORD '[redacted]'"),
            ("ALTER USER u IDENTIFIED BY 'x'", "ALTER USER u IDENTIFIED BY '[redacted]'"),
            ("SET PASSWORD FOR 'u'@'h' = 'x'", "SET PASSWORD FOR 'u'@'h' = '[redacted]'"),
            ("my password is hunter2, ok", "my password is [redacted], ok"),
            ("https://abc1@o1.ingest.sentry.io/1", "https://[redacted]@o1.ingest.sentry.io/1"),
        ] {
            assert_eq!(masked(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn other_arguments_stay() {
        for text in [
            "docker run -u 1000:1000 -p 8080:80 app",
            "curl -sS https://example.com:8080/a",
            "mysql -u root -p",
            "mysql -P 3306 shop",
            "mkdir -p a/b",
            "my password is wrong",
            "the password is at least 8 characters",
            "login with your password to see more",
            "the token is word2vec's",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
