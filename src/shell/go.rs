//! Small rules of Go that show in what etcdctl prints: quoted strings, numbers and their errors.

use crate::mvcc::Release;

pub use crate::kv::quote::quoted as quote;

/// Go's `%q` as the Go of a release writes it: up to 1.16, with which early 3.5 was built, the
/// DEL character was written as a code point.
pub fn quote_in(bytes: &[u8], release: Release) -> String {
    if !matches!((release.minor, release.patch), (5, ..7)) {
        return quote(bytes);
    }
    let parts: Vec<_> = bytes
        .split(|byte| *byte == 0x7f)
        .map(|part| {
            let quoted = quote(part);
            quoted
                .get(1..quoted.len() - 1)
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    format!("\"{}\"", parts.join("\\u007f"))
}

/// Go's `strconv.ParseInt(text, base, 64)`, with its error text.
pub fn parse_int(text: &[u8], base: u32) -> Result<i64, String> {
    let error = |what: &str| format!("strconv.ParseInt: parsing {}: {what}", quote(text));
    let digits = text
        .strip_prefix(b"-")
        .or_else(|| text.strip_prefix(b"+"))
        .unwrap_or(text);
    let all_digits = digits.iter().all(|byte| char::from(*byte).is_digit(base));
    let text = std::str::from_utf8(text).unwrap_or_default();
    if digits.is_empty() || !all_digits {
        return Err(error("invalid syntax"));
    }
    i64::from_str_radix(text, base).map_err(|_| error("value out of range"))
}

/// Go's `strconv.ParseUint(text, base, 64)`, with its error text.
pub fn parse_uint(text: &[u8], base: u32) -> Result<u64, String> {
    let error = |what: &str| format!("strconv.ParseUint: parsing {}: {what}", quote(text));
    let digits = std::str::from_utf8(text).unwrap_or_default();
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return Err(error("invalid syntax"));
    }
    u64::from_str_radix(digits, base).map_err(|_| error("value out of range"))
}

/// Go's `strconv.ParseBool`, with its error text.
pub fn parse_bool(text: &[u8]) -> Result<bool, String> {
    match text {
        b"1" | b"t" | b"T" | b"true" | b"TRUE" | b"True" => Ok(true),
        b"0" | b"f" | b"F" | b"false" | b"FALSE" | b"False" => Ok(false),
        _ => Err(format!(
            "strconv.ParseBool: parsing {}: invalid syntax",
            quote(text)
        )),
    }
}

/// Reads a Go string literal in double or back quotes at the start of `text`; answers its bytes
/// and what follows it.
pub fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (&mark, mut rest) = text.split_first()?;
    let mut out = Vec::new();
    loop {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        match byte {
            _ if byte == mark && matches!(mark, b'"' | b'`') => return Some((out, rest)),
            b'\\' if mark == b'"' => rest = unescape(rest, &mut out)?,
            b'\n' if mark == b'"' => return None,
            _ if matches!(mark, b'"' | b'`') => out.push(byte),
            _ => return None,
        }
    }
}

fn unescape<'a>(text: &'a [u8], out: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (&kind, rest) = text.split_first()?;
    let plain = match kind {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' | b'"' => kind,
        b'x' => return number(rest, 2, 16, out, false),
        b'u' => return number(rest, 4, 16, out, true),
        b'U' => return number(rest, 8, 16, out, true),
        b'0'..=b'7' => return number(text, 3, 8, out, false),
        _ => return None,
    };
    out.push(plain);
    Some(rest)
}

fn number<'a>(
    text: &'a [u8],
    digits: usize,
    base: u32,
    out: &mut Vec<u8>,
    is_char: bool,
) -> Option<&'a [u8]> {
    let (number, rest) = text.split_at_checked(digits)?;
    let number = u32::from_str_radix(std::str::from_utf8(number).ok()?, base).ok()?;
    match is_char {
        true => out.extend(char::from_u32(number)?.encode_utf8(&mut [0; 4]).bytes()),
        false => out.push(u8::try_from(number).ok()?),
    }
    Some(rest)
}

/// Sizes as `humanize.Bytes` writes them: base 1000, one decimal below ten.
pub fn human_bytes(bytes: i64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 10 {
        return format!("{bytes} B");
    }
    let mut scaled = bytes as f64;
    let mut unit = 0;
    while scaled >= 1000.0 && unit + 1 < UNITS.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    let rounded = (scaled * 10.0 + 0.5).floor() / 10.0;
    let name = UNITS.get(unit).copied().unwrap_or_default();
    match rounded < 10.0 {
        true => format!("{rounded:.1} {name}"),
        false => format!("{rounded:.0} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_quoted_as_go_quotes_them() {
        for (bytes, expected) in [
            (&b"plain \"q\" \\"[..], r#""plain \"q\" \\""#),
            (b"\0\x07\n\x1b\x7f\xff", r#""\x00\a\n\x1b\x7f\xff""#),
            ("日本🗾".as_bytes(), "\"日本🗾\""),
            (
                "\u{ad}\u{200b}\u{e000}".as_bytes(),
                r#""\u00ad\u200b\ue000""#,
            ),
        ] {
            assert_eq!(quote(bytes), expected);
            assert_eq!(unquote(expected.as_bytes()).unwrap().0, bytes);
        }
        assert_eq!(
            unquote(b"`a\\n` rest"),
            Some((b"a\\n".to_vec(), &b" rest"[..]))
        );
        for bad in ["", "\"open", "'a'", "\"\\q\"", "\"\\x4\"", "\"\\ud800\""] {
            assert_eq!(unquote(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn numbers_fail_as_in_go() {
        let check = |text: &str, base, expected: Result<i64, &str>| {
            let got = parse_int(text.as_bytes(), base);
            assert_eq!(
                got.as_ref().map_err(String::as_str),
                expected.as_ref().map_err(|e| *e)
            );
        };
        check("-12", 10, Ok(-12));
        check("7fffffffffffffff", 16, Ok(i64::MAX));
        check(
            "",
            10,
            Err(r#"strconv.ParseInt: parsing "": invalid syntax"#),
        );
        check(
            "0x1",
            16,
            Err(r#"strconv.ParseInt: parsing "0x1": invalid syntax"#),
        );
        let huge = "9223372036854775808";
        let error = format!("strconv.ParseInt: parsing \"{huge}\": value out of range");
        check(huge, 10, Err(&error));
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, expected) in [
            (0, "0 B"),
            (20480, "20 kB"),
            (1500, "1.5 kB"),
            (2_147_483_648, "2.1 GB"),
            (99_999, "100 kB"),
        ] {
            assert_eq!(human_bytes(bytes), expected);
        }
    }
}
