//! Any bbolt file through the one door: archives, generic files, damage, fossils, other metas.

use std::collections::BTreeMap;
use std::rc::Rc;

use revscope::bytes::ReadAt;
use revscope::engine::{
    Doc, Engine, Envelope, FileFacts, MapCell, Phase, Request, Response, Seal, Summary,
};
use revscope::kv::Revision;
use revscope::timeline::{Arrangement, View};

use crate::support::{data, golden};

/// An engine and what it has answered.
pub struct Asked {
    engine: Engine,
    id: u64,
}

impl Asked {
    pub fn open(name: &str, bytes: Vec<u8>) -> (Self, Vec<Response>) {
        let mut engine = Engine::new("test".to_owned());
        engine.attach(Rc::new(bytes));
        let mut asked = Self { engine, id: 0 };
        let name = name.to_owned();
        let answers = asked.ask(Request::Open { name });
        (asked, answers)
    }

    pub fn file(name: &str) -> (Self, Summary) {
        let (asked, answers) = Self::open(name, data::unpack(name));
        (asked, last(&answers))
    }

    pub fn ask(&mut self, body: Request) -> Vec<Response> {
        self.id += 1;
        let mut answers = Vec::new();
        let mut take = |answer: Envelope<Response>| answers.push(answer.body);
        let id = self.id;
        self.engine.handle(Envelope { id, body }, &mut take);
        while self.engine.is_busy() {
            self.engine.step(&mut take);
        }
        answers
    }

    /// Hands over the bytes of the file that the next request is about.
    pub fn attach(&mut self, source: Rc<dyn ReadAt>) {
        self.engine.attach(source);
    }

    pub fn one(&mut self, body: Request) -> Response {
        self.ask(body).pop().unwrap()
    }

    fn items(&mut self, path: &[&str], first: u64, count: u32) -> (Vec<String>, u64) {
        let path = path.iter().map(|name| name.as_bytes().to_vec()).collect();
        match self.one(Request::Items { path, first, count }) {
            Response::Items { items, total, .. } => {
                (items.into_iter().map(|item| item.name).collect(), total)
            }
            other => panic!("{other:?}"),
        }
    }
}

/// What is known of a file in the end.
fn last(answers: &[Response]) -> Summary {
    let known = answers.iter().rev().find_map(|answer| match answer {
        Response::Opened { summary } | Response::Checked { summary } => Some(*summary.clone()),
        _ => None,
    });
    known.unwrap_or_else(|| panic!("{answers:?}"))
}

fn facts(summary: &Summary) -> &FileFacts {
    summary.file.as_ref().unwrap()
}

fn phases(answers: &[Response]) -> Vec<Phase> {
    let mut phases: Vec<_> = answers
        .iter()
        .filter_map(|answer| match answer {
            Response::Progress { phase, .. } | Response::Background { phase, .. } => Some(*phase),
            _ => None,
        })
        .collect();
    phases.dedup();
    phases
}

#[test]
fn the_history_is_there_before_the_checks() {
    let (_, answers) = Asked::open("good", data::unpack("snapshots/good-snapshot.db"));
    assert_eq!(
        phases(&answers),
        [
            Phase::Reading,
            // Pages are mapped beside it.
            Phase::Records,
            Phase::Hash,
            Phase::Fossils,
            Phase::Order
        ]
    );
    let at = |wanted: fn(&Response) -> bool| answers.iter().position(wanted).unwrap();
    let opened = at(|answer| matches!(answer, Response::Opened { .. }));
    let background = at(|answer| matches!(answer, Response::Background { .. }));
    assert!(opened < background);
    let summary = last(&answers);
    let file = facts(&summary);
    assert_eq!((file.seal, file.problem_count), (Seal::Right, 0));
    let counts = file.pages.unwrap();
    assert_eq!(counts.meta, 2);
    assert_eq!(
        counts.meta + counts.branch + counts.leaf + counts.overflow + counts.free,
        file.high_water_mark
    );
}

#[test]
fn archives_are_unpacked_on_the_way() {
    let plain = Asked::file("talk/talk-final.db").1;
    let check = |name: &str, bytes: Vec<u8>, format: &str, member: &str| {
        let (_, answers) = Asked::open(name, bytes);
        let summary = last(&answers);
        let layers = &facts(&summary).layers;
        let found: Vec<_> = layers.iter().map(|layer| layer.format.as_str()).collect();
        assert_eq!(found.join(" in "), format, "{name}");
        assert_eq!(layers.last().unwrap().member, member, "{name}");
        summary
    };
    let gz = data::packed("talk/talk-final.db.gz");
    let opened = check("talk.gz", gz, "gzip", "");
    assert_eq!((opened.head, opened.records), (plain.head, plain.records));
    check(
        "deflate.zip",
        data::packed("packed/deflate.zip"),
        "zip",
        &member_of("packed/deflate.zip"),
    );
    check(
        "data-dir.tar.gz",
        data::packed("packed/data-dir.tar.gz"),
        "gzip in tar",
        &member_of("packed/data-dir.tar.gz"),
    );
}

/// The member that the archive reader itself chooses.
fn member_of(name: &str) -> String {
    let opened = revscope::archive::open(Rc::new(data::packed(name))).unwrap();
    opened.layers.last().unwrap().member.clone()
}

#[test]
fn a_member_can_be_chosen() {
    let (mut asked, answers) = Asked::open("dir", data::packed("packed/data-dir.tar.gz"));
    let summary = last(&answers);
    let others = &facts(&summary).layers.last().unwrap().others;
    assert!(!others.is_empty());
    let member = Some(others[0].clone());
    let answers = asked.ask(Request::Reopen { member, meta: None });
    let refused = answers
        .iter()
        .any(|answer| matches!(answer, Response::Refused(_)));
    let opened = answers.iter().any(|answer| match answer {
        Response::Opened { summary } => facts(summary).layers.last().unwrap().member == others[0],
        _ => false,
    });
    assert!(refused || opened, "{answers:?}");
}

#[test]
fn foreign_files_are_named_with_the_command_that_unpacks_them() {
    for (name, what, command) in [
        ("packed/talk-final.db.zstd", "zstd", "zstd -d"),
        ("packed/talk-final.db.xz", "xz", "xz -d"),
        ("packed/talk-final.db.bzip2", "bzip2", "bzip2 -d"),
        ("packed/talk-final.db.lz4", "lz4", "lz4 -d"),
        ("packed/symmetric.gpg", "gpg", "gpg"),
    ] {
        let (_, answers) = Asked::open(name, data::packed(name));
        let Some(Response::Refused(failure)) = answers.last() else {
            panic!("{name}: {answers:?}")
        };
        let told = format!("{} {}", failure.what, failure.hint).to_lowercase();
        assert!(told.contains(what), "{name}: {told}");
        assert!(failure.hint.contains(command), "{name}: {}", failure.hint);
    }
}

#[test]
fn a_bbolt_file_without_etcd_in_it_shows_its_buckets_and_pages() {
    for name in [
        "bolt/empty.db",
        "bolt/nested-1024.db",
        "bolt/nested-65536.db",
        "bolt/overflow.db",
        "bolt/random-lib143-hashmap-nosync.db",
    ] {
        let (mut asked, summary) = Asked::file(name);
        let file = facts(&summary);
        assert_eq!(
            (file.kind.as_str(), file.is_etcd),
            ("bbolt file", false),
            "{name}"
        );
        assert_eq!(file.problem_count, 0, "{name}: {:?}", file.problems);
        assert_eq!(file.fossils, None, "{name}");
        let Response::Tree { nodes, is_cut } = asked.one(Request::Tree) else {
            panic!("{name}")
        };
        assert!(!is_cut);
        assert_eq!(nodes.is_empty(), name == "bolt/empty.db", "{name}");
        // Every bucket's list has as many items as the tree says.
        for node in &nodes {
            let path = node.path.clone();
            let request = Request::Items {
                path,
                first: 0,
                count: 100_000,
            };
            let Response::Items {
                total, items, more, ..
            } = asked.one(request)
            else {
                panic!("{name}")
            };
            assert!(!more);
            assert_eq!(items.len() as u64, total, "{name}: {}", node.name);
            assert_eq!(node.items, Some(total), "{name}: {}", node.name);
        }
        let (first, count) = (0, 4096);
        let Response::Map { cells, total, .. } = asked.one(Request::Map { first, count }) else {
            panic!("{name}")
        };
        assert_eq!(cells.len() as u64, total.min(4096));
        assert_eq!(&cells[..2], [MapCell::Meta; 2], "{name}");
        for (page, cell) in (0u64..).zip(&cells) {
            let Response::Page { page: Some(detail) } = asked.one(Request::Page { page }) else {
                panic!("{name}: page {page}")
            };
            assert_eq!((detail.page, detail.cell), (page, Some(*cell)), "{name}");
            assert!(detail.problems.is_empty(), "{name}: {:?}", detail.problems);
        }
    }
}

#[test]
fn a_list_is_the_same_from_any_side() {
    let (mut asked, _) = Asked::file("workload/w351/final.db");
    let (all, total) = asked.items(&["key"], 0, 100_000);
    assert_eq!(all.len() as u64, total);
    for first in [500, 700, 3, total - 5, 0] {
        let (some, told) = asked.items(&["key"], first, 120);
        assert_eq!(told, total);
        let from = first as usize;
        let to = all.len().min(from + 120);
        assert_eq!(some, all[from..to], "from {first}");
    }
    assert_eq!(asked.items(&["no such bucket"], 0, 10), (vec![], 0));
}

#[test]
fn fossils_are_a_layer_of_their_own() {
    let (mut asked, summary) = Asked::file("talk/talk-after-compact.db");
    let fossils = facts(&summary).fossils.unwrap();
    assert!(fossils > 0);
    let (first, count) = (0, 1000);
    let Response::Fossils { rows, total, .. } = asked.one(Request::Fossils { first, count }) else {
        panic!()
    };
    assert_eq!((rows.len() as u64, total), (fossils, fossils));
    // Each is a row of the store before the compaction.
    let (before, _) = Asked::file("talk/talk-before-compact.db");
    let history = before.engine.history(Doc::File).unwrap();
    for row in &rows {
        let (key, change) = history.find_change(row.revision).unwrap();
        assert_eq!(row.key.as_bytes(), key.key);
        assert_eq!(row.is_tombstone, change.is_tombstone());
    }
    let view = View {
        width_px: 800.0,
        height_px: 400.0,
        viewport: None,
        scroll_px: 0.0,
    };
    let mut scene = |fossils: bool| {
        let doc = Doc::File;
        match asked.one(Request::Layout {
            doc,
            view,
            lanes: Arrangement::default(),
            fossils,
            as_of: None,
        }) {
            Response::Scene { scene, .. } => scene,
            other => panic!("{other:?}"),
        }
    };
    let (plain, shown) = (scene(false), scene(true));
    assert!(plain.ghosts.is_empty());
    assert_eq!(shown.ghosts.len() as u64, fossils);
    assert_eq!((&plain.marks, &plain.spans), (&shown.marks, &shown.spans));
    assert_eq!(plain.minimap, shown.minimap);
    let revision = rows[0].revision;
    let doc = Doc::File;
    let Response::Detail { detail, .. } = asked.one(Request::Inspect { doc, revision }) else {
        panic!()
    };
    assert_eq!(detail.unwrap().fossil.unwrap(), rows[0]);
    let after = asked.engine.history(Doc::File).unwrap();
    assert_eq!(after.row_count(), summary.records);
    assert!(after.find_change(Revision::new(2, 0)).is_none());
}

#[test]
fn the_other_meta_is_the_store_before() {
    let (mut asked, summary) = Asked::file("talk/talk-after-compact.db");
    let file = facts(&summary);
    let meta = Some(1 - file.active);
    let newest = file.active;
    let member = None;
    let answers = asked.ask(Request::Reopen { member, meta });
    assert!(phases(&answers).contains(&Phase::Newer));
    let before = last(&answers);
    let file = facts(&before);
    assert!(file.is_chosen && file.active != newest);
    let reuse = file.reuse.unwrap();
    assert!(reuse.pages > 0 && reuse.reused <= reuse.pages);
    let (member, meta) = (None, None);
    let again = last(&asked.ask(Request::Reopen { member, meta }));
    assert_eq!((again.head, facts(&again).active), (summary.head, newest));
    assert!(!facts(&again).is_chosen);
}

#[test]
fn what_was_found_stays_when_the_rest_is_stopped() {
    let bytes = data::unpack("workload/w351/final.db");
    let mut stopped = BTreeMap::new();
    // Stops after each number of steps, so within every phase.
    for steps in 0..200 {
        let mut engine = Engine::new("test".to_owned());
        engine.attach(Rc::new(bytes.clone()));
        let mut answers = Vec::new();
        let mut take = |answer: Envelope<Response>| answers.push(answer.body);
        let name = "db".to_owned();
        let body = Request::Open { name };
        engine.handle(Envelope { id: 1, body }, &mut take);
        for _ in 0..steps {
            engine.step(&mut take);
        }
        let is_over = !engine.is_busy();
        let body = Request::Cancel;
        engine.handle(Envelope { id: 2, body }, &mut take);
        assert!(!engine.is_busy(), "{steps} steps");
        if is_over {
            break;
        }
        let was_open = answers
            .iter()
            .any(|answer| matches!(answer, Response::Opened { .. }));
        assert_eq!(engine.history(Doc::File).is_some(), was_open);
        if was_open {
            let summary = last(&answers);
            assert!(facts(&summary).is_stopped && !facts(&summary).is_busy);
            assert!(summary.records > 1000);
            let phase = phases(&answers).pop().unwrap();
            *stopped.entry(format!("{phase:?}")).or_insert(0) += 1;
        }
    }
    for phase in ["Records", "Fossils"] {
        assert!(stopped.contains_key(phase), "{stopped:?}");
    }
}

#[test]
fn every_snapshot_has_its_diagnosis() {
    let mut text = String::from("# file, what it is, records, problems, the first of them\n");
    for name in data::list("snapshots") {
        let (_, answers) = Asked::open(&name, data::unpack(&format!("snapshots/{name}")));
        let line = match answers.last() {
            Some(Response::Refused(failure)) => format!("refused\t\t\t{}", failure.what),
            _ => {
                let summary = last(&answers);
                let file = facts(&summary);
                let salvaged = if file.is_salvaged { ", salvaged" } else { "" };
                let first = file.problems.first().map(ToString::to_string);
                format!(
                    "{}{salvaged}\t{}\t{}\t{}",
                    file.kind,
                    summary.records,
                    file.problem_count,
                    first.unwrap_or_default()
                )
            }
        };
        text.push_str(&format!("{name}\t{line}\n"));
    }
    golden::check("snapshots.tsv", &text);
}
