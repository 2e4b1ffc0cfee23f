//! Broken, cut off, encrypted and unknown values: what can be read is shown.

use revscope::kubernetes::{Stored, json, yaml};

use crate::kubernetes::{SCHEMA, records};

/// What is shown of a value: its document, then its problems and unknown fields.
fn shown(value: &[u8]) -> String {
    let mut out = String::new();
    match Stored::read(&SCHEMA, value) {
        Stored::Object(object) => {
            json::push_compact(&mut out, &object.value);
            for problem in &object.problems {
                out += &format!("\n! {problem}");
            }
            for field in &object.unknown {
                let path = &field.path;
                out += &format!(
                    "\n? {path} {} at {}: {:?}",
                    field.number,
                    field.offset,
                    field.guess()
                );
            }
        }
        Stored::Encrypted(held) => {
            out = format!(
                "{} {} {} {}",
                held.provider, held.version, held.key, held.len
            );
        }
        Stored::Other(bytes) => out = format!("{} other bytes", bytes.len()),
    }
    out
}

/// A field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2, u8::try_from(bytes.len()).unwrap()];
    out.extend_from_slice(bytes);
    out
}

/// An envelope around a message.
fn envelope(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let meta = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
    let parts = [
        b"k8s\0".to_vec(),
        field(1, &meta),
        field(2, raw),
        vec![0x1a, 0, 0x22, 0],
    ];
    parts.concat()
}

#[test]
fn a_cut_or_flipped_object_never_stops_the_reader() {
    let mut seen = std::collections::BTreeSet::new();
    for record in records("final.db") {
        let value = &record.kv.value;
        let Stored::Object(whole) = Stored::read(&SCHEMA, value) else {
            continue;
        };
        // Two of each kind.
        if !seen.insert((whole.kind.to_string(), record.kv.version > 1)) {
            continue;
        }
        for end in (4..value.len()).step_by(if seen.len() > 6 { 7 } else { 1 }) {
            let Stored::Object(cut) = Stored::read(&SCHEMA, &value[..end]) else {
                continue;
            };
            let at_seam = end + 4 >= value.len();
            assert!(at_seam || !cut.problems.is_empty() || cut.value != whole.value);
            drop(yaml::to_string(&cut.value));
        }
        for at in (4..value.len()).step_by(if seen.len() > 6 { 31 } else { 5 }) {
            for flip in [0x01, 0x07, 0x80, 0xff] {
                let mut broken = value.clone();
                broken[at] ^= flip;
                drop(shown(&broken));
            }
        }
    }
    assert!(seen.len() > 30, "{}", seen.len());
}

#[test]
fn a_problem_names_its_path_and_offset_and_the_rest_is_shown() {
    // data of a ConfigMap: entry "a" with its value as a number, entry "b" as it should be.
    let broken = [field(1, b"a"), vec![0x10, 7]].concat();
    let good = [field(1, b"b"), field(2, b"x")].concat();
    let raw = [
        field(1, &field(1, b"cm")),
        field(2, &broken),
        field(2, &good),
    ]
    .concat();
    assert_eq!(
        shown(&envelope("v1", "ConfigMap", &raw)),
        r#"{"apiVersion":"v1","data":{"a":"","b":"x"},"kind":"ConfigMap","metadata":{"name":"cm"}}
! data["a"]: wire type 0 at offset 34 where the field has 2
? data["a"] 2 at 34: Int(7)"#
    );
    // The metadata says that it is longer than it is: its name is still read.
    let raw = [&[0x0a, 99], &field(1, b"cm")[..]].concat();
    assert_eq!(
        shown(&envelope("v1", "ConfigMap", &raw)),
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"cm"}}
! metadata: 99 bytes wanted at offset 25, 4 left"#
    );
    let bad_text = [field(1, &field(1, b"c\xffm"))].concat();
    assert_eq!(
        shown(&envelope("v1", "ConfigMap", &bad_text)),
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\u{fffd}m\"}}\n! metadata.name: no UTF-8 text at offset 28"
    );
}

#[test]
fn unknown_fields_and_kinds_are_kept() {
    let meta = [field(1, b"cm"), field(15, b""), vec![0xa0, 6, 5]].concat();
    assert_eq!(
        shown(&envelope("v1", "ConfigMap", &field(1, &meta))),
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"cm"}}
? metadata 15 at 29: Str("")
? metadata 100 at 31: Int(5)"#
    );
    let spec = [
        field(3, b"\x08\x01\x12\x01a"),
        field(3, &[8, 2]),
        vec![0x28, 9],
    ]
    .concat();
    let raw = [
        field(1, &field(1, b"n")),
        field(2, &spec),
        field(4, &[0xff, 0xfe]),
    ]
    .concat();
    assert_eq!(
        shown(&envelope("x.io/v1", "Thing", &raw)),
        r#"{"2":{"3":[{"1":1,"2":"a"},{"1":2}],"5":9},"4":"//4=","apiVersion":"x.io/v1","kind":"Thing","metadata":{"name":"n"}}"#
    );
}

#[test]
fn messages_inside_each_other_end_somewhere() {
    // A pod template's JSON-like nest: RawExtension of a ControllerRevision holds an envelope,
    // which holds an envelope, and so on.
    let mut raw = field(1, b"");
    for _ in 0..80 {
        let inner = envelope_long("apps/v1", "ControllerRevision", &raw);
        raw = long_field(2, &long_field(1, &inner));
    }
    let text = shown(&envelope_long("apps/v1", "ControllerRevision", &raw));
    assert!(
        text.contains("messages inside each other") || text.contains("expected value"),
        "{text}"
    );
    assert!(
        shown(
            &[
                b"{\"apiVersion\":\"v1\",\"kind\":\"X\",\"a\":".as_slice(),
                &[b'['; 100_000]
            ]
            .concat()
        )
        .contains("! : recursion limit exceeded at offset")
    );
}

fn long_field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut len = bytes.len();
    while len >= 0x80 {
        out.push(len as u8 | 0x80);
        len >>= 7;
    }
    out.push(len as u8);
    out.extend_from_slice(bytes);
    out
}

fn envelope_long(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let meta = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), field(1, &meta), long_field(2, raw)].concat()
}

#[test]
fn tells_json_ciphertext_and_other_bytes_apart() {
    assert_eq!(
        shown(b"k8s:enc:aescbc:v1:key1:0123456789abcdef0123"),
        "aescbc v1 key1 20"
    );
    assert_eq!(shown(b"k8s:enc:kms:v2:vault:\x0a\x00:x"), "kms v2 vault 4");
    assert_eq!(shown(b"k8s:enc:"), "   0");
    assert_eq!(shown(b"231840"), "6 other bytes");
    assert_eq!(shown(br#"{"a":1}"#), "7 other bytes");
    assert_eq!(
        shown(br#"{"kind":"X","apiVersion":"a/v1","metadata":{"name":"x"},"spec":{"a":1,"b":}}"#),
        "{\"apiVersion\":\"a/v1\",\"kind\":\"X\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"a\":1}}\n! : expected value at offset 74"
    );
    assert_eq!(shown(b"k8s\0"), r#"{"apiVersion":"","kind":""}"#);
    assert_eq!(shown(b""), "0 other bytes");
}
