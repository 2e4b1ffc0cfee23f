//! What was deleted and can still be read, and the secrets that the file carries, ready to be shown.
//!
//! First the fossils, then the rows of the store; both in steps. Fossils that are still being
//! searched are waited for by who asks.

use std::task::Poll;

use super::tables::plain;
use crate::bbolt::Order;
use crate::engine::document::Document;
use crate::engine::file::OpenedFile;
use crate::engine::protocol::{Left, LostView, RestoreForm, Table, TableRow};
use crate::etcd::{Confidence, FossilWhy, RecordScan};
use crate::kv::quote::bare_start;
use crate::kv::{BucketKey, Revision};
use crate::lost::{Form, GroupKind, Kind, Lost, Place, Privacy, Tally, Today, notes, restore};

/// Fossils that a step reads.
const STEP_FOSSILS: u32 = 512;
/// Rows that a step looks into.
const STEP_ROWS: u64 = 2_000;
/// Findings that are named.
const NAMED: usize = 20_000;

/// Looking for it.
pub(super) struct Losing {
    lost: Lost,
    privacy: Privacy,
    stage: Stage,
    next: u32,
    rows: u64,
    tombstones: u64,
}

enum Stage {
    Fossils,
    Rows(Box<RecordScan>),
    Over,
}

impl Losing {
    pub(super) fn new() -> Self {
        Self {
            lost: Lost::new(),
            privacy: Privacy::new(),
            stage: Stage::Fossils,
            next: 0,
            rows: 0,
            tombstones: 0,
        }
    }

    /// Looks on; false once all was looked at.
    pub(super) fn step(&mut self, file: &OpenedFile) -> bool {
        let store = file.history();
        let portion = file.db.portion();
        match &mut self.stage {
            Stage::Over => return false,
            Stage::Fossils => {
                let fossils = file.fossils().map(|layer| layer.fossils());
                let all = fossils.map_or(0, |fossils| fossils.len());
                let end = self.next.saturating_add(STEP_FOSSILS).min(all);
                while self.next < end && file.db.has_left(portion) {
                    let fossil = fossils.and_then(|fossils| fossils.get(self.next));
                    self.next += 1;
                    let row = fossil.and_then(|fossil| Some((fossil, fossil.read(&file.db).ok()?)));
                    let Some((fossil, row)) = row else {
                        continue;
                    };
                    if let Ok(record) = row.decode() {
                        self.lost.push(fossil, &record, |key| Today::of(store, key));
                        self.privacy.push(&record, Place::Fossil);
                    }
                }
                if self.next >= all {
                    self.lost.settle();
                    let scan = file
                        .etcd()
                        .map(|etcd| RecordScan::new(etcd, Order::Forward));
                    self.stage = scan.map_or(Stage::Over, |scan| Stage::Rows(Box::new(scan)));
                }
            }
            Stage::Rows(scan) => {
                let mut rows = 0;
                while rows < STEP_ROWS && file.db.has_left(portion) {
                    let Poll::Ready(next) = scan.poll_next() else {
                        break;
                    };
                    let Some(next) = next else {
                        self.stage = Stage::Over;
                        break;
                    };
                    // What is wrong with a row was told when the file was opened.
                    for record in next.iter().flat_map(|page| page.records()).flatten() {
                        rows += 1;
                        self.tombstones += u64::from(record.bucket_key.tombstone);
                        let place = Place::of(store, &record);
                        self.privacy.push(&record, place);
                    }
                    rows += 1;
                }
                self.rows += rows;
            }
        }
        !matches!(self.stage, Stage::Over)
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// What was found, in words.
    pub(super) fn view(&self, file: &OpenedFile, names: bool) -> LostView {
        let along = match &self.stage {
            Stage::Over => None,
            Stage::Fossils => {
                let all = file.fossils().map_or(0, |layer| layer.len());
                Some((u64::from(self.next), all))
            }
            Stage::Rows(scan) => {
                let now = scan.progress();
                Some((now.bytes_done, now.bytes_total))
            }
        };
        LostView {
            words: if along.is_none() {
                self.words()
            } else {
                Vec::new()
            },
            names,
            along,
        }
    }

    fn words(&self) -> Vec<String> {
        let groups = self.lost.groups();
        let rows: u64 = groups.iter().map(|group| group.tally.rows).sum();
        let of = |today: Today| groups.iter().map(|group| group.keys(today)).sum::<u64>();
        let mut words = Vec::new();
        if rows == 0 {
            words.push("No compacted or deleted row was found outside of the store.".to_owned());
        } else {
            words.push(format!(
                "{rows} rows were found outside of the store: of {} keys that live in a later state, {} that are deleted, {} that the store knows nothing of any more.",
                of(Today::Lives),
                of(Today::Deleted),
                of(Today::Gone)
            ));
        }
        let counts = self.privacy.counts();
        let in_past = |place: Place| place != Place::Live;
        let past: u64 = counts
            .iter()
            .filter(|count| in_past(count.place))
            .map(|count| count.rows)
            .sum();
        words.push(match (counts.is_empty(), past) {
            (true, _) => "Nothing in it looks like a secret or a token.".to_owned(),
            (false, 0) => "All secrets and tokens in it are what their keys hold now.".to_owned(),
            (false, past) => format!(
                "{past} rows with secrets or tokens are no longer what their keys hold: who has the file can read them."
            ),
        });
        words
    }

    /// A table of it.
    pub(super) fn table(&self, table: Table, names: bool) -> Vec<TableRow> {
        match table {
            Table::Lost => self.groups(),
            Table::LostKeys => self.keys(),
            Table::Privacy if names => self.findings(),
            Table::Privacy => self.counts(),
            _ => Vec::new(),
        }
    }

    fn groups(&self) -> Vec<TableRow> {
        let groups = self.lost.groups().iter();
        groups
            .map(|group| {
                let name = match group.kind {
                    GroupKind::Plain => "keys without a prefix".to_owned(),
                    _ => bare_start(&group.name),
                };
                let keys: u64 = Today::ALL.iter().map(|today| group.keys(*today)).sum();
                let tally = &group.tally;
                plain(vec![
                    name,
                    keys.to_string(),
                    tally.rows.to_string(),
                    tally.bytes.to_string(),
                    tally.newest.main.to_string(),
                    places(tally),
                    confidence(tally),
                ])
            })
            .collect()
    }

    fn keys(&self) -> Vec<TableRow> {
        let groups = 0..self.lost.groups().len();
        let keys = groups.flat_map(|group| self.lost.keys(group));
        keys.map(|key| {
            let tally = &key.tally;
            TableRow {
                revision: key.best.map(|best| best.row.revision),
                ..plain(vec![
                    bare_start(&key.key),
                    key.today.as_str().to_owned(),
                    tally.rows.to_string(),
                    tally.newest.main.to_string(),
                    tally.oldest.main.to_string(),
                    places(tally),
                    match key.best {
                        Some(best) => best.confidence.to_string(),
                        None => "only deletions".to_owned(),
                    },
                ])
            }
        })
        .collect()
    }

    fn counts(&self) -> Vec<TableRow> {
        let counts = self.privacy.counts().into_iter();
        counts
            .map(|count| {
                let least = if count.is_least { "at least " } else { "" };
                plain(vec![
                    kind(count.kind),
                    place(count.place).to_owned(),
                    count.rows.to_string(),
                    format!("{least}{}", count.keys),
                ])
            })
            .collect()
    }

    fn findings(&self) -> Vec<TableRow> {
        let findings = self.privacy.findings(NAMED).iter();
        findings
            .map(|finding| TableRow {
                revision: Some(finding.revision),
                ..plain(vec![
                    kind(finding.kind),
                    place(finding.place).to_owned(),
                    finding.revision.to_string(),
                    bare_start(&finding.key),
                ])
            })
            .collect()
    }
}

fn kind(kind: Kind) -> String {
    kind.as_str().replace('-', " ")
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Live => "live",
        Place::Old => "an old revision",
        Place::Tombstoned => "deleted, not compacted",
        Place::Fossil => "compacted, still in the file",
    }
}

/// Where the fossils lie, most first.
fn places(tally: &Tally) -> String {
    let mut all: Vec<(u64, &str)> = FossilWhy::ALL
        .into_iter()
        .map(|why| (tally.why(why), crate::engine::fossils::words(why)))
        .filter(|(count, _)| *count > 0)
        .collect();
    all.sort_by(|a, b| b.cmp(a));
    let told = all.iter().map(|(count, words)| format!("{count} {words}"));
    told.collect::<Vec<_>>().join(", ")
}

fn confidence(tally: &Tally) -> String {
    let all = Confidence::ALL.into_iter().rev();
    let told = all
        .map(|confidence| (tally.confidence(confidence), confidence))
        .filter(|(count, _)| *count > 0)
        .map(|(count, confidence)| format!("{count} {confidence}"));
    told.collect::<Vec<_>>().join(", ")
}

/// What a revision held, of the store or a fossil, in a form that brings it back.
pub(super) fn restored(
    file: &OpenedFile,
    revision: Revision,
    form: RestoreForm,
    secrets: bool,
) -> Left {
    let key = BucketKey {
        revision,
        tombstone: false,
    };
    let form = match form {
        RestoreForm::Yaml => Form::Yaml,
        RestoreForm::Json => Form::Json,
        RestoreForm::Etcdctl => Form::Etcdctl,
    };
    let fossil = file.fossils().and_then(|layer| layer.fossils().find(&key));
    let record = match file.record(key) {
        Ok(None) => file.fossils().map_or(Ok(None), |layer| layer.record(key)),
        found => found,
    };
    let (text, note) = match record {
        Ok(Some(record)) => match restore(&record.as_ref(), form, secrets) {
            Ok(text) => (text, notes(&record.as_ref(), fossil, form).join("; ")),
            Err(why) => (String::new(), format!("not restored: {why}")),
        },
        Ok(None) => (String::new(), "there is no such revision".to_owned()),
        Err(why) => (String::new(), why),
    };
    Left {
        name: format!("revision {revision}"),
        text,
        note,
        is_shown: true,
        is_session: false,
    }
}
