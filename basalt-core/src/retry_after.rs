//! `Retry-After`: how long a server asks to be left alone. Source: RFC 9110, section 10.2.3.

use std::time::{Duration, SystemTime};

/// Nobody is waited for longer, whatever they ask for.
pub(crate) const LONGEST: Duration = Duration::from_secs(600);

/// Nobody is asked again sooner: a server that says `0` each time must not keep us busy.
pub(crate) const SHORTEST: Duration = Duration::from_millis(100);

/// Seconds, or a date.
pub(crate) fn read(text: &str) -> Option<Duration> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let until = || httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::now()).ok();
    // More digits than a number has are many seconds all the same.
    let pause = if is_number { Duration::from_secs(text.parse().unwrap_or(u64::MAX)) } else { until()? };
    Some(bounded(pause))
}

/// A pause that a server asks for, as far as we go along with it.
pub(crate) fn bounded(pause: Duration) -> Duration {
    pause.clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_seconds_or_dates_and_bounded() {
        assert_eq!(read(" 3 "), Some(Duration::from_secs(3)));
        assert_eq!(read("86400"), Some(LONGEST));
        assert_eq!(read("99999999999999999999999"), Some(LONGEST));
        assert_eq!(read("0"), Some(SHORTEST));
        for nonsense in ["soon", "", "+5", "-1", "1.5"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
        let later = SystemTime::now() + Duration::from_secs(60);
        let pause = read(&httpdate::fmt_http_date(later)).unwrap();
        assert!(pause > Duration::from_secs(30) && pause <= Duration::from_secs(60));
    }
}
