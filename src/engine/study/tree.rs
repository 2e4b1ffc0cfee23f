//! Keys as a tree by `/`: what is right below one prefix, with its sums.
//!
//! Nothing is kept: keys are in order, so a branch is a range of them, and its twigs are found by
//! going through that range once.

use super::words::filter_of;
use crate::engine::protocol::{StudyAnswer, Twig};
use crate::history::{History, KeyHistory};
use crate::kv::quote::bare_start;

/// What is right below `prefix`, at most `count` of it.
pub(super) fn branch(history: &History, prefix: Vec<u8>, count: u32) -> StudyAnswer {
    let ids = history.sorted_ids();
    let bytes = |id| history.key_bytes(id).unwrap_or_default();
    let from = ids.partition_point(|id| bytes(*id) < prefix.as_slice());
    let below = ids.get(from..).unwrap_or_default();
    let below = below.iter().map_while(|id| {
        let key = history.key(*id)?;
        key.key.starts_with(&prefix).then_some(key)
    });
    let mut twigs: Vec<Twig> = Vec::new();
    let mut more = 0;
    // What is past the last twig that is told: only counted.
    let mut passed: Vec<u8> = Vec::new();
    for key in below {
        let rest = key.key.get(prefix.len()..).unwrap_or_default();
        // A name begins where a `/` stands: `/a` has no empty folder in front.
        let slash = rest.iter().skip(1).position(|byte| *byte == b'/');
        let len = slash.map(|at| at + 2);
        let name = len.and_then(|len| rest.get(..len)).unwrap_or(rest);
        let path = key.key.get(..prefix.len() + name.len()).unwrap_or(key.key);
        let is_prefix = len.is_some();
        if let Some(last) = twigs
            .last_mut()
            .filter(|last| last.is_prefix && is_prefix && last.path == path)
        {
            add(history, last, key);
        } else if twigs.len() < count as usize {
            let term = if is_prefix { "prefix" } else { "key" };
            let mut twig = Twig {
                path: path.to_vec(),
                name: bare_start(name),
                is_prefix,
                keys: 0,
                live_keys: 0,
                rows: 0,
                bytes: 0,
                last: None,
                filter: filter_of(term, path),
            };
            add(history, &mut twig, key);
            twigs.push(twig);
        } else if !is_prefix || passed != path {
            passed.clear();
            passed.extend_from_slice(path);
            more += 1;
        }
    }
    StudyAnswer::Branch {
        prefix,
        twigs,
        more,
    }
}

fn add(history: &History, twig: &mut Twig, key: KeyHistory<'_>) {
    let last = key.changes.last();
    twig.keys += 1;
    twig.live_keys += u64::from(last.is_some_and(|last| !last.is_tombstone()));
    twig.rows += key.changes.len() as u64;
    let rows = key.changes.iter();
    twig.bytes += rows.map(|row| history.lens(row).sum()).sum::<u64>();
    twig.last = last.map(|change| change.revision());
}
