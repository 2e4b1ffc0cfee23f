//! What a file still carries of Secrets, tokens and keys: counts by kind and place.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use revscope::kubernetes::{builtin, encode, manifest};
use revscope::kv::{BucketKey, KeyValue, LeaseId, Record, Revision};
use revscope::lost::{Kind, Place, Privacy};
use revscope::shell::{Config, Shell};

use super::kubernetes::records;
use super::lost::Opened;
use crate::support::data;

fn counts(privacy: &Privacy) -> Vec<String> {
    let counts = privacy.counts().into_iter();
    counts
        .map(|count| {
            let (kind, place) = (count.kind, count.place);
            assert!(!count.is_least);
            format!("{kind} {place} {} {}", count.rows, count.keys)
        })
        .collect()
}

fn row(key: &str, value: &[u8], main: i64) -> Record {
    Record {
        bucket_key: BucketKey {
            revision: Revision::new(main, 0),
            tombstone: false,
        },
        kv: KeyValue {
            key: key.into(),
            value: value.to_vec(),
            create_revision: main,
            mod_revision: main,
            version: 1,
            lease: LeaseId::NONE,
        },
    }
}

/// Kinds that a value shows.
fn kinds(key: &str, value: &[u8]) -> Vec<&'static str> {
    let mut privacy = Privacy::new();
    privacy.push(&row(key, value, 2).as_ref(), Place::Live);
    let counts = privacy.counts().into_iter();
    counts.map(|count| count.kind.as_str()).collect()
}

fn stored(yaml: &str) -> Vec<u8> {
    let object = manifest::read(yaml).unwrap().remove(0);
    encode(builtin().unwrap(), &object, &[]).unwrap()
}

fn secret(name: &str, of: &str) -> Vec<u8> {
    stored(&format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: demo}}\ntype: {of}\ndata: {{token: ZXlKaGJHY2lPaUp4}}\n"
    ))
}

fn token(claims: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let header = part(r#"{"alg":"RS256","kid":"abc"}"#);
    format!("{header}.{}.{}", part(claims), "c2ln".repeat(20))
}

/// A member on which Secrets were made, overwritten, deleted and compacted away.
#[test]
fn each_row_counts_where_it_lies() {
    let mut shell = Shell::new(Config::default());
    let mut put = |key: &str, value: &[u8]| {
        let words = ["etcdctl", "put", key].map(|word| word.as_bytes().to_vec());
        assert_eq!(shell.run_argv(&words, value).exit, 0);
    };
    let old = secret("old", "kubernetes.io/service-account-token");
    put("/registry/secrets/demo/old", &old); // 2
    let pass = records("final.db")
        .into_iter()
        .find(|record| record.kv.key.ends_with(b"secrets/demo/db-pass"))
        .unwrap();
    put("/registry/secrets/demo/db-pass", &pass.kv.value); // 3
    put("/registry/secrets/demo/db-pass", &pass.kv.value); // 4
    assert_eq!(shell.run("etcdctl del /registry/secrets/demo/old").exit, 0); // 5
    let mut put = |key: &str, value: &[u8]| {
        let words = ["etcdctl", "put", key].map(|word| word.as_bytes().to_vec());
        assert_eq!(shell.run_argv(&words, value).exit, 0);
    };
    put("/registry/secrets/demo/db-pass", &pass.kv.value); // 6
    let join = secret("join", "bootstrap.kubernetes.io/token");
    put("/registry/secrets/kube-system/join", &join); // 7
    put(
        "/registry/secrets/a/held",
        b"k8s:enc:aescbc:v1:key1:\x01\x02\x03",
    );
    let account = token(r#"{"iss":"x","sub":"system:serviceaccount:demo:web"}"#);
    put("/app/config", format!("token={account}\n").as_bytes());
    put("/app/config", b"token=none\n");
    for line in [
        "etcdctl del /registry/secrets/kube-system/join",
        "etcdctl compact 5",
        "etcdctl snapshot save s.db",
    ] {
        assert_eq!(shell.run(line).exit, 0, "{line}");
    }
    let opened = Opened::new(shell.files().get("s.db").unwrap().to_vec());
    let privacy = opened.privacy();
    assert_eq!(
        counts(&privacy),
        [
            "secret live 1 1",
            "secret old 1 1",
            "secret fossil 1 1",
            "service-account-token-secret fossil 1 1",
            "bootstrap-token-secret deleted 1 1",
            "encrypted live 1 1",
            "service-account-token old 1 1",
        ]
    );
    let findings = privacy.findings(100);
    assert_eq!((findings.len(), privacy.left_out()), (7, 0));
    assert_eq!(privacy.findings(2), &findings[..2]);
    let deleted = findings.iter().find(|one| one.place == Place::Tombstoned);
    let deleted = deleted.unwrap();
    assert_eq!(&*deleted.key, b"/registry/secrets/kube-system/join");
    assert_eq!(deleted.revision, Revision::new(7, 0));
    // Nothing that is told has a value in it.
    let told = format!("{:?} {privacy:?}", counts(&privacy));
    for value in ["S3cr3t", "ZXlKaGJHY2lPaUp4", &account] {
        assert!(!told.contains(value), "{value}");
    }
}

#[test]
fn secrets_count_by_their_type_and_for_nothing_else() {
    let check = |of: &str, kind: &str| {
        let value = secret("a", of);
        assert_eq!(kinds("/registry/secrets/demo/a", &value), [kind], "{of}");
        // Under another prefix and key it says itself what it is.
        assert_eq!(kinds("/other/a", &value), [kind], "{of}");
    };
    check("Opaque", "secret");
    check("helm.sh/release.v1", "secret");
    check(
        "kubernetes.io/service-account-token",
        "service-account-token-secret",
    );
    check("bootstrap.kubernetes.io/token", "bootstrap-token-secret");
    check("kubernetes.io/tls", "tls-secret");
    check("kubernetes.io/dockerconfigjson", "registry-login-secret");
    check("kubernetes.io/dockercfg", "registry-login-secret");
    check("kubernetes.io/ssh-auth", "login-secret");
    let json = br#"{"apiVersion":"v1","kind":"Secret","type":"kubernetes.io/tls","data":{"k":"LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCg=="}}"#;
    assert_eq!(kinds("/x", json), ["tls-secret"]);
    assert_eq!(kinds("/registry/secrets/a/b", b"anything"), ["secret"]);
    let held = b"k8s:enc:kms:v2:vault:AKIAIOSFODNN7EXAMPLE";
    assert_eq!(kinds("/registry/secrets/a/b", held), ["encrypted"]);
    assert_eq!(kinds("/registry/configmaps/a/b", held), ["encrypted"]);
}

#[test]
fn shapes_are_found_in_text_documents_and_envelopes() {
    let check = |text: &str, expected: &[&str]| {
        let map = stored(&format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: b}}\ndata: {{k: {text:?}}}\n"
        ));
        let json = serde_json::json!({"apiVersion": "x/v1", "kind": "X", "spec": text}).to_string();
        for value in [text.as_bytes(), &map, json.as_bytes()] {
            let value_text = String::from_utf8_lossy(value);
            assert_eq!(
                kinds("/registry/configmaps/b/a", value),
                expected,
                "{value_text}"
            );
        }
    };
    let plain = token(r#"{"sub":"1234567890"}"#);
    let long = token(&format!(r#"{{"a":"{}","sub":"1"}}"#, "x".repeat(20_000)));
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n";
    let base64 = STANDARD.encode(pem);
    check("nothing to see", &[]);
    check(&plain, &["json-web-token"]);
    check(&long, &["json-web-token"]);
    check(&format!("a {plain} b eyJx {plain}"), &["json-web-token"]);
    let account = token(r#"{"sub":"system:serviceaccount:a:b"}"#);
    check(&account, &["service-account-token"]);
    check(
        &format!("{plain} {account}"),
        &["service-account-token", "json-web-token"],
    );
    // A token without its signature, and what only begins like one.
    let unsigned = plain.rsplit_once('.').unwrap().0;
    check(unsigned, &[]);
    check("eyJhbGciOiJSUzI1NiJ9", &[]);
    check("eyJ.eyJ.eyJ", &[]);
    check(pem, &["private-key"]);
    check("-----BEGIN PRIVATE KEY-----", &["private-key"]);
    check("-----BEGIN OPENSSH PRIVATE KEY-----", &["private-key"]);
    check("-----BEGIN PGP PRIVATE KEY BLOCK-----", &["private-key"]);
    check("-----BEGIN CERTIFICATE-----", &[]);
    check("-----BEGIN RSA PUBLIC KEY-----", &[]);
    check("-----BEGIN ", &[]);
    check(&base64, &["private-key"]);
    check(&STANDARD.encode("-----BEGIN CERTIFICATE-----\nMIIC\n"), &[]);
    check("LS0tLS1CRUdJTi", &[]);
    let config = format!("users:\n- user:\n    client-key-data: {base64}\n");
    check(&config, &["private-key", "kubeconfig-client-key"]);
    check("client-key-data: x", &[]);
    check("AKIAIOSFODNN7EXAMPLE", &["aws-access-key"]);
    check("id=ASIAIOSFODNN7EXAMPLE;", &["aws-access-key"]);
    check("AKIAIOSFODNN7EXAMPLEX", &[]);
    check("XAKIAIOSFODNN7EXAMPLE", &[]);
    check("AKIAIOSFODNN7EXAMPL", &[]);
    check(&format!("AIza{}", "Sy".repeat(18)), &["google-api-key"]);
    check(&format!("AIza{}", "Sy".repeat(17)), &[]);
    check(&format!("ghp_{}", "a1".repeat(18)), &["github-token"]);
    check(
        &format!("github_pat_{}", "a1".repeat(18)),
        &["github-token"],
    );
    check(&format!("ghp_{}", "a1".repeat(17)), &[]);
    check(&format!("glpat-{}", "a1".repeat(10)), &["gitlab-token"]);
    check(&format!("xoxb-{}", "1-".repeat(10)), &["slack-token"]);
    check(&format!("npm_{}", "a1".repeat(18)), &["npm-token"]);
    check(&format!("hvs.{}", "a1".repeat(12)), &["vault-token"]);
}

/// Real objects have nothing of the kind, and a value that begins a token everywhere takes no
/// longer than another.
#[test]
fn nothing_is_found_where_nothing_is() {
    let mut privacy = Privacy::new();
    for record in records("final.db") {
        privacy.push(&record.as_ref(), Place::Live);
    }
    let of = |kind| {
        privacy
            .counts()
            .into_iter()
            .find(|count| count.kind == kind)
    };
    assert_eq!(of(Kind::Secret).map(|count| count.rows), Some(1));
    assert_eq!(
        of(Kind::RegistryLoginSecret).map(|count| count.rows),
        Some(1)
    );
    assert_eq!(privacy.counts().len(), 2);
    for part in [
        "eyJ",
        "eyJhbGciOiJSUzI1NiJ9.",
        "-----BEGIN ",
        "LS0tLS1CRUdJTi",
        "AKIA",
    ] {
        let value = part.repeat((4 << 20) / part.len());
        assert!(kinds("a", value.as_bytes()).len() <= 1, "{part}");
    }
}

#[test]
fn findings_are_bounded_and_counts_are_not() {
    let mut privacy = Privacy::new();
    let value = b"AKIAIOSFODNN7EXAMPLE";
    for main in 2..70_002 {
        let key = format!("key-{main}");
        privacy.push(&row(&key, value, main).as_ref(), Place::Old);
    }
    let count = privacy.counts()[0];
    assert_eq!(
        (count.rows, count.keys, count.is_least),
        (70_000, 70_000, false)
    );
    assert_eq!(privacy.findings(usize::MAX).len(), 1 << 16);
    assert_eq!(privacy.left_out(), 70_000 - (1 << 16));
}

#[test]
fn a_file_of_a_cluster_has_its_secrets() {
    let opened = Opened::new(data::unpack("k8s/compacted.db"));
    let expected = ["secret live 1 1", "registry-login-secret live 1 1"];
    assert_eq!(counts(&opened.privacy()), expected);
}
