//! The columns of the tables.

use crate::engine::protocol::{Column, Table};

const REVISION_COLUMNS: &[(&str, bool)] = &[
    ("rev", true),
    ("what", false),
    ("key", false),
    ("version", true),
    ("create", true),
    ("lease", false),
    ("size", true),
    ("value", false),
];
const KEY_COLUMNS: &[(&str, bool)] = &[
    ("key", false),
    ("state", false),
    ("created", true),
    ("modified", true),
    ("version", true),
    ("revisions", true),
    ("size now", true),
    ("all bytes", true),
    ("lease", false),
];

/// The columns of a table: names, and whether they hold numbers.
pub(super) fn columns(table: Table) -> &'static [(&'static str, bool)] {
    match table {
        Table::Revisions => REVISION_COLUMNS,
        Table::Keys => KEY_COLUMNS,
        Table::Leases => &[
            ("lease", false),
            ("TTL", true),
            ("remaining", true),
            ("live keys", true),
        ],
        Table::Users => &[("user", false), ("roles", false), ("password", false)],
        Table::Roles => &[
            ("role", false),
            ("permits", false),
            ("from", false),
            ("range end", false),
        ],
        Table::Members => &[
            ("id", false),
            ("name", false),
            ("peer URLs", false),
            ("client URLs", false),
            ("state", false),
        ],
        Table::Meta => &[("name", false), ("value", false)],
        Table::Differences => &[
            ("what", false),
            ("key", false),
            ("before", true),
            ("after", true),
            ("size before", true),
            ("size after", true),
        ],
        Table::Splits => &[
            ("rev", true),
            ("this file", false),
            ("second file", false),
            ("third file", false),
        ],
        Table::Growth => &[
            ("prefix", false),
            ("keys before", true),
            ("keys after", true),
            ("bytes before", true),
            ("bytes after", true),
            ("growth", true),
        ],
        Table::Hashes => &[
            ("file", false),
            ("at revision", true),
            ("hash", false),
            ("told", false),
        ],
        Table::Lost => &[
            ("kind", false),
            ("keys", true),
            ("rows", true),
            ("bytes", true),
            ("newest", true),
            ("where", false),
            ("confidence", false),
        ],
        Table::LostKeys => &[
            ("key", false),
            ("today", false),
            ("rows", true),
            ("newest", true),
            ("oldest", true),
            ("where", false),
            ("confidence", false),
        ],
        Table::Privacy => &[
            ("what", false),
            ("where", false),
            ("rows", true),
            ("keys", true),
        ],
    }
}

/// The same, ready to be shown.
pub(super) fn shown_columns(table: Table) -> Vec<Column> {
    let all = columns(table).iter();
    all.map(|(name, is_number)| Column {
        name: (*name).to_owned(),
        is_number: *is_number,
    })
    .collect()
}
