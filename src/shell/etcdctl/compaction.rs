//! `etcdctl compaction REV`.

use super::{Context, Failure, go};
use crate::mvcc::Op;

/// Removal is immediate here, with and without `--physical`, which also commits what was removed.
pub(super) fn run(context: &mut Context<'_>) -> Result<(), Failure> {
    let [revision] = context.parsed.args.as_slice() else {
        return Err(Failure::new(128, "compaction command needs 1 argument"));
    };
    let revision = go::parse_int(revision, 10).map_err(|why| Failure::new(1, why))?;
    context.format()?;
    context.apply(Op::Compact { revision })?;
    if context.parsed.is_on("physical") {
        context.session.commit();
    }
    context.say(format!("compacted revision {revision}\n"));
    Ok(())
}
