//! The simulated API server against the recorded one: the same commands, what they print, and
//! what they leave in etcd.

use std::collections::{BTreeMap, BTreeSet};

use revscope::kubernetes::{Object, Stored, builtin, encode, encode_json, json};
use revscope::kv::KeyValue;
use revscope::mvcc::{KeyRange, Range};
use revscope::shell::{Config, Ran, Shell};
use serde_json::Value;

use crate::support::data;

/// A command of the recording.
struct Recorded {
    words: Vec<String>,
    stdin: String,
    stdout: String,
    exit: i64,
}

fn recording() -> Vec<Recorded> {
    let text = String::from_utf8(data::unpack("k8s/kubectl.jsonl")).unwrap();
    let read = |line: &str| {
        let one: Value = serde_json::from_str(line).unwrap();
        let words = one["cmd"].as_array().unwrap().iter();
        let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
        Recorded {
            words: words
                .map(|word| word.as_str().unwrap().to_owned())
                .collect(),
            stdin: text("stdin"),
            stdout: text("stdout"),
            exit: one["exit"].as_i64().unwrap(),
        }
    };
    text.lines().map(read).collect()
}

fn run(shell: &mut Shell, one: &Recorded) -> Ran {
    let words: Vec<_> = one
        .words
        .iter()
        .map(|word| word.clone().into_bytes())
        .collect();
    shell.run_argv(&words, one.stdin.as_bytes())
}

/// Commands of the recording that the simulated cluster has, in its order.
fn is_simulated(words: &[String]) -> bool {
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    match words.get(1).map(String::as_str) {
        Some("get" | "apply" | "scale" | "set" | "label" | "annotate" | "delete" | "patch") => true,
        Some("rollout") => true,
        Some("run") => true,
        Some("create") => {
            (has("namespace") || has("configmap") || has("generic") || has("serviceaccount"))
                && !has("binary")
        }
        _ => false,
    }
}

/// What a clock, randomness or a table's width makes: replaced by words.
fn masked(text: &str) -> Vec<String> {
    let mut names = BTreeMap::new();
    text.lines()
        .map(|line| {
            let words = line.split_whitespace().map(|word| mask(word, &mut names));
            let line = words.collect::<Vec<_>>().join(" ");
            // How many pods are still going when the others have come depends on the clock.
            match line.starts_with("\"terminatingReplicas\":") {
                true => "terminatingReplicas".to_owned(),
                false => line,
            }
        })
        .collect()
}

fn mask(word: &str, names: &mut BTreeMap<String, usize>) -> String {
    let bare = word.trim_matches(|sign: char| matches!(sign, '"' | ',' | '\\' | ':' | '.'));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_age = bare.strip_suffix(['s', 'm']).is_some_and(digits);
    let is_time = bare.len() >= 20 && bare.ends_with('Z') && bare.contains('T');
    let is_uid = bare.len() == 36 && bare.matches('-').count() == 4;
    let is_address = bare.split('.').count() == 4 && bare.split('.').all(digits);
    let is_revision = word.starts_with('"') && digits(bare) && bare.len() > 1;
    let put = |with: &str| word.replacen(bare, with, 1);
    if is_age {
        return put("AGE");
    }
    if is_time {
        return put("TIME");
    }
    if is_uid {
        return put("UID");
    }
    if is_address {
        return put("ADDRESS");
    }
    if is_revision {
        return put("NUMBER");
    }
    if matches!(bare, "test-k8s-cluster-control-plane" | "worker-1") {
        return put("NODE");
    }
    // Names that end in random letters, numbered as they come.
    if let Some(at) = word.find("nginx-deployment-") {
        let start = at + "nginx-deployment-".len();
        let rest = &word[start..];
        let end = rest
            .find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-')
            .unwrap_or(rest.len());
        let random = &rest[..end];
        let (hash, pod) = random.split_once('-').unwrap_or((random, ""));
        let next = names.len();
        let number = *names.entry(hash.to_owned()).or_insert(next);
        let pod = if pod.is_empty() { "" } else { "-POD" };
        return format!("{}{number}{pod}{}", &word[..start], &rest[end..]);
    }
    if let Some(hash) = word.strip_prefix("app=nginx,pod-template-hash=") {
        let next = names.len();
        let number = *names.entry(hash.to_owned()).or_insert(next);
        return format!("app=nginx,pod-template-hash={number}");
    }
    word.to_owned()
}

/// The words that a rolling change prints depend on how fast pods are: its first and last line,
/// and what kinds of lines there are.
fn of_rollout(text: &str) -> Vec<String> {
    let number = |word: &str| match word.parse::<u32>() {
        Ok(_) => "N".to_owned(),
        Err(_) => word.to_owned(),
    };
    let forms: BTreeSet<String> = text
        .lines()
        .map(|line| line.split(' ').map(number).collect::<Vec<_>>().join(" "))
        .collect();
    forms.into_iter().collect()
}

#[test]
fn the_recorded_session_prints_the_same() {
    let mut shell = Shell::new(Config::default());
    let mut compared = 0;
    let mut left = Vec::new();
    for one in recording() {
        let line = one.words.join(" ");
        if !is_simulated(&one.words) {
            left.push(line);
            continue;
        }
        let ran = run(&mut shell, &one);
        let found = String::from_utf8_lossy(&ran.stdout);
        let errors = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(i64::from(ran.exit), one.exit, "{line}\n{errors}");
        if line.contains("rollout status") {
            let last = |text: &str| text.lines().last().map(str::to_owned);
            assert_eq!(last(&found), last(&one.stdout), "{line}");
            let allowed = of_rollout(&one.stdout);
            let known = |form: &String| allowed.contains(form) || form.contains("out of");
            assert!(of_rollout(&found).iter().all(known), "{line}\n{found}");
        } else if !is_of_its_own(&one.words) {
            assert_eq!(masked(&found), masked(&one.stdout), "{line}\n{errors}");
        }
        compared += 1;
    }
    assert_eq!((compared, left.len()), (48, 12), "{left:#?}");
}

/// Lists of what the recording's other commands, its two nodes or its clock made.
fn is_of_its_own(words: &[String]) -> bool {
    let line = words.join(" ");
    [
        "get nodes",
        "get namespaces -o json",
        "get pods -A",
        "get events",
        "get deployments,rs,pods",
    ]
    .iter()
    .any(|part| line.contains(part))
}

/// Every key below `/registry` with all that was ever written to it.
fn kept(shell: &Shell) -> BTreeMap<String, Vec<KeyValue>> {
    let store = shell.store();
    let mut all: BTreeMap<String, Vec<KeyValue>> = BTreeMap::new();
    for revision in 2..=store.revision() {
        let mut range = Range::of(KeyRange::prefix("/registry/"));
        range.revision = revision;
        for kv in store.range(&range).unwrap().kvs {
            if kv.mod_revision == revision {
                let key = String::from_utf8(kv.key.clone()).unwrap();
                all.entry(key).or_default().push(kv);
            }
        }
    }
    all
}

fn object(kv: &KeyValue) -> Object<'_> {
    match Stored::read(builtin().unwrap(), &kv.value) {
        Stored::Object(object) => *object,
        _ => panic!("{:?} is no object", String::from_utf8_lossy(&kv.key)),
    }
}

/// The paths of all fields, with what is random or a name of the other cluster masked. Items of
/// lists have no numbers, so that only shapes are compared.
fn paths(value: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, path: &str, out: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                for (key, inner) in map {
                    let mut key = key.clone();
                    if let Some(rest) = key.strip_prefix("k:{\"") {
                        let name = rest.split('"').next().unwrap();
                        if matches!(name, "uid" | "ip") {
                            key = format!("k:{name}");
                        }
                    }
                    walk(inner, &format!("{path}.{key}"), out);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for item in items {
                    walk(item, &format!("{path}[]"), out);
                }
            }
            Value::Null => {
                out.insert(format!("{path} null"));
            }
            _ => {
                out.insert(path.to_owned());
            }
        }
    }
    let mut out = BTreeSet::new();
    walk(value, "", &mut out);
    out
}

fn applied() -> Shell {
    let mut shell = Shell::new(Config::default());
    let all = recording();
    let apply = all.iter().find(|one| one.words[1] == "apply").unwrap();
    let ran = run(&mut shell, apply);
    assert_eq!(ran.exit, 0, "{}", String::from_utf8_lossy(&ran.stderr));
    shell
}

/// The recorded objects of a kind: what its keys begin with, the last revision that counts.
fn recorded(prefix: &str, last: i64) -> Vec<Value> {
    let text = String::from_utf8(data::unpack("k8s/history-decoded.jsonl")).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["key"].as_str().unwrap().starts_with(prefix))
        .filter(|line| (250..=last).contains(&line["mod_revision"].as_i64().unwrap()))
        .map(|line| line["object"].clone())
        .collect()
}

#[test]
fn stored_objects_have_the_recorded_shape() {
    let shell = applied();
    let kept = kept(&shell);
    for (kind, prefix) in [
        (
            "deployment",
            "/registry/deployments/default/nginx-deployment",
        ),
        (
            "replica set",
            "/registry/replicasets/default/nginx-deployment-",
        ),
        ("pod", "/registry/pods/default/nginx-deployment-"),
        ("events", "/registry/events/default/nginx-deployment"),
    ] {
        let mut wanted = BTreeSet::new();
        for one in recorded(prefix, 282) {
            wanted.extend(paths(&one));
        }
        let mut found = BTreeSet::new();
        for kv in kept
            .iter()
            .filter(|(key, _)| key.starts_with(prefix))
            .flat_map(|(_, all)| all)
        {
            let mut text = String::new();
            json::push_compact(&mut text, &object(kv).value);
            found.extend(paths(&serde_json::from_str(&text).unwrap()));
        }
        let missing: Vec<_> = wanted
            .difference(&found)
            .filter(|path| !is_known(path))
            .collect();
        let more: Vec<_> = found
            .difference(&wanted)
            .filter(|path| !is_known(path))
            .collect();
        assert!(
            missing.is_empty() && more.is_empty(),
            "{kind}: missing {missing:#?}, more {more:#?}"
        );
    }
}

/// What the simulated cluster leaves out, or has since it has a kubelet: the recording's pods were
/// run by a stand-in that told no events.
fn is_known(path: &str) -> bool {
    path.contains("openshift")
}

#[test]
fn keys_get_as_many_versions() {
    let shell = applied();
    let count = |prefix: &str| -> Vec<usize> {
        let kept = kept(&shell);
        let all = kept.iter().filter(|(key, _)| key.starts_with(prefix));
        all.map(|(_, all)| all.len()).collect()
    };
    // As revisions 254 to 282 of the recording, and as the slide shows `"version": 7`.
    assert_eq!(count("/registry/deployments/default/"), [7]);
    assert_eq!(count("/registry/replicasets/default/"), [6]);
    assert_eq!(count("/registry/pods/default/"), [3, 3, 3]);
    assert_eq!(count("/registry/events/default/nginx-deployment."), [1]);
}

#[test]
fn what_is_stored_is_written_back_to_the_same_bytes() {
    let mut shell = Shell::new(Config::default());
    for one in recording() {
        if is_simulated(&one.words) {
            run(&mut shell, &one);
        }
    }
    let mut kinds = BTreeSet::new();
    for kv in kept(&shell).values().flatten() {
        let object = object(kv);
        assert_eq!(object.problems, [], "{}", object.kind);
        let bytes = match kv.value.starts_with(b"k8s\0") {
            true => encode(builtin().unwrap(), &object.value, &object.unknown).unwrap(),
            false => encode_json(&object.value),
        };
        assert_eq!(bytes, kv.value, "{}", String::from_utf8_lossy(&kv.key));
        kinds.insert(object.kind.to_string());
    }
    let wanted = [
        "ConfigMap",
        "CronTab",
        "CustomResourceDefinition",
        "Deployment",
        "Event",
        "Namespace",
        "Node",
        "Pod",
        "ReplicaSet",
        "Secret",
        "Service",
        "ServiceAccount",
    ];
    assert!(wanted.iter().all(|kind| kinds.contains(*kind)), "{kinds:?}");
}

#[test]
fn the_same_lines_give_the_same_store() {
    let bytes = || {
        let mut shell = Shell::new(Config::default());
        for one in recording() {
            run(&mut shell, &one);
        }
        let rows = kept(&shell);
        assert!(rows.len() > 30);
        rows
    };
    assert_eq!(bytes(), bytes());
}
