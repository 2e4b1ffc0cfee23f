//! `info FILE`: what a file is, which etcd wrote it, and what its small buckets hold.

use std::io::{self, Write};

use revscope::bbolt::Order;
use revscope::etcd::{
    AlarmKind, Contents, EtcdFile, LeaseKeys, Name, Problem, RecordScan, Tail, Verify,
};
use revscope::kv::quote::{bare, quoted};

use super::args::Args;
use super::files::{Told, in_file, unpacked};
use super::source::Opened;
use super::{Failure, Outcome};

/// `info FILE`.
pub fn info(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let path = args.word(0);
    let (opened, mut told) = unpacked(args, path)?;
    print_layers(&opened, out)?;
    let file = EtcdFile::open(opened.bytes).map_err(|error| in_file(path, error))?;
    for problem in &file.info().problems {
        told.problem(problem)?;
    }
    print_file(&file, &mut told, out)?;
    let contents = Contents::read(&file);
    for problem in &contents.problems {
        // Where both readers stumble over the same thing, it is told once.
        let known = &file.info().problems;
        if !known.contains(problem) && !already(known, problem) {
            told.problem(problem)?;
        }
    }
    print_contents(&contents, out)?;
    print_leases(&file, &contents, &mut told, out)?;
    Ok(told.outcome())
}

fn already(known: &[Problem], problem: &Problem) -> bool {
    let Problem::Item { bucket, key, .. } = problem else {
        return false;
    };
    known.iter().any(|known| match known {
        Problem::Value {
            bucket: b, key: k, ..
        } => *bucket == Name::new(b.as_bytes()) && *key == Name::new(k.as_bytes()),
        _ => false,
    })
}

fn print_layers(opened: &Opened, out: &mut dyn Write) -> io::Result<()> {
    for layer in &opened.layers {
        match layer.member.as_str() {
            "" => writeln!(out, "in {}", layer.format)?,
            member => writeln!(
                out,
                "in {}: {}, beside {} more",
                layer.format,
                bare(member.as_bytes()),
                layer.others.len()
            )?,
        }
    }
    Ok(())
}

fn print_file(file: &EtcdFile, told: &mut Told<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let (info, db) = (file.info(), file.db());
    let meta = db.meta();
    writeln!(
        out,
        "file: {} bytes, pages of {}, high-water mark {}, transaction {}",
        db.size(),
        meta.page_size,
        meta.high_water_mark,
        meta.txid
    )?;
    match info.tail {
        Tail::None => writeln!(out, "end: nothing behind the last page")?,
        Tail::Cut => writeln!(out, "end: cut before the last page")?,
        Tail::Room(bytes) => writeln!(out, "end: room for pages, {bytes} bytes")?,
        Tail::PartOfHash(bytes) => writeln!(out, "end: {bytes} bytes of a sha256")?,
        Tail::Unknown(bytes) => writeln!(out, "end: {bytes} bytes of no known kind")?,
        Tail::Hash(trailer) => {
            let mut verify = Verify::new(trailer);
            let verified = loop {
                if let Some(verified) = verify.step(db) {
                    break verified;
                }
            };
            match verified {
                Ok(()) => writeln!(out, "end: sha256, right")?,
                Err(problem) => {
                    writeln!(out, "end: sha256, wrong")?;
                    told.problem(&problem)?;
                }
            }
        }
    }
    match info.release {
        Some(release) => {
            let patches = info.patches();
            let patches = match patches.is_empty() {
                true => String::new(),
                false => format!(" ({})", patches.join(", ")),
            };
            let confidence = release.confidence();
            writeln!(
                out,
                "written by: etcd {}{patches}, confidence {confidence}",
                release.minor
            )?;
        }
        None => writeln!(out, "written by: the file does not tell")?,
    }
    for clue in &info.clues {
        writeln!(out, "  {clue}")?;
    }
    let names: Vec<_> = info.buckets.iter().map(|name| bare(name)).collect();
    writeln!(out, "buckets: {}", names.join(" "))?;
    Ok(())
}

fn print_contents(contents: &Contents, out: &mut dyn Write) -> io::Result<()> {
    fn shown<T: ToString>(value: Option<T>) -> String {
        value.map_or_else(|| "none".to_owned(), |value| value.to_string())
    }
    let ids = |ids: &[u64]| {
        let ids: Vec<_> = ids.iter().map(|id| format!("{id:x}")).collect();
        ids.join(",")
    };
    let meta = &contents.meta;
    writeln!(
        out,
        "meta: consistent index {}, term {}, compaction finished {}, scheduled {}, storage version {}",
        shown(meta.consistent_index),
        shown(meta.term),
        shown(meta.finished_compact),
        shown(meta.scheduled_compact),
        shown(meta.storage_version.as_ref())
    )?;
    if let Some(raft) = &meta.conf_state {
        writeln!(
            out,
            "raft: voters [{}], learners [{}], outgoing [{}], learners next [{}], auto leave {}",
            ids(&raft.voters),
            ids(&raft.learners),
            ids(&raft.voters_outgoing),
            ids(&raft.learners_next),
            raft.auto_leave
        )?;
    }
    let cluster = &contents.cluster;
    let downgrade = match &cluster.downgrade {
        Some(downgrade) if downgrade.enabled => {
            format!(", downgrade to {} under way", downgrade.target_version)
        }
        _ => String::new(),
    };
    writeln!(
        out,
        "cluster: version {}{downgrade}",
        shown(cluster.version.as_ref())
    )?;
    for member in &contents.members {
        writeln!(
            out,
            "member {:x}: name {}, {}peers {}, clients {}",
            member.id,
            quoted(member.name.as_bytes()),
            if member.is_learner { "learner, " } else { "" },
            member.peer_urls.join(","),
            member.client_urls.join(",")
        )?;
    }
    for id in &contents.removed {
        writeln!(out, "member {id:x}: removed")?;
    }
    for alarm in &contents.alarms {
        let kind = match alarm.kind {
            AlarmKind::None => "NONE",
            AlarmKind::NoSpace => "NOSPACE",
            AlarmKind::Corrupt => "CORRUPT",
        };
        writeln!(out, "alarm: {kind} on member {:x}", alarm.member)?;
    }
    let auth = &contents.auth;
    writeln!(
        out,
        "auth: {}, revision {}",
        match auth.enabled {
            Some(true) => "on",
            Some(false) => "off",
            None => "never turned on",
        },
        shown(auth.revision)
    )?;
    for user in &contents.users {
        writeln!(
            out,
            "user {}: roles {}, password {}{}",
            quoted(&user.name),
            user.roles.join(","),
            user.password,
            if user.no_password {
                ", no login by password"
            } else {
                ""
            }
        )?;
    }
    for role in &contents.roles {
        writeln!(out, "role {}:", quoted(&role.name))?;
        for permission in &role.permissions {
            let end = &permission.range_end;
            let range = match end.as_slice() {
                [] => String::new(),
                [0] => " and all keys after it".to_owned(),
                end => format!(" up to before {}", quoted(end)),
            };
            writeln!(
                out,
                "  {} {}{range}",
                permission.permits,
                quoted(&permission.key)
            )?;
        }
    }
    for name in &contents.unknown {
        writeln!(out, "unknown bucket: {}", quoted(name))?;
    }
    for (bucket, key, value) in &contents.extra {
        writeln!(
            out,
            "unknown item: {bucket}/{}, {} bytes",
            quoted(key),
            value.len()
        )?;
    }
    Ok(())
}

fn print_leases(
    file: &EtcdFile,
    contents: &Contents,
    told: &mut Told<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut keys = LeaseKeys::default();
    let mut scan = RecordScan::new(file, Order::Forward);
    while let Some(next) = scan.next() {
        match next {
            Err(problem) => told.problem(&problem)?,
            Ok(page) => {
                for record in page.records() {
                    match record {
                        Ok(record) => keys.push(&record),
                        Err(problem) => told.problem(&problem)?,
                    }
                }
            }
        }
    }
    let mut keys = keys.finish();
    for lease in &contents.leases {
        let keys = keys.remove(&lease.id).unwrap_or_default();
        let shown: Vec<_> = keys.iter().take(10).map(|key| quoted(key)).collect();
        let more = keys.len().saturating_sub(shown.len());
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        writeln!(
            out,
            "lease {}: {} s, remaining {} s, keys {}{more}",
            lease.id,
            lease.ttl,
            lease.remaining_ttl,
            shown.join(" ")
        )?;
    }
    for (lease, keys) in keys {
        writeln!(
            out,
            "lease {lease}: not stored, but {} keys name it",
            keys.len()
        )?;
    }
    Ok(())
}
