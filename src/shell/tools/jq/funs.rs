//! The filters that are not written in jq: those that jaq has, and those written here, with jq's
//! words for what they refuse.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jaq_core::box_iter::{BoxIter, box_once};
use jaq_core::native::{Filter, Fun, run, v};
use jaq_core::{Cv, Exn, Native, RunPtr, ValR, ValT as _, ValX};

use super::ops::{checked, error};
use super::read::Reader;
use super::run::{Kind, tick};
use super::text::{decode_base64, encode_uri, matches, row};
use super::value::{Num, Value, charge};
use super::write;

type Outputs<'a> = BoxIter<'a, ValX<'a, Value>>;

/// All of them.
pub fn all() -> Vec<Fun<Kind>> {
    /// Filters of jaq that are here under another name, with jq's checks before them.
    const RENAMED: &[(&str, &str)] = &[
        ("sort", "sort_array"),
        ("sort_by", "sort_array_by"),
        ("group_by", "group_array_by"),
        ("reverse", "reverse_array"),
    ];
    let own = own();
    let has = |name: &str| own.iter().any(|one| one.0 == name);
    let core = jaq_core::funs().chain(jaq_std::base_funs());
    let mut all: Vec<Fun<Kind>> = core.filter(|one: &Fun<Kind>| !has(one.0)).collect();
    for one in &mut all {
        if let Some((_, name)) = RENAMED.iter().find(|(name, _)| *name == one.0) {
            one.0 = name;
        }
    }
    all.extend(own.into_iter().map(run::<Kind>));
    let counted = Native::new(|cv: Cv<'_, Kind>| box_once(tick(&cv.0).map(|()| cv.1)))
        .with_paths(|cv| box_once(tick(&cv.0).map(|()| cv.1)))
        .with_update(|cv, f| match tick(&cv.0) {
            Ok(()) => f(cv.1),
            Err(stop) => box_once(Err(stop)),
        });
    all.push((super::run::TICK, v(0), counted));
    all
}

fn one<'a>(result: ValR<Value>) -> Outputs<'a> {
    box_once(result.and_then(checked).map_err(Exn::from))
}

fn own() -> Vec<Filter<RunPtr<Kind>>> {
    vec![
        ("type", v(0), |cv| one(Ok(cv.1.kind().into()))),
        ("shown", v(0), |cv| one(Ok(cv.1.shown().into()))),
        ("length", v(0), |cv| one(length(&cv.1))),
        ("utf8bytelength", v(0), |cv| match &cv.1 {
            Value::Str(text) => one(Ok(text.len().into())),
            other => one(refuse(other, "only strings have UTF-8 byte length")),
        }),
        ("keys", v(0), |cv| one(keys(&cv.1, true))),
        ("keys_unsorted", v(0), |cv| one(keys(&cv.1, false))),
        ("has", v(1), |mut cv| {
            let key = cv.0.pop_var();
            one(has(&cv.1, &key))
        }),
        ("contains", v(1), |mut cv| {
            let part = cv.0.pop_var();
            one(contains(&cv.1, &part).map(Value::Bool))
        }),
        ("indices", v(1), |mut cv| {
            let part = cv.0.pop_var();
            one(indices(&cv.1, &part))
        }),
        ("tojson", v(0), |cv| one(Ok(write::compact(&cv.1).into()))),
        ("fromjson", v(0), |cv| one(from_json(&cv.1))),
        ("tonumber", v(0), |cv| one(to_number(&cv.1))),
        ("startswith", v(1), |mut cv| {
            let part = cv.0.pop_var();
            one(affix(&cv.1, &part, "startswith", |text, part| {
                text.starts_with(part)
            }))
        }),
        ("endswith", v(1), |mut cv| {
            let part = cv.0.pop_var();
            one(affix(&cv.1, &part, "endswith", |text, part| {
                text.ends_with(part)
            }))
        }),
        ("ltrimstr", v(1), |mut cv| {
            let part = cv.0.pop_var();
            one(Ok(trimmed(cv.1, &part, |text, part| {
                text.strip_prefix(part)
            })))
        }),
        ("rtrimstr", v(1), |mut cv| {
            let part = cv.0.pop_var();
            one(Ok(trimmed(cv.1, &part, |text, part| {
                text.strip_suffix(part)
            })))
        }),
        ("ascii_downcase", v(0), |cv| match &cv.1 {
            Value::Str(text) => one(Ok(text.to_ascii_lowercase().into())),
            _ => one(Err(error("ascii_downcase input must be a string"))),
        }),
        ("ascii_upcase", v(0), |cv| match &cv.1 {
            Value::Str(text) => one(Ok(text.to_ascii_uppercase().into())),
            _ => one(Err(error("ascii_upcase input must be a string"))),
        }),
        ("explode", v(0), |cv| match &cv.1 {
            Value::Str(text) => {
                let codes = text
                    .chars()
                    .map(|char| Value::from(i64::from(u32::from(char))));
                one(Ok(codes.collect()))
            }
            other => one(refuse(other, "cannot be exploded")),
        }),
        ("implode", v(0), |cv| one(implode(&cv.1))),
        ("matches", v(2), |mut cv| {
            let (flags, pattern) = (cv.0.pop_var(), cv.0.pop_var());
            one(matches(&cv.1, &pattern, &flags))
        }),
        ("escape_html", v(0), |cv| {
            let marks = [
                ("&", "&amp;"),
                ("<", "&lt;"),
                (">", "&gt;"),
                ("'", "&#39;"),
                ("\"", "&quot;"),
            ];
            one(Ok(text(&cv.1, |text| {
                marks.iter().fold(text.to_owned(), |text, (mark, name)| {
                    text.replace(mark, name)
                })
            })))
        }),
        ("encode_uri", v(0), |cv| one(Ok(text(&cv.1, encode_uri)))),
        ("encode_base64", v(0), |cv| {
            one(Ok(text(&cv.1, |text| BASE64_STANDARD.encode(text))))
        }),
        ("decode_base64", v(0), |cv| one(decode_base64(&cv.1))),
        ("quote_sh", v(0), |cv| match &cv.1 {
            Value::Arr(_) | Value::Obj(_) => one(refuse(&cv.1, "can not be escaped for shell")),
            Value::Str(text) => one(Ok(format!("'{}'", text.replace('\'', "'\\''")).into())),
            other => one(Ok(write::compact(other).into())),
        }),
        ("row_csv", v(0), |cv| one(row(&cv.1, "csv"))),
        ("row_tsv", v(0), |cv| one(row(&cv.1, "tsv"))),
        ("nan", v(0), |_| one(Ok(f64::NAN.into()))),
        ("infinite", v(0), |_| one(Ok(f64::INFINITY.into()))),
        ("isnan", v(0), |cv| {
            one(float(&cv.1).map(|float| float.is_nan().into()))
        }),
        ("isinfinite", v(0), |cv| {
            one(float(&cv.1).map(|float| float.is_infinite().into()))
        }),
        ("isnormal", v(0), |cv| {
            one(float(&cv.1).map(|float| float.is_normal().into()))
        }),
        ("floor", v(0), |cv| {
            one(float(&cv.1).map(|float| float.floor().into()))
        }),
        ("ceil", v(0), |cv| {
            one(float(&cv.1).map(|float| float.ceil().into()))
        }),
        ("round", v(0), |cv| {
            one(float(&cv.1).map(|float| float.round().into()))
        }),
        ("trunc", v(0), |cv| {
            one(float(&cv.1).map(|float| float.trunc().into()))
        }),
        ("fabs", v(0), |cv| {
            one(float(&cv.1).map(|float| float.abs().into()))
        }),
        ("abs", v(0), |cv| {
            one(float(&cv.1).map(|float| float.abs().into()))
        }),
        ("sqrt", v(0), |cv| {
            one(float(&cv.1).map(|float| float.sqrt().into()))
        }),
        ("log", v(0), |cv| {
            one(float(&cv.1).map(|float| float.ln().into()))
        }),
        ("log2", v(0), |cv| {
            one(float(&cv.1).map(|float| float.log2().into()))
        }),
        ("log10", v(0), |cv| {
            one(float(&cv.1).map(|float| float.log10().into()))
        }),
        ("exp", v(0), |cv| {
            one(float(&cv.1).map(|float| float.exp().into()))
        }),
        ("exp2", v(0), |cv| {
            one(float(&cv.1).map(|float| float.exp2().into()))
        }),
        ("exp10", v(0), |cv| {
            one(float(&cv.1).map(|float| 10f64.powf(float).into()))
        }),
        ("pow", v(2), |mut cv| {
            let (by, base) = (cv.0.pop_var(), cv.0.pop_var());
            one(float(&base).and_then(|base| Ok(base.powf(float(&by)?).into())))
        }),
        ("todateiso8601", v(0), |cv| one(super::date::to_text(&cv.1))),
        ("fromdateiso8601", v(0), |cv| {
            one(super::date::from_text(&cv.1))
        }),
        ("input", v(0), |cv| match cv.0.data().state.next_input() {
            Some(Ok(value)) => one(Ok(value)),
            Some(Err(why)) => one(Err(error(why))),
            None => one(Err(error("No more inputs"))),
        }),
        ("inputs", v(0), |cv| {
            let state = cv.0.data().state;
            Box::new(std::iter::from_fn(move || {
                let next = state.next_input()?;
                Some(next.map_err(|why| Exn::from(error(why))))
            }))
        }),
        ("input_line_number", v(0), |cv| {
            one(Ok(Value::from(
                i64::try_from(cv.0.data().state.lines()).unwrap_or(0),
            )))
        }),
        ("input_filename", v(0), |_| one(Ok(Value::Null))),
        ("debug", v(0), |cv| {
            cv.0.data()
                .state
                .say(&format!("[\"DEBUG:\",{}]\n", write::compact(&cv.1)));
            one(Ok(cv.1))
        }),
        ("stderr", v(0), |cv| {
            cv.0.data().state.say(&write::compact(&cv.1));
            one(Ok(cv.1))
        }),
        ("halt_error", v(1), |mut cv| {
            let code = cv.0.pop_var();
            let state = cv.0.data().state;
            match &cv.1 {
                Value::Str(text) => state.say(text),
                other => state.say(&(write::compact(other) + "\n")),
            }
            let code = float(&code).map_or(5, |code| code as i32);
            box_once(Err(Exn::halt(code)))
        }),
        ("ltrim", v(0), |cv| one(trim(&cv.1, str::trim_start))),
        ("rtrim", v(0), |cv| one(trim(&cv.1, str::trim_end))),
        ("trim", v(0), |cv| one(trim(&cv.1, str::trim))),
    ]
}

pub(super) fn refuse(value: &Value, why: &str) -> ValR<Value> {
    Err(error(format!("{} {why}", value.shown())))
}

fn text(value: &Value, change: impl Fn(&str) -> String) -> Value {
    match value {
        Value::Str(text) => change(text).into(),
        other => change(&write::compact(other)).into(),
    }
}

fn float(value: &Value) -> ValR<f64, Value> {
    match value {
        Value::Num(number) => Ok(number.float),
        other => Err(error(format!("{} number required", other.shown()))),
    }
}

fn trim(value: &Value, trim: fn(&str) -> &str) -> ValR<Value> {
    match value {
        Value::Str(text) => Ok(trim(text).into()),
        other => refuse(other, "cannot be trimmed"),
    }
}

fn length(value: &Value) -> ValR<Value> {
    Ok(match value {
        Value::Null => Value::from(0usize),
        Value::Num(number) => number.float.abs().into(),
        Value::Str(text) => text.chars().count().into(),
        Value::Arr(array) => array.items().len().into(),
        Value::Obj(map) => map.entries().len().into(),
        other => return refuse(other, "has no length"),
    })
}

fn keys(value: &Value, sorted: bool) -> ValR<Value> {
    match value {
        Value::Arr(array) => Ok((0..array.items().len()).map(Value::from).collect()),
        Value::Obj(map) if sorted => Ok(map
            .sorted()
            .map(|(key, _)| Value::Str(key.clone()))
            .collect()),
        Value::Obj(map) => Ok(map
            .entries()
            .iter()
            .map(|(key, _)| Value::Str(key.clone()))
            .collect()),
        other => refuse(other, "has no keys"),
    }
}

fn has(value: &Value, key: &Value) -> ValR<Value> {
    match (value, key) {
        (Value::Obj(map), Value::Str(key)) => Ok(map.get(key).is_some().into()),
        (Value::Arr(array), Value::Num(at)) => {
            Ok((at.float >= 0.0 && at.float < array.items().len() as f64).into())
        }
        _ => {
            let (kind, key) = (value.kind(), key.kind());
            Err(error(format!(
                "Cannot check whether {kind} has a {key} key"
            )))
        }
    }
}

fn contains(value: &Value, part: &Value) -> ValR<bool, Value> {
    if !charge(1) {
        return Ok(false);
    }
    match (value, part) {
        (Value::Obj(all), Value::Obj(part)) => {
            for (key, part) in part.entries() {
                let Some(value) = all.get(key) else {
                    return Ok(false);
                };
                if !contains(value, part)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Arr(all), Value::Arr(parts)) => {
            for part in parts.items() {
                let same = |value: &&Value| value.kind() == part.kind();
                let mut found = false;
                for value in all.items().iter().filter(same) {
                    found = found || contains(value, part)?;
                }
                if !found {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Str(all), Value::Str(part)) => Ok(all.contains(&**part)),
        _ if value.kind() == part.kind() => Ok(value == part),
        _ => {
            let (a, b) = (value.shown(), part.shown());
            Err(error(format!(
                "{a} and {b} cannot have their containment checked"
            )))
        }
    }
}

/// Where a part begins in a text or an array.
pub fn indices(value: &Value, part: &Value) -> ValR<Value> {
    match (value, part) {
        (Value::Null, _) => Ok(Value::Null),
        (Value::Str(_), Value::Str(part)) if part.is_empty() => Ok(Value::Null),
        (Value::Str(text), Value::Str(part)) => {
            charge(text.len() as u64);
            // Counted in characters; places may overlap.
            let places = text.char_indices().enumerate();
            let found = places.filter(|(_, (byte, _))| {
                text.get(*byte..)
                    .is_some_and(|rest| rest.starts_with(&**part))
            });
            Ok(found.map(|(at, _)| Value::from(at)).collect())
        }
        (Value::Arr(_), Value::Arr(part)) if part.items().is_empty() => Ok(Value::Null),
        (Value::Arr(all), Value::Arr(part)) => {
            let windows = all.items().windows(part.items().len()).enumerate();
            let found = windows.filter(|(_, window)| *window == part.items());
            Ok(found.map(|(at, _)| Value::from(at)).collect())
        }
        (Value::Arr(all), part) => {
            let found = all
                .items()
                .iter()
                .enumerate()
                .filter(|(_, item)| *item == part);
            Ok(found.map(|(at, _)| Value::from(at)).collect())
        }
        _ => value.clone().index(part),
    }
}

fn from_json(value: &Value) -> ValR<Value> {
    let Value::Str(text) = value else {
        return refuse(value, "cannot be parsed as JSON");
    };
    charge(text.len() as u64);
    let mut reader = Reader::new(text.as_bytes());
    let why = |why: String| error(format!("{why} (while parsing '{text}')"));
    let first = reader.next().unwrap_or(Ok(Value::Null)).map_err(why)?;
    match reader.next() {
        None => Ok(first),
        Some(_) => Err(why("Unexpected extra JSON values".to_owned())),
    }
}

fn to_number(value: &Value) -> ValR<Value> {
    match value {
        Value::Num(_) => Ok(value.clone()),
        Value::Str(text) => match Num::parse(text.trim()) {
            Some(number) => Ok(Value::Num(number)),
            None => from_json(value).and_then(|value| match value {
                Value::Num(_) => Ok(value),
                _ => Err(error(format!(
                    "Cannot be parsed as a number (while parsing '{text}')"
                ))),
            }),
        },
        other => refuse(other, "cannot be parsed as a number"),
    }
}

fn affix(value: &Value, part: &Value, name: &str, is: fn(&str, &str) -> bool) -> ValR<Value> {
    match (value, part) {
        (Value::Str(text), Value::Str(part)) => Ok(is(text, part).into()),
        _ => Err(error(format!("{name}() requires string inputs"))),
    }
}

fn trimmed(
    value: Value,
    part: &Value,
    strip: for<'a> fn(&'a str, &str) -> Option<&'a str>,
) -> Value {
    match (&value, part) {
        (Value::Str(text), Value::Str(part)) => {
            strip(text, part).map_or_else(|| value.clone(), Value::from)
        }
        _ => value,
    }
}

fn implode(value: &Value) -> ValR<Value> {
    let Value::Arr(codes) = value else {
        return Err(error("implode input must be an array"));
    };
    let mut text = String::new();
    for code in codes.items() {
        let Value::Num(code) = code else {
            return Err(error("Unicode codepoint must be numeric"));
        };
        text.push(char::from_u32(code.float as u32).unwrap_or('\u{fffd}'));
    }
    Ok(text.into())
}
