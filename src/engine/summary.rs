//! What an opened file is, in a few numbers and words; of one that is still being read, too.

use super::background::Found;
use super::facts::{FileFacts, Layer, MetaFacts, Seal};
use super::fossils;
use super::problems::Problems;
use crate::bbolt::{Db, Why};
use crate::etcd::Info;

/// What is known of a file.
pub(super) struct Told<'a> {
    pub(super) db: &'a Db,
    /// None where there is no bucket `key`.
    pub(super) info: Option<&'a Info>,
    /// Whether damage may hide the bucket `key`.
    pub(super) is_hidden: bool,
    pub(super) layers: &'a [Layer],
    pub(super) problems: &'a Problems,
    /// What the work behind the page has found so far.
    pub(super) found: &'a Found,
    /// Objects of Kubernetes that live; none where there are no keys of any.
    pub(super) objects: Option<u64>,
    /// Whether there is work left.
    pub(super) is_busy: bool,
}

impl Told<'_> {
    /// Ready to be shown.
    pub(super) fn facts(&self) -> FileFacts {
        let (db, info, found) = (self.db, self.info, self.found);
        let meta = db.meta();
        let metas = db.metas();
        let release = info.and_then(|info| info.release);
        FileFacts {
            kind: self.kind(),
            evidence: self.evidence(),
            is_etcd: info.is_some(),
            certainty: release
                .map(|release| release.confidence().to_string())
                .unwrap_or_default(),
            clues: info
                .map(|info| info.clues.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            seal: found.seal,
            layers: self.layers.to_vec(),
            size: db.size(),
            page_size: meta.page_size,
            high_water_mark: meta.high_water_mark.0,
            metas: metas
                .both
                .iter()
                .map(|meta| match meta {
                    Ok(meta) => MetaFacts::Good {
                        txid: meta.txid.0,
                        root: meta.root.0,
                        freelist: meta.freelist.map(|page| page.0),
                        high_water_mark: meta.high_water_mark.0,
                    },
                    Err(error) => MetaFacts::Bad(error.to_string()),
                })
                .collect(),
            active: metas.active,
            why: why(metas.why, metas.active),
            is_salvaged: db.is_salvaged(),
            is_chosen: metas.why == Why::Chosen,
            reuse: found.reuse,
            pages: found.map.is_some().then_some(found.counts),
            fossils: found.fossils.as_ref().map(fossils::Layer::len),
            objects: self.objects,
            contents: found
                .contents
                .as_ref()
                .map(|contents| super::contents::lines(contents))
                .unwrap_or_default(),
            is_busy: self.is_busy,
            is_stopped: found.is_stopped,
            problems: self.problems.shown(),
            problem_count: self.problems.count(),
        }
    }

    fn kind(&self) -> String {
        let Some(info) = self.info else {
            return match self.is_hidden {
                true => "bbolt file, bucket key not found".to_owned(),
                false => "bbolt file".to_owned(),
            };
        };
        let shape = match info.snapshot {
            Some(_) => "snapshot",
            None => "db file",
        };
        match info.release {
            Some(release) => format!("etcd {} {shape}", release.minor),
            None => format!("etcd {shape}"),
        }
    }

    fn evidence(&self) -> String {
        let Some(info) = self.info else {
            return "no bucket of etcd's history in it: its buckets and pages are shown".to_owned();
        };
        let mut evidence = match info.release {
            Some(release) => {
                let patches: String = info
                    .patches()
                    .iter()
                    .map(|patch| format!(", {patch}"))
                    .collect();
                format!("release {release}{patches}")
            }
            None => "the release is not told by the file".to_owned(),
        };
        evidence.push_str(match self.found.seal {
            Seal::Absent => "",
            Seal::Pending => ", sha256 at the end being verified",
            Seal::Right => ", sha256 at the end verified",
            Seal::Wrong => ", sha256 at the end does not verify",
            Seal::Stopped => ", sha256 at the end not verified",
        });
        if info.compaction_interrupted() {
            evidence.push_str(", a compaction was cut short");
        }
        evidence
    }
}

/// Why one of the metas is used.
fn why(why: Why, active: u8) -> String {
    match why {
        Why::Newer => format!("meta {active} has the higher transaction number"),
        Why::First => "both have the same transaction number, then meta 0 counts".to_owned(),
        Why::OtherDamaged => format!("only meta {active} can be used"),
        Why::Chosen => {
            format!("meta {active} was chosen here: the store as that transaction left it")
        }
        Why::Salvaged => {
            "neither can be used: the root was found by the headers of the pages".to_owned()
        }
    }
}
