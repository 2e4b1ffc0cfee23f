//! `etcdctl put KEY [VALUE]`.

use super::{Context, Failure, Parsed, go};
use crate::kv::LeaseId;
use crate::mvcc::{Op, Put};

const USAGE: &str = "put command needs 1 argument and input from stdin or 2 arguments";

pub(super) fn run(context: &mut Context<'_>) -> Result<(), Failure> {
    let put = request(&context.parsed, context.stdin)?;
    let mut style = context.style()?;
    let applied = context.apply(Op::Put(put))?;
    style.header = context.header();
    context.print(&applied.reply, &style)
}

/// What the arguments of a put ask for; the value comes from `stdin` where none is given.
pub(super) fn request(parsed: &Parsed, stdin: &[u8]) -> Result<Put, Failure> {
    let usage = || Failure::new(128, USAGE);
    let ignore_value = parsed.is_on("ignore-value");
    let key = parsed.args.first().ok_or_else(usage)?;
    let value = match parsed.args.get(1) {
        Some(_) if ignore_value => {
            let text = "put command needs only 1 argument when 'ignore-value' is set";
            return Err(Failure::new(128, text));
        }
        Some(value) => value.as_slice(),
        None if ignore_value => b"",
        None if stdin.is_empty() => return Err(usage()),
        None => stdin,
    };
    let lease = go::parse_int(parsed.text("lease").unwrap_or(b"0"), 16)
        .map_err(|why| Failure::new(128, format!("bad lease ID ({why}), expecting ID in Hex")))?;
    Ok(Put {
        key: key.clone(),
        value: value.to_vec(),
        lease: LeaseId(lease),
        prev_kv: parsed.is_on("prev-kv"),
        ignore_value,
        ignore_lease: parsed.is_on("ignore-lease"),
    })
}
