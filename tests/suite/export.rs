//! Rows as text that leaves: each format read back, and the script played on a fresh store.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Output};
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use revscope::bbolt::Order;
use revscope::etcd::{EtcdFile, RecordScan};
use revscope::export::{Counts, Format, Masking, Writer};
use revscope::kubernetes::{Value, manifest};
use revscope::kv::{BucketKey, KeyValue, LeaseId, Record, Revision};
use revscope::shell::{Config, Shell, script};

use crate::support::data;

fn open(name: &str) -> Vec<Record> {
    let file = EtcdFile::open(Rc::new(data::unpack(name))).unwrap();
    let mut scan = RecordScan::new(&file, Order::Forward);
    let mut rows = Vec::new();
    while let Some(page) = scan.next() {
        let page = page.unwrap();
        rows.extend(page.records().map(|record| record.unwrap().to_owned()));
    }
    rows
}

fn write(rows: &[Record], format: Format, masking: Masking) -> (String, Counts) {
    let mut out = String::new();
    let mut writer = Writer::new(format, masking);
    for row in rows {
        writer.push(&row.as_ref(), &mut out);
    }
    let counts = writer.finish(&mut out);
    (out, counts)
}

fn row(main: i64, sub: i64, key: &[u8], value: Option<&[u8]>) -> Record {
    let is_put = value.is_some();
    Record {
        bucket_key: BucketKey {
            revision: Revision::new(main, sub),
            tombstone: !is_put,
        },
        kv: KeyValue {
            key: key.to_vec(),
            value: value.unwrap_or_default().to_vec(),
            create_revision: if is_put { main } else { 0 },
            mod_revision: if is_put { main } else { 0 },
            version: i64::from(is_put),
            lease: LeaseId::NONE,
        },
    }
}

fn with_lease(mut row: Record, lease: i64) -> Record {
    row.kv.lease = LeaseId(lease);
    row
}

/// Rows with everything that a shell, a table or a transaction could trip over.
fn awkward() -> Vec<Record> {
    let mut every = (0..=255).collect::<Vec<u8>>();
    every.extend("é√\u{200b}\u{85}".bytes());
    let mut rows = Vec::new();
    let texts: [&[u8]; 14] = [
        b"plain",
        b"it's \"quoted\" $HOME `id` $(id) \\ \\\\ %s %% !",
        b"line\nbreak",
        b"\n",
        b"-n",
        b"-first\nline",
        b"--lease=1",
        b" blanks ",
        b"tab\there, comma",
        b"cr\r\nlf",
        b"\x00",
        b"\x005 and \xff7",
        b"END",
        &every,
    ];
    for (main, text) in (2..).zip(texts) {
        rows.push(row(
            main,
            0,
            text,
            Some(texts[(main as usize * 5) % texts.len()]),
        ));
    }
    rows.push(row(16, 0, b"empty", Some(b"")));
    // One transaction of everything, once more with a lease.
    rows.extend(
        (0..)
            .zip(texts)
            .map(|(sub, text)| row(17, sub, &[b"txn-", text].concat(), Some(text))),
    );
    let leased = (0..)
        .zip(texts)
        .map(|(sub, text)| with_lease(row(18, sub, &[b"lease-", text].concat(), Some(text)), 7));
    rows.extend(leased);
    rows.push(with_lease(row(19, 0, b"one", Some(b"leased")), 7));
    rows.push(with_lease(row(20, 0, b"two", Some(b"leased\n")), -2));
    rows.push(row(21, 0, b"it's", None));
    rows.push(row(22, 0, b"\x00", None));
    rows.push(row(22, 1, b"plain", None));
    rows
}

/// Plays a script on a fresh store; its rows.
fn replay(text: &str) -> Vec<Record> {
    let mut shell = Shell::new(Config::default());
    for played in script::run_script(&mut shell, text) {
        let stderr = String::from_utf8_lossy(&played.answer.stderr);
        assert_eq!(
            (played.answer.exit, &*stderr),
            (0, ""),
            "{:.300}",
            played.line
        );
    }
    shell.store().records().cloned().collect()
}

/// What etcd makes of the same changes, in an empty store: revision by revision.
fn expected(rows: &[Record]) -> Vec<Record> {
    let mut live: BTreeMap<&[u8], (i64, i64)> = BTreeMap::new();
    let mut out: Vec<Record> = Vec::new();
    let mut main = 1;
    for group in rows.chunk_by(|a, b| a.bucket_key.revision.main == b.bucket_key.revision.main) {
        let mut sub = 0;
        for row in group {
            let mut made = row.clone();
            made.bucket_key.revision = Revision::new(main + 1, sub);
            made.kv.lease = LeaseId(i64::from(row.kv.lease != LeaseId::NONE));
            if row.bucket_key.tombstone {
                if live.remove(&row.kv.key[..]).is_none() {
                    continue;
                }
            } else {
                let (create, version) = live.get(&row.kv.key[..]).copied().unwrap_or((main + 1, 0));
                live.insert(&row.kv.key, (create, version + 1));
                made.kv.create_revision = create;
                made.kv.mod_revision = main + 1;
                made.kv.version = version + 1;
            }
            sub += 1;
            out.push(made);
        }
        main += i64::from(sub > 0);
    }
    out
}

/// Plays rows as a script; answers how many rows that made.
fn check_replay(rows: &[Record], name: &str) -> Vec<Record> {
    let (text, counts) = write(rows, Format::Etcdctl, Masking::Shown);
    assert_eq!(
        (counts.rows, counts.masked),
        (rows.len() as u64, 0),
        "{name}"
    );
    let mut made = replay(&text);
    for record in &mut made {
        record.kv.lease = LeaseId(i64::from(record.kv.lease != LeaseId::NONE));
    }
    let expected = expected(rows);
    for (made, expected) in made.iter().zip(&expected) {
        assert_eq!(made, expected, "{name}");
    }
    assert_eq!(made.len(), expected.len(), "{name}");
    made
}

#[test]
fn the_script_writes_the_same_history_again() {
    for name in [
        "scenarios/3.5.1/never-compacted/db.db",
        "scenarios/3.5.1/leases/db.db",
        "talk/talk-before-compact.db",
    ] {
        let rows = open(name);
        let made = check_replay(&rows, name);
        // Nothing was compacted: the same to the last version, but for leases' numbers.
        let whole = rows.iter().all(|row| {
            row.kv.version <= 1 || {
                rows.iter().any(|first| {
                    first.kv.key == row.kv.key
                        && first.bucket_key.revision.main == row.kv.create_revision
                })
            }
        });
        assert!(whole, "{name}");
        let versions = |rows: &[Record]| -> Vec<_> {
            let state = rows
                .iter()
                .map(|row| (row.kv.key.clone(), row.kv.value.clone(), row.kv.version));
            state.collect()
        };
        assert_eq!(versions(&made), versions(&rows), "{name}");
    }
    check_replay(&awkward(), "awkward");
}

#[test]
fn the_script_replays_what_compactions_left_and_what_kubernetes_wrote() {
    check_replay(&open("workload/w351/final.db"), "w351");
    check_replay(&open("k8s/final.db"), "k8s");
}

#[test]
fn a_revision_too_large_for_a_transaction_is_split() {
    let rows: Vec<_> = (0..300)
        .map(|sub| row(2, sub, format!("k{sub:03}").as_bytes(), Some(b"v")))
        .collect();
    let (text, _) = write(&rows, Format::Etcdctl, Masking::Hidden);
    assert!(
        text.contains("1 revisions were too large for one transaction"),
        "{text}"
    );
    let made = replay(&text);
    let mains: Vec<_> = made
        .iter()
        .map(|row| row.bucket_key.revision.main)
        .collect();
    assert_eq!(
        (made.len(), mains[0], mains[127], mains[128], mains[299]),
        (300, 2, 2, 3, 4)
    );
}

/// Where bash is: what it hands to `etcdctl` is what the rows have.
#[test]
fn bash_reads_the_script_as_it_is_meant() {
    let dir = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| -> Option<Output> {
        Command::new("bash")
            .current_dir(dir.path())
            .args(words)
            .output()
            .ok()
    };
    if run(&["-c", "true"]).is_none_or(|output| !output.status.success()) {
        return;
    }
    // Puts of one line each, since words hold no zero byte.
    let (text, _) = write(&awkward()[..10], Format::Etcdctl, Masking::Shown);
    let fake = "etcdctl() { [ \"$1\" = put ] || return 0; shift 2; printf '%s\\n' \"$1\" | base64 -w0; echo; if [ $# -gt 1 ]; then printf '%s' \"$2\" | base64 -w0; else base64 -w0; fi; echo; }\n";
    fs::write(dir.path().join("script.sh"), format!("{fake}{text}")).unwrap();
    let output = run(&["script.sh"]).unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let lines = String::from_utf8(output.stdout).unwrap();
    let told: Vec<_> = lines
        .lines()
        .map(|line| STANDARD.decode(line).unwrap())
        .collect();
    let rows = awkward();
    let singles = rows[..10].iter().filter(|row| !row.kv.key.contains(&b'\n'));
    let expected: Vec<_> = singles
        .flat_map(|row| [[&row.kv.key[..], b"\n"].concat(), row.kv.value.clone()])
        .collect();
    // Keys of several lines go by transactions, which this etcdctl does not know.
    assert!(expected.len() > 10);
    for pair in expected.chunks(2) {
        assert!(told.chunks(2).any(|one| one == pair), "{pair:?}");
    }
}

#[test]
fn lines_are_those_of_records() {
    let rows = awkward();
    let (text, _) = write(&rows, Format::JsonLines, Masking::Hidden);
    for (line, row) in text.lines().zip(&rows) {
        let read: serde_json::Value = serde_json::from_str(line).unwrap();
        let bytes = |name: &str| STANDARD.decode(read[name].as_str().unwrap()).unwrap();
        assert_eq!(
            (bytes("key_b64"), bytes("value_b64")),
            (row.kv.key.clone(), row.kv.value.clone())
        );
        assert_eq!(read["main"], row.bucket_key.revision.main);
        assert_eq!(read["lease"], row.kv.lease.0);
        assert!(read["masked"].is_null());
    }
    assert_eq!(text.lines().count(), rows.len());
}

/// Reads RFC 4180.
fn read_csv(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut chars = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(c) = chars.next() {
        let field = rows.last_mut().unwrap().last_mut().unwrap();
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => field.push(chars.next().unwrap()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => rows.last_mut().unwrap().push(String::new()),
            '\r' if !is_quoted => {
                assert_eq!(chars.next(), Some('\n'));
                rows.push(vec![String::new()]);
            }
            c => field.push(c),
        }
    }
    assert_eq!(rows.pop().unwrap(), [""]);
    rows
}

#[test]
fn a_table_is_read_back() {
    let rows = awkward();
    let (text, _) = write(&rows, Format::Csv, Masking::Hidden);
    let table = read_csv(&text);
    let header =
        "revision,sub,tombstone,key,key_encoding,value,value_encoding,create,mod,version,lease";
    assert_eq!(table[0].join(","), header);
    assert_eq!(table.len(), rows.len() + 1);
    for (read, row) in table[1..].iter().zip(&rows) {
        assert_eq!(read.len(), 11);
        let bytes = |at: usize| match read[at + 1].as_str() {
            "text" => read[at].clone().into_bytes(),
            "base64" => STANDARD.decode(&read[at]).unwrap(),
            other => panic!("{other}"),
        };
        assert_eq!(
            (bytes(3), bytes(5)),
            (row.kv.key.clone(), row.kv.value.clone())
        );
        assert_eq!(read[0], row.bucket_key.revision.main.to_string());
        assert_eq!(read[2], row.bucket_key.tombstone.to_string());
    }
    assert_eq!(
        write(&[], Format::Csv, Masking::Hidden).0.trim_end(),
        header
    );
}

#[test]
fn yaml_is_read_back() {
    let rows = awkward();
    let (text, _) = write(&rows, Format::Yaml, Masking::Hidden);
    let all = manifest::read(&text).unwrap();
    let items = all[0].items();
    assert_eq!(items.len(), rows.len());
    for (item, row) in items.iter().zip(&rows) {
        let bytes = |text: &str, other: &str| match item.get(text).and_then(Value::as_str) {
            Some(text) => text.as_bytes().to_vec(),
            None => STANDARD
                .decode(item.get(other).unwrap().as_str().unwrap())
                .unwrap(),
        };
        assert_eq!(bytes("key", "key_b64"), row.kv.key);
        assert_eq!(
            item.get("revision").unwrap().as_int(),
            Some(row.bucket_key.revision.main)
        );
        match row.bucket_key.tombstone {
            true => assert!(item.get("tombstone").is_some() && item.get("value").is_none()),
            false => assert_eq!(bytes("value", "value_b64"), row.kv.value),
        }
    }
    let rows = open("k8s/final.db");
    let (text, _) = write(&rows, Format::Yaml, Masking::Hidden);
    assert!(text.contains("\n    kind: Pod\n"));
    assert!(!text.contains("managedFields"));
    assert_eq!(write(&[], Format::Yaml, Masking::Hidden).0, "[]\n");
}

#[test]
fn dump_is_what_the_tool_prints() {
    let rows = [row(2, 0, b"a", Some(b"1"))];
    let line = "rev={main:2 sub:0}, value=[key \"a\" | val \"1\" | created 2 | mod 2 | ver 1]\n";
    assert_eq!(write(&rows, Format::Dump, Masking::Hidden).0, line);
}

#[test]
fn secrets_stay_in_the_file_unless_asked_for() {
    let rows = [
        row(2, 0, b"/registry/secrets/default/db", Some(b"hunter2")),
        row(3, 0, b"/elsewhere/x", Some(br#"{"apiVersion":"v1","kind":"Secret","data":{"p":"hunter2"},"metadata":{"name":"x"}}"#)),
        row(4, 0, b"/registry/secrets/default/o", Some(br#"{"apiVersion":"v1","kind":"Other","spec":"hunter2","metadata":{"name":"o"}}"#)),
        row(5, 0, b"/registry/secrets/default/e", Some(b"k8s:enc:aescbc:v1:key1:hunter2")),
        row(6, 0, b"/registry/secrets/default/db", None),
        row(7, 0, b"plain", Some(b"value")),
    ];
    for format in Format::ALL {
        let (hidden, counts) = write(&rows, format, Masking::Hidden);
        let in_base64 = STANDARD.encode("hunter2");
        let tells = |text: &str| {
            // As base64, the same bytes may stand at three places of a group.
            ["hunter2", "aHVudGVyM", "h1bnRlcj", "odW50ZXIy"]
                .iter()
                .any(|part| text.contains(part))
                || text.contains(&in_base64)
        };
        assert!(!tells(&hidden), "{format:?}: {hidden}");
        assert!(
            hidden.contains("plain") || hidden.contains("cGxhaW4="),
            "{format:?}"
        );
        // The script leaves a Secret's deletion out as well, so as to delete none that it did not write.
        let masked = if format == Format::Etcdctl { 5 } else { 4 };
        assert_eq!((counts.masked, counts.left_out), (masked, 0), "{format:?}");
        let (shown, counts) = write(&rows, format, Masking::Shown);
        assert!(tells(&shown) && counts.masked == 0, "{format:?}");
    }
    let (script, _) = write(&rows, Format::Etcdctl, Masking::Hidden);
    assert!(
        script.contains("# revision 2: a Secret is left out: \"/registry/secrets/default/db\"\n")
    );
    assert!(!script.contains("\netcdctl del"));
    assert_eq!(replay(&script).len(), 1);
}

#[test]
fn formats_are_told_apart_by_their_names() {
    for format in Format::ALL {
        assert_eq!(Format::find(format.name()), Some(format));
        assert!(!format.ending().is_empty() && format.media_type().contains('/'));
        assert!(!format.about().is_empty());
    }
    assert_eq!(Format::find("xml"), None);
}
