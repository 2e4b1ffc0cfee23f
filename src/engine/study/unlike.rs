//! How the values of a key differ between two files, line by line.

use crate::compare::{Difference, ValueDiff, value_diff};
use crate::engine::document::{Document, bucket_key};
use crate::engine::file::OpenedFile;
use crate::engine::kubernetes::schema;
use crate::engine::protocol::UnlikeView;
use crate::engine::shown::{DiffLine, Side};
use crate::kubernetes::{Leave, Stored, mask, yaml};
use crate::kv::Revision;
use crate::kv::quote::{bare_start, quoted};

/// Bytes of a value that is no object that are shown where the other file has none.
const SHOWN: usize = 512;

/// What became of a key: field by field, or the whole value where only one file has it.
pub(super) fn view(number: u32, row: &Difference, files: [&OpenedFile; 2]) -> Option<UnlikeView> {
    let [first, second] = files;
    let key = row.a.and_then(|id| first.history().key_bytes(id));
    let key = key.or_else(|| row.b.and_then(|id| second.history().key_bytes(id)))?;
    let mut view = UnlikeView {
        number,
        key: bare_start(key),
        ..UnlikeView::default()
    };
    let sides = [(row.before, first), (row.after, second)];
    let values = sides.map(|(revision, file)| revision.map(|revision| value(revision, file)));
    let (side, value) = match values {
        [None, None] => return Some(view),
        [Some(Ok(old)), Some(Ok(new))] => {
            both(&mut view, key, &old, &new);
            return Some(view);
        }
        [Some(Err(why)), _] => {
            view.words = format!("The value in {} cannot be read: {why}.", first.name);
            return Some(view);
        }
        [_, Some(Err(why))] => {
            view.words = format!("The value in {} cannot be read: {why}.", second.name);
            return Some(view);
        }
        [Some(Ok(old)), None] => (Side::Old, old),
        [None, Some(Ok(new))] => (Side::New, new),
    };
    let only = match side {
        Side::Old => first,
        _ => second,
    };
    view.words = format!("Only {} has it.", only.name);
    match text(key, &value) {
        Ok(text) => push(&mut view, text.lines().map(|line| (side, line))),
        Err(why) => {
            view.words.push(' ');
            view.words.push_str(why);
        }
    }
    Some(view)
}

/// What a row of a file holds.
pub(super) fn value(revision: Revision, file: &OpenedFile) -> Result<Vec<u8>, String> {
    let found = file.history().find_change(revision);
    let (_, change) = found.ok_or("its row is gone")?;
    let record = file.record(bucket_key(change))?;
    Ok(record.ok_or("its row is gone")?.kv.value)
}

fn both(view: &mut UnlikeView, key: &[u8], old: &[u8], new: &[u8]) {
    let Some(schema) = schema() else { return };
    let diff = value_diff(schema, key, [old, new], false);
    match diff {
        ValueDiff::Fields(_) | ValueDiff::Bytes(_) => {
            let mut text = String::new();
            diff.push_text(&mut text);
            let lines = text.lines().map(|line| match line.split_at_checked(2) {
                Some(("- ", rest)) => (Side::Old, rest),
                Some(("+ ", rest)) => (Side::New, rest),
                Some((_, rest)) => (Side::Both, rest),
                None => (Side::Both, line),
            });
            push(view, lines);
        }
        ValueDiff::Secret => SECRET.clone_into(&mut view.words),
        ValueDiff::Encrypted => ENCRYPTED.clone_into(&mut view.words),
        ValueDiff::Same | ValueDiff::Unseen => {
            let words = diff.words().unwrap_or_default();
            view.words = format!("Here {words}.");
        }
    }
}

const SECRET: &str = "The values of a Secret are not shown.";
const ENCRYPTED: &str = "The value is encrypted.";

/// A value as it is read by people; else why it is not shown.
fn text(key: &[u8], value: &[u8]) -> Result<String, &'static str> {
    let leave = Leave {
        managed_fields: true,
    };
    let stored = schema().map(|schema| Stored::read_without(schema, value, leave));
    let hides = mask::hides(key, value);
    match stored {
        Some(Stored::Object(mut object)) => {
            if hides {
                mask::mask(&mut object);
                if !mask::is_secret(&object) {
                    mask::mask_whole(&mut object);
                }
            }
            Ok(yaml::to_string(&object.value))
        }
        Some(Stored::Encrypted(_)) => Err(ENCRYPTED),
        _ if hides => Err(SECRET),
        _ => {
            let shown = value.get(..SHOWN).unwrap_or(value);
            let mut text = quoted(shown);
            if shown.len() < value.len() {
                text.push_str(&format!("\n({} bytes of {})", shown.len(), value.len()));
            }
            Ok(text)
        }
    }
}

fn push<'t>(view: &mut UnlikeView, lines: impl Iterator<Item = (Side, &'t str)>) {
    for (side, text) in lines {
        if view.lines.len() >= UnlikeView::LINES {
            view.more += 1;
            continue;
        }
        let text = text.to_owned();
        view.lines.push(DiffLine { side, text });
    }
}
