//! Filters on text: patterns, base64, rows of tables.

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jaq_core::ValR;
use regex_lite::RegexBuilder;

use super::funs::refuse;
use super::ops::error;
use super::value::{Map, Value, charge};
use super::write;

pub(super) fn encode_uri(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// jq reads up to the first `=`, needs no padding and does not mind bits that are left over.
pub(super) fn decode_base64(value: &Value) -> ValR<Value> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &ALPHABET,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let Value::Str(text) = value else {
        return refuse(value, "is not valid base64 data");
    };
    let digits = text.split('=').next().unwrap_or_default();
    match LENIENT.decode(digits) {
        Ok(bytes) => Ok(write::lossy(&bytes).into()),
        Err(_) => refuse(value, "is not valid base64 data"),
    }
}

pub(super) fn row(value: &Value, name: &str) -> ValR<Value> {
    let Value::Arr(array) = value else {
        return refuse(
            value,
            &format!("cannot be {name}-formatted, only an array can be"),
        );
    };
    let mut cells = Vec::new();
    for item in array.items() {
        cells.push(match item {
            Value::Null => String::new(),
            Value::Str(text) if name == "csv" => format!("\"{}\"", text.replace('"', "\"\"")),
            Value::Str(text) => {
                let marks = [("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")];
                let text = text.to_string();
                marks
                    .iter()
                    .fold(text, |text, (mark, name)| text.replace(mark, name))
            }
            Value::Arr(_) | Value::Obj(_) => {
                return refuse(item, &format!("is not valid in a {name} row"));
            }
            other => write::compact(other),
        });
    }
    Ok(cells.join(if name == "csv" { "," } else { "\t" }).into())
}

/// All matches of a pattern, as jq's `match` describes them; only the first without the flag `g`.
pub(super) fn matches(value: &Value, pattern: &Value, flags: &Value) -> ValR<Value> {
    let Value::Str(text) = value else {
        return refuse(value, "cannot be matched, as it is not a string");
    };
    let Value::Str(pattern) = pattern else {
        return refuse(pattern, "cannot be matched, as it is not a string");
    };
    let flags = match flags {
        Value::Null => "",
        Value::Str(flags) => flags,
        other => return refuse(other, "is not a string"),
    };
    if let Some(_unknown) = flags.chars().find(|flag| !"gixnslp".contains(*flag)) {
        return Err(error(format!("{flags} is not a valid modifier string")));
    }
    if !charge(text.len() as u64 + 10) {
        return Err(error("stopped"));
    }
    let regex = RegexBuilder::new(pattern)
        .case_insensitive(flags.contains('i'))
        .ignore_whitespace(flags.contains('x'))
        .dot_matches_new_line(flags.contains(['s', 'p']))
        .build()
        .map_err(|why| {
            error(format!(
                "{pattern} (at offset 0) is not a valid regex: {why}"
            ))
        })?;
    let chars = |bytes: usize| text.get(..bytes).map_or(0, |text| text.chars().count());
    let object = |group: Option<regex_lite::Match<'_>>, name: Option<Option<&str>>| {
        let mut map = Map::default();
        let (offset, length, string) = match group {
            Some(group) => {
                let length = group.as_str().chars().count();
                (
                    Value::from(chars(group.start())),
                    length,
                    Value::from(group.as_str()),
                )
            }
            None => (Value::from(-1i64), 0, Value::Null),
        };
        map.insert("offset".into(), offset);
        map.insert("length".into(), length.into());
        map.insert("string".into(), string);
        if let Some(name) = name {
            map.insert("name".into(), name.map_or(Value::Null, Value::from));
        }
        map
    };
    let most = if flags.contains('g') { usize::MAX } else { 1 };
    let mut all = Vec::new();
    for found in regex.captures_iter(text).take(most) {
        if flags.contains('n') && found.get(0).is_some_and(|whole| whole.is_empty()) {
            continue;
        }
        let names = regex.capture_names().enumerate().skip(1);
        let groups = names.map(|(at, name)| Value::object(object(found.get(at), Some(name))));
        let mut map = object(found.get(0), None);
        map.insert("captures".into(), groups.collect());
        if !charge(10 + text.len() as u64 / 16) {
            return Err(error("stopped"));
        }
        all.push(Value::object(map));
    }
    Ok(Value::array(all))
}
