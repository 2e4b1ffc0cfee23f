//! What is uncertain about a restored row, a sentence each.

use super::restore::{Form, object};
use crate::etcd::{Confidence, Fossil, FossilWhy};
use crate::kubernetes::Value;
use crate::kv::{LeaseId, RecordRef};

/// What somebody should know before he puts a row back; the first one says which row it is.
/// `fossil` is where it was found, none for a row of the store.
pub fn notes(record: &RecordRef<'_>, fossil: Option<&Fossil>, form: Form) -> Vec<String> {
    let revision = record.bucket_key.revision;
    let mut notes = vec![format!(
        "as of revision {revision}, version {} since its creation at revision {}",
        record.version, record.create_revision
    )];
    if let Some(fossil) = fossil {
        notes.push(format!(
            "found on page {}: {}",
            fossil.page(),
            place(fossil)
        ));
        match fossil.confidence() {
            Confidence::High => {}
            Confidence::Medium => notes.push(
                "that page is not whole: this may never have been committed, or is from before the file was damaged".to_owned(),
            ),
            Confidence::Low => notes.push(
                "no element of a page names it: it was found by its looks, and its bytes may be wrong".to_owned(),
            ),
        }
    }
    if record.lease != LeaseId::NONE {
        notes.push(format!(
            "it had lease {}, which the restored key does not have",
            record.lease
        ));
    }
    if form == Form::Etcdctl {
        return notes;
    }
    // Nothing of a value is told here, so that it makes no difference whether it is a Secret's.
    let Ok((read, _)) = object(record, true) else {
        return notes;
    };
    notes
        .push("what the server sets is left out: uid, times, status, owners, addresses".to_owned());
    let count = |count: usize, one: &str, more: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {more}")),
    };
    notes.extend(count(
        read.problems.len(),
        "part of the value could not be read and is missing or wrong",
        "parts of the value could not be read and are missing or wrong",
    ));
    let unknown = read
        .unknown
        .iter()
        .filter(|field| !field.is_empty())
        .count();
    notes.extend(count(
        unknown,
        "field of the value is not known here and is left out",
        "fields of the value are not known here and are left out",
    ));
    if read.fit.is_none()
        && read
            .value
            .get("metadata")
            .and_then(|meta| meta.get("name"))
            .and_then(Value::as_str)
            .is_none()
    {
        notes.push("its kind is not known here: fields have numbers in place of names, which kubectl does not take".to_owned());
    }
    notes
}

fn place(fossil: &Fossil) -> &'static str {
    match fossil.why() {
        FossilWhy::Listed => "a free page",
        FossilWhy::NotReached => "a free page, to which no bucket leads",
        FossilWhy::Leaked => "a lost page, in no tree and not in the freelist",
        FossilWhy::Room => "behind the high-water mark",
        FossilWhy::OtherMeta => "the store as of the transaction before",
        FossilWhy::Slack => "unused bytes of a page in use",
        FossilWhy::Broken => "a page that cannot be read as part of its tree",
    }
}
