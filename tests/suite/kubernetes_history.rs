//! The history of an object: versions, what changed, who did it.

use revscope::kubernetes::diff::Part;
use revscope::kubernetes::owners::{blame, managers};
use revscope::kubernetes::versions::versions;
use revscope::kubernetes::yaml;

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
fn changes_of_a_secret_are_masked() {
    let key = "/registry/configmaps/demo/app-config";
    golden::check("kubernetes-configmap-history.txt", &history(key, false));
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
