//! What a file still carries that should not go around: Secrets, and what looks like tokens and
//! keys outside of them, by where it lies.
//!
//! [`Privacy`] is fed with every row, those of the store and fossils. It keeps counts, and of the
//! first findings the key's name and the revision; values are looked at and never kept. Counts say
//! nothing that a Secret hides; names are for who asks for them.
//!
//! A row counts once for every kind that it shows. In a Secret nothing further is looked for: it is
//! a Secret as a whole. What is encrypted counts as that, whatever it is.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::patterns;
use crate::history::History;
use crate::kubernetes::{Object, Stored, Value, builtin, mask};
use crate::kv::{RecordRef, Revision};

/// What a row carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A Secret of no type that has a kind of its own here.
    Secret,
    /// A Secret with the token of a service account.
    ServiceAccountTokenSecret,
    /// A Secret with a token with which nodes join.
    BootstrapTokenSecret,
    /// A Secret with a certificate and its key.
    TlsSecret,
    /// A Secret with the login of an image registry.
    RegistryLoginSecret,
    /// A Secret with a password or an SSH key to log in with.
    LoginSecret,
    /// Anything encrypted at rest.
    Encrypted,
    /// The token of a service account, outside of a Secret.
    ServiceAccountToken,
    /// Any other JSON Web Token.
    WebToken,
    /// A private key in PEM.
    PrivateKey,
    /// The key of a kubeconfig's user.
    ClientKey,
    /// An access key id of AWS.
    AwsKey,
    /// An API key of Google.
    GoogleKey,
    /// A token of GitHub.
    GithubToken,
    /// A token of GitLab.
    GitlabToken,
    /// A token of Slack.
    SlackToken,
    /// A token of npm.
    NpmToken,
    /// A token of Vault.
    VaultToken,
}

impl Kind {
    /// Its name, one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::ServiceAccountTokenSecret => "service-account-token-secret",
            Self::BootstrapTokenSecret => "bootstrap-token-secret",
            Self::TlsSecret => "tls-secret",
            Self::RegistryLoginSecret => "registry-login-secret",
            Self::LoginSecret => "login-secret",
            Self::Encrypted => "encrypted",
            Self::ServiceAccountToken => "service-account-token",
            Self::WebToken => "json-web-token",
            Self::PrivateKey => "private-key",
            Self::ClientKey => "kubeconfig-client-key",
            Self::AwsKey => "aws-access-key",
            Self::GoogleKey => "google-api-key",
            Self::GithubToken => "github-token",
            Self::GitlabToken => "gitlab-token",
            Self::SlackToken => "slack-token",
            Self::NpmToken => "npm-token",
            Self::VaultToken => "vault-token",
        }
    }

    /// Of a Secret, by its type.
    fn of_secret(object: &Object<'_>) -> Self {
        match object.value.get("type").and_then(Value::as_str) {
            Some("kubernetes.io/service-account-token") => Self::ServiceAccountTokenSecret,
            Some("bootstrap.kubernetes.io/token") => Self::BootstrapTokenSecret,
            Some("kubernetes.io/tls") => Self::TlsSecret,
            Some("kubernetes.io/dockerconfigjson" | "kubernetes.io/dockercfg") => {
                Self::RegistryLoginSecret
            }
            Some("kubernetes.io/basic-auth" | "kubernetes.io/ssh-auth") => Self::LoginSecret,
            _ => Self::Secret,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a row lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// It is what its key holds now.
    Live,
    /// An old revision: it was overwritten, and no compaction has taken it yet.
    Old,
    /// An old revision of a life that a deletion ended.
    Tombstoned,
    /// No row of the store: compacted or deleted, but not wiped.
    Fossil,
}

impl Place {
    /// Where a row of the store lies, by the store's settled history.
    pub fn of(store: &History, record: &RecordRef<'_>) -> Self {
        let revision = record.bucket_key.revision;
        let Some(key) = store.find(record.key) else {
            return Self::Old;
        };
        let last = key.changes.last();
        if last.is_some_and(|last| last.revision() == revision) {
            return Self::Live;
        }
        let position = key.position(revision);
        let life = position.and_then(|at| key.generations_from(at).next());
        match life.and_then(|life| life.ended()) {
            Some(_) => Self::Tombstoned,
            None => Self::Old,
        }
    }

    /// Its name, one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Old => "old",
            Self::Tombstoned => "deleted",
            Self::Fossil => "fossil",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much there is of one kind at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivacyCount {
    /// What.
    pub kind: Kind,
    /// Where.
    pub place: Place,
    /// Rows.
    pub rows: u64,
    /// Keys of these rows.
    pub keys: u64,
    /// There may be more keys: too many were seen to tell them apart.
    pub is_least: bool,
}

/// One row that carries something; its value is not in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The key.
    pub key: Box<[u8]>,
    /// Which of its rows.
    pub revision: Revision,
    /// What.
    pub kind: Kind,
    /// Where.
    pub place: Place,
}

/// Keys that are told apart, of all kinds and places together: 16 MiB or so.
const MAX_KEYS: usize = 1 << 19;
/// Findings that are kept.
const MAX_FINDINGS: usize = 1 << 16;
/// Bytes of keys that findings keep.
const MAX_NAMES: usize = 16 << 20;

#[derive(Clone, Debug, Default)]
struct Seen {
    rows: u64,
    keys: HashSet<u64>,
    is_least: bool,
}

/// What was seen so far.
#[derive(Clone, Debug, Default)]
pub struct Privacy {
    seen: BTreeMap<(Kind, Place), Seen>,
    keys: usize,
    findings: Vec<Finding>,
    names: usize,
    left_out: u64,
}

impl Privacy {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at a row; a deletion carries nothing. Takes a time linear in the value's length.
    pub fn push(&mut self, record: &RecordRef<'_>, place: Place) {
        if record.bucket_key.tombstone {
            return;
        }
        if record.value.starts_with(b"k8s:enc:") {
            return self.add(record, Kind::Encrypted, place);
        }
        if mask::hides(record.key, record.value) {
            let stored = builtin().map(|schema| Stored::read(schema, record.value));
            let kind = stored
                .as_ref()
                .and_then(Stored::object)
                .map(Kind::of_secret);
            return self.add(record, kind.unwrap_or(Kind::Secret), place);
        }
        // A few kinds at most, so that a list is the quickest set.
        let mut kinds = Vec::new();
        patterns::each(record.value, &mut |kind| {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        });
        for kind in kinds {
            self.add(record, kind, place);
        }
    }

    fn add(&mut self, record: &RecordRef<'_>, kind: Kind, place: Place) {
        let seen = self.seen.entry((kind, place)).or_default();
        seen.rows += 1;
        // Without a random seed: the same file gives the same counts.
        let mut hasher = DefaultHasher::new();
        record.key.hash(&mut hasher);
        let hash = hasher.finish();
        if self.keys < MAX_KEYS {
            self.keys += usize::from(seen.keys.insert(hash));
        } else {
            seen.is_least |= !seen.keys.contains(&hash);
        }
        let has_room =
            self.findings.len() < MAX_FINDINGS && self.names + record.key.len() <= MAX_NAMES;
        if !has_room {
            self.left_out += 1;
            return;
        }
        self.names += record.key.len();
        self.findings.push(Finding {
            key: record.key.into(),
            revision: record.bucket_key.revision,
            kind,
            place,
        });
    }

    /// How much there is, by kind and place. It names nothing.
    pub fn counts(&self) -> Vec<PrivacyCount> {
        let counts = self.seen.iter();
        counts
            .map(|((kind, place), seen)| PrivacyCount {
                kind: *kind,
                place: *place,
                rows: seen.rows,
                keys: seen.keys.len() as u64,
                is_least: seen.is_least,
            })
            .collect()
    }

    /// The first findings in the order in which their rows came, `limit` at most: names and
    /// revisions, for who asks for them.
    pub fn findings(&self, limit: usize) -> &[Finding] {
        self.findings.get(..limit).unwrap_or(&self.findings)
    }

    /// How many findings were counted but are not kept.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}
