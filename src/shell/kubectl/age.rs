//! Ages as kubectl rounds them (`apimachinery`, `util/duration`).

use crate::apiserver::object::text;
use crate::kubernetes::{Value, time};

/// How long ago an object was made; `now` in microseconds since 1970.
pub(super) fn age(value: &Value<'_>, now: i64) -> String {
    since(text(value, &["metadata", "creationTimestamp"]), now)
}

/// How long ago a time was.
pub(super) fn since(text: &str, now: i64) -> String {
    match time::parse_micros(text) {
        Some(then) => human(now.saturating_sub(then).div_euclid(1_000_000)),
        None => "<unknown>".to_owned(),
    }
}

/// Seconds in the two largest units that matter.
pub(super) fn human(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large: i64, unit: char, small: i64, low: char| match small {
        0 => format!("{large}{unit}"),
        small => format!("{large}{unit}{small}{low}"),
    };
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => two(days / 365, 'y', days % 365, 'd'),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::human;

    #[test]
    fn rounds_as_kubectl_does() {
        for (seconds, expected) in [
            (-2, "<invalid>"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (659, "10m"),
            (10_860, "3h1m"),
            (90_000, "25h"),
            (180_000, "2d2h"),
            (700_000, "8d"),
            (64_000_000, "2y10d"),
            (300_000_000, "9y"),
        ] {
            assert_eq!(human(seconds), expected, "{seconds}");
        }
    }
}
