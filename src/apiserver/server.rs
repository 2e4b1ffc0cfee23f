//! The requests: create, update, delete.
//!
//! Whatever is written gets its defaults, is checked, and is noted in `managedFields` for who
//! asked. An update whose bytes are the same is not written, so it makes no revision.

use sha2::{Digest as _, Sha256};

use super::etcd::{self, Etcd, Live, bytes, delete_if, put_if};
use super::object::{int, is_true, name, namespace, put, text};
use super::{Clock, Kind, Problem, admission, defaults, managed, validate};
use crate::kubernetes::{Value, time};
use crate::kv::LeaseId;
use crate::mvcc::{Op, Reply};

/// Seconds that an Event is kept.
const EVENT_TTL: i64 = 3600;
/// Seconds before its end from which a lease takes no more events.
const EVENT_SLACK: i64 = 60;

/// The subresource that gives a pod its node; nobody is noted for it.
pub(super) const BINDING: &str = "binding";

/// Who asks for a write.
#[derive(Clone, Copy, Debug)]
pub struct Manager<'m> {
    /// As `managedFields` names it.
    pub name: &'m str,
    /// `status`, `scale`, or nothing.
    pub subresource: &'m str,
}

impl<'m> Manager<'m> {
    /// For the object itself.
    pub fn of(name: &'m str) -> Self {
        Self {
            name,
            subresource: "",
        }
    }

    /// For the object's status.
    pub fn status(name: &'m str) -> Self {
        Self {
            name,
            subresource: "status",
        }
    }
}

/// The API server of a member.
pub struct Server<'e> {
    /// The member.
    pub etcd: &'e mut dyn Etcd,
    /// What time it is.
    pub clock: &'e mut Clock,
}

impl Server<'_> {
    /// Now as objects have it.
    pub fn now(&mut self) -> String {
        let micros = self.clock.now(self.etcd.store());
        time::rfc3339(micros.div_euclid(1_000_000)).unwrap_or_default()
    }

    /// One object.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(&self, kind: &Kind, namespace: &str, name: &str) -> Result<Live, Problem> {
        let found = etcd::get(self.etcd.store(), &kind.key(namespace, name));
        found.ok_or_else(|| Problem::NotFound {
            resource: kind.resource(),
            name: name.to_owned(),
        })
    }

    /// All objects of a kind, or those of a namespace.
    pub fn list(&self, kind: &Kind, namespace: Option<&str>) -> Vec<Live> {
        etcd::list(self.etcd.store(), kind, namespace)
    }

    /// Text that differs for every revision and every subject, and is always the same for both.
    pub fn random(&self, subject: &str) -> [u8; 32] {
        let revision = self.etcd.store().revision();
        Sha256::digest(format!("{revision}/{subject}")).into()
    }

    /// What an object would be stored as by [`Self::create`], without its ids and times.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn prepare(&self, kind: &Kind, value: &mut Value<'static>) -> Result<(), Problem> {
        defaults::set(kind, value);
        // A field that the kind does not have is told before one that is missing.
        bytes(value, kind)?;
        validate::check(kind, value)
    }

    /// Stores a new object; answers it with its resourceVersion.
    ///
    /// # Errors
    /// One that is there already, a namespace that is not, fields that do not fit or make no
    /// sense, and what the store refuses.
    pub fn create(
        &mut self,
        kind: &Kind,
        mut value: Value<'static>,
        by: Manager<'_>,
    ) -> Result<Live, Problem> {
        if name(&value).is_empty() {
            let prefix = text(&value, &["metadata", "generateName"]).to_owned();
            let generated = prefix.clone() + &suffix(&self.random(&prefix));
            put(&mut value, &["metadata", "name"], Value::text(generated));
        }
        let (named, space) = (name(&value).to_owned(), namespace(&value).to_owned());
        let exists = || Problem::AlreadyExists {
            resource: kind.resource(),
            name: named.clone(),
        };
        self.prepare(kind, &mut value)?;
        self.check_namespace(kind, &space, &named)?;
        let key = kind.key(&space, &named);
        if etcd::get(self.etcd.store(), &key).is_some() {
            return Err(exists());
        }
        let now = self.now();
        put(
            &mut value,
            &["metadata", "uid"],
            Value::text(uid(&self.random(&key))),
        );
        put(
            &mut value,
            &["metadata", "creationTimestamp"],
            Value::text(now.clone()),
        );
        if tracks_generation(kind) {
            put(&mut value, &["metadata", "generation"], Value::Int(1));
        }
        managed::note(None, &mut value, kind, by, &now);
        admission::admit(kind, &mut value, &suffix(&self.random(&named)));
        let lease = match kind.plural == "events" {
            true => self.event_lease(),
            false => LeaseId(0),
        };
        let stored = bytes(&value, kind)?;
        let written = put_if(self.etcd, &key, stored.clone(), lease, 0)?;
        let revision = written.ok_or_else(exists)?;
        etcd::read_as(&stored, revision).ok_or(Problem::NoSchema)
    }

    /// Stores an object in place of what was read at `expected`; nothing is written where
    /// nothing changed.
    ///
    /// # Errors
    /// `Conflict` where it was written since; else as [`Self::create`].
    pub fn update(
        &mut self,
        kind: &Kind,
        mut value: Value<'static>,
        expected: i64,
        by: Manager<'_>,
    ) -> Result<Live, Problem> {
        let (named, space) = (name(&value).to_owned(), namespace(&value).to_owned());
        let old = self.get(kind, &space, &named)?;
        let conflict = || Problem::Conflict {
            resource: kind.resource(),
            name: named.clone(),
        };
        if old.mod_revision != expected {
            return Err(conflict());
        }
        if !matches!(by.subresource, "status" | BINDING) {
            self.prepare(kind, &mut value)?;
            validate::check_change(kind, &old.value, &value)?;
        }
        let is_leaving = |value| !text(value, &["metadata", "deletionTimestamp"]).is_empty();
        let annotations = ["metadata", "annotations"];
        // Of deployments annotations count, too, but not what their controller notes.
        let changes_spec = old.value.get("spec") != value.get("spec") && kind.plural != "pods"
            || kind.plural == "deployments"
                && by.subresource.is_empty()
                && old.value.at(&annotations) != value.at(&annotations);
        if tracks_generation(kind)
            && (changes_spec || is_leaving(&value) && !is_leaving(&old.value))
        {
            let next = int(&old.value, &["metadata", "generation"]) + 1;
            put(&mut value, &["metadata", "generation"], Value::Int(next));
        }
        if let Some(meta) = value.get_mut("metadata") {
            meta.set("resourceVersion", Value::text(expected.to_string()));
        }
        if value == old.value {
            return Ok(old);
        }
        let now = self.now();
        if by.subresource != BINDING {
            managed::note(Some(&old.value), &mut value, kind, by, &now);
        }
        let stored = bytes(&value, kind)?;
        let key = kind.key(&space, &named);
        let written = put_if(self.etcd, &key, stored.clone(), LeaseId(0), expected)?;
        let revision = written.ok_or_else(conflict)?;
        etcd::read_as(&stored, revision).ok_or(Problem::NoSchema)
    }

    /// Deletes what was read at `expected`.
    ///
    /// # Errors
    /// `Conflict` where it was written since, and what the store refuses.
    pub fn delete(&mut self, kind: &Kind, live: &Live) -> Result<(), Problem> {
        let key = kind.key(namespace(&live.value), name(&live.value));
        let done = delete_if(self.etcd, &key, live.mod_revision)?;
        done.map(|_| ()).ok_or_else(|| Problem::Conflict {
            resource: kind.resource(),
            name: name(&live.value).to_owned(),
        })
    }

    fn check_namespace(&self, kind: &Kind, space: &str, named: &str) -> Result<(), Problem> {
        let Some(namespaces) = super::builtin("namespaces").filter(|_| kind.is_namespaced) else {
            return Ok(());
        };
        let found = self.get(&namespaces, "", space)?;
        match text(&found.value, &["status", "phase"]) {
            "Terminating" => Err(Problem::Forbidden(format!(
                "{} {named:?} is forbidden: unable to create new content in namespace {space} because it is being terminated",
                kind.resource()
            ))),
            _ => Ok(()),
        }
    }

    /// The lease that events hang on now: one for many, as the API server has it.
    fn event_lease(&mut self) -> LeaseId {
        let store = self.etcd.store();
        let open = store.leases().into_iter().find(|lease| {
            let left = store.remaining(lease.id).unwrap_or_default();
            lease.ttl == EVENT_TTL + EVENT_SLACK && left >= EVENT_TTL
        });
        if let Some(lease) = open {
            return lease.id;
        }
        let grant = Op::LeaseGrant {
            ttl: EVENT_TTL + EVENT_SLACK,
            id: LeaseId(0),
        };
        match self.etcd.apply(grant).map(|applied| applied.reply) {
            Ok(Reply::LeaseGrant(lease)) => lease.id,
            _ => LeaseId(0),
        }
    }
}

/// Whether objects of a kind count the changes of their spec.
fn tracks_generation(kind: &Kind) -> bool {
    matches!(
        (kind.group.as_str(), kind.plural.as_str()),
        ("apps", _)
            | ("batch", _)
            | ("", "pods" | "replicationcontrollers")
            | ("networking.k8s.io", "ingresses" | "networkpolicies")
            | ("policy", "poddisruptionbudgets")
    ) || kind.encoding == crate::kubernetes::Encoding::Json
}

/// Five letters as names of pods end in.
pub fn suffix(random: &[u8; 32]) -> String {
    letters(random.iter().take(5).map(|byte| u32::from(*byte)))
}

/// Letters and digits that make no words (`apimachinery`, `util/rand`).
pub fn letters(numbers: impl Iterator<Item = u32>) -> String {
    const SAFE: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let letter = |number: u32| SAFE.get(number as usize % SAFE.len()).copied();
    numbers.filter_map(letter).map(char::from).collect()
}

/// An id of version 4.
fn uid(random: &[u8; 32]) -> String {
    let mut text = String::new();
    for (at, byte) in random.iter().take(16).enumerate() {
        let byte = match at {
            6 => byte & 0x0f | 0x40,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text += &format!("{byte:02x}");
    }
    text
}

/// Whether an object is owned by another, and controlled by it.
pub fn is_controlled_by(value: &Value<'_>, owner: &Value<'_>) -> bool {
    let uid = text(owner, &["metadata", "uid"]);
    let owners = super::object::items(value, &["metadata", "ownerReferences"]);
    owners
        .iter()
        .any(|one| text(one, &["uid"]) == uid && is_true(one, &["controller"]))
}
