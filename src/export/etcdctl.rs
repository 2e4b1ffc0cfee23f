//! A bash script that writes rows to another etcd, revision by revision.
//!
//! ```text
//! etcdctl put -- 'key' 'value'                      one put of one line of text
//! printf 'k8s\x00...' | etcdctl put -- 'key'        one put of anything else
//! etcdctl del -- 'key'
//! etcdctl txn <<'END'                               several changes of one revision, and keys
//!                                                   that no command line can hold
//! put -- "a\x00" "1"
//! del -- "b"
//! ```
//!
//! Lines of `txn` are quoted as Go does, which holds any bytes in one line.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Counts, Masking, as_text};
use crate::kv::quote::quoted;
use crate::kv::{LeaseId, Record, RecordRef};

/// Changes that etcd takes in one transaction.
const MAX_OPS: usize = 128;
/// Bytes of a key or a value that are written as a word of a command line, which is bounded.
const MAX_WORD: usize = 32 << 10;

/// The script so far.
#[derive(Debug)]
pub(super) struct Script {
    masking: Masking,
    /// Changes of the revision that is still coming.
    group: Vec<Record>,
    /// Leases that were granted.
    leases: BTreeSet<LeaseId>,
    /// Revisions with more changes than a transaction takes.
    split: u64,
    first: Option<i64>,
    last: i64,
}

impl Script {
    pub fn new(masking: Masking) -> Self {
        Self {
            masking,
            group: Vec::new(),
            leases: BTreeSet::new(),
            split: 0,
            first: None,
            last: 0,
        }
    }

    /// What the script is, and what it needs.
    pub fn begin(&self, out: &mut String) {
        out.push_str(
            "#!/usr/bin/env bash\n\
             # Rows of an etcd, written again with etcdctl: one command for each revision, in order.\n\
             # In an empty etcd they give the same keys and values, and the same versions of keys\n\
             # whose rows are all here. Revisions count from the beginning of that etcd; changes of\n\
             # earlier revisions, which were compacted or not chosen, are not here, and a delete of\n\
             # a key that is not there writes nothing.\n\
             # Leases are granted anew: their numbers differ, and they live as long as TTL says.\n",
        );
        out.push_str(match self.masking {
            Masking::Hidden => "# Secrets of Kubernetes are left out.\n",
            Masking::Shown => "# It holds the values of Secrets, if there are any.\n",
        });
        out.push_str("set -euo pipefail\n");
    }

    /// Takes a row; false if it is left out.
    pub fn push(&mut self, record: &RecordRef<'_>, is_masked: bool, out: &mut String) -> bool {
        let main = record.bucket_key.revision.main;
        let goes_on = self.group.first();
        if goes_on.is_none_or(|first| first.bucket_key.revision.main != main) {
            self.end_group(out);
        }
        self.first.get_or_insert(main);
        self.last = main;
        // etcd has no empty key; a damaged row may.
        if is_masked || record.key.is_empty() {
            let why = match is_masked {
                true => "a Secret is left out",
                false => "a row without a key is left out",
            };
            let _ = writeln!(out, "# revision {main}: {why}: {}", quoted(record.key));
            return false;
        }
        self.group.push(record.to_owned());
        true
    }

    /// The last revision, and what the script held.
    pub fn finish(&mut self, counts: &Counts, out: &mut String) {
        self.end_group(out);
        let _ = write!(out, "# {} rows", counts.rows);
        if let Some(first) = self.first {
            let _ = write!(out, ", revisions {first} to {}", self.last);
        }
        if !self.leases.is_empty() {
            let _ = write!(out, ", {} leases", self.leases.len());
        }
        if counts.masked > 0 {
            let _ = write!(out, "; {} rows of Secrets left out", counts.masked);
        }
        if counts.left_out > 0 {
            let _ = write!(out, "; {} rows without a key left out", counts.left_out);
        }
        if self.split > 0 {
            let _ = write!(
                out,
                "; {} revisions were too large for one transaction, and are several now",
                self.split
            );
        }
        out.push('\n');
    }

    fn end_group(&mut self, out: &mut String) {
        let group = std::mem::take(&mut self.group);
        let Some(first) = group.first() else {
            return;
        };
        for record in &group {
            self.grant(record.kv.lease, out);
        }
        let main = first.bucket_key.revision.main;
        match group.as_slice() {
            [one] if is_word(&one.kv.key) => push_one(out, one),
            _ => {
                for (at, part) in group.chunks(MAX_OPS).enumerate() {
                    if at == 1 {
                        self.split += 1;
                        let _ = writeln!(out, "# the rest of revision {main}, as one of its own");
                    }
                    push_txn(out, part);
                }
            }
        }
    }

    /// Grants a lease when the first row has it.
    fn grant(&mut self, lease: LeaseId, out: &mut String) {
        if lease == LeaseId::NONE || !self.leases.insert(lease) {
            return;
        }
        if self.leases.len() == 1 {
            out.push_str(
                "TTL=${TTL:-3600}\n\
                 grant() { local said; said=$(etcdctl lease grant \"$TTL\"); said=${said#lease }; echo \"${said%% *}\"; }\n",
            );
        }
        let _ = writeln!(out, "lease_{lease}=$(grant)");
    }
}

/// One change as a command of its own.
fn push_one(out: &mut String, record: &Record) {
    let key = word(&record.kv.key);
    if record.bucket_key.tombstone {
        let _ = writeln!(out, "etcdctl del -- {key}");
        return;
    }
    let lease = match record.kv.lease {
        LeaseId::NONE => String::new(),
        lease => format!(" --lease=\"$lease_{lease}\""),
    };
    let value = &record.kv.value;
    // From standard input an empty value would be none at all.
    if is_word(value) {
        let _ = writeln!(out, "etcdctl put{lease} -- {key} {}", word(value));
        return;
    }
    out.push_str("printf '");
    // A format that begins so would be an option.
    let is_dashed = value.first() == Some(&b'-');
    if is_dashed {
        push_hex(out, b"-");
    }
    let rest = value.get(usize::from(is_dashed)..).unwrap_or_default();
    for chunk in rest.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '\\' => out.push_str("\\\\"),
                '%' => out.push_str("%%"),
                c if c == '\'' || c.is_control() => {
                    let mut bytes = [0; 4];
                    push_hex(out, c.encode_utf8(&mut bytes).as_bytes());
                }
                c => out.push(c),
            }
        }
        push_hex(out, chunk.invalid());
    }
    let _ = writeln!(out, "' | etcdctl put{lease} -- {key}");
}

fn push_hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(out, "\\x{byte:02x}");
    }
}

/// Several changes as one transaction.
fn push_txn(out: &mut String, group: &[Record]) {
    // A name of a lease is put in by bash, which then takes `\`, `$` and backticks for itself.
    let has_lease = group.iter().any(|record| record.kv.lease != LeaseId::NONE);
    let quote = |bytes: &[u8]| {
        let text = quoted(bytes);
        match has_lease {
            true => text
                .replace('\\', "\\\\")
                .replace('$', "\\$")
                .replace('`', "\\`"),
            false => text,
        }
    };
    out.push_str(if has_lease {
        "etcdctl txn <<END\n\n"
    } else {
        "etcdctl txn <<'END'\n\n"
    });
    for record in group {
        let key = quote(&record.kv.key);
        if record.bucket_key.tombstone {
            let _ = writeln!(out, "del -- {key}");
            continue;
        }
        out.push_str("put");
        if record.kv.lease != LeaseId::NONE {
            let _ = write!(out, " --lease=$lease_{}", record.kv.lease);
        }
        let _ = writeln!(out, " -- {key} {}", quote(&record.kv.value));
    }
    out.push_str("\n\nEND\n");
}

/// Bytes that a word of a command line can hold: one line of text.
fn as_word(bytes: &[u8]) -> Option<&str> {
    as_text(bytes).filter(|text| !text.contains(['\n', '\r']))
}

/// Whether bytes may stand in a command line.
fn is_word(bytes: &[u8]) -> bool {
    bytes.len() <= MAX_WORD && as_word(bytes).is_some()
}

/// Bytes in single quotes, as bash takes them as they are.
fn word(bytes: &[u8]) -> String {
    let text = as_word(bytes).unwrap_or_default();
    format!("'{}'", text.replace('\'', "'\\''"))
}
