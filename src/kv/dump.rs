//! The lines of `etcd-dump-db iterate-bucket`.
//!
//! As `tools/etcd-dump-db/backend.go` of etcd prints them; 3.6 shows a revision by its own type,
//! earlier releases by a copy of it without the tombstone mark.

use std::fmt::Write;

use super::RecordRef;
use super::quote::{Unicode, push_quoted};

/// Which release's lines are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// 3.4 and 3.5: `rev={main:2 sub:0}, ...`.
    V3_4,
    /// 3.6 and later: `rev={Revision:{Main:2 Sub:0} tombstone:false}, ...`.
    V3_6,
}

impl Style {
    fn unicode(self) -> Unicode {
        match self {
            Self::V3_4 => Unicode::V13,
            Self::V3_6 => Unicode::V15,
        }
    }
}

/// Appends the line of a row as `--decode` prints it for bucket `key`, without a line end.
pub fn push_record(out: &mut String, record: &RecordRef<'_>, style: Style) {
    let revision = record.bucket_key.revision;
    let (main, sub) = (revision.main, revision.sub);
    let tombstone = record.bucket_key.tombstone;
    // Writing to a String cannot fail.
    let _ = match style {
        Style::V3_4 => write!(out, "rev={{main:{main} sub:{sub}}}"),
        Style::V3_6 => write!(
            out,
            "rev={{Revision:{{Main:{main} Sub:{sub}}} tombstone:{tombstone}}}"
        ),
    };
    out.push_str(", value=[key ");
    push_quoted(out, record.key, style.unicode());
    out.push_str(" | val ");
    push_quoted(out, record.value, style.unicode());
    let _ = write!(
        out,
        " | created {} | mod {} | ver {}]",
        record.create_revision, record.mod_revision, record.version
    );
}

/// Appends the line of any item as it is printed without `--decode`, without a line end.
pub fn push_raw(out: &mut String, key: &[u8], value: &[u8], style: Style) {
    out.push_str("key=");
    push_quoted(out, key, style.unicode());
    out.push_str(", value=");
    push_quoted(out, value, style.unicode());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::{BucketKey, LeaseId, Revision};

    /// The lines of the storage reference, section 10.
    #[test]
    fn lines_equal_the_tools() {
        let mut record = RecordRef {
            bucket_key: BucketKey {
                revision: Revision::new(2, 0),
                tombstone: false,
            },
            key: b"a",
            value: b"1",
            create_revision: 2,
            mod_revision: 2,
            version: 1,
            lease: LeaseId(7),
        };
        let line = |record: &RecordRef<'_>, style| {
            let mut out = String::new();
            push_record(&mut out, record, style);
            out
        };
        assert_eq!(
            line(&record, Style::V3_4),
            r#"rev={main:2 sub:0}, value=[key "a" | val "1" | created 2 | mod 2 | ver 1]"#
        );
        record.bucket_key.tombstone = true;
        assert_eq!(
            line(&record, Style::V3_6),
            r#"rev={Revision:{Main:2 Sub:0} tombstone:true}, value=[key "a" | val "1" | created 2 | mod 2 | ver 1]"#
        );
        let mut raw = String::new();
        push_raw(
            &mut raw,
            &record.bucket_key.encode(),
            b"\n\x01a",
            Style::V3_4,
        );
        assert_eq!(
            raw,
            r#"key="\x00\x00\x00\x00\x00\x00\x00\x02_\x00\x00\x00\x00\x00\x00\x00\x00t", value="\n\x01a""#
        );
    }
}
