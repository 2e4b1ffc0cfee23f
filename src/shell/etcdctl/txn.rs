//! `etcdctl txn`: compares and requests from standard input, an empty line after each part.

use super::flags::{self, Flag};
use super::{Context, Failure, del, flags_of, get, go, help, put, table};
use crate::mvcc::{Compare, CompareResult, CompareTarget, KeyRange, Op, Txn};

pub(super) fn run(context: &mut Context<'_>) -> Result<(), Failure> {
    if !context.parsed.args.is_empty() {
        return Err(Failure::new(128, "txn command does not accept argument"));
    }
    let stdin = context.stdin;
    let mut lines = stdin.split_inclusive(|byte| *byte == b'\n');
    // The lines of a part, one at a time: what is wrong with a line is said before the next is
    // read. A last line without its newline counts as the end of input, as in the real tool.
    let mut next = || {
        let line = lines.next().and_then(|line| line.strip_suffix(b"\n"));
        let line = line.ok_or_else(|| Failure::new(3, "EOF"))?.trim_ascii();
        Ok::<_, Failure>((!line.is_empty()).then_some(line))
    };
    let mut txn = Txn::default();
    prompt(context, "compares:\n");
    while let Some(line) = next()? {
        txn.compares.push(compare(line)?);
    }
    prompt(context, "success requests (get, put, del):\n");
    while let Some(line) = next()? {
        txn.success.push(request(context, line)?);
    }
    prompt(context, "failure requests (get, put, del):\n");
    while let Some(line) = next()? {
        txn.failure.push(request(context, line)?);
    }
    let mut style = context.style()?;
    let applied = context.apply(Op::Txn(txn))?;
    style.header = context.header();
    context.print(&applied.reply, &style)
}

fn prompt(context: &mut Context<'_>, text: &str) {
    if context.parsed.is_on("interactive") {
        context.say(text);
    }
}

/// `TARGET("KEY") OP "VALUE"`.
fn compare(line: &[u8]) -> Result<Compare, Failure> {
    let text = String::from_utf8_lossy(line);
    let malformed = |what: String| Failure::new(3, format!("malformed comparison: {text}{what}"));
    let Some(open) = line.iter().position(|byte| *byte == b'(') else {
        return Err(malformed(String::new()));
    };
    let (target, rest) = line.split_at(open);
    let target = String::from_utf8_lossy(target).into_owned();
    let (mut key, mut op, mut value) = (Vec::new(), Vec::new(), Vec::new());
    let complete = read_rest(
        rest.get(1..).unwrap_or_default(),
        &mut key,
        &mut op,
        &mut value,
    );
    if complete.is_none() {
        return Err(malformed(format!(
            "; got {target}({}) {} {}",
            go::quote(&key),
            String::from_utf8_lossy(&op),
            go::quote(&value)
        )));
    }
    let number = || {
        go::parse_int(&value, 10)
            .map_err(|_| Failure::new(3, format!("invalid txn compare request: {text}")))
    };
    let target = match target.as_str() {
        "ver" | "version" => CompareTarget::Version(number()?),
        "c" | "create" => CompareTarget::Create(number()?),
        "m" | "mod" => CompareTarget::Mod(number()?),
        "val" | "value" => CompareTarget::Value(value),
        // Every release of the real tool crashes on it.
        "lease" => return Err(Failure::panic("bad value")),
        other => return Err(malformed(format!(" (unknown target {other})"))),
    };
    let result = match op.as_slice() {
        b"=" => CompareResult::Equal,
        b"!=" => CompareResult::NotEqual,
        b">" => CompareResult::Greater,
        b"<" => CompareResult::Less,
        _ => return Err(Failure::panic("Unknown result op")),
    };
    Ok(Compare {
        keys: KeyRange::one(key),
        result,
        target,
    })
}

/// Reads `"KEY") OP "VALUE"` as far as it goes; nothing where it does not go to the end.
fn read_rest(text: &[u8], key: &mut Vec<u8>, op: &mut Vec<u8>, value: &mut Vec<u8>) -> Option<()> {
    let (got, rest) = go::unquote(text)?;
    *key = got;
    let rest = rest.strip_prefix(b")")?.trim_ascii_start();
    let end = rest.iter().position(u8::is_ascii_whitespace)?;
    let (got, rest) = rest.split_at(end);
    *op = got.to_vec();
    let (got, _) = go::unquote(rest.trim_ascii_start())?;
    *value = got;
    Some(())
}

/// A `put`, `get` or `del` line.
fn request(context: &mut Context<'_>, line: &[u8]) -> Result<Op, Failure> {
    let text = String::from_utf8_lossy(line);
    let words = words(line);
    if words.len() < 2 {
        return Err(Failure::new(
            3,
            format!("invalid txn compare request: {text}"),
        ));
    }
    let invalid = || Failure::new(3, format!("invalid txn request: {text}"));
    let release = context.session.store.release();
    let (name, args) = words.split_first().ok_or_else(invalid)?;
    let command = table::below(&[], release.minor)
        .find(|row| row.name().as_bytes() == name.as_slice())
        .filter(|row| matches!(row.name(), "put" | "get" | "del"))
        .ok_or_else(invalid)?;
    let own: Vec<&'static Flag> = flags_of(command, release.minor);
    let parsed = flags::parse(args, &own).map_err(|_| {
        match release.minor {
            ..=4 => context.complain(help::plain_usage(command, release.minor)),
            _ => context.say(help::help(command, release)),
        }
        invalid()
    })?;
    Ok(match command.name() {
        "put" => Op::Put(put::request(&parsed, b"")?),
        "get" => Op::Range(get::request(&parsed)?),
        _ => Op::DeleteRange(del::request(&parsed)?),
    })
}

/// Splits a line at white space; `"..."` is a Go string, `'...'` is taken as it is.
fn words(line: &[u8]) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut rest = line.trim_ascii_start();
    while let Some(first) = rest.first() {
        let quoted = match first {
            b'"' => go::unquote(rest),
            b'\'' => rest.get(1..).and_then(|inner| {
                let end = inner.iter().position(|byte| *byte == b'\'')?;
                Some((inner.get(..end)?.to_vec(), inner.get(end + 1..)?))
            }),
            _ => None,
        };
        let (word, after) = quoted.unwrap_or_else(|| {
            let end = rest.iter().position(u8::is_ascii_whitespace);
            let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
            (word.to_vec(), after)
        });
        words.push(word);
        rest = after.trim_ascii_start();
    }
    words
}
