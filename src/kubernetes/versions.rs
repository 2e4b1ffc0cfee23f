//! The history of one object: its versions, what each changed, and who did it.
//!
//! Values are given by whoever holds the file; this decodes two at a time and keeps what is
//! shown of each.

use std::collections::BTreeMap;

use super::diff::{Part, diff};
use super::mask::mask_both;
use super::owners::{last_writer, managers};
use super::schema::Schema;
use super::stored::{Object, Stored};
use super::time::parse_micros;
use super::value::Value;
use crate::kv::RecordRef;

/// One version of an object, or its deletion.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Version {
    /// Revision of the write.
    pub revision: i64,
    /// Life of the key, from 1; a re-creation begins the next.
    pub life: u32,
    /// etcd's version: count of writes in this life; 0 for a deletion.
    pub version: i64,
    /// `metadata.generation`, which grows with the spec.
    pub generation: Option<i64>,
    /// When, in microseconds since 1970: the latest time that the version itself tells.
    pub micros: Option<i64>,
    /// The manager whose set of fields changed last.
    pub manager: String,
    /// The write deleted the object.
    pub is_deleted: bool,
    /// What changed since the version before, noise included.
    pub changes: Vec<Changed>,
}

/// One difference to the version before, as text.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// Where.
    pub path: String,
    /// Which part of the object; [`Part::Noise`] and [`Part::Status`] can be folded.
    pub part: Part,
    /// Before, as compact JSON; empty if nothing stood there.
    pub old: String,
    /// After; empty if it went.
    pub new: String,
}

/// Folds the rows of one key, oldest first, into its versions. `is_revealed` says which values
/// of Secrets are shown, by path.
pub fn versions<'r>(
    schema: &Schema,
    records: impl IntoIterator<Item = RecordRef<'r>>,
    is_revealed: &dyn Fn(&str) -> bool,
) -> Vec<Version> {
    let mut out: Vec<Version> = Vec::new();
    let mut before: Option<RecordRef<'r>> = None;
    for record in records {
        let is_new = before.is_none_or(|before| {
            before.bucket_key.tombstone || before.create_revision != record.create_revision
        });
        let life = out.last().map_or(1, |last| {
            let deletes = record.bucket_key.tombstone && !last.is_deleted;
            last.life + u32::from(is_new && !deletes)
        });
        let mut version = Version {
            revision: record.bucket_key.revision.main,
            life,
            version: record.version,
            is_deleted: record.bucket_key.tombstone,
            ..Version::default()
        };
        if let Stored::Object(mut object) = Stored::read(schema, record.value) {
            describe(&mut version, &object);
            let old = before.filter(|_| !is_new);
            let old = old.map(|old| Stored::read(schema, old.value));
            if let Some(Stored::Object(mut old)) = old {
                if let Some(writer) = writer(&old.value, &object.value) {
                    version.manager = writer;
                }
                mask_both(&mut old, &mut object, is_revealed);
                version.changes = changes(&old.value, &object.value);
            }
        }
        out.push(version);
        before = Some(record);
    }
    out
}

/// Who made one version of another: the manager whose entry is new or has changed. Where no entry
/// tells (a second write in the same second), the one that writes the part that changed.
pub fn writer(old: &Value<'_>, new: &Value<'_>) -> Option<String> {
    let (before, after) = (managers(old), managers(new));
    let told = after.iter().filter(|manager| !before.contains(manager));
    if let Some(manager) = told.max_by_key(|manager| manager.micros) {
        return Some(manager.name.to_owned());
    }
    let changes = diff(old, new);
    let shown = changes.iter().filter(|change| change.part != Part::Noise);
    let is_status = shown.clone().count() > 0 && shown.clone().all(|c| c.part == Part::Status);
    let of_part = after.iter();
    let of_part = of_part.filter(|manager| (manager.subresource == "status") == is_status);
    Some(
        of_part
            .max_by_key(|manager| manager.micros)?
            .name
            .to_owned(),
    )
}

fn describe(version: &mut Version, object: &Object<'_>) {
    let meta = object.value.get("metadata");
    let generation = meta.and_then(|meta| meta.get("generation"));
    version.generation = generation.and_then(Value::as_int);
    let managers = managers(&object.value);
    if let Some(last) = last_writer(&managers) {
        last.name.clone_into(&mut version.manager);
    }
    version.micros = latest_time(&object.value);
}

/// The latest time at which an object says that it was written.
pub fn latest_time(object: &Value<'_>) -> Option<i64> {
    let meta = object.get("metadata");
    let entries = meta.and_then(|meta| meta.get("managedFields"));
    let managed = entries.map(Value::items).unwrap_or_default();
    let managed = managed.iter().filter_map(|entry| entry.get("time"));
    let created = meta.and_then(|meta| meta.get("creationTimestamp"));
    let own = [
        &["spec", "renewTime"][..],
        &["lastTimestamp"],
        &["eventTime"],
        &["series", "lastObservedTime"],
    ];
    managed
        .chain(created)
        .chain(own.iter().filter_map(|path| object.at(path)))
        .filter_map(|time| parse_micros(time.as_str()?))
        .max()
}

/// Every difference between two documents, as text.
pub fn changes(old: &Value<'_>, new: &Value<'_>) -> Vec<Changed> {
    let text = |value: Option<&Value<'_>>| {
        let mut text = String::new();
        if let Some(value) = value {
            super::json::push_compact(&mut text, value);
        }
        text
    };
    let changes = diff(old, new);
    let changed = changes.iter().map(|change| Changed {
        path: change.path.clone(),
        part: change.part,
        old: text(change.old),
        new: text(change.new),
    });
    changed.collect()
}

/// How many changes each part has, to say it in a line.
pub fn by_part(changes: &[Changed]) -> BTreeMap<Part, u64> {
    let mut counts = BTreeMap::new();
    for change in changes {
        *counts.entry(change.part).or_default() += 1;
    }
    counts
}
