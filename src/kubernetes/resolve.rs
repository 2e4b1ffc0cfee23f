//! What go-yaml v2 would read from a plain text: a number, a truth value, nothing, a time, or a
//! text. What is not a text has to stand in quotes to be one.

/// Whether go-yaml would read a plain text as something else: a number, a truth value, nothing,
/// a time, or a number in base 60.
pub fn resolves(text: &str) -> bool {
    let Some(first) = text.bytes().next() else {
        return true;
    };
    match first {
        b'+' | b'-' | b'0'..=b'9' => {
            is_number(text.as_bytes())
                || is_base_60(text)
                || is_timestamp(text)
                || is_infinite(text)
        }
        b'.' => is_infinite(text) || is_float(text.as_bytes()),
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => is_word(text),
        _ => false,
    }
}

/// Whether a text is one of the words for a truth value or for nothing.
pub fn is_word(text: &str) -> bool {
    text.len() <= 5
        && matches!(
            text,
            "y" | "Y"
                | "yes"
                | "Yes"
                | "YES"
                | "true"
                | "True"
                | "TRUE"
                | "on"
                | "On"
                | "ON"
                | "n"
                | "N"
                | "no"
                | "No"
                | "NO"
                | "false"
                | "False"
                | "FALSE"
                | "off"
                | "Off"
                | "OFF"
                | "~"
                | "null"
                | "Null"
                | "NULL"
        )
}

fn is_infinite(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(text, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN")
}

/// What Go's `ParseInt` with base 0 or the float expression takes, underscores left away.
fn is_number(text: &[u8]) -> bool {
    if text.contains(&b'_') {
        let plain: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'_').collect();
        return is_number(&plain);
    }
    let all = |digits: &[u8], fits: fn(&u8) -> bool| !digits.is_empty() && digits.iter().all(fits);
    match unsigned(text) {
        [b'0', b'x' | b'X', rest @ ..] => all(rest, u8::is_ascii_hexdigit),
        [b'0', b'o' | b'O', rest @ ..] => all(rest, |byte| matches!(byte, b'0'..=b'7')),
        [b'0', b'b' | b'B', rest @ ..] => all(rest, |byte| matches!(byte, b'0' | b'1')),
        _ => is_float(text),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &[u8]) -> bool {
    let (whole, rest) = digits(unsigned(text));
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => digits(rest),
        _ => (0, rest),
    };
    let exponent_fits = match rest {
        [] => true,
        [b'e' | b'E', rest @ ..] => matches!(digits(unsigned(rest)), (1.., [])),
        _ => false,
    };
    whole + fraction > 0 && exponent_fits
}

/// How many digits a text starts with, and what follows them.
fn digits(text: &[u8]) -> (usize, &[u8]) {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count, text.get(count..).unwrap_or_default())
}

fn unsigned(text: &[u8]) -> &[u8] {
    match text {
        [b'+' | b'-', rest @ ..] => rest,
        _ => text,
    }
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
fn is_base_60(text: &str) -> bool {
    if !text.as_bytes().contains(&b':') {
        return false;
    }
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let loose = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let mut count = 0;
    let fits = parts.all(|part| {
        count += 1;
        match part.as_bytes() {
            [a] => a.is_ascii_digit(),
            [a, b] => matches!(a, b'0'..=b'5') && b.is_ascii_digit(),
            _ => false,
        }
    });
    fits && count > 0
        && first.starts_with(|c: char| c.is_ascii_digit())
        && loose(first)
        && loose(fraction)
}

/// The times that go-yaml reads: a date, or a date and a time with `T` and a zone, or with a
/// space and none.
fn is_timestamp(text: &str) -> bool {
    // Most texts that begin with a digit are no time: the fifth byte tells.
    if text.as_bytes().get(4) != Some(&b'-') {
        return false;
    }
    let Some((date, clock)) = text.split_once(['T', 't', ' ']).or(Some((text, ""))) else {
        return false;
    };
    let mut parts = date.split('-');
    let mut part = |len: std::ops::RangeInclusive<usize>| {
        let part = parts.next().filter(|part| len.contains(&part.len()))?;
        let is_digits = part.bytes().all(|byte| byte.is_ascii_digit());
        is_digits.then(|| part.parse::<u32>().ok()).flatten()
    };
    let (Some(year), Some(month), Some(day)) = (part(4..=4), part(1..=2), part(1..=2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    if parts.next().is_some() || day == 0 || day > last {
        return false;
    }
    match text.as_bytes().get(date.len()) {
        None => true,
        Some(b' ') => is_clock(clock),
        _ => {
            let zone = clock.find(['Z', '+', '-']).unwrap_or(clock.len());
            let (clock, zone) = clock.split_at_checked(zone).unwrap_or((clock, ""));
            let offset = zone.get(1..).unwrap_or_default();
            is_clock(clock) && (zone == "Z" || (offset.len() == 5 && is_hours_minutes(offset)))
        }
    }
}

/// `15:4:5` with or without a fraction.
fn is_clock(text: &str) -> bool {
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return false,
        Some((whole, fraction)) => (whole, fraction),
        None => (text, ""),
    };
    let mut limits = [24, 60, 60].iter();
    let fits = whole.split(':').all(|part| {
        let number = part.parse::<u32>().ok().filter(|_| part.len() <= 2);
        matches!((number, limits.next()), (Some(number), Some(limit)) if number < *limit)
    });
    fits && limits.next().is_none() && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hours_minutes(text: &str) -> bool {
    text.split(':').count() == 2
        && text
            .split(':')
            .all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
}
