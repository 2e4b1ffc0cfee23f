//! What fills a file, ready to be shown.

use super::words::filter_of;
use crate::engine::file::OpenedFile;
use crate::engine::protocol::{FileSums, FillSum, PrefixSum};
use crate::etcd::{AlarmKind, Contents};
use crate::fill::{Fills, Sum};
use crate::kubernetes::{RegistryKey, time};
use crate::kv::quote::bare_start;

/// Members that are named.
const NAMED: usize = 9;

/// The sums so far; what else is known of the file once it is open.
pub(in crate::engine) fn sums(fills: &Fills, file: Option<&OpenedFile>) -> FileSums {
    let growth = fills.growth();
    let bins = growth.bins().iter().zip(0_i64..).map(|(bin, at)| {
        let first = growth.width().saturating_mul(at);
        (growth.first().saturating_add(first), bin.rows, bin.bytes)
    });
    let prefixes = fills.top(FileSums::PREFIXES).into_iter();
    let contents = file.and_then(|file| file.background.found.contents.as_deref());
    FileSums {
        total: told(fills.total()),
        prefixes: prefixes
            .map(|group| PrefixSum {
                name: bare_start(&group.prefix),
                filter: filter_of("prefix", &group.prefix),
                kind: kind(&group.prefix),
                sum: told(&group.sum),
            })
            .collect(),
        prefix_count: fills.len() as u64,
        growth: bins.collect(),
        times: file.and_then(|file| times(fills, file)),
        alarms: contents.map(alarms).unwrap_or_default(),
        leases: contents.map(|contents| contents.leases.len() as u64),
        members: contents.map(members).unwrap_or_default(),
    }
}

fn told(sum: &Sum) -> FillSum {
    FillSum {
        keys: sum.keys,
        live_keys: sum.live_keys,
        rows: sum.rows,
        tombstones: sum.tombstones,
        bytes: sum.bytes,
        live_bytes: sum.live_bytes,
        first: sum.first,
        last: sum.last,
    }
}

/// The kind of the objects below a prefix, as an object's key would say it.
fn kind(prefix: &[u8]) -> String {
    let key = [prefix, b"a/b"].concat();
    let parsed = RegistryKey::parse(&key);
    let known = parsed.and_then(|key| key.known);
    known.map(|known| known.kind.to_owned()).unwrap_or_default()
}

/// When the oldest and the newest retained row was written.
fn times(fills: &Fills, file: &OpenedFile) -> Option<(String, String)> {
    let curve = file.background.found.curve.as_ref()?;
    let at = |revision| {
        let estimate = curve.at(revision)?;
        let time = time::rfc3339(estimate.micros.div_euclid(1_000_000))?;
        Some(match estimate.is_outside {
            true => format!("near {time}"),
            false => format!("about {time}"),
        })
    };
    Some((at(fills.total().first)?, at(fills.total().last)?))
}

fn alarms(contents: &Contents) -> Vec<String> {
    let raised = contents.alarms.iter();
    raised
        .filter_map(|alarm| {
            let kind = match alarm.kind {
                AlarmKind::None => return None,
                AlarmKind::NoSpace => "NOSPACE",
                AlarmKind::Corrupt => "CORRUPT",
            };
            Some(format!("{kind} on member {:x}", alarm.member))
        })
        .take(NAMED)
        .collect()
}

fn members(contents: &Contents) -> Vec<String> {
    let members = contents.members.iter().take(NAMED);
    members
        .map(|member| format!("{} ({:x})", bare_start(member.name.as_bytes()), member.id))
        .collect()
}
