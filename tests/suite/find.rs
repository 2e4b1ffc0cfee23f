//! The filter language: what queries find in real files, beside a plain filter.

use std::rc::Rc;

use proptest::prelude::*;
use revscope::bbolt::Order;
use revscope::etcd::{EtcdFile, RecordScan};
use revscope::find::{Query, Search};
use revscope::history::History;
use revscope::kv::{BucketKey, KeyValue, LeaseId, Record, Revision};

use crate::support::data;

/// Rows and their history, as a file has them.
struct Store {
    rows: Vec<Record>,
    history: History,
}

impl Store {
    fn of(rows: Vec<Record>) -> Self {
        let mut history = History::new();
        rows.iter().for_each(|row| history.push(&row.as_ref()));
        history.settle();
        Self { rows, history }
    }

    fn open(name: &str) -> Self {
        let file = EtcdFile::open(Rc::new(data::unpack(name))).unwrap();
        let mut scan = RecordScan::new(&file, Order::Forward);
        let mut rows = Vec::new();
        while let Some(page) = scan.next() {
            let page = page.unwrap();
            rows.extend(page.records().map(|record| record.unwrap().to_owned()));
        }
        Self::of(rows)
    }

    fn search(&self, text: &str) -> Search {
        let query = Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let needs_values = query.needs_values();
        let mut search = Search::new(query, &self.history);
        while search.step(&self.history, 7) {}
        assert!(needs_values || !search.needs_values(), "{text}");
        if search.needs_values() {
            for row in &self.rows {
                search.push(&self.history, &row.as_ref());
            }
            assert!(!search.needs_values(), "{text}: rows are left open");
        }
        let (done, total) = search.progress();
        assert_eq!(done, total, "{text}");
        search
    }

    /// Compares with a plain filter; answers how many rows it finds.
    fn check(&self, text: &str, fits: impl Fn(&Store, &Record) -> bool) -> usize {
        let search = self.search(text);
        let rows = (0_u32..).zip(&self.rows);
        let expected: Vec<_> = rows.filter(|(_, row)| fits(self, row)).collect();
        let numbers: Vec<_> = expected.iter().map(|(number, _)| *number).collect();
        assert_eq!(search.found(), numbers, "{text}");
        let bytes: usize = expected.iter().map(|(_, row)| row.kv.value.len()).sum();
        assert_eq!(search.bytes(), bytes as u64, "{text}");
        let mut keys: Vec<_> = expected.iter().map(|(_, row)| &row.kv.key).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(search.keys(), keys.len() as u64, "{text}");
        numbers.len()
    }

    /// The last row of a key.
    fn last(&self, key: &[u8]) -> &Record {
        self.rows.iter().rfind(|row| row.kv.key == key).unwrap()
    }
}

fn holds(text: &[u8], part: &str) -> bool {
    text.windows(part.len())
        .any(|window| window == part.as_bytes())
}

fn main(row: &Record) -> i64 {
    row.bucket_key.revision.main
}

fn is_tombstone(row: &Record) -> bool {
    row.bucket_key.tombstone
}

#[test]
fn finds_what_a_plain_filter_finds_in_a_workload() {
    let store = Store::open("workload/w351/final.db");
    let some = |text: &str, fits: &dyn Fn(&Store, &Record) -> bool| {
        let found = store.check(text, fits);
        let all = store.rows.len();
        assert!(
            0 < found && found < all,
            "{text} finds {found} of {all}: no test"
        );
    };
    assert_eq!(store.check("", |_, _| true), store.rows.len());
    some("1", &|_, row| holds(&row.kv.key, "1"));
    some("1 2", &|_, row| {
        holds(&row.kv.key, "1") && holds(&row.kv.key, "2")
    });
    some("11 or 22", &|_, row| {
        holds(&row.kv.key, "11") || holds(&row.kv.key, "22")
    });
    some("-1", &|_, row| !holds(&row.kv.key, "1"));
    some("not (1 or 2)", &|_, row| {
        !holds(&row.kv.key, "1") && !holds(&row.kv.key, "2")
    });
    some("is:tombstone", &|_, row| is_tombstone(row));
    some("is:deleted", &|store, row| {
        is_tombstone(store.last(&row.kv.key))
    });
    some("is:live", &|store, row| {
        !is_tombstone(row) && store.last(&row.kv.key) == row
    });
    some("is:old", &|store, row| store.last(&row.kv.key) != row);
    some("is:create", &|_, row| {
        !is_tombstone(row) && row.kv.create_revision == main(row)
    });
    some("is:modify", &|_, row| {
        !is_tombstone(row) && row.kv.create_revision != main(row)
    });
    some("version>3", &|_, row| row.kv.version > 3);
    some("version:2..4 -is:old", &|store, row| {
        (2..=4).contains(&row.kv.version) && store.last(&row.kv.key) == row
    });
    some("rev:4000..4500", &|_, row| {
        (4000..=4500).contains(&main(row))
    });
    some("rev>=4500 rev<4600", &|_, row| {
        (4500..4600).contains(&main(row))
    });
    some("create<4000", &|_, row| row.kv.create_revision < 4000);
    some("size>1Ki", &|_, row| row.kv.value.len() > 1024);
    some("size:..100 1", &|_, row| {
        row.kv.value.len() <= 100 && holds(&row.kv.key, "1")
    });
    some("lease:any", &|_, row| row.kv.lease != LeaseId::NONE);
    some("lease:none", &|_, row| row.kv.lease == LeaseId::NONE);
    some("value:v71", &|_, row| holds(&row.kv.value, "v71"));
    some("71 in:value", &|_, row| {
        holds(&row.kv.key, "71") || holds(&row.kv.value, "71")
    });
    // Some rows are found by their keys, those between them by their values.
    some("11 or value:v71 or rev:4500", &|_, row| {
        holds(&row.kv.key, "11") || holds(&row.kv.value, "v71") || main(row) == 4500
    });
    some("-value:v71 rev>4500", &|_, row| {
        !holds(&row.kv.value, "v71") && main(row) > 4500
    });
    some("value~^v.*[5-9]$", &|_, row| {
        let value = String::from_utf8_lossy(&row.kv.value);
        let regex = regex_lite::Regex::new("^v.*[5-9]$").unwrap();
        regex.is_match(&value)
    });
    some("hex:3131", &|_, row| {
        holds(&row.kv.key, "11") || holds(&row.kv.value, "11")
    });
    let lease = store
        .rows
        .iter()
        .map(|row| row.kv.lease)
        .find(|id| *id != LeaseId::NONE);
    let lease = lease.unwrap();
    some(&format!("lease:{lease}"), &|_, row| row.kv.lease == lease);
}

#[test]
fn finds_objects_of_kubernetes() {
    let store = Store::open("k8s/final.db");
    let starts = |row: &Record, prefix: &str| row.kv.key.starts_with(prefix.as_bytes());
    let some = |text: &str, fits: &dyn Fn(&Record) -> bool| {
        let found = store.check(text, |_, row| fits(row));
        assert!(
            found > 0 && found < store.rows.len(),
            "{text} finds {found}: no test"
        );
        found
    };
    for text in [
        "kind:pods",
        "kind:Pod",
        "kind:pod",
        "prefix:/registry/pods/",
    ] {
        some(text, &|row| starts(row, "/registry/pods/"));
    }
    for text in [
        "kind:deployments.apps",
        "kind:Deployment.apps",
        "kind:deployment",
    ] {
        some(text, &|row| starts(row, "/registry/deployments/"));
    }
    some("kind:service", &|row| {
        starts(row, "/registry/services/specs/")
    });
    some(r"key~^/registry/(pods|events)/default/", &|row| {
        starts(row, "/registry/pods/default/") || starts(row, "/registry/events/default/")
    });
    some("ns:kube-system -kind:lease", &|row| {
        holds(&row.kv.key, "/kube-system/") && !starts(row, "/registry/leases/")
    });
    some("ns:kube-*", &|row| {
        let parts: Vec<_> = row.kv.key.split(|byte| *byte == b'/').collect();
        parts.len() >= 5 && parts[parts.len() - 2].starts_with(b"kube-")
    });
    some("name:nginx*", &|row| {
        row.kv
            .key
            .rsplit(|byte| *byte == b'/')
            .next()
            .unwrap()
            .starts_with(b"nginx")
    });
    // Truth from Kubernetes' own types.
    let decoded = String::from_utf8(data::unpack("k8s/history-decoded.jsonl")).unwrap();
    let labelled: Vec<(String, i64)> = decoded
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|row| row["object"]["metadata"]["labels"]["app"] == "nginx")
        .map(|row| {
            (
                row["key"].as_str().unwrap().to_owned(),
                row["mod_revision"].as_i64().unwrap(),
            )
        })
        .collect();
    let is_labelled = |row: &Record| {
        let key = String::from_utf8_lossy(&row.kv.key).into_owned();
        labelled.contains(&(key, main(row)))
    };
    some("label:app=nginx", &is_labelled);
    some("label:app==nginx kind:pods", &|row| {
        is_labelled(row) && starts(row, "/registry/pods/")
    });
    assert!(some("label:app", &|row| labelled_any(&decoded, row)) > 0);
}

fn labelled_any(decoded: &str, row: &Record) -> bool {
    let key = String::from_utf8_lossy(&row.kv.key);
    decoded
        .lines()
        .filter(|line| line.contains("\"app\":") && line.contains(&*key))
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .any(|seen| {
            seen["key"] == *key
                && seen["mod_revision"] == main(row)
                && !seen["object"]["metadata"]["labels"]["app"].is_null()
        })
}

fn row(main: i64, key: &str, value: &[u8]) -> Record {
    Record {
        bucket_key: BucketKey {
            revision: Revision::new(main, 0),
            tombstone: false,
        },
        kv: KeyValue {
            key: key.as_bytes().to_vec(),
            value: value.to_vec(),
            create_revision: main,
            mod_revision: main,
            version: 1,
            lease: LeaseId::NONE,
        },
    }
}

#[test]
fn a_pattern_made_to_be_slow_is_not() {
    // The pattern that stops engines that try all ways.
    let store = Store::of(vec![row(2, &"a".repeat(50_000), b"v")]);
    assert_eq!(store.search("key~^(a+)+$").found(), [0]);
    assert!(store.search("key~^(a+)+b$").found().is_empty());
}

#[test]
fn values_of_secrets_are_found_only_where_the_query_says_so() {
    let store = Store::of(vec![
        row(2, "/registry/secrets/default/db", b"hunter2"),
        row(3, "/registry/configmaps/default/db", b"hunter2"),
        row(
            4,
            "/elsewhere/x",
            br#"{"apiVersion":"v1","kind":"Secret","data":{"p":"hunter2"}}"#,
        ),
    ]);
    for text in [
        "value:hunter2",
        "value~hunter.$",
        "hex:68756e74657232",
        "in:value hunter2",
    ] {
        // The pattern's end is not the end of the JSON.
        let all = if text.contains('$') {
            vec![0, 1]
        } else {
            vec![0, 1, 2]
        };
        assert_eq!(store.search(text).found(), [1], "{text}");
        let text = format!("in:secrets {text}");
        assert_eq!(store.search(&text).found(), all, "{text}");
    }
    // A negation tells nothing of what they hold either.
    for value in ["hunter2", "other"] {
        let found = store.search(&format!("-value:{value}")).found().to_vec();
        assert_eq!((found.contains(&0), found.contains(&2)), (true, true));
    }
    assert_eq!(store.search("secrets").found(), [0], "keys are no secret");
}

#[test]
fn rows_that_never_come_are_not_found_and_hold_nothing_up() {
    let rows: Vec<_> = (2..12)
        .map(|main| row(main, &format!("k{main}"), b"v"))
        .collect();
    let store = Store::of(rows);
    let query = || Query::parse("value:v or k9 or k11").unwrap();
    let mut search = Search::new(query(), &store.history);
    while search.step(&store.history, 3) {}
    // Row 4 is passed over, a row of another key stands in for row 5, row 3 comes late.
    for main in [2, 3, 5, 6] {
        search.push(
            &store.history,
            &row(main, &format!("k{main}"), b"v").as_ref(),
        );
    }
    search.push(&store.history, &row(7, "other", b"v").as_ref());
    search.push(&store.history, &row(4, "k4", b"v").as_ref());
    search.push(&store.history, &row(99, "k99", b"v").as_ref());
    assert_eq!(search.found(), [0, 1, 3, 4, 7, 9]);
    assert!(!search.needs_values());

    let mut search = Search::new(query(), &store.history);
    while search.step(&store.history, 3) {}
    search.push(&store.history, &row(3, "k3", b"v").as_ref());
    assert!(search.needs_values());
    assert_eq!(search.found(), [1]);
    search.finish(&store.history);
    assert_eq!(search.found(), [1, 7, 9]);
}

/// A query made of few words, and the plain filter that it stands for.
#[derive(Clone, Debug)]
enum Plan {
    Key(char),
    Value(char),
    Rev(i64),
    Old,
    Not(Box<Plan>),
    All(Vec<Plan>),
    Any(Vec<Plan>),
}

impl Plan {
    fn text(&self) -> String {
        let join = |all: &[Self], by: &str| {
            let all: Vec<_> = all.iter().map(Self::text).collect();
            format!("({})", all.join(by))
        };
        match self {
            Self::Key(c) => c.to_string(),
            Self::Value(c) => format!("value:{c}"),
            Self::Rev(rev) => format!("rev>={rev}"),
            Self::Old => "is:old".to_owned(),
            Self::Not(inner) => format!("-{}", inner.text()),
            Self::All(all) => join(all, " "),
            Self::Any(all) => join(all, " or "),
        }
    }

    fn fits(&self, store: &Store, row: &Record) -> bool {
        match self {
            Self::Key(c) => row.kv.key.contains(&(*c as u8)),
            Self::Value(c) => row.kv.value.contains(&(*c as u8)),
            Self::Rev(rev) => main(row) >= *rev,
            Self::Old => store.last(&row.kv.key) != row,
            Self::Not(inner) => !inner.fits(store, row),
            Self::All(all) => all.iter().all(|one| one.fits(store, row)),
            Self::Any(all) => all.iter().any(|one| one.fits(store, row)),
        }
    }
}

fn plan() -> impl Strategy<Value = Plan> {
    let leaf = prop_oneof![
        (0..4u8).prop_map(|c| Plan::Key(char::from(b'a' + c))),
        (0..4u8).prop_map(|c| Plan::Value(char::from(b'a' + c))),
        (2..60i64).prop_map(Plan::Rev),
        Just(Plan::Old),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| Plan::Not(Box::new(one))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Plan::All),
            prop::collection::vec(inner, 1..4).prop_map(Plan::Any),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_query_finds_what_its_plain_filter_finds(
        plan in plan(),
        rows in prop::collection::vec(("[abcd]{1,2}", "[abcd]{0,2}"), 1..60),
    ) {
        let rows = (2..).zip(&rows);
        let store = Store::of(rows.map(|(main, (key, value))| row(main, key, value.as_bytes())).collect());
        store.check(&plan.text(), |store, row| plan.fits(store, row));
    }
}
