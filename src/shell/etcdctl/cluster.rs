//! Commands about the cluster as a whole: those that have an answer for one idle member, and
//! those that make no sense here and say so.

use super::{Context, Failure, Format};
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
    alarms(context, AlarmOp::List, "alarm list command accepts no arguments")
}

/// `alarm disarm`.
pub(super) fn alarm_disarm(context: &mut Context<'_>) -> Result<(), Failure> {
    alarms(context, AlarmOp::Disarm, "alarm disarm command accepts no arguments")
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
            context.complain(format!("Failed to defragment etcd member[{endpoint}] ({why})\n"));
        }
        return Err(Failure::silent(1));
    }
    context.session.store.defrag();
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

/// A command that is about more than one member, or about files and accounts of a real one.
pub(super) fn elsewhere(_: &mut Context<'_>) -> Result<(), Failure> {
    let text = "this command acts on a real cluster and is not simulated here";
    Err(Failure::new(1, text))
}
