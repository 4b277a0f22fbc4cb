//! `Retry-After`: how long a server asks to be left alone. Source: RFC 9110, section 10.2.3.

use std::time::{Duration, SystemTime};

/// Nobody is waited for longer, whatever they ask for.
pub(crate) const LONGEST: Duration = Duration::from_secs(600);

/// Seconds, or a date.
pub(crate) fn read(text: &str) -> Option<Duration> {
    let text = text.trim();
    let seconds = text.parse().ok().map(Duration::from_secs);
    let until = || httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::now()).ok();
    Some(seconds.or_else(until)?.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_seconds_or_dates_and_bounded() {
        assert_eq!(read(" 3 "), Some(Duration::from_secs(3)));
        assert_eq!(read("86400"), Some(LONGEST));
        assert_eq!(read("soon"), None);
        let later = SystemTime::now() + Duration::from_secs(60);
        let pause = read(&httpdate::fmt_http_date(later)).unwrap();
        assert!(pause > Duration::from_secs(30) && pause <= Duration::from_secs(60));
    }
}
