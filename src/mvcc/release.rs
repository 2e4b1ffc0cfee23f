//! Which etcd is simulated, and what differs between releases.

use std::fmt;
use std::str::FromStr;

/// A release of etcd, such as 3.5.1.
///
/// | What | 3.4 | 3.5 | 3.6 |
/// | --- | --- | --- | --- |
/// | tombstone at the compact revision is kept | from 3.4.34 | from 3.5.16 | yes |
/// | `hashkv` at the compact revision | refused | answered from 3.5.5 | answered |
/// | hashes of the last ten compactions are kept | no | from 3.5.5 | yes |
/// | raft entries of a fresh member / of a restart | 5 / 3 | 4 / 2 | 4 / 2 |
/// | ties of a sorted read | in order of keys | shuffled up to 3.5.7 (older Go) | in order of keys |
/// | lease with the largest id survives a restart | yes | no | yes |
/// | permission on an empty range | granted | granted | refused |
/// | logging in again for each `endpoint status` | yes | yes | no |
/// | names in a txn's JSON | `ResponsePut` | `response_put` | `response_put` |
/// | header in the JSON of alarms | no | yes | yes |
/// | `endpoint health` asks for alarms | no | yes | yes |
/// | `endpoint health` says that all is well on | stderr | stdout | stdout |
/// | columns of `endpoint status`, `hashkv` | base | base | storage version, quota, hash revision |
/// | keys in `snapshot status` | pairs of all buckets | same | keys that exist |
/// | `snapshot status` in etcdctl | yes | deprecated | gone |
/// | del of a range without `--range` | silent | silent | warns |
/// | `get --count-only`, `auth status` | no | yes | yes |
/// | `get --min-mod-rev` and its like, `downgrade` | no | no | yes |
/// | usage errors are said twice | yes | yes | no |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// The 3 of 3.5.1.
    pub major: u8,
    /// The 5 of 3.5.1.
    pub minor: u8,
    /// The 1 of 3.5.1.
    pub patch: u8,
}

/// Why a text is no release that can be simulated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseReleaseError {
    /// Not two or three numbers between dots.
    #[error("`{0}` is not a release such as 3.5 or 3.5.1")]
    Syntax(String),
    /// A number, but not of etcd 3.4, 3.5 or 3.6.
    #[error("etcd {0} is not simulated: 3.4, 3.5 and 3.6 are")]
    Unknown(String),
}

impl Release {
    /// etcd 3.4.23.
    pub const V3_4: Self = Self::new(3, 4, 23);
    /// etcd 3.5.1, the release of the talk and the default.
    pub const V3_5: Self = Self::new(3, 5, 1);
    /// etcd 3.6.13.
    pub const V3_6: Self = Self::new(3, 6, 13);

    /// A release from its three numbers.
    pub const fn new(major: u8, minor: u8, patch: u8) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    /// Whether a compaction at C keeps a tombstone whose revision is C, so that a watch from C
    /// still sees the delete.
    pub fn keeps_tombstone_at_compact_revision(self) -> bool {
        match self.minor {
            ..4 => false,
            4 => self.patch >= 34,
            5 => self.patch >= 16,
            6.. => true,
        }
    }

    /// Whether hashes of the last compactions are kept and answered.
    pub(super) fn keeps_compaction_hashes(self) -> bool {
        (self.minor, self.patch) >= (5, 5)
    }

    /// Whether `hashkv --rev C` is answered when the store is compacted at C.
    pub fn hashes_at_compact_revision(self) -> bool {
        (self.minor, self.patch) >= (5, 5)
    }

    /// Whether it was built with Go 1.18 or older, whose sort shuffles what ties. Newer ones do so
    /// only above twelve keys, which is not followed.
    pub(super) fn sorts_unstably(self) -> bool {
        self.minor == 5 && self.patch < 8
    }

    /// Raft entries of a single member after its first start.
    pub(super) fn first_start_entries(self) -> i64 {
        if self.minor <= 4 { 5 } else { 4 }
    }

    /// Raft entries that each further start adds: a leader's empty entry, then what it publishes.
    pub(super) fn restart_entries(self) -> i64 {
        if self.minor <= 4 { 3 } else { 2 }
    }
}

impl Default for Release {
    fn default() -> Self {
        Self::V3_5
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Release {
    type Err = ParseReleaseError;

    /// Reads "3.5.1" or "3.5"; a missing patch is that of the recorded release of the minor.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text
            .strip_prefix('v')
            .unwrap_or(text)
            .split('.')
            .map(|part| part.parse::<u8>().ok())
            .collect::<Option<Vec<_>>>();
        let release = match numbers.as_deref() {
            Some(&[3, 4]) => Self::V3_4,
            Some(&[3, 5]) => Self::V3_5,
            Some(&[3, 6]) => Self::V3_6,
            Some(&[major, minor]) => Self::new(major, minor, 0),
            Some(&[major, minor, patch]) => Self::new(major, minor, patch),
            _ => return Err(ParseReleaseError::Syntax(text.to_owned())),
        };
        match (release.major, release.minor) {
            (3, 4..=6) => Ok(release),
            _ => Err(ParseReleaseError::Unknown(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_and_written() {
        let check = |text: &str, expected: &str| {
            let got = match text.parse::<Release>() {
                Ok(release) => release.to_string(),
                Err(error) => error.to_string(),
            };
            assert_eq!(got, expected, "{text}");
        };
        check("3.4.23", "3.4.23");
        check("3.5", "3.5.1");
        check("v3.6", "3.6.13");
        check("3.5.30", "3.5.30");
        check("3", "`3` is not a release such as 3.5 or 3.5.1");
        check("3.5.x", "`3.5.x` is not a release such as 3.5 or 3.5.1");
        check("3.5.300", "`3.5.300` is not a release such as 3.5 or 3.5.1");
        check("2.3", "etcd 2.3 is not simulated: 3.4, 3.5 and 3.6 are");
        check("3.9.1", "etcd 3.9.1 is not simulated: 3.4, 3.5 and 3.6 are");
    }

    #[test]
    fn the_tombstone_rule_changed_inside_minors() {
        for (release, keeps) in [
            ("3.4.33", false),
            ("3.4.34", true),
            ("3.5.15", false),
            ("3.5.16", true),
            ("3.6.0", true),
        ] {
            let parsed: Release = release.parse().unwrap();
            assert_eq!(
                parsed.keeps_tombstone_at_compact_revision(),
                keeps,
                "{release}"
            );
        }
    }
}
