//! Why the API server refuses a request, in its words.

use crate::mvcc::Error;

/// Why a request is refused. [`Problem::reason`] is what stands in the status's `reason`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is no object of that name.
    #[error("{resource} {name:?} not found")]
    NotFound {
        /// `deployments.apps`
        resource: String,
        /// Its name.
        name: String,
    },
    /// There is one already.
    #[error("{resource} {name:?} already exists")]
    AlreadyExists {
        /// `deployments.apps`
        resource: String,
        /// Its name.
        name: String,
    },
    /// The object was written since it was read.
    #[error(
        "Operation cannot be fulfilled on {resource} {name:?}: the object has been modified; please apply your changes to the latest version and try again"
    )]
    Conflict {
        /// `deployments.apps`
        resource: String,
        /// Its name.
        name: String,
    },
    /// Fields do not fit the kind.
    #[error("{kind} in version {version:?} cannot be handled as a {kind}: {}", unreadable(.errors))]
    Unreadable {
        /// Its kind.
        kind: String,
        /// Its version.
        version: String,
        /// What does not fit, each with its path.
        errors: Vec<String>,
    },
    /// Fields fit the kind but make no sense.
    #[error("{}", invalid(.kind, .name, .errors))]
    Invalid {
        /// `Deployment.apps`
        kind: String,
        /// Its name.
        name: String,
        /// What makes no sense, each with its path.
        errors: Vec<String>,
    },
    /// The object is not allowed there.
    #[error("{0}")]
    Forbidden(String),
    /// The request itself is wrong.
    #[error("{0}")]
    BadRequest(String),
    /// The store refused.
    #[error("etcdserver: {0}")]
    Etcd(Error),
    /// The table of messages is broken.
    #[error("no schema")]
    NoSchema,
}

fn invalid(kind: &str, name: &str, errors: &[String]) -> String {
    match errors {
        [one] => format!("{kind} {name:?} is invalid: {one}"),
        many => format!("{kind} {name:?} is invalid: \n* {}", many.join("\n* ")),
    }
}

/// Values of a wrong type end the reading; unknown fields are told together.
fn unreadable(errors: &[String]) -> String {
    match errors.iter().find(|error| error.starts_with("json: ")) {
        Some(first) => first.clone(),
        None => format!("strict decoding error: {}", errors.join(", ")),
    }
}

impl Problem {
    /// The status's reason; empty where it has none.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "NotFound",
            Self::AlreadyExists { .. } => "AlreadyExists",
            Self::Conflict { .. } => "Conflict",
            Self::Unreadable { .. } | Self::BadRequest(_) => "BadRequest",
            Self::Invalid { .. } => "Invalid",
            Self::Forbidden(_) => "Forbidden",
            Self::Etcd(_) | Self::NoSchema => "",
        }
    }
}
