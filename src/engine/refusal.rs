//! A refusal in three lines that a person can act on: what it is, where it broke, what now.

use super::facts::Failure;
use crate::archive;
use crate::bbolt::{self, LooksLike};

/// Why a file could not be unpacked.
pub(super) fn packed(name: &str, error: &archive::Error) -> Failure {
    use archive::Error;
    let mut what = error.to_string();
    let mut members = Vec::new();
    let (place, hint) = match error {
        Error::Locked {
            what: packing,
            command,
        } => {
            what = format!("the file is {packing}");
            let hint = format!("unpack it with `{command} FILE`, and drop what comes out");
            ("its first bytes", hint)
        }
        Error::NoDb { names, .. } | Error::NoMember { names, .. } => {
            members.clone_from(names);
            let hint = match names.is_empty() {
                true => "pack the db file itself, or drop it as it is",
                false => "choose the one to try, if you know better",
            };
            ("the archive", hint.to_owned())
        }
        Error::Member { .. } => (
            "the archive's member",
            "unpack it with `7z x FILE`, and drop the db file".to_owned(),
        ),
        Error::Sparse { .. } => (
            "the archive's member",
            "unpack it with `tar -xf FILE`, and drop the db file".to_owned(),
        ),
        Error::TooDeep(_) | Error::TooLarge { .. } => (
            "the archive",
            "unpack it by hand, and drop the db file".to_owned(),
        ),
        Error::Broken { .. } => (
            "the archive",
            "copy or download it again; a cut gzip file opens with what is there".to_owned(),
        ),
        Error::Read(_) => (
            "the file itself",
            "it may have been moved or changed while it was read; choose it again".to_owned(),
        ),
    };
    Failure {
        name: name.to_owned(),
        what,
        place: place.to_owned(),
        hint,
        members,
    }
}

/// Why nothing of a file can be read.
pub(super) fn unreadable(name: &str, error: &bbolt::Error) -> Failure {
    let (place, hint) = match error {
        bbolt::Error::Empty => (
            "",
            "the copy or the download was cut off before its first byte; copy the file again",
        ),
        bbolt::Error::TooShort { .. } => (
            "behind the first page",
            "the copy or the download was cut off; copy the file again",
        ),
        bbolt::Error::NotBbolt { looks_like, .. } => ("the first page", advice(*looks_like)),
        bbolt::Error::BothMetas { .. } => (
            "page 0 and page 1",
            "no page that could be the root was found either; an older copy of the file may be whole",
        ),
        bbolt::Error::ChosenMeta { .. } => (
            "the meta that was chosen",
            "the other one is the only way in; what is open stays open",
        ),
        bbolt::Error::PageSize(_) => ("page 0 and page 1", "open it without choosing a page size"),
        bbolt::Error::Read(_) => (
            "the file itself",
            "it may have been moved or changed while it was read; choose it again",
        ),
    };
    Failure {
        name: name.to_owned(),
        what: error.to_string(),
        place: place.to_owned(),
        hint: hint.to_owned(),
        members: Vec::new(),
    }
}

/// What to do with a file that is no bbolt file.
fn advice(looks_like: LooksLike) -> &'static str {
    match looks_like {
        LooksLike::EtcdWal => {
            "this is the write-ahead log; the history is in member/snap/db beside it"
        }
        LooksLike::Noise => {
            "decrypt or unpack it with the tool that made the backup, and drop the db file that comes out"
        }
        LooksLike::Sqlite => {
            "k3s without etcd keeps its state in SQLite, which is no file of etcd; where etcd runs, its file is member/snap/db"
        }
        _ => {
            "etcd's file is member/snap/db in its data directory, or what etcdctl snapshot save wrote"
        }
    }
}
