//! `etcdctl del KEY [RANGE_END]`.

use super::{Context, Failure, Parsed, get};
use crate::mvcc::{DeleteRange, Op};

pub(super) fn run(context: &mut Context<'_>) -> Result<(), Failure> {
    let request = request(&context.parsed)?;
    let mut style = context.style()?;
    if let [key, end] = context.parsed.args.as_slice() {
        let warned = context.session.store.release().minor >= 6;
        if warned && !context.parsed.is_on("range") {
            // The real tool then waits two seconds for an interrupt; here no time passes.
            let warning = format!(
                "Warning: Keys between {} and {} will be deleted. Please interrupt the command \
                 within next 2 seconds to cancel. You can provide `--range` flag to avoid the \
                 delay.\n",
                super::go::quote(key),
                super::go::quote(end)
            );
            context.complain(warning);
        }
    }
    let applied = context.apply(Op::DeleteRange(request))?;
    style.header = context.header();
    context.print(&applied.reply, &style)
}

/// What the arguments of a del ask for.
pub(super) fn request(parsed: &Parsed) -> Result<DeleteRange, Failure> {
    let (Some(key), 1..=2) = (parsed.args.first(), parsed.args.len()) else {
        let text = "del command needs one argument as key and an optional argument as range_end";
        return Err(Failure::new(128, text));
    };
    if parsed.is_on("prefix") && parsed.is_on("from-key") {
        let text = "`--prefix` and `--from-key` cannot be set at the same time, choose one";
        return Err(Failure::new(128, text));
    }
    Ok(DeleteRange {
        keys: get::keys(key, parsed)?,
        prev_kv: parsed.is_on("prev-kv"),
    })
}
