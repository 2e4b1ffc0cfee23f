//! What is asked and answered about Kubernetes objects. Values of Secrets travel only if asked for
//! by path.

use serde::{Deserialize, Serialize};

use super::super::shown::DiffLine;
use super::Doc;
use crate::kv::Revision;

/// A question or an order about objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KubernetesRequest {
    /// Shows one version of an object.
    Object {
        /// Whose.
        doc: Doc,
        /// The version.
        revision: Revision,
        /// As JSON, not as YAML.
        is_json: bool,
        /// Paths of a Secret's values that are shown, such as `data.password`.
        revealed: Vec<String>,
    },
    /// Shows the stored bytes of a Secret.
    Value {
        /// Whose.
        doc: Doc,
        /// Which version.
        revision: Revision,
    },
    /// Lists objects.
    Objects {
        /// Whose.
        doc: Doc,
        /// Which.
        search: ObjectSearch,
        /// Index of the first one.
        first: u64,
        /// How many at most.
        count: u32,
    },
    /// Says what fills the cluster.
    Fill {
        /// Whose.
        doc: Doc,
    },
    /// Writes objects as text that kubectl takes.
    Export {
        /// Whose.
        doc: Doc,
        /// Which.
        what: ExportOf,
        /// One List instead of a document each.
        is_list: bool,
        /// Keys and paths of values of Secrets that are shown.
        revealed: Vec<(String, String)>,
    },
    /// Leaves a list or an export undone.
    Stop,
}

impl KubernetesRequest {
    /// Whose objects it is about.
    pub(super) fn doc(&self) -> Option<Doc> {
        match self {
            Self::Object { doc, .. }
            | Self::Value { doc, .. }
            | Self::Objects { doc, .. }
            | Self::Fill { doc }
            | Self::Export { doc, .. } => Some(*doc),
            Self::Stop => None,
        }
    }
}

/// Which objects are listed, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectSearch {
    /// As of this revision.
    pub at: i64,
    /// Words that resource, namespace or name hold, all of them.
    pub text: String,
    /// Of this resource, such as `deployments.apps`; empty for all.
    pub resource: String,
    /// In this namespace; none for all, empty for cluster-wide objects.
    pub namespace: Option<String>,
    /// In the order of this.
    pub sort: ObjectSort,
    /// The other way round.
    pub is_back: bool,
}

/// What a list of objects goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ObjectSort {
    /// Kind, then namespace, then name.
    #[default]
    Kind,
    /// Namespace, then kind.
    Namespace,
    /// Name.
    Name,
    /// Revision of the last write.
    Revision,
    /// How often it was written.
    Version,
    /// Length of the value.
    Bytes,
}

/// What is written as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportOf {
    /// One version of one object; a fossil too.
    One(Revision),
    /// All that a list shows.
    All(ObjectSearch),
}

/// An answer about objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KubernetesAnswer {
    /// One version of an object; none if it is no object.
    Object(Option<Box<ObjectView>>),
    /// The stored bytes of a Secret, at most as many as [`super::Detail`] has.
    Value {
        /// Which version.
        revision: Revision,
        /// The bytes.
        value: Vec<u8>,
    },
    /// Objects of a list.
    Objects(Box<ObjectList>),
    /// What fills the cluster; none before it is summed.
    Fill(Option<Box<Fill>>),
    /// How far a list or an export has come.
    Along {
        /// Keys or objects done.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// Text to save.
    Exported {
        /// Name for the file.
        name: String,
        /// The text.
        text: String,
        /// What it holds and what was left out, in a line.
        note: String,
    },
    /// A list or an export was left undone.
    Stopped,
}

/// What a value is as an object, in short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectHead {
    /// Group and version, such as `apps/v1`.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Empty for cluster-wide objects.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// How it is stored, in words.
    pub stored: String,
    /// Whether it is a Secret, whose values are masked.
    pub is_secret: bool,
    /// Encrypted at rest: there is nothing to open.
    pub is_encrypted: bool,
}

/// One version of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectView {
    /// Which version.
    pub revision: Revision,
    /// Its key as text.
    pub key: String,
    /// What it is.
    pub head: ObjectHead,
    /// Deleted at this revision; what is shown is the version before.
    pub is_deleted: bool,
    /// The version before and the next one.
    pub previous: Option<Revision>,
    /// The next one.
    pub next: Option<Revision>,
    /// Names and values: when, by whom, generation.
    pub facts: Vec<(String, String)>,
    /// The document.
    pub lines: Vec<ObjectLine>,
    /// Lines that there are.
    pub line_count: u64,
    /// Names of those who set fields, with what and when.
    pub managers: Vec<(String, String)>,
    /// What changed since the version before.
    pub changes: Vec<ObjectChange>,
    /// The version before and this one without managedFields: lines that differ, pair by pair, and
    /// some around them; an empty line in both stands for what is left out. Empty where there is
    /// none before, or one is too long.
    pub sides: Vec<DiffLine>,
    /// Values of a Secret.
    pub secrets: Vec<SecretPart>,
    /// What is wrong with the stored bytes, and what the schema does not know.
    pub problems: Vec<String>,
}

impl ObjectView {
    /// How many lines of a document travel to the screen.
    pub const LINES: usize = 6000;
    /// How many changes travel to the screen.
    pub const CHANGES: usize = 500;
}

/// A line of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectLine {
    /// Its text.
    pub text: String,
    /// Positions in the list of managers.
    pub owners: Vec<u32>,
    /// Which fold it lies in.
    pub fold: Fold,
}

/// Parts of a document that can be folded away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fold {
    /// None of them.
    #[default]
    Open,
    /// `metadata.managedFields`.
    Managed,
    /// `status`.
    Status,
}

/// A difference to the version before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectChange {
    /// Where, as `spec.replicas`.
    pub path: String,
    /// Whether it is in the status, or what every write changes.
    pub is_noise: bool,
    /// Before, as JSON; empty if nothing stood there.
    pub old: String,
    /// After; empty if it went.
    pub new: String,
}

/// A value of a Secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretPart {
    /// Where, as `data.password`.
    pub path: String,
    /// The value in clear, if it was asked for.
    pub shown: Option<String>,
}

/// A part of a list of objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectList {
    /// Index of the first one.
    pub first: u64,
    /// How many there are.
    pub total: u64,
    /// The objects.
    pub rows: Vec<ObjectRow>,
    /// Resources with their objects, whatever resource is chosen.
    pub resources: Vec<(String, u64)>,
    /// Namespaces with their objects, whatever namespace is chosen.
    pub namespaces: Vec<(String, u64)>,
    /// The revision was compacted: nothing is known of the store at that time.
    pub is_compacted: bool,
}

/// An object in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRow {
    /// Its last write.
    pub revision: Revision,
    /// Such as `deployments.apps`.
    pub resource: String,
    /// Empty for cluster-wide objects.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Writes since it was created.
    pub version: i64,
    /// Length of its value.
    pub bytes: u64,
}

/// What fills the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// Everything together.
    pub total: FillRow,
    /// By kind, by namespace, by churn, by size.
    pub tables: Vec<(String, Vec<FillRow>)>,
    /// What the curve of times goes through, in words.
    pub when: String,
}

/// A group of rows with its sums.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillRow {
    /// Its name.
    pub name: String,
    /// What it is for, where that is worth saying.
    pub note: String,
    /// Its last write, if it is one object.
    pub revision: Option<Revision>,
    /// Objects that live.
    pub objects: u64,
    /// Puts and deletions.
    pub writes: u64,
    /// Bytes of the last revisions of living objects.
    pub live_bytes: u64,
    /// Bytes of all rows.
    pub bytes: u64,
}
