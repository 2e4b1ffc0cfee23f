//! Two histories side by side, or those of several members of one cluster.
//!
//! ```text
//! keys of a    a  b     d           both in byte order, one step goes over one pair
//! keys of b    a     c  d
//!              =  −  +  ≠ or =      removed, added, changed
//! ```
//!
//! What keys, revisions, versions and lengths tell is told without a value; pairs that only their
//! values can tell apart are left open for the caller ([`Compare::open_pairs`]). Start from
//! [`Compare`]; members of one cluster are compared row by row in [`Members`].

mod growth;
mod keys;
mod members;
mod values;
mod words;

pub use growth::{Growth, growth};
pub use keys::{Compare, Counts, Difference, DifferenceKind, Lineage, Outcome};
pub use members::{Members, MembersOutcome, Odd, Split};
pub use values::{Field, Part, ValueDiff, value_diff};
pub use words::{hash_words, members_words, row_words, unlike_words, what_at, words};

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::kv::RecordRef;

/// A hash of everything in a row: rows that differ hardly ever have the same.
pub fn row_hash(record: &RecordRef<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    record.bucket_key.hash(&mut hasher);
    record.key.hash(&mut hasher);
    record.value.hash(&mut hasher);
    let numbers = (
        record.create_revision,
        record.mod_revision,
        record.version,
        record.lease,
    );
    numbers.hash(&mut hasher);
    hasher.finish()
}
