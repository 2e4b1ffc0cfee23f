//! The lessons that come with the program: `static/lessons`, in their order.
//!
//! They are inside the worker, so that nothing is asked of a server once the page is there.

/// A lesson's name, as links have it, and its text.
pub type Entry = (&'static str, &'static str);

macro_rules! lessons {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../static/lessons/", $name, ".lesson")))),*]
    };
}

/// All of them, in the order in which they are learned.
pub const LESSONS: &[Entry] = lessons![
    "01-revision",
    "02-create-mod-version",
    "03-read-the-past",
    "04-delete-is-a-write",
    "05-generations",
    "06-raw-bucket",
    "07-compaction",
    "08-watch",
    "09-required-revision",
    "10-txn",
    "11-leases",
    "12-optimistic-locking",
    "13-compaction-and-defrag",
    "14-resource-version",
    "15-one-apply",
];

/// The text of a lesson.
pub fn find(name: &str) -> Option<&'static str> {
    let mut lessons = LESSONS.iter();
    lessons
        .find(|(other, _)| *other == name)
        .map(|(_, text)| *text)
}
