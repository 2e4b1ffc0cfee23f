//! Every field of what etcd keeps in its small buckets, and of the hash at the end: broken one at a
//! time. What is said of each is in `tests/golden/broken-*.txt`.

use std::rc::Rc;

use revscope::bbolt::write::{Image, Options};
use revscope::etcd::{Contents, EtcdFile, Verify};

use crate::support::{data, golden};

/// A field of a protobuf message.
#[derive(Clone)]
enum Field {
    Number(u8, u64),
    Bytes(u8, Vec<u8>),
}

impl Field {
    fn number(&self) -> u8 {
        match self {
            Self::Number(number, _) | Self::Bytes(number, _) => *number,
        }
    }

    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Number(number, value) => {
                assert!(*value < 128);
                vec![number << 3, *value as u8]
            }
            Self::Bytes(number, value) => {
                assert!(value.len() < 128);
                [&[number << 3 | 2, value.len() as u8], &value[..]].concat()
            }
        }
    }
}

fn message(fields: &[Field]) -> Vec<u8> {
    fields.iter().flat_map(Field::encode).collect()
}

/// Every message with one field broken, and what was done to it.
fn breaks(fields: &[Field]) -> Vec<(String, Vec<u8>)> {
    let mut broken = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        let before = message(&fields[..at]);
        let after = message(&fields[at + 1..]);
        let number = field.number();
        let with = |bytes: &[u8]| [&before, bytes, &after].concat();
        let mut add = |what: &str, bytes: Vec<u8>| broken.push((format!("{number} {what}"), bytes));
        match field {
            Field::Number(..) => {
                add("as bytes", with(&[number << 3 | 2, 1, b'x']));
                add(
                    "too long",
                    with(&[&[number << 3][..], &[0x80; 11]].concat()),
                );
                add("cut", [&before[..], &[number << 3]].concat());
            }
            Field::Bytes(_, value) => {
                add("as number", with(&[number << 3, 1]));
                let len = value.len() as u8;
                let more = [&before[..], &[number << 3 | 2, len + 1], value].concat();
                add("with a byte missing", more);
                let huge = [&[number << 3 | 2][..], &[0xff; 9], &[1]].concat();
                add("of 2^64 bytes", with(&huge));
                add("cut", [&before[..], &[number << 3 | 2]].concat());
            }
        }
        add(
            "of eight bytes",
            with(&[&[number << 3 | 1][..], &[0; 8]].concat()),
        );
        add(
            "of four bytes",
            with(&[&[number << 3 | 5][..], &[0; 4]].concat()),
        );
        add("as a group", with(&[number << 3 | 3]));
    }
    broken
}

/// What is said of an item that is alone in its bucket, beside an empty bucket `key`.
fn said(bucket: &str, key: &[u8], value: &[u8]) -> Vec<String> {
    let mut image = Image::new(Options::default()).unwrap();
    let mut tx = image.begin();
    tx.create_bucket(tx.root(), b"key").unwrap();
    let made = tx.create_bucket(tx.root(), bucket.as_bytes()).unwrap();
    tx.put(made, key, value).unwrap();
    tx.commit().unwrap();
    let file = EtcdFile::open(Rc::new(image)).unwrap();
    let contents = Contents::read(&file);
    let told = file.info().problems.iter().chain(&contents.problems);
    told.map(ToString::to_string).collect()
}

/// Collects what is said of each case.
#[derive(Default)]
struct Table(String);

impl Table {
    fn row(&mut self, what: &str, said: &[String]) {
        let said = match said {
            [] => "nothing".to_owned(),
            said => said.join("\n    "),
        };
        self.0.push_str(&format!("{what}\n    {said}\n"));
    }

    /// Something is said of each of them.
    fn items(&mut self, what: &str, bucket: &str, key: &[u8], values: Vec<(String, Vec<u8>)>) {
        for (field, value) in values {
            let told = said(bucket, key, &value);
            assert!(!told.is_empty(), "{what} {field}");
            self.row(&format!("{what} {field}"), &told);
        }
    }
}

fn texts<const N: usize>(values: [&str; N]) -> Vec<(String, Vec<u8>)> {
    let named = |value: &str| (value.to_owned(), value.as_bytes().to_vec());
    values.into_iter().map(named).collect()
}

#[test]
fn every_field_of_the_messages() {
    let mut table = Table::default();
    let id = 5u64.to_be_bytes();
    let lease = [
        Field::Number(1, 5),
        Field::Number(2, 60),
        Field::Number(3, 7),
    ];
    assert_eq!(said("lease", &id, &message(&lease)), [] as [String; 0]);
    table.items("lease", "lease", &id, breaks(&lease));
    let whole = message(&lease);
    table.row("lease under another id", &said("lease", &[0; 8], &whole));
    table.row("lease under a short key", &said("lease", &id[1..], &whole));

    let alarm = [Field::Number(1, 9), Field::Number(2, 1)];
    assert_eq!(said("alarm", &message(&alarm), b""), [] as [String; 0]);
    for (field, key) in breaks(&alarm) {
        table.row(&format!("alarm {field}"), &said("alarm", &key, b""));
    }
    let unknown = message(&[Field::Number(1, 9), Field::Number(2, 3)]);
    table.row("alarm of kind 3", &said("alarm", &unknown, b""));

    let options = [Field::Number(1, 1)];
    let user = |options: Vec<u8>| {
        [
            Field::Bytes(1, b"bob".to_vec()),
            Field::Bytes(2, b"hash".to_vec()),
            Field::Bytes(3, b"reader".to_vec()),
            Field::Bytes(4, options),
        ]
    };
    let whole = user(message(&options));
    assert_eq!(
        said("authUsers", b"bob", &message(&whole)),
        [] as [String; 0]
    );
    table.items("user", "authUsers", b"bob", breaks(&whole));
    let inner = breaks(&options).into_iter();
    let inner = inner.map(|(field, bytes)| (format!("4.{field}"), message(&user(bytes))));
    table.items("user", "authUsers", b"bob", inner.collect());
    let mut odd = whole.clone();
    odd[2] = Field::Bytes(3, vec![b'a', 0xff]);
    let named = message(&odd);
    table.row("user 3 not text", &said("authUsers", b"bob", &named));
    table.row(
        "user of another name",
        &said("authUsers", b"rob", &message(&whole)),
    );

    let permission = [
        Field::Number(1, 2),
        Field::Bytes(2, b"a".to_vec()),
        Field::Bytes(3, b"b".to_vec()),
    ];
    let role = |permission: Vec<u8>| {
        [
            Field::Bytes(1, b"reader".to_vec()),
            Field::Bytes(2, permission),
        ]
    };
    let whole = role(message(&permission));
    assert_eq!(
        said("authRoles", b"reader", &message(&whole)),
        [] as [String; 0]
    );
    table.items("role", "authRoles", b"reader", breaks(&whole));
    let inner = breaks(&permission).into_iter();
    let inner = inner.map(|(field, bytes)| (format!("2.{field}"), message(&role(bytes))));
    table.items("role", "authRoles", b"reader", inner.collect());
    let unknown = message(&role(vec![8, 3]));
    table.row("role 2.1 is 3", &said("authRoles", b"reader", &unknown));
    table.row(
        "role of another name",
        &said("authRoles", b"writer", &message(&whole)),
    );
    golden::check("broken-messages.txt", &table.0);
}

#[test]
fn every_field_of_the_json() {
    let mut table = Table::default();
    let member = [
        ("id", "5"),
        ("peerURLs", r#"["http://a:1"]"#),
        ("isLearner", "true"),
        ("name", r#""m1""#),
        ("clientURLs", r#"["http://a:2"]"#),
    ];
    let conf_state = [
        ("voters", "[5]"),
        ("learners", "[6]"),
        ("voters_outgoing", "[7]"),
        ("learners_next", "[8]"),
        ("auto_leave", "false"),
    ];
    let downgrade = [("target-version", r#""3.5.0""#), ("enabled", "true")];
    let values = [
        "-1",
        "1.5",
        "18446744073709551616",
        r#""5""#,
        "[5]",
        r#"["5"]"#,
        "{}",
        "null",
        "true",
        "[",
        "",
    ];
    let mut check = |bucket: &str, key: &str, fields: &[(&str, &str)]| {
        let text = |broken: usize, value: &str| {
            let part = |(at, (name, good)): (usize, &(&str, &str))| {
                let value = if at == broken { value } else { good };
                format!("{name:?}:{value}")
            };
            let parts: Vec<_> = fields.iter().enumerate().map(part).collect();
            format!("{{{}}}", parts.join(","))
        };
        let good = text(fields.len(), "");
        assert_eq!(
            said(bucket, key.as_bytes(), good.as_bytes()),
            [] as [String; 0]
        );
        for (at, (name, _)) in fields.iter().enumerate() {
            for value in values {
                let told = said(bucket, key.as_bytes(), text(at, value).as_bytes());
                table.row(&format!("{bucket}/{key} {name} = {value}"), &told);
            }
        }
        let cut = said(bucket, key.as_bytes(), &good.as_bytes()[..good.len() - 1]);
        table.row(&format!("{bucket}/{key} cut"), &cut);
    };
    check("members", "5", &member);
    check("meta", "confState", &conf_state);
    check("cluster", "downgrade", &downgrade);
    let nameless = said("members", b"5", br#"{"name":"m1"}"#);
    table.row("members/5 without id", &nameless);
    golden::check("broken-json.txt", &table.0);
}

#[test]
fn every_number_and_version() {
    let mut table = Table::default();
    let lengths = || [0usize, 1, 7, 9, 16].map(|len| (format!("of {len} bytes"), vec![1; len]));
    for (bucket, key) in [
        ("meta", "consistent_index"),
        ("meta", "term"),
        ("auth", "authRevision"),
    ] {
        let good = said(bucket, key.as_bytes(), &[0; 8]);
        assert_eq!(good, [] as [String; 0]);
        table.items(key, bucket, key.as_bytes(), lengths().into());
    }
    let good = [&[0; 8][..], b"_", &[0; 8]].concat();
    for key in ["scheduledCompactRev", "finishedCompactRev"] {
        assert_eq!(said("meta", key.as_bytes(), &good), [] as [String; 0]);
        let mut revisions: Vec<_> = lengths().into();
        let mut put = |what: &str, at: usize, byte: u8| {
            let mut value = good.clone();
            value[at] = byte;
            revisions.push((what.to_owned(), value));
        };
        put("without separator", 8, b'-');
        put("of a negative main", 0, 0x80);
        put("of a negative sub", 9, 0x80);
        revisions.push(("with a mark".to_owned(), [&good[..], b"x"].concat()));
        revisions.push(("with two marks".to_owned(), [&good[..], b"tt"].concat()));
        for (what, value) in revisions {
            let told = said("meta", key.as_bytes(), &value);
            table.row(&format!("{key} {what}"), &told);
        }
    }
    let versions = || {
        let mut all = texts([
            "3", "3.6", "3.6.0.0", "a.b.c", "3.6.x", "-3.6.0", " 3.6.0", "3..0",
        ]);
        all.push(("of no bytes".to_owned(), Vec::new()));
        all.push(("not text".to_owned(), b"3.6.\xff".to_vec()));
        all.push((
            "of 65 bytes".to_owned(),
            [&b"3.6.0-"[..], &[b'a'; 59]].concat(),
        ));
        all
    };
    for (bucket, key) in [("meta", "storageVersion"), ("cluster", "clusterVersion")] {
        assert_eq!(said(bucket, key.as_bytes(), b"3.6.0"), [] as [String; 0]);
        table.items(key, bucket, key.as_bytes(), versions());
    }
    for value in [&b""[..], b"\x02", b"\x01\x01"] {
        let told = said("auth", b"authEnabled", value);
        table.row(&format!("authEnabled {value:?}"), &told);
    }
    for key in [&b"zz"[..], b"\xff", b"", &[b'1'; 17]] {
        let key = if key.is_empty() { b"-1" } else { key };
        let told = said("members_removed", key, b"removed");
        table.row(&format!("removed member {}", key.escape_ascii()), &told);
    }
    table.row(
        "removed member's mark",
        &said("members_removed", b"5", b"kept"),
    );
    golden::check("broken-numbers.txt", &table.0);
}

#[test]
fn every_byte_of_the_hash_at_the_end() {
    let good = data::unpack("snapshots/good-snapshot.db");
    let pages = good.len() - 32;
    let verified = |bytes: Vec<u8>| {
        let file = EtcdFile::open(Rc::new(bytes)).unwrap();
        let told = file.info().problems.iter().map(ToString::to_string);
        let mut told: Vec<_> = told.collect();
        if let Some(trailer) = file.info().snapshot {
            let mut verify = Verify::new(trailer);
            let outcome = loop {
                if let Some(outcome) = verify.step(file.db()) {
                    break outcome;
                }
            };
            told.extend(outcome.err().map(|problem| problem.to_string()));
        }
        told
    };
    assert_eq!(verified(good.clone()), [] as [String; 0]);
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let right = hex(&good[pages..]);
    for at in 0..32 {
        let mut bytes = good.clone();
        bytes[pages + at] ^= 1 << (at % 8);
        let stored = hex(&bytes[pages..]);
        let expected = format!("file: sha256 at the end is {stored}, but the pages give {right}");
        assert_eq!(verified(bytes), [expected]);
    }
    for len in 1..32 {
        let told = verified(good[..pages + len].to_vec());
        let expected = format!(
            "file: {len} bytes follow the last page: a snapshot whose 32-byte sha256 was cut, or \
             whose end was damaged"
        );
        assert_eq!(told, [expected]);
    }
}
