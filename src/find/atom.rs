//! What one term asks of a row, and how much of the row must be there to answer.

use std::ops::RangeInclusive;

use super::needle::Needle;
use super::pattern::{Glob, Pattern};
use super::terms::{Leases, State};
use crate::history::{Change, ChangeKind, History, KeyHistory};
use crate::kubernetes::{Leave, RegistryKey, Stored, Value, builtin, mask};
use crate::kv::LeaseId;

/// How much of a row is needed for an answer; each needs what the one before it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Needs {
    /// The key and its history.
    Key,
    /// The row without its value.
    Row,
    /// The value.
    Value,
    /// The value as an object of Kubernetes.
    Object,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Atom {
    /// The text stands in the key.
    KeyHolds(Needle),
    /// The key begins so.
    KeyBegins(Vec<u8>),
    /// The pattern matches the key.
    KeyMatches(Pattern),
    /// The text stands in the value.
    ValueHolds(Needle),
    /// The pattern matches the value.
    ValueMatches(Pattern),
    /// The object's kind.
    Kind(Kind),
    /// The object's namespace.
    Namespace(Glob),
    /// The object's name.
    Name(Glob),
    /// A number of the row.
    Number(Number, RangeInclusive<i64>),
    /// The row's lease.
    Lease(Leases),
    /// The row's lease by its number.
    LeaseId(LeaseId),
    /// What the row is.
    State(State),
    /// A label, with its value or without.
    Label(String, Option<String>),
}

/// A number of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Revision,
    Create,
    Version,
    Size,
}

/// A kind as it is typed: `Pod`, `pods`, `deployments.apps`, `Deployment.apps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// Without its group, in small letters.
    name: String,
    /// What a resource of that kind is called, as kubectl guesses it.
    plural: String,
    group: Option<String>,
}

impl Kind {
    pub fn new(typed: &str) -> Self {
        let typed = typed.to_ascii_lowercase();
        let (name, group) = match typed.split_once('.') {
            Some((name, group)) => (name.to_owned(), Some(group.to_owned())),
            None => (typed, None),
        };
        let plural = match name.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None if name.ends_with('s') => format!("{name}es"),
            None => format!("{name}s"),
        };
        Self {
            name,
            plural,
            group,
        }
    }

    fn fits(&self, key: &RegistryKey<'_>) -> bool {
        let is_named = match key.known {
            Some(known) => known.plural == self.name || known.kind.eq_ignore_ascii_case(&self.name),
            // The key of a custom resource has its plural alone.
            None => key.resource == self.name || key.resource == self.plural,
        };
        is_named && self.group.as_ref().is_none_or(|group| key.group == group)
    }
}

/// A row as far as it is there.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub history: &'a History,
    pub key: KeyHistory<'a>,
    pub change: Option<&'a Change>,
    pub value: Option<&'a [u8]>,
    pub object: Option<&'a Value<'a>>,
}

impl Atom {
    /// What must be there.
    pub fn needs(&self) -> Needs {
        match self {
            Self::KeyHolds(_)
            | Self::KeyBegins(_)
            | Self::KeyMatches(_)
            | Self::Kind(_)
            | Self::Namespace(_)
            | Self::Name(_)
            | Self::State(State::Deleted) => Needs::Key,
            Self::Number(..) | Self::Lease(_) | Self::LeaseId(_) | Self::State(_) => Needs::Row,
            Self::ValueHolds(_) | Self::ValueMatches(_) => Needs::Value,
            Self::Label(..) => Needs::Object,
        }
    }

    /// Where in a row of terms it is asked: what is quick to answer comes first.
    pub fn cost(&self) -> u8 {
        match self {
            Self::State(State::Deleted) => 0,
            Self::KeyBegins(_) => 1,
            Self::KeyHolds(_) => 2,
            Self::Kind(_) | Self::Namespace(_) | Self::Name(_) => 3,
            Self::KeyMatches(_) => 4,
            Self::Number(..) | Self::Lease(_) | Self::LeaseId(_) => 5,
            Self::State(_) => 6,
            Self::ValueHolds(_) => 7,
            Self::ValueMatches(_) => 8,
            Self::Label(..) => 9,
        }
    }

    /// The answer; none where what it needs is not there.
    ///
    /// Values of Secrets hold nothing unless `in_secrets`, so that nobody finds by trial what
    /// nobody is shown.
    pub fn answer(&self, facts: &Facts<'_>, in_secrets: bool) -> Option<bool> {
        let key = facts.key.key;
        let in_value = |is_in: &dyn Fn(&[u8]) -> bool| {
            let value = facts.value?;
            Some(is_in(value) && (in_secrets || !mask::hides(key, value)))
        };
        Some(match self {
            Self::KeyHolds(needle) => needle.is_in(key),
            Self::KeyBegins(prefix) => key.starts_with(prefix),
            Self::KeyMatches(pattern) => pattern.is_in(key),
            Self::ValueHolds(needle) => in_value(&|value| needle.is_in(value))?,
            Self::ValueMatches(pattern) => in_value(&|value| pattern.is_in(value))?,
            Self::Kind(kind) => registry(key).is_some_and(|key| kind.fits(&key)),
            Self::Namespace(glob) => registry(key)
                .is_some_and(|key| !key.namespace.is_empty() && glob.fits(key.namespace)),
            Self::Name(glob) => registry(key).is_some_and(|key| glob.fits(key.name)),
            Self::Number(number, range) => range.contains(&number.of(facts.change?)),
            Self::Lease(Leases::Any) => facts.change?.has_lease(),
            Self::Lease(Leases::None) => !facts.change?.has_lease(),
            Self::LeaseId(id) => facts.history.lease(facts.change?) == *id,
            Self::State(State::Deleted) => {
                let last = facts.key.changes.last();
                last.is_some_and(Change::is_tombstone)
            }
            Self::State(state) => is_in_state(*state, facts.key, facts.change?),
            Self::Label(label, wanted) => {
                let labels = facts.object?.at(&["metadata", "labels"]);
                let found = labels.and_then(|labels| labels.get(label));
                let found = found.and_then(Value::as_str);
                found.is_some_and(|found| wanted.as_ref().is_none_or(|wanted| found == wanted))
            }
        })
    }
}

/// What the key says of the object.
fn registry(key: &[u8]) -> Option<RegistryKey<'_>> {
    RegistryKey::parse(key)
}

fn is_in_state(state: State, key: KeyHistory<'_>, change: &Change) -> bool {
    let is_last = || {
        let last = key.changes.last();
        last.is_some_and(|last| last.revision() == change.revision())
    };
    match state {
        State::Deleted => key.changes.last().is_some_and(Change::is_tombstone),
        State::Tombstone => change.is_tombstone(),
        State::Live => !change.is_tombstone() && is_last(),
        State::Old => !is_last(),
        State::Create => change.kind() == ChangeKind::Create,
        State::Modify => change.kind() == ChangeKind::Modify,
    }
}

impl Number {
    fn of(self, change: &Change) -> i64 {
        match self {
            Self::Revision => change.revision().main,
            Self::Create => change.create_revision(),
            Self::Version => change.version(),
            Self::Size => i64::from(change.value_len()),
        }
    }
}

/// Calls with the object of a value, without the part that nobody asks for; with none for what is
/// no object.
pub(super) fn with_object(value: &[u8], call: &mut dyn FnMut(&Value<'_>)) {
    let leave = Leave {
        managed_fields: true,
    };
    let stored = builtin().map(|schema| Stored::read_without(schema, value, leave));
    match stored.as_ref().and_then(Stored::object) {
        Some(object) => call(&object.value),
        None => call(&Value::Null),
    }
}
