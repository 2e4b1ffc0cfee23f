//! What leaves the page as text: rows in one of several forms, a report, a session.

use super::report::report;
use super::search::Searching;
use crate::engine::document::{Document, bucket_key};
use crate::engine::file::OpenedFile;
use crate::engine::protocol::{LeaveForm, Left};
use crate::export::{Format, Masking, Writer};
use crate::find::{Query, QueryError};

/// Rows that a step writes.
const STEP_ROWS: usize = 500;
/// Bytes of text that leave at once; a tab has to hold them a few times.
const MOST_BYTES: usize = 256 << 20;
/// Rows that are opened in the simulator: each is a line that is run.
const MOST_LINES: usize = 2_000;

/// Writing it.
pub(super) struct Leaving {
    pub(super) id: u64,
    form: LeaveForm,
    secrets: bool,
    filter: String,
    searching: Searching,
    format: Format,
    writer: Writer,
    text: String,
    /// Rows that were written, of those found.
    next: usize,
    unreadable: u64,
    is_cut: bool,
}

impl Leaving {
    pub(super) fn new(
        id: u64,
        file: &OpenedFile,
        filter: &str,
        form: LeaveForm,
        secrets: bool,
    ) -> Result<Self, QueryError> {
        let query = Query::parse(filter)?;
        let format = match form {
            LeaveForm::JsonLines | LeaveForm::Report => Format::JsonLines,
            LeaveForm::Csv => Format::Csv,
            LeaveForm::Yaml => Format::Yaml,
            LeaveForm::Dump => Format::Dump,
            LeaveForm::Etcdctl | LeaveForm::Session => Format::Etcdctl,
        };
        let masking = match secrets {
            true => Masking::Shown,
            false => Masking::Hidden,
        };
        Ok(Self {
            id,
            form,
            secrets,
            filter: filter.trim().to_owned(),
            searching: Searching::new(query, file),
            format,
            writer: Writer::new(format, masking),
            text: String::new(),
            next: 0,
            unreadable: 0,
            is_cut: false,
        })
    }

    /// Goes on; false once all is written.
    pub(super) fn step(&mut self, file: &OpenedFile) -> bool {
        if self.form == LeaveForm::Report {
            return false;
        }
        if !self.searching.is_over() {
            self.searching.step(file);
            return true;
        }
        let history = file.history();
        let portion = file.db.portion();
        let found = self.searching.search().found();
        let end = self.next.saturating_add(STEP_ROWS).min(found.len());
        while self.next < end && file.db.has_left(portion) {
            let is_full = self.text.len() > MOST_BYTES
                || self.form == LeaveForm::Session && self.next >= MOST_LINES;
            if is_full {
                self.is_cut = true;
                return false;
            }
            let row = found.get(self.next).copied();
            self.next += 1;
            let change = row.and_then(|row| history.changes_from(u64::from(row), 1).next());
            let record = change.map(|change| file.record(bucket_key(change)));
            match record {
                Some(Ok(Some(record))) => self.writer.push(&record.as_ref(), &mut self.text),
                _ => self.unreadable += 1,
            }
        }
        self.next < found.len()
    }

    /// Rows written, of so many.
    pub(super) fn progress(&self) -> (u64, u64) {
        match self.searching.is_over() {
            true => (
                self.next as u64,
                self.searching.search().found().len() as u64,
            ),
            false => self.searching.progress(),
        }
    }

    /// The text, and what it holds.
    pub(super) fn finish(mut self, file: &OpenedFile) -> Left {
        let name = file
            .name
            .rsplit('/')
            .next()
            .unwrap_or(&file.name)
            .to_owned();
        if self.form == LeaveForm::Report {
            let text = report(file, self.secrets);
            return Left {
                note: format!("a report of {} bytes, without any value", text.len()),
                name: format!("{name}.html"),
                text,
                is_shown: false,
                is_session: false,
            };
        }
        let counts = self.writer.finish(&mut self.text);
        let found = self.searching.search().found().len();
        let mut note = format!("{} of {found} rows", self.next as u64 - self.unreadable);
        if !self.filter.is_empty() {
            note.push_str(&format!(" found by {}", self.filter));
        }
        if self.unreadable > 0 {
            note.push_str(&format!(", {} could not be read", self.unreadable));
        }
        if self.is_cut {
            note.push_str(match self.form {
                LeaveForm::Session => "; a session takes no more of them: narrow the filter",
                _ => "; the text is full: narrow the filter, or use the command line",
            });
        }
        match (self.secrets, counts.masked) {
            (true, _) => note.push_str("; with the values of Secrets"),
            (false, 0) => {}
            (false, masked) => note.push_str(&format!("; {masked} values of Secrets are left out")),
        }
        if counts.left_out > 0 {
            note.push_str(&format!(
                "; {} do not fit this form and are left out",
                counts.left_out
            ));
        }
        let is_session = self.form == LeaveForm::Session;
        let ending = self.format.ending();
        Left {
            name: match is_session {
                true => format!("rows of {name}"),
                false => format!("{name}.{ending}"),
            },
            text: self.text,
            note,
            is_shown: false,
            is_session,
        }
    }
}
