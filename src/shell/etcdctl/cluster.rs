//! Commands about the cluster as a whole: those that have an answer for one idle member, and
//! those that make no sense here and say so.

use super::{Context, Failure, Format};
use crate::mvcc::Op;

/// `version`.
pub(super) fn version(context: &mut Context<'_>) -> Result<(), Failure> {
    let release = context.session.store.release();
    context.say(format!(
        "etcdctl version: {release}\nAPI version: {}.{}\n",
        release.major, release.minor
    ));
    Ok(())
}

/// `alarm list` and `alarm disarm`: there are none, but the request is logged.
pub(super) fn alarm(context: &mut Context<'_>) -> Result<(), Failure> {
    let style = context.style()?;
    context.apply(Op::Noop)?;
    match style.format {
        Format::Simple => Ok(()),
        Format::Json if style.release.minor >= 5 => {
            context.say(super::json::header_only(&style));
            Ok(())
        }
        Format::Json => {
            context.say("{}\n");
            Ok(())
        }
        Format::Fields => {
            let mut text = String::new();
            super::fields::header(&mut text, &style.header, &style);
            context.say(text);
            Ok(())
        }
        other => Err(other.unsupported()),
    }
}

/// `auth status`: never enabled here.
pub(super) fn auth_status(context: &mut Context<'_>) -> Result<(), Failure> {
    let style = context.style()?;
    context.apply(Op::Noop)?;
    match style.format {
        Format::Simple => {
            context.say("Authentication Status: false\nAuthRevision: 1\n");
            Ok(())
        }
        other => Err(other.unsupported()),
    }
}

/// `user list` and `role list`: there are none, but the request is logged.
pub(super) fn none_listed(context: &mut Context<'_>) -> Result<(), Failure> {
    let style = context.style()?;
    context.apply(Op::Noop)?;
    match style.format {
        Format::Simple => Ok(()),
        Format::Json => {
            context.say(super::json::header_only(&style));
            Ok(())
        }
        other => Err(other.unsupported()),
    }
}

/// `defrag`: the file shrinks to the pages in use.
pub(super) fn defrag(context: &mut Context<'_>) -> Result<(), Failure> {
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
