//! Lost and found: what a file still carries of rows that were deleted, overwritten or compacted.
//!
//! ```text
//! etcd::Fossils ──▶ Lost      groups and keys: how much, from when, how sure, does the key live
//!        │      └─▶ restore   one row as a manifest, as JSON, or as a line for etcdctl
//! the store's rows ─▶ Privacy what of it is secret: counts by type and place, names when asked
//! ```
//!
//! Start from [`Lost`]; it is fed fossil by fossil, [`Privacy`] row by row, so that whoever scans
//! the file decides how far a step goes. Neither keeps values: a value leaves by [`restore()`]
//! alone, and a Secret's only where its caller says so.

mod bash;
mod found;
mod notes;
mod patterns;
mod privacy;
mod restore;

pub use found::{Best, Group, GroupKind, Lost, LostKey, Tally, Today};
pub use notes::notes;
pub use patterns::{PATTERNS, Pattern, Then};
pub use privacy::{Finding, Kind, Place, Privacy, PrivacyCount};
pub use restore::{Form, Unrestorable, restore};
