//! `etcdctl put KEY [VALUE]`.

use super::{Context, Failure, Parsed, go};
use crate::kv::LeaseId;
use crate::mvcc::{Op, Put};

const USAGE: &str = "put command needs 1 argument and input from stdin or 2 arguments";

/// The client's limit for a request in bytes; the server's own is lower.
const MAX_SEND_BYTES: u64 = 2 << 20;

pub(super) fn run(context: &mut Context<'_>) -> Result<(), Failure> {
    let put = request(&context.parsed, context.stdin)?;
    let mut style = context.style()?;
    let bytes = encoded_len(&put);
    if bytes > MAX_SEND_BYTES {
        let text = format!(
            "rpc error: code = ResourceExhausted desc = trying to send message larger than max \
             ({bytes} vs. {MAX_SEND_BYTES})"
        );
        return Err(Failure::new(1, text));
    }
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

/// Length of the request's protobuf message in bytes.
fn encoded_len(put: &Put) -> u64 {
    let varint = |number: u64| u64::from((64 - (number | 1).leading_zeros()).div_ceil(7));
    let field = |bytes: &[u8]| match bytes.len() as u64 {
        0 => 0,
        len => 1 + varint(len) + len,
    };
    let lease = match put.lease.0 {
        0 => 0,
        id => 1 + varint(id.cast_unsigned()),
    };
    let switches = [put.prev_kv, put.ignore_value, put.ignore_lease];
    let switches = switches.into_iter().filter(|on| *on).count() as u64 * 2;
    field(&put.key) + field(&put.value) + lease + switches
}
