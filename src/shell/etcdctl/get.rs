//! `etcdctl get KEY [RANGE_END]`.

use super::{Context, Failure, Format, Parsed, go};
use crate::mvcc::{KeyRange, Op, Range, Reply, SortOrder, SortTarget};

pub(super) fn run(context: &mut Context<'_>) -> Result<(), Failure> {
    let request = request(&context.parsed)?;
    let mut style = context.style()?;
    let applied = context.apply(Op::Range(request))?;
    if context.parsed.is_on("count-only") && style.format != Format::Fields {
        let text = "--count-only is only for `--write-out=fields`";
        return Err(Failure::new(128, text));
    }
    style.value_only = context.parsed.is_on("print-value-only");
    if style.value_only && style.format != Format::Simple {
        let text = "print-value-only is only for `--write-out=simple`";
        return Err(Failure::new(128, text));
    }
    if let (Reply::Range(_), Format::Table) = (&applied.reply, style.format) {
        return Err(style.format.unsupported());
    }
    context.print(&applied.reply, &style)
}

/// What the arguments of a get ask for.
pub(super) fn request(parsed: &Parsed) -> Result<Range, Failure> {
    let Some(key) = parsed.args.first() else {
        let text = "get command needs one argument as key and an optional argument as range_end";
        return Err(Failure::new(128, text));
    };
    let both = |a: &str, b: &str| {
        let text = format!("`--{a}` and `--{b}` cannot be set at the same time, choose one");
        Err(Failure::new(128, text))
    };
    let (prefix, from_key) = (parsed.is_on("prefix"), parsed.is_on("from-key"));
    let (keys_only, count_only) = (parsed.is_on("keys-only"), parsed.is_on("count-only"));
    if prefix && from_key {
        return both("prefix", "from-key");
    }
    if keys_only && count_only {
        return both("keys-only", "count-only");
    }
    let consistency = parsed.text("consistency").unwrap_or(b"l");
    if !matches!(consistency, b"l" | b"s") {
        let text = format!("unknown consistency flag {}", go::quote(consistency));
        return Err(Failure::new(4, text));
    }
    Ok(Range {
        keys: keys(key, parsed)?,
        limit: parsed.number("limit"),
        revision: parsed.number("rev").max(0),
        order: order(parsed.text("order").unwrap_or_default())?,
        target: target(parsed.text("sort-by").unwrap_or_default())?,
        keys_only,
        count_only,
        create_revisions: (
            parsed.number("min-create-rev"),
            parsed.number("max-create-rev"),
        ),
        mod_revisions: (parsed.number("min-mod-rev"), parsed.number("max-mod-rev")),
    })
}

/// The keys that `KEY [RANGE_END]` with `--prefix` or `--from-key` mean, for get and del.
pub(super) fn keys(key: &[u8], parsed: &Parsed) -> Result<KeyRange, Failure> {
    let (prefix, from_key) = (parsed.is_on("prefix"), parsed.is_on("from-key"));
    let end = parsed.args.get(1);
    if end.is_some() && (prefix || from_key) {
        let text = "too many arguments, only accept one argument when `--prefix` or `--from-key` \
                    is set";
        return Err(Failure::new(128, text));
    }
    Ok(match end {
        Some(end) => KeyRange::until(key, end.as_slice()),
        None if prefix => KeyRange::prefix(key),
        None if from_key => KeyRange::from_key(key),
        None => KeyRange::one(key),
    })
}

fn order(name: &[u8]) -> Result<SortOrder, Failure> {
    match name.to_ascii_uppercase().as_slice() {
        b"" => Ok(SortOrder::None),
        b"ASCEND" => Ok(SortOrder::Ascend),
        b"DESCEND" => Ok(SortOrder::Descend),
        _ => Err(bad("order", name)),
    }
}

fn target(name: &[u8]) -> Result<SortTarget, Failure> {
    match name.to_ascii_uppercase().as_slice() {
        b"" | b"KEY" => Ok(SortTarget::Key),
        b"CREATE" => Ok(SortTarget::Create),
        b"MODIFY" => Ok(SortTarget::Mod),
        b"VALUE" => Ok(SortTarget::Value),
        b"VERSION" => Ok(SortTarget::Version),
        _ => Err(bad("target", name)),
    }
}

fn bad(what: &str, name: &[u8]) -> Failure {
    let name = String::from_utf8_lossy(name);
    Failure::new(4, format!("bad sort {what} {name}"))
}
