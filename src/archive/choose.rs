//! Which member of an archive is the db file.

use super::kind::{Kind, is_bbolt};
use super::{Error, MAX_NAMES, Member, first_bytes};
use crate::bytes::ReadAt;

/// Members that are looked into, best names first.
const MAX_LOOKS: usize = 64;

/// The place of the member to open, and whether it is the one that was asked for by name.
pub fn choose(
    source: &dyn ReadAt,
    members: &[Member],
    wanted: Option<&str>,
) -> Result<(usize, bool), Error> {
    if let Some(wanted) = wanted {
        let whole = members.iter().position(|member| member.name == wanted);
        let base = || {
            members
                .iter()
                .position(|member| base_name(&member.name) == wanted)
        };
        if let Some(found) = whole.or_else(base) {
            return Ok((found, true));
        }
    }
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by_key(|at| members.get(*at).map(|member| -likeness(&member.name)));
    let mut archive = None;
    for at in order.iter().take(MAX_LOOKS) {
        let Some(member) = members.get(*at) else {
            continue;
        };
        let head = first_bytes(source, member)?;
        if is_bbolt(&head) && wanted.is_none() {
            return Ok((*at, false));
        }
        if archive.is_none() && matches!(Kind::guess(&head), Kind::Gzip | Kind::Zip | Kind::Tar) {
            archive = Some(*at);
        }
    }
    if let Some(archive) = archive {
        return Ok((archive, false));
    }
    let names = || {
        let names = members.iter().take(MAX_NAMES);
        names.map(|member| member.name.clone()).collect()
    };
    let more = members.len().saturating_sub(MAX_NAMES) as u64;
    if let Some(name) = wanted {
        return Err(Error::NoMember {
            name: name.to_owned(),
            names: names(),
            more,
        });
    }
    // None begins as a db file should. One that is called so may be a broken one.
    let best = order.first().and_then(|at| Some((*at, members.get(*at)?)));
    match best {
        Some((at, member)) if members.len() == 1 || likeness(&member.name) >= 3 => Ok((at, false)),
        _ => Err(Error::NoDb {
            names: names(),
            more,
        }),
    }
}

/// How much a name is that of a db file.
fn likeness(name: &str) -> i8 {
    let base = base_name(name).to_ascii_lowercase();
    let ends = |ends: &[&str]| ends.iter().any(|end| base.ends_with(end));
    if base == "db" || base == "snapshot.db" {
        4
    } else if ends(&[".db", ".snapshot", ".bolt"]) {
        3
    } else if ends(&[".gz", ".tgz", ".tar", ".zip"]) || base.contains("snapshot") {
        2
    } else if ends(&[".snap", ".wal"]) {
        0
    } else {
        1
    }
}

fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}
