//! One version of an object: its document, who set which line, what changed.

use similar::{ChangeTag, TextDiff};

use super::{head_of, schema, when_words};
use crate::engine::document::{Document, bucket_key};
use crate::engine::protocol::{Fold, ObjectChange, ObjectHead, ObjectLine, ObjectView, SecretPart};
use crate::engine::shown::{Detail, DiffLine, Side};
use crate::history::Change;
use crate::kubernetes::diff::Part;
use crate::kubernetes::versions::{changes, latest_time, writer};
use crate::kubernetes::{Leave, Object, Stored, Value, json, mask, owners, time, yaml};
use crate::kv::Revision;
use crate::kv::quote::bare_start;

/// Lines of documents that are laid side by side.
const MAX_SIDE: usize = 3000;
/// Lines shown around those that differ.
const AROUND: usize = 5;

/// How a version is to be shown.
pub(super) struct Wanted {
    pub(super) is_json: bool,
    pub(super) revealed: Vec<String>,
}

/// What a value is, in short; none if it is no object.
pub(in crate::engine) fn head(key: &[u8], value: &[u8]) -> Option<ObjectHead> {
    let leave = Leave {
        managed_fields: true,
    };
    head_of(key, &Stored::read_without(schema()?, value, leave))
}

/// Key and value of a revision; of a deletion those of the version before.
pub(super) fn read(document: &dyn Document, revision: Revision) -> Option<(Vec<u8>, Vec<u8>)> {
    let (key, change) = document.history().find_change(revision)?;
    let change = living(document, revision, change)?;
    let record = document.record(bucket_key(change)).ok().flatten()?;
    Some((key.key.to_vec(), record.kv.value))
}

/// The bytes of a value, as many as are shown.
pub(super) fn value(document: &dyn Document, revision: Revision) -> Option<Vec<u8>> {
    let (_, change) = document.history().find_change(revision)?;
    let record = document.record(bucket_key(change)).ok().flatten()?;
    let mut value = record.kv.value;
    value.truncate(Detail::VALUE_SHOWN);
    Some(value)
}

/// The change itself, or the one that a deletion ended.
fn living<'d>(
    document: &'d dyn Document,
    revision: Revision,
    change: &'d Change,
) -> Option<&'d Change> {
    if !change.is_tombstone() {
        return Some(change);
    }
    let (key, _) = document.history().find_change(revision)?;
    let before = key.position(revision)?.checked_sub(1)?;
    key.changes
        .get(before)
        .filter(|change| !change.is_tombstone())
}

/// Everything about one version.
pub(super) fn view(
    document: &dyn Document,
    revision: Revision,
    wanted: &Wanted,
) -> Option<ObjectView> {
    let schema = schema()?;
    let history = document.history();
    let (key, asked) = history.find_change(revision)?;
    let position = key.position(revision)?;
    let at = |at: Option<usize>| at.and_then(|at| key.changes.get(at));
    let (previous, next) = (at(position.checked_sub(1)), at(position.checked_add(1)));
    let shown = living(document, revision, asked)?;
    let record = document.record(bucket_key(shown)).ok().flatten()?;
    let stored = Stored::read(schema, &record.kv.value);
    let mut view = ObjectView {
        revision,
        key: bare_start(key.key),
        head: head_of(key.key, &stored)?,
        is_deleted: asked.is_tombstone(),
        previous: previous.map(Change::revision),
        next: next.map(Change::revision),
        ..ObjectView::default()
    };
    let Stored::Object(mut object) = stored else {
        return Some(view);
    };
    // The version before of the same life; a deletion shows the last version as it was.
    let before = previous.filter(|before| !before.is_tombstone() && !asked.is_tombstone());
    let before = before.and_then(|before| {
        let record = document.record(bucket_key(before)).ok().flatten()?;
        Some((before.revision().main, record.kv.value))
    });
    object.set_resource_version(shown.revision().main);
    facts(&mut view, document, asked, &object);
    let is_revealed = |path: &str| wanted.revealed.iter().any(|one| one == path);
    view.secrets = secrets(&mut object, &is_revealed);
    let is_odd = mask::is_secret_key(key.key) && !mask::is_secret(&object);
    match before
        .as_ref()
        .map(|(main, value)| (main, Stored::read(schema, value)))
    {
        Some((main, Stored::Object(mut old))) => {
            old.set_resource_version(*main);
            if let Some(writer) = writer(&old.value, &object.value) {
                view.facts.push(("changed by".to_owned(), writer));
            }
            mask::mask_both(&mut old, &mut object, &is_revealed);
            if is_odd || mask::is_secret_key(key.key) && !mask::is_secret(&old) {
                mask::mask_whole(&mut old);
                mask::mask_whole(&mut object);
            }
            view.changes = told(&old.value, &object.value);
            old.strip_managed_fields();
            let mut new = object.value.clone();
            strip(&mut new);
            view.sides = sides(&yaml::to_string(&old.value), &yaml::to_string(&new));
            // The version on its own has no before.
            mask::mask_but(&mut object, &is_revealed);
        }
        _ => {
            let writers = owners::managers(&object.value);
            if let Some(last) = owners::last_writer(&writers) {
                view.facts
                    .push(("written by".to_owned(), last.name.to_owned()));
            }
            mask::mask_but(&mut object, &is_revealed);
            if is_odd {
                mask::mask_whole(&mut object);
            }
        }
    }
    view.problems = problems(&object, view.head.is_secret);
    view.managers = managers(&object.value);
    let lines = match wanted.is_json {
        true => {
            let mut text = String::new();
            object.strip_managed_fields();
            json::push_pretty(&mut text, &object.value);
            text.lines().map(plain).collect()
        }
        false => lines(&object.value),
    };
    view.line_count = lines.len() as u64;
    view.lines = lines;
    view.lines.truncate(ObjectView::LINES);
    Some(view)
}

fn strip(value: &mut Value<'_>) {
    if let Some(meta) = value.get_mut("metadata") {
        meta.remove("managedFields");
    }
}

fn facts(view: &mut ObjectView, document: &dyn Document, change: &Change, object: &Object<'_>) {
    let mut add = |name: &str, value: String| view.facts.push((name.to_owned(), value));
    let main = change.revision().main;
    match change.is_tombstone() {
        true => add(
            "deleted",
            format!("at revision {main}; this is what it was before"),
        ),
        false => add(
            "resourceVersion",
            format!(
                "{main}: the mod_revision of its key in etcd, which is not stored in the value"
            ),
        ),
    }
    let meta = object.value.get("metadata");
    if let Some(generation) = meta.and_then(|meta| meta.get("generation")?.as_int()) {
        add(
            "generation",
            format!("{generation}: how often what is asked for has changed"),
        );
    }
    let seconds = |micros: i64| time::rfc3339(micros.div_euclid(1_000_000));
    if let Some(time) = latest_time(&object.value).and_then(seconds) {
        add("latest time in it", time);
    }
    if let Some(estimate) = document.when(main) {
        add("written", when_words(estimate));
    }
}

fn secrets(object: &mut Object<'_>, is_revealed: &dyn Fn(&str) -> bool) -> Vec<SecretPart> {
    let paths = mask::paths(object);
    let parts = paths.into_iter().map(|path| {
        let shown = is_revealed(&path)
            .then(|| clear(&object.value, &path))
            .flatten();
        SecretPart { path, shown }
    });
    parts.collect()
}

/// A value of a Secret as text: base64 taken off where text is below it.
fn clear(object: &Value<'_>, path: &str) -> Option<String> {
    use base64::Engine as _;
    let (part, key) = path.split_once('.').unwrap_or((path, ""));
    let value = match part {
        "metadata" => object.at(&["metadata", "annotations", key.split_once('.')?.1])?,
        _ if key.is_empty() => object.get(part)?,
        _ => object.at(&[part, key])?,
    };
    let text = value.as_str().unwrap_or_default();
    if part == "data"
        && let Ok(bytes) = base64::prelude::BASE64_STANDARD.decode(text)
        && let Ok(decoded) = String::from_utf8(bytes)
    {
        return Some(decoded);
    }
    Some(text.to_owned())
}

fn told(old: &Value<'_>, new: &Value<'_>) -> Vec<ObjectChange> {
    /// Bytes of a value that a change shows.
    const SHOWN: usize = 2000;
    let cut = |mut text: String| {
        if text.len() > SHOWN {
            let at = (0..=SHOWN).rev().find(|at| text.is_char_boundary(*at));
            text.truncate(at.unwrap_or(0));
            text.push('…');
        }
        text
    };
    let all = changes(old, new).into_iter().take(ObjectView::CHANGES);
    let mut all: Vec<_> = all
        .map(|change| ObjectChange {
            path: change.path,
            is_noise: matches!(change.part, Part::Noise | Part::Status),
            old: cut(change.old),
            new: cut(change.new),
        })
        .collect();
    all.sort_by_key(|change| change.is_noise);
    all
}

/// Two texts line by line: what differs, pair by pair, and some lines around it. An empty line in
/// both stands for what is left out.
fn sides(old: &str, new: &str) -> Vec<DiffLine> {
    if old.lines().count() > MAX_SIDE || new.lines().count() > MAX_SIDE {
        return Vec::new();
    }
    let text = TextDiff::from_lines(old, new);
    let line = |side, text: &str| DiffLine {
        side,
        text: match text.trim_end_matches('\n') {
            "" => " ".to_owned(),
            text => text.to_owned(),
        },
    };
    let mut out = Vec::new();
    for group in text.grouped_ops(AROUND) {
        if !out.is_empty() {
            out.push(DiffLine {
                side: Side::Both,
                text: String::new(),
            });
        }
        for op in &group {
            let of = |tag| {
                let changes = text.iter_changes(op);
                changes.filter(move |change| change.tag() == tag)
            };
            out.extend(of(ChangeTag::Equal).map(|change| line(Side::Both, change.value())));
            let (mut olds, mut news) = (of(ChangeTag::Delete), of(ChangeTag::Insert));
            loop {
                let (old, new) = (olds.next(), news.next());
                out.extend(old.map(|change| line(Side::Old, change.value())));
                out.extend(new.map(|change| line(Side::New, change.value())));
                if old.is_none() && new.is_none() {
                    break;
                }
            }
        }
    }
    out
}

fn problems(object: &Object<'_>, is_secret: bool) -> Vec<String> {
    let mut all: Vec<_> = object.problems.iter().map(ToString::to_string).collect();
    for field in object.unknown.iter().filter(|field| !field.is_empty()) {
        let path = if field.path.is_empty() {
            "the object"
        } else {
            &field.path
        };
        let mut text = String::new();
        match is_secret {
            true => text.push_str(mask::MASK),
            false => json::push_compact(&mut text, &field.guess()),
        }
        let text: String = text.chars().take(200).collect();
        all.push(format!(
            "{path}: field {} at offset {} is not in the schema: {text}",
            field.number, field.offset
        ));
    }
    all
}

fn managers(object: &Value<'_>) -> Vec<(String, String)> {
    let managers = owners::managers(object);
    let told = managers.iter().map(|manager| {
        let seconds = manager.micros.map(|micros| micros.div_euclid(1_000_000));
        let time = seconds.and_then(time::rfc3339).unwrap_or_default();
        let of = match manager.subresource {
            "" => String::new(),
            part => format!(" of {part}"),
        };
        (
            manager.name.to_owned(),
            format!("{}{of} {time}", manager.operation),
        )
    });
    told.collect()
}

fn plain(text: &str) -> ObjectLine {
    ObjectLine {
        text: text.to_owned(),
        owners: Vec::new(),
        fold: Fold::Open,
    }
}

/// The YAML with its folds, and with the owners of its lines.
fn lines(object: &Value<'_>) -> Vec<ObjectLine> {
    let mut blamed = owners::blame(object).into_iter().peekable();
    let (mut fold, mut is_meta) = (Fold::Open, false);
    let mut out = Vec::new();
    for text in yaml::to_string(object).lines() {
        let is_item = |rest: &str| rest.starts_with(['-', ' ']);
        let goes_on = match fold {
            Fold::Open => false,
            Fold::Managed => text.strip_prefix("  ").is_some_and(is_item),
            Fold::Status => is_item(text),
        };
        if !goes_on {
            fold = match text {
                _ if is_meta && text.starts_with("  managedFields:") => Fold::Managed,
                _ if text.starts_with("status:") => Fold::Status,
                _ => Fold::Open,
            };
        }
        if !text.starts_with(' ') {
            is_meta = text == "metadata:";
        }
        let owners = match fold {
            Fold::Managed => Vec::new(),
            _ => blamed.next().map(|line| line.owners).unwrap_or_default(),
        };
        out.push(ObjectLine {
            text: text.to_owned(),
            owners,
            fold,
        });
    }
    out
}
