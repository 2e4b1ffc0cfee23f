//! An opened file: its history in memory, its values still in the file.

use super::document::{self, Document};
use super::protocol::{Failure, FileFacts, Summary};
use crate::bbolt::{self, LooksLike};
use crate::etcd::{self, EtcdFile, Verify};
use crate::history::History;
use crate::kv::{BucketKey, Record};

/// A file that is open.
pub(super) struct OpenedFile {
    name: String,
    file: EtcdFile,
    history: History,
    problems: Problems,
    seal: Seal,
}

/// What is known of the sha256 at the end of a snapshot.
enum Seal {
    /// There is none.
    Absent,
    /// Being computed.
    Pending(Box<Verify>),
    /// It is right.
    Right,
    /// It is wrong, or could not be computed; the problem is on the list.
    Wrong,
}

impl OpenedFile {
    pub(super) fn new(name: String, file: EtcdFile, history: History, problems: Problems) -> Self {
        let seal = match file.info().snapshot {
            Some(trailer) => Seal::Pending(Box::new(Verify::new(trailer))),
            None => Seal::Absent,
        };
        Self {
            name,
            file,
            history,
            problems,
            seal,
        }
    }

    /// Its name, and what etcd put in it.
    pub(super) fn to_fork(&self) -> (&str, &EtcdFile) {
        (&self.name, &self.file)
    }

    /// Whether the hash of a snapshot is still being computed.
    pub(super) fn is_checking(&self) -> bool {
        matches!(self.seal, Seal::Pending(_))
    }

    /// Hashes the next piece; true once the outcome is known.
    pub(super) fn check(&mut self) -> bool {
        let Seal::Pending(verify) = &mut self.seal else {
            return false;
        };
        match verify.step(self.file.db()) {
            None => return false,
            Some(Ok(())) => self.seal = Seal::Right,
            Some(Err(problem)) => {
                self.problems.add(&problem);
                self.seal = Seal::Wrong;
            }
        }
        true
    }

    /// The file in a few numbers.
    pub(super) fn summary(&self) -> Summary {
        let (info, db) = (self.file.info(), self.file.db());
        let shape = if info.snapshot.is_some() {
            "snapshot"
        } else {
            "db file"
        };
        let (kind, mut evidence) = match &info.release {
            Some(release) => (
                format!("etcd {} {shape}", release.minor),
                format!("release {release}"),
            ),
            None => (
                format!("etcd {shape}"),
                "the release is not told by the file".to_string(),
            ),
        };
        evidence.push_str(match self.seal {
            Seal::Absent => "",
            Seal::Pending(_) => ", sha256 at the end being verified",
            Seal::Right => ", sha256 at the end verified",
            Seal::Wrong => ", sha256 at the end does not verify",
        });
        if info.compaction_interrupted() {
            evidence.push_str(", a compaction was cut short");
        }
        let meta = db.meta();
        Summary {
            name: self.name.clone(),
            file: Some(FileFacts {
                kind,
                evidence,
                size: db.size(),
                page_size: meta.page_size,
                high_water_mark: meta.high_water_mark.0,
                problems: self.problems.shown.clone(),
                problem_count: self.problems.count,
            }),
            ..document::summary(&self.history)
        }
    }
}

impl Document for OpenedFile {
    fn history(&self) -> &History {
        &self.history
    }

    fn record(&self, key: BucketKey) -> Result<Option<Record>, String> {
        let row = self
            .file
            .record(&key)
            .map_err(|problem| problem.to_string())?;
        let record = row.as_ref().map(etcd::Row::record).transpose();
        let record = record.map_err(|error| error.to_string())?;
        Ok(record.map(|record| record.to_owned()))
    }
}

/// What is wrong with a file, as far as it is told.
#[derive(Default)]
pub(super) struct Problems {
    shown: Vec<String>,
    count: u64,
}

impl Problems {
    pub(super) fn add(&mut self, problem: &etcd::Problem) {
        self.count += 1;
        if self.shown.len() < FileFacts::PROBLEMS_SHOWN {
            self.shown.push(problem.to_string());
        }
    }
}

/// A refusal in words that a person can act on.
pub(super) fn failure(name: &str, error: &etcd::Error) -> Failure {
    let (place, hint) = match error {
        etcd::Error::NoKeyBucket { problems, .. } if !problems.is_empty() => (
            "the root bucket",
            "part of the file is missing or broken; copy it again, or open an older copy",
        ),
        etcd::Error::NoKeyBucket { .. } => (
            "the root bucket",
            "etcd keeps its history in bucket key; without it there is none to draw",
        ),
        etcd::Error::Bbolt(error) => match error {
            bbolt::Error::Empty => (
                "",
                "the copy or the download was cut off before its first byte; copy the file again",
            ),
            bbolt::Error::TooShort { .. } => (
                "behind the first page",
                "the copy or the download was cut off; copy the file again",
            ),
            bbolt::Error::NotBbolt { looks_like, .. } => ("the first page", unpack(*looks_like)),
            bbolt::Error::BigEndian => (
                "the magic number of meta 0",
                "open it with the etcd tools on a machine of the same kind",
            ),
            bbolt::Error::BothMetas { .. } => (
                "page 0 and page 1",
                "without a meta the tree has no root; an older copy of the file may be whole",
            ),
            bbolt::Error::ChosenMeta { .. } | bbolt::Error::PageSize(_) => (
                "page 0 and page 1",
                "open it without choosing a meta or a page size",
            ),
            bbolt::Error::Read(_) => (
                "the file itself",
                "it may have been moved or changed while it was read; choose it again",
            ),
        },
    };
    Failure {
        name: name.to_string(),
        what: error.to_string(),
        place: place.to_string(),
        hint: hint.to_string(),
    }
}

/// What to do with a file that is no bbolt file.
fn unpack(looks_like: LooksLike) -> &'static str {
    match looks_like {
        LooksLike::Gzip => "unpack it with gunzip and open what comes out",
        LooksLike::Zip => "unpack it with unzip and open the db file inside",
        LooksLike::Zstd => "unpack it with unzstd and open what comes out",
        LooksLike::Xz => "unpack it with unxz and open what comes out",
        LooksLike::Bzip2 => "unpack it with bunzip2 and open what comes out",
        LooksLike::Lz4 => "unpack it with unlz4 and open what comes out",
        LooksLike::Tar => "unpack it with tar -xf and open the db file inside",
        LooksLike::EtcdWal => {
            "this is the write-ahead log; the history is in member/snap/db beside it"
        }
        _ => {
            "etcd's file is member/snap/db in its data directory, or what etcdctl snapshot save wrote"
        }
    }
}
