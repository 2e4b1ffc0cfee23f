//! Rows of a store as text that leaves it: for a spreadsheet, for `jq`, for another etcd.
//!
//! Start from [`Writer`]: rows go in one by one, text comes out, in the order in which they came.
//! Values of Secrets stay where they are unless [`Masking::Shown`] is asked for; then and in any
//! format the text says what it leaves out.

mod csv;
mod etcdctl;
mod lines;
mod yaml;

use crate::kubernetes::mask;
use crate::kv::RecordRef;
use crate::kv::dump::{self, Style};

pub use lines::push as push_json_line;

/// What a text is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON object a row, keys and values in base64: as `revscope records`.
    JsonLines,
    /// A table as RFC 4180 has it, with a header.
    Csv,
    /// A list of rows; objects of Kubernetes as kubectl prints them.
    Yaml,
    /// The lines of `etcd-dump-db iterate-bucket --decode`, as 3.5 prints them.
    Dump,
    /// A script for bash that writes the rows to another etcd.
    Etcdctl,
}

impl Format {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [
        Self::JsonLines,
        Self::Csv,
        Self::Yaml,
        Self::Dump,
        Self::Etcdctl,
    ];

    /// The word that asks for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::Yaml => "yaml",
            Self::Dump => "dump",
            Self::Etcdctl => "etcdctl",
        }
    }

    /// The format of a word.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// How a file of it ends, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::Yaml => "yaml",
            Self::Dump => "txt",
            Self::Etcdctl => "sh",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/jsonl",
            Self::Csv => "text/csv;charset=utf-8;header=present",
            Self::Yaml => "application/yaml",
            Self::Dump => "text/plain;charset=utf-8",
            Self::Etcdctl => "text/x-shellscript",
        }
    }

    /// What it is, for a list of choices.
    pub fn about(self) -> &'static str {
        match self {
            Self::JsonLines => "a JSON object a row, keys and values in base64",
            Self::Csv => "a table with a header; what is no text in base64",
            Self::Yaml => "a list of rows, objects of Kubernetes as kubectl prints them",
            Self::Dump => "the lines of etcd-dump-db iterate-bucket --decode",
            Self::Etcdctl => "a bash script of etcdctl commands that write the rows again",
        }
    }
}

/// What happens to the values of Secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Masking {
    /// They are left out.
    #[default]
    Hidden,
    /// They are written as they are.
    Shown,
}

/// How much was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that were pushed.
    pub rows: u64,
    /// Rows among them whose value is a Secret's and was left out.
    pub masked: u64,
    /// Rows among them that the format cannot hold.
    pub left_out: u64,
}

/// Writes rows in one format.
#[derive(Debug)]
pub struct Writer {
    format: Format,
    masking: Masking,
    counts: Counts,
    script: etcdctl::Script,
}

impl Writer {
    /// A text without rows.
    pub fn new(format: Format, masking: Masking) -> Self {
        Self {
            format,
            masking,
            counts: Counts::default(),
            script: etcdctl::Script::new(masking),
        }
    }

    /// Appends a row. The rows of one revision come behind each other where the format is
    /// [`Format::Etcdctl`], which writes them when the next revision comes.
    pub fn push(&mut self, record: &RecordRef<'_>, out: &mut String) {
        self.begin(out);
        self.counts.rows += 1;
        let is_masked = self.masking == Masking::Hidden
            && (!record.value.is_empty() || self.format == Format::Etcdctl)
            && mask::hides(record.key, record.value);
        self.counts.masked += u64::from(is_masked);
        match self.format {
            Format::JsonLines if is_masked => lines::push_masked(out, record),
            Format::JsonLines => lines::push(out, record),
            Format::Csv => csv::push(out, record, is_masked),
            Format::Yaml => yaml::push(out, record, is_masked),
            Format::Dump => {
                let mut record = *record;
                if is_masked {
                    record.value = mask::MASK.as_bytes();
                }
                dump::push_record(out, &record, Style::V3_4);
                out.push('\n');
            }
            Format::Etcdctl => {
                let is_kept = self.script.push(record, is_masked, out);
                self.counts.left_out += u64::from(!is_kept && !is_masked);
            }
        }
    }

    /// Ends the text; answers what it holds.
    pub fn finish(mut self, out: &mut String) -> Counts {
        self.begin(out);
        match self.format {
            Format::Yaml if self.counts.rows == 0 => out.push_str("[]\n"),
            Format::Etcdctl => self.script.finish(&self.counts, out),
            _ => {}
        }
        self.counts
    }

    /// What stands in front of the first row.
    fn begin(&mut self, out: &mut String) {
        match self.format {
            Format::Csv if self.counts.rows == 0 => csv::push_header(out),
            Format::Etcdctl if self.counts.rows == 0 => self.script.begin(out),
            _ => {}
        }
    }
}

/// Bytes as text, if that is what they are: UTF-8 without control characters but for line breaks
/// and tabs.
fn as_text(bytes: &[u8]) -> Option<&str> {
    let is_binary = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    str::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains(is_binary))
}
