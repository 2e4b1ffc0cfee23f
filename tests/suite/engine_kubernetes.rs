//! Objects of Kubernetes through the one door: versions, lists, sums, exports; Secrets masked.

use std::rc::Rc;

use revscope::bytes::ReadAt;
use revscope::engine::{
    Doc, Engine, Envelope, ExportOf, Fold, KubernetesAnswer, KubernetesRequest, ObjectList,
    ObjectSearch, ObjectSort, ObjectView, Request, Response, Side,
};
use revscope::kubernetes::yaml;
use revscope::kv::{Record, Revision};

use crate::kubernetes::{object, records};
use crate::support::data;

/// The Deployment of the talk.
const NGINX: &str = "/registry/deployments/default/nginx-deployment";
/// A Secret of the fixture.
const SECRET: &str = "/registry/secrets/demo/db-pass";

/// An engine with a file of `tests/data/k8s` open, its background work done.
pub struct Asked(Engine);

impl Asked {
    pub fn file(name: &str) -> Self {
        Self::of(name, Rc::new(data::unpack(&format!("k8s/{name}"))))
    }

    pub fn of(name: &str, source: Rc<dyn ReadAt>) -> Self {
        let mut engine = Engine::new("test".to_owned());
        engine.attach(source);
        let mut asked = Self(engine);
        let name = name.to_owned();
        let answers = asked.ask(Request::Open { name });
        assert!(matches!(answers.last(), Some(Response::Checked { .. })));
        asked
    }

    pub fn ask(&mut self, body: Request) -> Vec<Response> {
        let mut answers = Vec::new();
        let mut take = |answer: Envelope<Response>| answers.push(answer.body);
        self.0.handle(Envelope { id: 1, body }, &mut take);
        while self.0.is_busy() {
            self.0.step(&mut take);
        }
        answers
    }

    fn kubernetes(&mut self, request: KubernetesRequest) -> KubernetesAnswer {
        match self.ask(Request::Kubernetes(request)).pop() {
            Some(Response::Kubernetes(answer)) => answer.read().expect("an answer"),
            other => panic!("{other:?}"),
        }
    }

    pub fn object(&mut self, revision: Revision, revealed: &[&str]) -> ObjectView {
        let answer = self.kubernetes(KubernetesRequest::Object {
            doc: Doc::File,
            revision,
            is_json: false,
            revealed: revealed.iter().map(ToString::to_string).collect(),
        });
        match answer {
            KubernetesAnswer::Object(Some(object)) => *object,
            other => panic!("{other:?}"),
        }
    }

    fn list(&mut self, search: ObjectSearch, first: u64, count: u32) -> ObjectList {
        let doc = Doc::File;
        match self.kubernetes(KubernetesRequest::Objects {
            doc,
            search,
            first,
            count,
        }) {
            KubernetesAnswer::Objects(list) => *list,
            other => panic!("{other:?}"),
        }
    }

    pub fn export(
        &mut self,
        what: ExportOf,
        is_list: bool,
        revealed: &[(&str, &str)],
    ) -> (String, String, String) {
        let revealed = revealed.iter();
        let request = KubernetesRequest::Export {
            doc: Doc::File,
            what,
            is_list,
            revealed: revealed
                .map(|(k, p)| (k.to_string(), p.to_string()))
                .collect(),
        };
        match self.kubernetes(request) {
            KubernetesAnswer::Exported { name, text, note } => (name, text, note),
            other => panic!("{other:?}"),
        }
    }
}

fn rows_of(key: &str) -> Vec<Record> {
    let all = records("final.db").into_iter();
    all.filter(|record| record.kv.key == key.as_bytes())
        .collect()
}

/// The values of the Secret: path, base64, clear.
fn secret_values() -> Vec<(String, String, String)> {
    use base64::Engine as _;
    let row = rows_of(SECRET).pop().unwrap();
    let object = object(&row).unwrap();
    let entries = object.value.get("data").unwrap().entries().iter();
    let values = entries.map(|(key, value)| {
        let stored = value.as_str().unwrap();
        let clear = base64::prelude::BASE64_STANDARD.decode(stored).unwrap();
        (
            format!("data.{key}"),
            stored.to_owned(),
            String::from_utf8(clear).unwrap(),
        )
    });
    values.collect()
}

#[test]
fn every_version_of_every_object_is_shown_as_its_yaml() {
    let mut engine = Asked::file("final.db");
    let mut shown = 0;
    for record in records("final.db") {
        let is_secret = record.kv.key.starts_with(b"/registry/secrets/");
        if is_secret || record.bucket_key.tombstone {
            continue;
        }
        let Some(truth) = object(&record) else {
            continue;
        };
        let view = engine.object(record.bucket_key.revision, &[]);
        let text: String = view
            .lines
            .iter()
            .map(|line| format!("{}\n", line.text))
            .collect();
        assert_eq!(text, yaml::to_string(&truth.value), "{}", view.revision);
        // Without the fold it is what kubectl prints.
        let open = view.lines.iter().filter(|line| line.fold != Fold::Managed);
        let open: String = open.map(|line| format!("{}\n", line.text)).collect();
        let mut plain = truth;
        plain.strip_managed_fields();
        assert_eq!(open, yaml::to_string(&plain.value), "{}", view.revision);
        assert_eq!(view.head.kind, plain.kind);
        assert!(view.problems.is_empty(), "{:?}", view.problems);
        shown += 1;
    }
    assert!(shown > 600, "{shown}");
}

#[test]
fn a_version_says_what_changed_by_whom_and_when() {
    let mut engine = Asked::file("final.db");
    let rows = rows_of(NGINX);
    let first = engine.object(rows[0].bucket_key.revision, &[]);
    assert_eq!((first.previous, first.changes.len()), (None, 0));
    assert_eq!(first.next, Some(rows[1].bucket_key.revision));
    let mut images = 0;
    for pair in rows.windows(2).filter(|pair| !pair[0].bucket_key.tombstone) {
        let view = engine.object(pair[1].bucket_key.revision, &[]);
        assert_eq!(view.previous, Some(pair[0].bucket_key.revision));
        if view.is_deleted {
            assert!(view.changes.is_empty());
            continue;
        }
        let path = "spec.template.spec.containers[name=nginx].image";
        images += view
            .changes
            .iter()
            .filter(|change| change.path == path)
            .count();
        let sides = |side| view.sides.iter().filter(|line| line.side == side).count();
        assert!(
            sides(Side::New) > 0 && sides(Side::Old) > 0,
            "{}",
            view.revision
        );
        let fact = |name: &str| view.facts.iter().find(|(found, _)| found == name);
        assert!(fact("changed by").is_some_and(|(_, who)| !who.is_empty()));
        assert!(
            fact("written").unwrap().1.contains("2026-11-22T"),
            "{:?}",
            view.facts
        );
        let version = pair[1].kv.mod_revision.to_string();
        assert!(fact("resourceVersion").unwrap().1.starts_with(&version));
        let line = format!("  resourceVersion: \"{version}\"");
        assert!(view.lines.iter().any(|found| found.text == line));
    }
    assert!(images > 0, "no version set the image");
    let (micros, uncertainty) = engine.0.when(Doc::File, rows[1].kv.mod_revision).unwrap();
    assert!(micros > 1_790_000_000_000_000 && uncertainty < 60_000_000);
}

/// Asks for everything that shows a value; none of the Secret's may be in it.
#[test]
fn a_secret_is_masked_everywhere() {
    let mut engine = Asked::file("final.db");
    let row = rows_of(SECRET).pop().unwrap();
    let revision = row.bucket_key.revision;
    let values = secret_values();
    assert!(!values.is_empty());
    let index = records("final.db")
        .iter()
        .position(|record| *record == row)
        .unwrap() as u64;
    let doc = Doc::File;
    let path = vec![b"key".to_vec()];
    let page = |engine: &mut Asked| {
        let item = engine.ask(Request::Items {
            path: path.clone(),
            first: index,
            count: 1,
        });
        match item.last() {
            Some(Response::Items { items, .. }) => items[0].page.unwrap(),
            other => panic!("{other:?}"),
        }
    };
    let page = page(&mut engine);
    let search = ObjectSearch {
        at: i64::MAX,
        text: "db-pass".to_owned(),
        ..ObjectSearch::default()
    };
    let mut said: Vec<(String, Vec<Response>)> = Vec::new();
    let mut all = vec![
        Request::Inspect { doc, revision },
        Request::Rows {
            doc,
            first: index,
            count: 1,
        },
        Request::Items {
            path: path.clone(),
            first: index,
            count: 1,
        },
        Request::Item {
            path,
            key: row.bucket_key.encode(),
        },
        Request::Page { page },
        Request::Fossils {
            first: 0,
            count: 10_000,
        },
    ];
    for is_json in [false, true] {
        all.push(Request::Kubernetes(KubernetesRequest::Object {
            doc,
            revision,
            is_json,
            revealed: Vec::new(),
        }));
        all.push(Request::Kubernetes(KubernetesRequest::Export {
            doc,
            what: ExportOf::One(revision),
            is_list: is_json,
            revealed: Vec::new(),
        }));
    }
    all.push(Request::Kubernetes(KubernetesRequest::Export {
        doc,
        what: ExportOf::All(search),
        is_list: false,
        revealed: Vec::new(),
    }));
    for request in all {
        let name = format!("{request:?}");
        let answers = engine.ask(request);
        assert!(!answers.is_empty(), "{name}");
        said.push((name, answers));
    }
    for (request, answers) in &said {
        let text = format!("{answers:?}");
        // Bytes are printed as numbers, so they are looked for as bytes too.
        let wire = revscope::engine::encode(&answers[answers.len() - 1]).unwrap();
        for (path, stored, clear) in &values {
            // A plain word may stand elsewhere for other reasons.
            let clear = Some(clear).filter(|clear| clear.contains(|c: char| !c.is_alphabetic()));
            for value in [Some(stored), clear].into_iter().flatten() {
                assert!(
                    !text.contains(value.as_str()),
                    "{path} in the answer to {request}"
                );
                let is_there = wire
                    .windows(value.len())
                    .any(|part| part == value.as_bytes());
                assert!(!is_there, "{path} in the bytes of the answer to {request}");
            }
        }
    }
    // Revealed one by one.
    let (path, stored, clear) = &values[0];
    let view = engine.object(revision, &[path]);
    let shown: Vec<_> = view
        .secrets
        .iter()
        .filter_map(|part| part.shown.as_ref())
        .collect();
    assert_eq!(shown, [clear]);
    let text = format!("{:?}", view.lines);
    assert!(text.contains(stored.as_str()));
    for (other, stored, _) in values.iter().skip(1) {
        assert!(!text.contains(stored.as_str()), "{other}");
    }
    let raw = engine.kubernetes(KubernetesRequest::Value { doc, revision });
    let KubernetesAnswer::Value { value, .. } = raw else {
        panic!("{raw:?}");
    };
    assert_eq!(value, row.kv.value);
}

#[test]
fn the_cluster_is_listed_as_of_any_revision() {
    let mut engine = Asked::file("final.db");
    let all = records("final.db");
    let head = all.last().unwrap().kv.mod_revision;
    for at in [1, 50, 200, 333, head / 2, head, i64::MAX] {
        let mut living = std::collections::BTreeMap::new();
        for record in all
            .iter()
            .filter(|record| record.bucket_key.revision.main <= at)
        {
            match record.bucket_key.tombstone {
                true => drop(living.remove(&record.kv.key)),
                false => drop(living.insert(&record.kv.key, record.bucket_key.revision)),
            }
        }
        let search = ObjectSearch {
            at,
            ..ObjectSearch::default()
        };
        let list = engine.list(search, 0, 10_000);
        let mut listed: Vec<_> = list.rows.iter().map(|row| row.revision).collect();
        listed.sort();
        let mut wanted: Vec<_> = living.into_values().collect();
        wanted.sort();
        assert_eq!(listed, wanted, "at {at}");
        let sum: u64 = list.resources.iter().map(|(_, count)| count).sum();
        assert_eq!(sum, list.total);
    }
    let pods = ObjectSearch {
        at: head,
        text: "NGINX pods".to_owned(),
        namespace: Some("default".to_owned()),
        sort: ObjectSort::Revision,
        is_back: true,
        ..ObjectSearch::default()
    };
    let list = engine.list(pods.clone(), 0, 100);
    assert!(list.total > 1);
    assert!(list.rows.is_sorted_by(|a, b| a.revision > b.revision));
    assert!(
        list.rows
            .iter()
            .all(|row| row.resource == "pods" && row.name.contains("nginx"))
    );
    let window = engine.list(pods, 1, 1);
    assert_eq!(window.rows, list.rows[1..2]);
}

#[test]
fn a_compacted_revision_has_no_list() {
    let mut engine = Asked::file("compacted-defragged.db");
    let search = ObjectSearch {
        at: 2,
        ..ObjectSearch::default()
    };
    let list = engine.list(search, 0, 10);
    assert!(list.is_compacted && list.total == 0);
}

#[test]
fn exports_are_ready_to_apply() {
    let mut engine = Asked::file("final.db");
    let revision = rows_of(NGINX)[0].bucket_key.revision;
    let (name, text, note) = engine.export(ExportOf::One(revision), false, &[]);
    assert_eq!(
        (&*name, &*note),
        (
            "deployment-default-nginx-deployment.yaml",
            "1 object written"
        )
    );
    for gone in [
        "uid:",
        "resourceVersion",
        "creationTimestamp",
        "managedFields",
        "status:",
        "generation",
    ] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    for there in [
        "apiVersion: apps/v1\nkind: Deployment\n",
        "  name: nginx-deployment\n",
        "  replicas: ",
    ] {
        assert!(text.contains(there), "{there}: {text}");
    }
    let search = ObjectSearch {
        at: i64::MAX,
        namespace: Some("demo".to_owned()),
        ..ObjectSearch::default()
    };
    let total = engine.list(search.clone(), 0, 1).total;
    let (name, text, note) = engine.export(ExportOf::All(search.clone()), false, &[]);
    assert_eq!(name, "objects.yaml");
    assert_eq!(text.split("\n---\n").count() as u64, total);
    assert!(
        note.starts_with(&format!("{total} objects written; ")),
        "{note}"
    );
    let (_, list, _) = engine.export(ExportOf::All(search), true, &[]);
    assert!(list.starts_with("apiVersion: v1\nitems:\n- apiVersion: "));
    assert!(list.ends_with("kind: List\nmetadata: {}\n"));
    assert_eq!(list.matches("\n- ").count() as u64, total);
    // A revealed value is written, the others are named and left out.
    let (path, stored, _) = &secret_values()[0];
    let secret = ExportOf::One(rows_of(SECRET)[0].bucket_key.revision);
    let (_, text, note) = engine.export(secret.clone(), false, &[]);
    assert!(text.starts_with(&format!("# {path} is masked")), "{text}");
    assert!(note.contains("left out, since they are masked"));
    let (_, text, _) = engine.export(secret, false, &[(SECRET, path)]);
    assert!(text.contains(stored.as_str()), "{text}");
}

#[test]
fn a_deleted_object_is_brought_back_from_where_it_still_lies() {
    let mut engine = Asked::file("final.db");
    let all = records("final.db");
    let deleted = all
        .iter()
        .find(|record| record.bucket_key.tombstone)
        .unwrap();
    let view = engine.object(deleted.bucket_key.revision, &[]);
    assert!(view.is_deleted && !view.lines.is_empty());
    let what = ExportOf::One(deleted.bucket_key.revision);
    let (_, text, note) = engine.export(what, false, &[]);
    assert_eq!(note, "1 object written");
    assert!(
        text.contains(&format!("kind: {}\n", view.head.kind)),
        "{text}"
    );
}

#[test]
fn what_fills_the_cluster_is_told() {
    let mut engine = Asked::file("final.db");
    let answer = engine.kubernetes(KubernetesRequest::Fill { doc: Doc::File });
    let KubernetesAnswer::Fill(Some(fill)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!((fill.total.objects, fill.total.writes), (305, 705));
    let table = |name: &str| {
        &fill
            .tables
            .iter()
            .find(|(found, _)| found == name)
            .unwrap()
            .1
    };
    assert_eq!(table("By kind")[0].name, "pods");
    assert_eq!(table("Written most often")[0].name, NGINX);
    let events = table("By kind")
        .iter()
        .find(|row| row.name == "events")
        .unwrap();
    assert!(events.note.contains("hour"));
    let sum: u64 = table("By namespace").iter().map(|row| row.bytes).sum();
    assert_eq!(sum, fill.total.bytes);
    let last = rows_of(NGINX).pop().unwrap();
    assert_eq!(
        table("Written most often")[0].revision,
        Some(last.bucket_key.revision)
    );
    assert!(
        fill.when.contains("tell when they were written"),
        "{}",
        fill.when
    );
}
