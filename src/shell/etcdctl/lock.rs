//! `etcdctl lock` and `etcdctl elect`: recipes from leases, txns and watches.
//!
//! Both put a key named after a lease under a prefix; whose key has the lowest create revision
//! owns the lock, or leads. A real tool then holds on until it is interrupted and ends its lease.
//! Here the session goes on, so the lease stays until its time is over.

use super::{Context, Failure};
use crate::kv::LeaseId;
use crate::mvcc::{Compare, CompareResult, CompareTarget, KeyRange, Op, Put, Range, Reply};
use crate::mvcc::{RangeReply, SortOrder, SortTarget, Txn};

/// How long an election's session lasts, in seconds.
const ELECTION_TTL: i64 = 60;

/// `lock NAME`.
pub(super) fn lock(context: &mut Context<'_>) -> Result<(), Failure> {
    let (name, command) = match context.parsed.args.as_slice() {
        [] => {
            let text = "lock takes a lock name argument and an optional command to execute";
            return Err(Failure::new(128, text));
        }
        [name, rest @ ..] => (name.clone(), !rest.is_empty()),
    };
    let ttl = match context.parsed.text("ttl") {
        Some(_) => context.parsed.number("ttl"),
        None => 10,
    };
    let (key, lease) = enter(context, &name, b"", ttl)?;
    let first = leader(context, &name)?;
    let Some(owner) = first.kvs.first().filter(|kv| kv.key == key) else {
        leave(context, lease)?;
        return Err(Failure::new(
            1,
            "the lock is taken; the real tool waits for it",
        ));
    };
    let mut line = owner.key.clone();
    line.extend(b"\n\n");
    if command {
        leave(context, lease)?;
        let text = "the lock was taken and given back; programs do not run in a tab";
        return Err(Failure::new(1, text));
    }
    context.say(line);
    Ok(())
}

/// `elect NAME PROPOSAL`, and `elect -l NAME`.
pub(super) fn elect(context: &mut Context<'_>) -> Result<(), Failure> {
    let (name, proposal) = match context.parsed.args.as_slice() {
        [name] => (name.clone(), None),
        [name, proposal] => (name.clone(), Some(proposal.clone())),
        _ => {
            let text = "elect takes one election name argument and an optional proposal argument";
            return Err(Failure::new(128, text));
        }
    };
    let listen = context.parsed.is_on("listen");
    let mine = match proposal {
        None if !listen => {
            return Err(Failure::new(128, "no proposal argument but -l not set"));
        }
        Some(_) if listen => None,
        None => None,
        Some(proposal) => Some(enter(context, &name, &proposal, ELECTION_TTL)?),
    };
    let style = context.style()?;
    let first = leader(context, &name)?;
    if let Some((key, _)) = mine
        && first.kvs.first().is_none_or(|kv| kv.key != key)
    {
        let text = "another one leads; the real tool waits until that one's lease ends";
        return Err(Failure::new(1, text));
    }
    context.print(&Reply::Range(first), &style)
}

/// Puts a key of its own under `name`; answers it and the lease that it hangs on.
fn enter(
    context: &mut Context<'_>,
    name: &[u8],
    value: &[u8],
    ttl: i64,
) -> Result<(Vec<u8>, LeaseId), Failure> {
    let id = LeaseId::NONE;
    let applied = context.apply(Op::LeaseGrant { ttl, id })?;
    let Reply::LeaseGrant(lease) = applied.reply else {
        return Err(Failure::silent(1));
    };
    let mut key = name.to_vec();
    key.extend(format!("/{:x}", lease.id.0).bytes());
    let put = Put {
        key: key.clone(),
        value: value.to_vec(),
        lease: lease.id,
        ..Put::default()
    };
    context.apply(Op::Txn(Txn {
        compares: vec![Compare {
            keys: KeyRange::one(key.clone()),
            result: CompareResult::Equal,
            target: CompareTarget::Create(0),
        }],
        success: vec![Op::Put(put)],
        failure: vec![Op::Range(Range::of(KeyRange::one(key.clone())))],
    }))?;
    Ok((key, lease.id))
}

fn leave(context: &mut Context<'_>, id: LeaseId) -> Result<(), Failure> {
    context.apply(Op::LeaseRevoke { id }).map(drop)
}

/// The key under `name` that was there first.
fn leader(context: &mut Context<'_>, name: &[u8]) -> Result<RangeReply, Failure> {
    let mut prefix = name.to_vec();
    prefix.push(b'/');
    let range = Range {
        limit: 1,
        order: SortOrder::Ascend,
        target: SortTarget::Create,
        ..Range::of(KeyRange::prefix(prefix))
    };
    match context.apply(Op::Range(range))?.reply {
        Reply::Range(reply) => Ok(reply),
        _ => Err(Failure::silent(1)),
    }
}
