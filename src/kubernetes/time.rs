//! Times and durations as Kubernetes writes them.
//!
//! A time is seconds or microseconds since 1970 in UTC; the calendar is the proleptic Gregorian
//! one, as in Go.

use std::fmt::Write as _;

/// Seconds of the first moment of year 0 and of the last of year 9999: Go writes no other year.
const WRITABLE: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

/// `2006-01-02T15:04:05Z`; `None` for a year that has not four digits.
pub fn rfc3339(seconds: i64) -> Option<String> {
    let mut text = seconds_text(seconds)?;
    text.push('Z');
    Some(text)
}

/// `2006-01-02T15:04:05.000000Z`.
pub fn rfc3339_micro(seconds: i64, nanos: i32) -> Option<String> {
    let carried = seconds.checked_add(i64::from(nanos).div_euclid(1_000_000_000))?;
    let mut text = seconds_text(carried)?;
    let micros = i64::from(nanos).rem_euclid(1_000_000_000) / 1000;
    let _ = write!(text, ".{micros:06}Z");
    Some(text)
}

fn seconds_text(seconds: i64) -> Option<String> {
    if !WRITABLE.contains(&seconds) {
        return None;
    }
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let mut text = String::with_capacity(28);
    push_digits(&mut text, year, 4);
    for (sign, number) in [
        ('-', month),
        ('-', day),
        ('T', second / 3600),
        (':', second / 60 % 60),
        (':', second % 60),
    ] {
        text.push(sign);
        push_digits(&mut text, number, 2);
    }
    Some(text)
}

fn push_digits(text: &mut String, number: i64, digits: u32) {
    let digit = |number: i64| char::from(b'0' + (number % 10) as u8);
    if digits > 2 {
        push_digits(text, number / 100, digits - 2);
    }
    text.push(digit(number / 10));
    text.push(digit(number));
}

/// Microseconds since 1970 of an RFC 3339 text, with or without a fraction, in any zone.
pub fn parse_micros(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once(['T', 't'])?;
    let mut parts = date.splitn(3, '-');
    let mut number = || parts.next()?.parse::<i64>().ok();
    let (year, month, day) = (number()?, number()?, number()?);
    if !(0..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let zone_at = rest.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = rest.split_at_checked(zone_at)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let seconds = clock_seconds(clock)?;
    let zone = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => 0,
        ("+", offset) => clock_seconds(offset)?,
        ("-", offset) => -clock_seconds(offset)?,
        _ => return None,
    };
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let micros: i64 = digits.parse().ok()?;
    let days = days_from_civil(year, month, day);
    Some((days * 86_400 + seconds - zone) * 1_000_000 + micros)
}

/// `15:04:05` or `15:04`.
fn clock_seconds(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':').map(str::parse::<i64>);
    let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
    let second = parts.next().unwrap_or(Ok(0)).ok()?;
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..61).contains(&second);
    fits.then_some(hour * 3600 + minute * 60 + second)
}

/// A duration as Go's `time.Duration` writes it: `15s`, `1m30s`, `1.5ms`, `0s`.
pub fn duration(nanos: i64) -> String {
    let mut text = String::new();
    if nanos < 0 {
        text.push('-');
    }
    let all = nanos.unsigned_abs();
    if all < 1_000_000_000 {
        let (unit, name) = match all {
            0 => return "0s".to_owned(),
            1..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "µs"),
            _ => (1_000_000, "ms"),
        };
        push_fraction(&mut text, all, unit);
        text.push_str(name);
        return text;
    }
    let minutes = all / 60_000_000_000;
    if minutes >= 60 {
        let _ = write!(text, "{}h", minutes / 60);
    }
    if minutes > 0 {
        let _ = write!(text, "{}m", minutes % 60);
    }
    push_fraction(&mut text, all % 60_000_000_000, 1_000_000_000);
    text.push('s');
    text
}

fn push_fraction(text: &mut String, number: u64, unit: u64) {
    let _ = write!(text, "{}", number / unit);
    let rest = number % unit;
    if rest > 0 {
        let width = unit.ilog10() as usize;
        let digits = format!("{rest:0width$}");
        let _ = write!(text, ".{}", digits.trim_end_matches('0'));
    }
}

/// A duration's nanoseconds from Go's text.
pub fn parse_duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1i128, rest),
        None => (1, text),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut nanos = 0i128;
    while !rest.is_empty() {
        let end = rest.find(|c: char| c != '.' && !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at_checked(end)?;
        let stop = tail.find(|c: char| c == '.' || c.is_ascii_digit());
        let (name, next) = tail.split_at_checked(stop.unwrap_or(tail.len()))?;
        let unit: i128 = match name {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let whole: i128 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok()?
        };
        nanos = nanos.checked_add(whole.checked_mul(unit)?)?;
        let mut part = unit;
        for digit in fraction.chars() {
            part /= 10;
            nanos += i128::from(digit.to_digit(10)?) * part;
        }
        rest = next;
    }
    i64::try_from(sign * nanos).ok()
}

/// Year, month and day of a count of days since 1970-01-01 (Howard Hinnant's algorithm).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_convert_both_ways() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_827_696, "2000-02-29T12:34:56Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (-62_135_596_800, "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(seconds).unwrap(), expected);
            assert_eq!(parse_micros(expected), Some(seconds * 1_000_000));
        }
        assert_eq!(rfc3339(i64::MAX), None);
        assert_eq!(
            rfc3339_micro(-1, 1_999).unwrap(),
            "1969-12-31T23:59:59.000001Z"
        );
        let micros = parse_micros("1970-01-01T01:00:00.5+01:00");
        assert_eq!(micros, Some(500_000));
        for bad in ["", "T", "2000-13-01T00:00:00Z", "2000-01-01T00:00:00", "x"] {
            assert_eq!(parse_micros(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations_convert_both_ways() {
        for (nanos, expected) in [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (15_000_000_000, "15s"),
            (90_500_000_000, "1m30.5s"),
            (3_600_000_000_000, "1h0m0s"),
            (-5_000_000_000, "-5s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(duration(nanos), expected);
            assert_eq!(parse_duration(expected), Some(nanos), "{expected}");
        }
        assert_eq!(parse_duration("5"), None);
        assert_eq!(parse_duration("5x"), None);
    }
}
