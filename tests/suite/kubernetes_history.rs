//! The history of an object: versions, what changed, who did it.

use revscope::kubernetes::diff::Part;
use revscope::kubernetes::owners::{blame, managers};
use revscope::kubernetes::versions::versions;
use revscope::kubernetes::{Value, encode, yaml};

use crate::kubernetes::{SCHEMA, object, records};
use crate::support::golden;

/// The history of a key of the fixture as lines; times but for seconds.
fn history(key: &str, folded: bool) -> String {
    let all = records("final.db");
    let rows = all.iter().filter(|record| record.kv.key == key.as_bytes());
    let mut out = String::new();
    for version in versions(&SCHEMA, rows.map(|record| record.as_ref()), &|_| false) {
        out += &format!(
            "{} life {} version {} generation {:?} {:?} {}{}\n",
            version.revision,
            version.life,
            version.version,
            version.generation,
            version.micros.map(|micros| micros / 1_000_000),
            version.manager,
            if version.is_deleted { "deleted" } else { "" },
        );
        for change in version.changes {
            if folded && matches!(change.part, Part::Noise | Part::Status) {
                continue;
            }
            out += &format!(
                "  {:?} {}: {} -> {}\n",
                change.part, change.path, change.old, change.new
            );
        }
    }
    assert!(!out.is_empty(), "{key}");
    out
}

#[test]
fn the_deployment_of_the_talk_has_a_history() {
    let key = "/registry/deployments/default/nginx-deployment";
    golden::check("kubernetes-deployment-history.txt", &history(key, true));
}

#[test]
fn changes_of_a_configmap_are_told_in_full() {
    let key = "/registry/configmaps/demo/app-config";
    golden::check("kubernetes-configmap-history.txt", &history(key, false));
}

#[test]
fn changes_of_a_secret_are_masked() {
    let all = records("final.db");
    let key = b"/registry/secrets/demo/db-pass";
    let first = all.iter().find(|record| record.kv.key == key).unwrap();
    let object = object(first).unwrap();
    let entries = object.value.get("data").unwrap().entries();
    let (name, stored) = (&*entries[0].0, entries[0].1.as_str().unwrap());
    // The fixture writes it once: a second version has another value, and one more.
    let mut changed = object.value.clone();
    let data = changed.get_mut("data").unwrap();
    data.set(name, Value::text("aHVudGVyMg=="));
    data.set("zz", Value::text("bmV3"));
    let mut second = first.clone();
    second.kv.value = encode(&SCHEMA, &changed, &object.unknown).unwrap();
    second.kv.version += 1;
    second.kv.mod_revision += 1;
    second.bucket_key.revision.main += 1;
    let rows = || [first.as_ref(), second.as_ref()];
    let path = format!("data.{name}");
    let told = |is_revealed: &dyn Fn(&str) -> bool| {
        let all = versions(&SCHEMA, rows(), is_revealed);
        let changes = all.last().unwrap().changes.iter();
        let changes = changes.filter(|change| change.path.starts_with("data"));
        changes
            .map(|change| format!("{} -> {}", change.old, change.new))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told(&|_| false),
        ["\"*** (before)\" -> \"*** (after)\"", " -> \"***\""]
    );
    let revealed = told(&|one| one == path);
    assert_eq!(
        revealed,
        [
            format!("\"{stored}\" -> \"aHVudGVyMg==\""),
            " -> \"***\"".to_owned()
        ]
    );
}

#[test]
fn blame_has_the_lines_of_the_yaml_for_every_object() {
    let mut owned = 0;
    for record in records("final.db") {
        let Some(mut object) = object(&record) else {
            continue;
        };
        let lines = blame(&object.value);
        owned += lines.iter().filter(|line| !line.owners.is_empty()).count();
        object.strip_managed_fields();
        let text: String = lines
            .iter()
            .map(|line| format!("{}\n", line.text))
            .collect();
        assert_eq!(
            text,
            yaml::to_string(&object.value),
            "{}",
            record.bucket_key.revision
        );
    }
    assert!(owned > 10_000, "{owned}");
}

#[test]
fn every_line_of_the_deployment_has_its_owner() {
    let all = records("final.db");
    let key = b"/registry/deployments/default/nginx-deployment";
    let last = all.iter().rfind(|record| record.kv.key == key).unwrap();
    let object = object(last).unwrap();
    let managers = managers(&object.value);
    let mut out = String::new();
    for line in blame(&object.value) {
        let names: Vec<_> = line
            .owners
            .iter()
            .map(|at| managers[*at as usize].name)
            .collect();
        out += &format!("{:<26} {}\n", names.join(","), line.text);
    }
    golden::check("kubernetes-deployment-blame.txt", &out);
}
