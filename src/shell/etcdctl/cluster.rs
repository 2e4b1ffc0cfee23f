//! Commands about the cluster as a whole: those that have an answer for one idle member, and
//! those that make no sense here and say so.

use super::{Context, Failure, Format, go};
use crate::mvcc::{AlarmOp, Op, Reply};

/// `version`.
pub(super) fn version(context: &mut Context<'_>) -> Result<(), Failure> {
    let release = context.session.store.release();
    context.say(format!(
        "etcdctl version: {release}\nAPI version: {}.{}\n",
        release.major, release.minor
    ));
    Ok(())
}

/// `alarm list`.
pub(super) fn alarm_list(context: &mut Context<'_>) -> Result<(), Failure> {
    alarms(
        context,
        AlarmOp::List,
        "alarm list command accepts no arguments",
    )
}

/// `alarm disarm`.
pub(super) fn alarm_disarm(context: &mut Context<'_>) -> Result<(), Failure> {
    alarms(
        context,
        AlarmOp::Disarm,
        "alarm disarm command accepts no arguments",
    )
}

fn alarms(context: &mut Context<'_>, op: AlarmOp, usage: &str) -> Result<(), Failure> {
    if !context.parsed.args.is_empty() {
        return Err(Failure::new(128, usage));
    }
    let style = context.style()?;
    let applied = context.apply(Op::Alarm(op))?;
    if op == AlarmOp::Disarm && applied.reply == Reply::Alarm(true) {
        // Each alarm that stood is taken back by a request of its own.
        context.apply(Op::Noop)?;
    }
    let stands = applied.reply == Reply::Alarm(true);
    let member = style.header.member_id;
    match style.format {
        Format::Simple if stands => context.say(format!("{}\n", no_space(member))),
        Format::Simple => {}
        Format::Json => {
            let text = super::json::alarms(stands, &style);
            context.say(text);
        }
        Format::Fields => {
            let mut text = String::new();
            super::fields::header(&mut text, &style.header, &style);
            if stands {
                let member = match (style.hex, style.release.minor) {
                    (true, 6..) => format!("{member:x}"),
                    _ => member.to_string(),
                };
                text += &format!("\"MemberID\" : {member}\n\"AlarmType\" : NOSPACE\n\n");
            }
            context.say(text);
        }
        Format::Protobuf => {
            let bytes = super::protobuf::alarms(stands, &style);
            context.say(bytes);
        }
        Format::Table => return Err(style.format.unsupported()),
    }
    Ok(())
}

/// The alarm as protobuf's text, with the space that stands behind every field.
pub(super) fn no_space(member: u64) -> String {
    format!("memberID:{member} alarm:NOSPACE ")
}

/// `defrag`: the file shrinks to the pages in use.
pub(super) fn defrag(context: &mut Context<'_>) -> Result<(), Failure> {
    context.style()?;
    context.client()?;
    if let Err(why) = context.admin() {
        for endpoint in context.endpoints() {
            context.complain(format!(
                "Failed to defragment etcd member[{endpoint}] ({why})\n"
            ));
        }
        return Err(Failure::silent(1));
    }
    let index = context.session.store.raft_index();
    context.session.backend.defrag(index);
    for endpoint in context.endpoints() {
        let took = match context.session.store.release().minor {
            6.. => format!(". took {}", super::endpoint::TOOK),
            _ => String::new(),
        };
        context.say(format!(
            "Finished defragmenting etcd member[{endpoint}]{took}\n"
        ));
    }
    Ok(())
}

/// What a command does where there is more than one member.
fn elsewhere(what: &str) -> Result<(), Failure> {
    let text = format!("{what}; this tab has a single member, so nothing was done");
    Err(Failure::new(1, text))
}

/// `member add`.
pub(super) fn member_add(context: &mut Context<'_>) -> Result<(), Failure> {
    let Some(name) = context.parsed.args.first().cloned() else {
        return Err(Failure::new(128, "member name not provided"));
    };
    peer_urls(context)?;
    let name = String::from_utf8_lossy(&name);
    elsewhere(&format!(
        "on a real cluster this adds member {name}, which then has to be started"
    ))
}

/// `member update`.
pub(super) fn member_update(context: &mut Context<'_>) -> Result<(), Failure> {
    let id = member_id(context)?;
    peer_urls(context)?;
    known(context, id)?;
    elsewhere("on a real cluster this changes under which addresses other members find a member")
}

/// `member remove`: the last member cannot go.
pub(super) fn member_remove(context: &mut Context<'_>) -> Result<(), Failure> {
    let id = member_id(context)?;
    known(context, id)?;
    let text = "etcdserver: re-configuration failed due to not enough started members";
    Err(Failure::new(1, text))
}

/// `member promote`: there is no learner.
pub(super) fn member_promote(context: &mut Context<'_>) -> Result<(), Failure> {
    let id = member_id(context)?;
    known(context, id)?;
    let text = "etcdserver: can only promote a learner member";
    Err(Failure::new(1, text))
}

fn peer_urls(context: &Context<'_>) -> Result<(), Failure> {
    match context.parsed.text("peer-urls").unwrap_or_default() {
        [] => Err(Failure::new(128, "member peer urls not provided")),
        _ => Ok(()),
    }
}

fn member_id(context: &Context<'_>) -> Result<u64, Failure> {
    let [id] = context.parsed.args.as_slice() else {
        return Err(Failure::new(128, "member ID is not provided"));
    };
    go::parse_uint(id, 16).map_err(|why| {
        let text = format!("bad member ID arg ({why}), expecting ID in Hex");
        Failure::new(128, text)
    })
}

fn known(context: &mut Context<'_>, id: u64) -> Result<(), Failure> {
    context.client()?;
    match id == context.header().member_id {
        true => Ok(()),
        false => Err(Failure::new(1, "etcdserver: member not found")),
    }
}

/// `move-leader`.
pub(super) fn move_leader(context: &mut Context<'_>) -> Result<(), Failure> {
    let [id] = context.parsed.args.as_slice() else {
        return Err(Failure::new(128, "move-leader command needs 1 argument"));
    };
    go::parse_uint(id, 16).map_err(|why| Failure::new(128, why))?;
    elsewhere("on a real cluster this hands the leadership to another member")
}

/// `make-mirror`.
pub(super) fn make_mirror(context: &mut Context<'_>) -> Result<(), Failure> {
    if context.parsed.args.len() != 1 {
        let text = "make-mirror takes one destination argument";
        return Err(Failure::new(128, text));
    }
    elsewhere("on a real cluster this copies every key, and later changes, to another cluster")
}

/// `check perf` and `check datascale`.
pub(super) fn check(context: &mut Context<'_>) -> Result<(), Failure> {
    let load = context.parsed.text("load").unwrap_or(b"s");
    let load = String::from_utf8_lossy(load).into_owned();
    if !matches!(
        load.as_str(),
        "s" | "small" | "m" | "medium" | "l" | "large" | "xl" | "xLarge"
    ) {
        return Err(Failure::new(4, format!("unknown load option {load}")));
    }
    elsewhere("on a real cluster this writes for a minute and measures how fast that goes")
}

/// `downgrade ...`.
pub(super) fn downgrade(_: &mut Context<'_>) -> Result<(), Failure> {
    elsewhere("on a real cluster this prepares all members for the minor release before")
}

/// `completion ...`.
pub(super) fn completion(_: &mut Context<'_>) -> Result<(), Failure> {
    elsewhere("on a real machine this prints a script for your shell; here Tab completes anyway")
}
