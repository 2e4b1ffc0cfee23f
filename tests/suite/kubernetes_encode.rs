//! What is read is written back to the same bytes.

use revscope::kubernetes::{Encoding, Stored, Value, encode, encode_json, json};

use crate::kubernetes::{SCHEMA, object, records};

#[test]
fn every_stored_object_is_written_back_to_the_same_bytes() {
    let (mut protobuf, mut custom) = (0, 0);
    for record in records("final.db") {
        let Some(object) = object(&record) else {
            continue;
        };
        let revision = record.bucket_key.revision;
        if object.encoding == Encoding::Protobuf {
            let bytes = encode(&SCHEMA, &object.value, &object.unknown).unwrap();
            assert_eq!(bytes, record.kv.value, "{revision} {}", object.kind);
            protobuf += 1;
        } else if object.kind == "CronTab" {
            assert_eq!(encode_json(&object.value), record.kv.value, "{revision}");
            custom += 1;
        }
    }
    assert_eq!((protobuf, custom), (653, 2));
}

#[test]
fn unknown_fields_go_back_to_their_place() {
    // clusterName, field 15 of older releases, between finalizers and managedFields.
    let meta = b"\x0a\x02cm\x12\0\x1a\0\x22\0\x2a\0\x32\0\x38\0\x42\0\x7a\x03abc\x8a\x01\x0b\x0a\x01m\x12\0\x1a\0\x32\0\x42\0\x98\x06\x07";
    let raw = [&[0x0a, meta.len() as u8], &meta[..]].concat();
    let start = b"k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12";
    let value = [&start[..], &[raw.len() as u8], &raw, b"\x1a\0\x22\0"].concat();
    let stored = Stored::read(&SCHEMA, &value);
    let object = stored.object().unwrap();
    assert_eq!(object.unknown.len(), 2);
    assert_eq!(
        encode(&SCHEMA, &object.value, &object.unknown),
        Ok(value.clone())
    );
    assert_ne!(encode(&SCHEMA, &object.value, &[]), Ok(value.clone()));
}

#[test]
fn a_document_that_does_not_fit_says_where() {
    let check = |text: &str, expected: &[&str]| {
        let (value, error) = json::read(text.as_bytes());
        assert_eq!(error, None);
        let errors = encode(&SCHEMA, &value, &[]).unwrap_err();
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(errors, expected, "{text}");
    };
    check(
        r#"{"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":"3","replica":1,"template":{"spec":{"containers":[{"name":1,"ports":{}}],"volumes":[{"emptyDir":{},"x":1}]}}}}"#,
        &[
            r#"unknown field "spec.replica""#,
            "spec.replicas: a string where the field wants a whole number of 32 bits",
            r#"unknown field "spec.template.spec.volumes[0].x""#,
            "spec.template.spec.containers[0].name: a whole number where the field wants a string",
            "spec.template.spec.containers[0].ports: an object where the field wants a list",
        ],
    );
    check(
        r#"{"apiVersion":"v9","kind":"Pod"}"#,
        &[r#"no kind "Pod" is registered for version "v9""#],
    );
    check(
        r#"{"apiVersion":"v1","kind":"Secret","data":{"a":"!"},"metadata":{"creationTimestamp":"x"}}"#,
        &[
            "metadata.creationTimestamp: a string where the field wants a time",
            "data[\"a\"]: a string where the field wants base64",
        ],
    );
}

#[test]
fn a_manifest_becomes_an_object_that_reads_the_same() {
    let text = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{"ports":[{"port":80,"targetPort":"http"},{"port":81,"targetPort":8080}],"selector":{"a":"b"}},"status":{"loadBalancer":{}}}"#;
    let (value, _) = json::read(text.as_bytes());
    let bytes = encode(&SCHEMA, &value, &[]).unwrap();
    let stored = Stored::read(&SCHEMA, &bytes);
    let read = &stored.object().unwrap().value;
    assert_eq!(read.at(&["metadata"]), value.at(&["metadata"]));
    assert_eq!(read.at(&["spec", "ports"]), value.at(&["spec", "ports"]));
    assert_eq!(
        read.at(&["status", "loadBalancer"]),
        Some(&Value::Map(vec![]))
    );
}
