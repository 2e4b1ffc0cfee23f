//! `etcdctl lease ...`. Time is the store's virtual clock, of which every command takes a little, so
//! that a lease right after its grant has lost a second to rounding down, as in every real answer.

use super::{Context, Failure, Format, fields, go, json, protobuf, simple};
use crate::kv::LeaseId;
use crate::mvcc::{LeaseStatus, Op, Reply};
use crate::shell::print::{Style, TimeToLive};

pub(super) fn grant(context: &mut Context<'_>) -> Result<(), Failure> {
    let [ttl] = context.parsed.args.as_slice() else {
        return Err(Failure::new(128, "lease grant command needs TTL argument"));
    };
    let ttl =
        go::parse_int(ttl, 10).map_err(|why| Failure::new(128, format!("bad TTL ({why})")))?;
    let style = context.style()?;
    let op = Op::LeaseGrant {
        ttl,
        id: LeaseId::NONE,
    };
    let applied = context
        .apply(op)
        .map_err(|why| Failure::new(1, format!("failed to grant lease ({})", why.message)))?;
    let Reply::LeaseGrant(lease) = applied.reply else {
        return Ok(());
    };
    print_lease(context, &lease, &style, true)
}

pub(super) fn revoke(context: &mut Context<'_>) -> Result<(), Failure> {
    let id = only_id(context, "lease revoke command needs 1 argument")?;
    let mut style = context.style()?;
    context
        .apply(Op::LeaseRevoke { id })
        .map_err(|why| Failure::new(1, format!("failed to revoke lease ({})", why.message)))?;
    style.header = context.header();
    match style.format {
        Format::Simple => context.say(format!("lease {id} revoked\n")),
        Format::Json => context.say(json::header_only(&style)),
        Format::Fields => {
            let mut text = String::new();
            fields::header(&mut text, &style.header, &style);
            context.say(text);
        }
        Format::Protobuf => {
            // The client's own type holds a message and is none.
            let head = style.header;
            let text = format!(
                "marshal unsupported for type clientv3.LeaseRevokeResponse ({{cluster_id:{} \
                 member_id:{} revision:{} raft_term:{}  {{}} [] 0}})",
                head.cluster_id, head.member_id, head.revision, head.raft_term
            );
            return Err(Failure::new(4, text));
        }
        Format::Table => return Err(style.format.unsupported()),
    }
    Ok(())
}

pub(super) fn time_to_live(context: &mut Context<'_>) -> Result<(), Failure> {
    let usage = "lease timetolive command needs lease ID as argument";
    let id = only_id(context, usage)?;
    let style = context.style()?;
    context.client()?;
    let with_keys = context.parsed.is_on("keys");
    let reply = match context.session.store.lease(id) {
        Some(lease) => TimeToLive {
            lease: LeaseStatus { id, ttl: lease.ttl },
            remaining: context.session.store.remaining(id).unwrap_or(-1),
            keys: with_keys.then(|| lease.keys.iter().cloned().collect()),
        },
        None => TimeToLive {
            lease: LeaseStatus { id, ttl: 0 },
            remaining: -1,
            keys: None,
        },
    };
    match style.format {
        Format::Simple => context.say(simple::time_to_live(&reply)),
        Format::Json => context.say(json::time_to_live(&reply, &style)),
        Format::Fields => {
            let mut text = String::new();
            fields::time_to_live(&mut text, &reply, &style);
            context.say(text);
        }
        Format::Protobuf => context.say(protobuf::header(&style.header)),
        Format::Table => return Err(style.format.unsupported()),
    }
    Ok(())
}

pub(super) fn list(context: &mut Context<'_>) -> Result<(), Failure> {
    let style = context.style()?;
    context.client()?;
    let leases = context.session.store.leases();
    match style.format {
        Format::Simple => context.say(simple::lease_list(&leases)),
        Format::Json => context.say(json::lease_list(&leases, &style)),
        Format::Fields => {
            let mut text = String::new();
            fields::lease_list(&mut text, &leases, &style);
            context.say(text);
        }
        Format::Protobuf => context.say(protobuf::header(&style.header)),
        Format::Table => return Err(style.format.unsupported()),
    }
    Ok(())
}

/// Renews once, with and without `--once`: as no time passes, the loop would have nothing to do.
pub(super) fn keep_alive(context: &mut Context<'_>) -> Result<(), Failure> {
    let usage = "lease keep-alive command needs lease ID as argument";
    let id = only_id(context, usage)?;
    let style = context.style()?;
    context.client()?;
    match context.session.store.keep_alive(id) {
        Ok(lease) => print_lease(context, &lease, &style, false),
        Err(error) if context.parsed.is_on("once") => Err(Failure::new(2, error.to_string())),
        Err(_) => {
            context.say(format!("lease {id} expired or revoked.\n"));
            Ok(())
        }
    }
}

fn print_lease(
    context: &mut Context<'_>,
    lease: &LeaseStatus,
    style: &Style,
    is_grant: bool,
) -> Result<(), Failure> {
    match style.format {
        Format::Simple if is_grant => context.say(simple::lease_grant(lease)),
        Format::Simple => {
            let (id, ttl) = (lease.id, lease.ttl);
            context.say(format!("lease {id} keepalived with TTL({ttl})\n"));
        }
        Format::Json => context.say(json::lease(lease, is_grant, style)),
        Format::Fields => {
            let mut text = String::new();
            fields::lease(&mut text, lease, style);
            context.say(text);
        }
        Format::Protobuf => context.say(protobuf::header(&style.header)),
        Format::Table => return Err(style.format.unsupported()),
    }
    Ok(())
}

fn only_id(context: &Context<'_>, usage: &str) -> Result<LeaseId, Failure> {
    let [id] = context.parsed.args.as_slice() else {
        return Err(Failure::new(128, usage));
    };
    go::parse_int(id, 16).map(LeaseId).map_err(|why| {
        Failure::new(
            128,
            format!("bad lease ID arg ({why}), expecting ID in Hex"),
        )
    })
}
