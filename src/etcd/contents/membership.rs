//! Versions that the cluster agreed on, and its members.

use serde::Deserialize;

use super::item::{json, text};
use super::lease::same;
use super::{Contents, ItemError, Row};

/// Bucket `cluster`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Version that all members can do, such as `3.5.0`.
    pub version: Option<String>,
    /// A downgrade that is under way; written since 3.5.
    pub downgrade: Option<Downgrade>,
}

/// A downgrade of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Downgrade {
    /// The version to go to; empty for none.
    #[serde(rename = "target-version", default)]
    pub target_version: String,
    /// Whether it is under way.
    #[serde(default)]
    pub enabled: bool,
}

/// A member of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Member {
    /// Its id, above 2^53 as a rule.
    pub id: u64,
    /// Where the other members find it.
    #[serde(rename = "peerURLs", default, deserialize_with = "nullable")]
    pub peer_urls: Vec<String>,
    /// Whether it has no vote yet.
    #[serde(rename = "isLearner", default)]
    pub is_learner: bool,
    /// Its name; empty before it has started.
    #[serde(default)]
    pub name: String,
    /// Where clients find it.
    #[serde(rename = "clientURLs", default, deserialize_with = "nullable")]
    pub client_urls: Vec<String>,
}

/// Go writes a list that was never made as `null`.
pub(super) fn nullable<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

pub(super) fn take_cluster(contents: &mut Contents, row: &Row<'_>) -> Result<(), ItemError> {
    match row.key {
        b"clusterVersion" => {
            contents.cluster.version = Some(version("the cluster version", row.value)?);
        }
        b"downgrade" => contents.cluster.downgrade = Some(json("a downgrade", row.value)?),
        _ => contents.keep_extra("cluster", row),
    }
    Ok(())
}

pub(super) fn take(contents: &mut Contents, row: &Row<'_>) -> Result<(), ItemError> {
    let member: Member = json("a member", row.value)?;
    let id = member.id;
    contents.members.push(member);
    same(hex_id(row.key)?, format!("{id:x}"))
}

pub(super) fn take_removed(contents: &mut Contents, row: &Row<'_>) -> Result<(), ItemError> {
    let id = hex_id(row.key)?;
    let wrong = || ItemError::Unknown {
        what: "the id of a member",
        found: id.clone(),
    };
    contents
        .removed
        .push(u64::from_str_radix(&id, 16).map_err(|_| wrong())?);
    match row.value {
        b"removed" => Ok(()),
        other => Err(ItemError::Unknown {
            what: "the mark of a removed member",
            found: format!(
                "{:?}",
                String::from_utf8_lossy(other.get(..32).unwrap_or(other))
            ),
        }),
    }
}

/// An id as it is written in a key: hexadecimal without leading zeros.
fn hex_id(key: &[u8]) -> Result<String, ItemError> {
    text("the id of a member", key.get(..64).unwrap_or(key))
}

/// Three numbers between dots, perhaps with more behind.
pub(super) fn version(what: &'static str, bytes: &[u8]) -> Result<String, ItemError> {
    let found = text(what, bytes.get(..64).unwrap_or(bytes))?;
    let core = found.split(['-', '+']).next().unwrap_or_default();
    let numbers = core.split('.').filter(|part| part.parse::<u64>().is_ok());
    if numbers.count() == 3 && core.split('.').count() == 3 && bytes.len() <= 64 {
        return Ok(found);
    }
    Err(ItemError::Unknown {
        what,
        found: format!("{found:?}"),
    })
}
