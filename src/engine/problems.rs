//! What is wrong with a file, each told once, and what it means for what can be read.

use std::collections::BTreeSet;

use super::facts::{FileFacts, ProblemFacts};
use crate::archive;
use crate::bbolt::{self, Damage, Finding, Place};
use crate::etcd::{self, FossilProblem};

/// Problems that are remembered, so that none is told twice; beyond them they are only counted.
const KNOWN: usize = 10_000;

/// What is wrong with a file, as far as it is told.
#[derive(Default)]
pub(super) struct Problems {
    shown: Vec<ProblemFacts>,
    known: BTreeSet<String>,
    count: u64,
}

impl Problems {
    /// The first of them, ready to be shown.
    pub(super) fn shown(&self) -> Vec<ProblemFacts> {
        self.shown.clone()
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Something wrong with what the file lies in.
    pub(super) fn add_packing(&mut self, problem: &archive::Problem) {
        let meaning = match problem {
            archive::Problem::CutShort { .. } | archive::Problem::BadData { .. } => {
                "what could be unpacked before is shown; the rest is missing"
            }
            archive::Problem::Crc { .. } | archive::Problem::Length { .. } => {
                "everything was unpacked, but some of it is not what was packed"
            }
            _ => "what is shown was read all the same",
        };
        self.tell("archive".to_owned(), None, problem.to_string(), meaning);
    }

    /// Something wrong with a page, an element, or a row.
    pub(super) fn add(&mut self, problem: &etcd::Problem) {
        let (place, meaning) = match problem {
            etcd::Problem::Bbolt(problem) => return self.add_page(problem),
            etcd::Problem::Record { place, .. } => (
                Some(*place),
                "this row is left out; the rows beside it are shown",
            ),
            etcd::Problem::NestedBucket(place) => (
                Some(*place),
                "no etcd makes one there; the rows beside it are shown",
            ),
            etcd::Problem::OutOfOrder { place, .. } => (
                Some(*place),
                "a search may miss this row; the timeline leaves it out",
            ),
            etcd::Problem::Item { place, .. } => (
                Some(*place),
                "this item is left out; the history is not affected",
            ),
            etcd::Problem::Value { .. } => (
                None,
                "what it should tell is not known; the history is not affected",
            ),
            etcd::Problem::TooMany { .. } => (None, "the history is not affected"),
            etcd::Problem::TrailerCut(_) | etcd::Problem::Behind(_) => (
                None,
                "the pages are all there, but nothing proves that they are as etcd wrote them",
            ),
            etcd::Problem::Sha256 { .. } => (
                None,
                "some byte is not as etcd wrote it; etcd refuses to restore from it, here all is shown",
            ),
        };
        let text = problem.to_string();
        self.tell_at(place.unwrap_or(Place::File), &text, meaning);
    }

    /// Something that the check of all pages found.
    pub(super) fn add_finding(&mut self, finding: &Finding) {
        let problem = match finding {
            Finding::Damage(problem) | Finding::Note(problem) => return self.add_page(problem),
            // bbolt tells this page twice.
            Finding::UnexpectedType { .. } => return,
            other => other,
        };
        let text = problem.meaning();
        let (what, meaning) = match text.rsplit_once("; ") {
            Some((what, meaning)) => (what.to_owned(), meaning.to_owned()),
            None => (text, String::new()),
        };
        let page = page_in(&what);
        let (place, what) = what.split_once(": ").unwrap_or(("file", &what));
        self.tell(place.to_owned(), page, what.to_owned(), &meaning);
    }

    /// Something that kept the search for fossils from being whole.
    pub(super) fn add_fossil(&mut self, problem: &FossilProblem) {
        let meaning = "there may be more fossils; the store itself is not affected";
        self.tell("fossils".to_owned(), None, problem.to_string(), meaning);
    }

    /// The index that was kept of the file is not that of its rows.
    pub(super) fn add_kept(&mut self) {
        let what = "the index that was kept of this file is not that of its rows";
        let meaning = "what is shown is of the index, not of the file; the index was thrown away: open the file again";
        self.tell("kept index".to_owned(), None, what.to_owned(), meaning);
    }

    fn add_page(&mut self, problem: &bbolt::Problem) {
        self.tell_at(
            problem.place,
            &problem.to_string(),
            meaning(&problem.damage),
        );
    }

    fn tell_at(&mut self, place: Place, text: &str, meaning: &str) {
        let page = match place {
            Place::Page(page)
            | Place::Element(page, _)
            | Place::Inline(page, _)
            | Place::InlineElement(page, ..) => Some(page.0),
            Place::Meta(index) => Some(u64::from(index)),
            Place::File => None,
        };
        let place = place.to_string();
        let text = text.strip_prefix(&format!("{place}: ")).unwrap_or(text);
        self.tell(place, page, text.to_owned(), meaning);
    }

    fn tell(&mut self, place: String, page: Option<u64>, text: String, meaning: &str) {
        if self.known.len() < KNOWN && !self.known.insert(format!("{place}: {text}")) {
            return;
        }
        self.count += 1;
        if self.shown.len() < FileFacts::PROBLEMS_SHOWN {
            self.shown.push(ProblemFacts {
                place,
                page,
                text,
                meaning: meaning.to_owned(),
            });
        }
    }
}

/// The page that a finding begins with.
fn page_in(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("page ")?.split(':').next()?;
    digits.parse().ok()
}

/// What a damage costs.
fn meaning(damage: &Damage) -> &'static str {
    match damage {
        Damage::CutShort { .. } => {
            "what lay on the missing pages is lost; everything on the others can be read"
        }
        Damage::Meta(_) => "nothing is lost: the other meta leads to everything",
        Damage::MetaLost(_) => {
            "bbolt and etcd refuse the file; here its pages are found one by one"
        }
        Damage::SalvagedRoot { .. } => {
            "what is shown is the newest state that could be found; it may be an older one"
        }
        Damage::Salvaged { .. } | Damage::Reread { .. } => {
            "rows of a destroyed page were found again; they are shown"
        }
        Damage::Read(_) => "the file may have been moved or changed; open it again",
        Damage::NeverAllocated { .. } | Damage::WrongId(_) | Damage::Emptied(_) => {
            "it is read as it is; its rows may be older ones"
        }
        Damage::Bounds(_) | Damage::EmptyKey => "it is read in its place; a search may miss it",
        Damage::KeyRange { .. } | Damage::ValueRange { .. } => {
            "this one element is lost; the others of the page can be read"
        }
        Damage::Count { .. } | Damage::Overflow { .. } | Damage::PageCut { .. } => {
            "what is there of the page is read"
        }
        Damage::PageSize { .. } => {
            "the size at which the metas lie is used; everything can be read"
        }
        Damage::FreelistEntries { .. }
        | Damage::FreelistCount { .. }
        | Damage::FreelistItself(_) => "only a writer needs the freelist; everything can be read",
        Damage::ShortBucket(_) => "this bucket is lost; those beside it can be read",
        Damage::OutOfFile { .. }
        | Damage::MetaPage(_)
        | Damage::ReachedTwice(_)
        | Damage::TooDeep(_)
        | Damage::Flags(_)
        | Damage::Kind { .. }
        | Damage::NoChildren => "what lies below is lost; everything beside it can be read",
    }
}
