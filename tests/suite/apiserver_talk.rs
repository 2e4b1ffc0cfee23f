//! The second half of the talk in the shell: its lines as typed, and the form of what its slides
//! show; the same numbers in kubectl and in etcdctl.

use revscope::shell::{Config, JobId, Ran, Shell};
use serde_json::Value;

/// The slides' lines up to the two watches, as they are pasted.
const BEFORE: &[&str] = &[
    "$ kind create cluster --name test-k8s-cluster",
    "// compile etcdctl and copy into kind cluster\n$ cd etcd/etcdctl",
    "$ GOOS=linux go build .",
    "$ docker cp etcdctl test-k8s-cluster-control-plane:/usr/local/bin",
];
const APPLY: &str = "$ kubectl apply -f https://raw.githubusercontent.com/kubernetes/website/main/content/en/examples/controllers/nginx-deployment.yaml";
const ALIAS: &str = "# alias e=\"etcdctl --endpoints 127.0.0.1:2379 --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key --cacert=/etc/kubernetes/pki/etcd/ca.crt\"";

/// Runs a line that must not fail.
#[track_caller]
fn run(shell: &mut Shell, line: &str) -> Ran {
    let ran = shell.run(line);
    let errors = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.exit, 0, "{line}\n{errors}");
    ran
}

#[track_caller]
fn printed(shell: &mut Shell, line: &str) -> String {
    String::from_utf8(run(shell, line).stdout).unwrap()
}

/// The JSON documents of a text, one behind the other.
fn documents(text: &str) -> Vec<Value> {
    let all = serde_json::Deserializer::from_str(text).into_iter();
    all.map(Result::unwrap).collect()
}

#[test]
fn the_lines_of_the_second_half_print_what_the_slides_show() {
    let mut shell = Shell::new(Config::default());
    for line in BEFORE {
        run(&mut shell, line);
    }
    assert_eq!(
        printed(&mut shell, APPLY),
        "deployment.apps/nginx-deployment created\n"
    );
    let list = documents(&printed(
        &mut shell,
        "$ kubectl get deployments -n default -o json",
    ));
    let [list] = list.as_slice() else {
        panic!("{list:?}");
    };
    let meta = &list["items"][0]["metadata"];
    assert_eq!(list["kind"], "List");
    assert_eq!(
        meta["annotations"]["deployment.kubernetes.io/revision"],
        "1"
    );
    assert_eq!(meta["labels"]["app"], "nginx");
    assert_eq!(meta["generation"], 1);
    let resource_version = meta["resourceVersion"].as_str().unwrap();

    run(
        &mut shell,
        "$ docker exec -it test-k8s-cluster-control-plane bash",
    );
    run(
        &mut shell,
        "// inside exec-ed container\n# apt-get update && apt-get install jq -y",
    );
    run(&mut shell, ALIAS);
    let kvs = documents(&printed(
        &mut shell,
        "# e get /registry/deployments/default --prefix -w json --keys-only | jq '.kvs[].key|=@base64d'",
    ));
    let kv = &kvs[0]["kvs"][0];
    assert_eq!(kv["key"], "/registry/deployments/default/nginx-deployment");
    // As on the slide, the deployment was written seven times until all its pods run.
    assert_eq!(kv["version"], 7);
    assert_eq!(kv["mod_revision"].to_string(), resource_version);
    assert_eq!(kvs[0]["count"], 1);

    let yaml = printed(
        &mut shell,
        "$ kubectl get deployment nginx-deployment -o yaml",
    );
    assert!(yaml.starts_with("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  annotations:\n    deployment.kubernetes.io/revision: \"1\"\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {\"apiVersion\":\"apps/v1\","));
    assert!(yaml.contains(&format!("\n  resourceVersion: \"{resource_version}\"\n")));

    let copied = run(
        &mut shell,
        "$ docker cp test-k8s-cluster-control-plane:/var/lib/etcd/member/snap/db db",
    );
    assert!(copied.stderr.starts_with(b"Successfully copied "));
    let dump = printed(
        &mut shell,
        "$ ./etcd-dump-db iterate-bucket db key --decode",
    );
    let row = format!(
        "rev={{main:{resource_version} sub:0}}, value=[key \"/registry/deployments/default/nginx-deployment\" | val \"k8s\\x00\\n\\x15\\n\\aapps/v1\\x12\\nDeployment\\x12"
    );
    let row = dump.lines().find(|line| line.starts_with(&row)).unwrap();
    let created = &kv["create_revision"];
    assert!(row.ends_with(&format!(
        " | created {created} | mod {resource_version} | ver 7]"
    )));
}

/// What a watch printed for a line.
fn told(ran: &Ran, job: JobId) -> String {
    let all = ran.notices.iter().filter(|notice| notice.job == job);
    all.map(|notice| String::from_utf8_lossy(&notice.stdout))
        .collect()
}

#[test]
fn both_watches_show_the_same_numbers() {
    let mut shell = Shell::new(Config::default());
    run(&mut shell, "kubectl get ns > /dev/null");
    run(&mut shell, ALIAS);
    let kubectl = run(
        &mut shell,
        "# kubectl get deploy -n default -w -v9 -o json --output-watch-events | jq '.|.type,.object.metadata.labels,.object.metadata.resourceVersion'",
    );
    let trace = String::from_utf8_lossy(&kubectl.stderr).into_owned();
    assert!(
        trace.contains("loader.go:373] Config loaded from file:  /etc/kubernetes/admin.conf"),
        "{trace}"
    );
    assert!(trace.contains("curl -v -XGET  -H \"Accept: application/json\" -H \"User-Agent: kubectl/v1.27.1 (linux/amd64) kubernetes/4c94112\" 'https://test-k8s-cluster-control-plane:6443/apis/apps/v1/namespaces/default/deployments?limit=500'"), "{trace}");
    let kubectl = kubectl.started.unwrap();
    shell.select_terminal(2);
    run(&mut shell, ALIAS);
    run(
        &mut shell,
        "# nextRev=$(expr $(e get /registry/deployments/default -w json | jq '.header.revision') + 1)",
    );
    let etcd = run(
        &mut shell,
        "# e watch /registry/deployments/default --prefix -w json --rev ${nextRev} | jq '.Events[].kv.key|=@base64d |.Events[].kv.value|=@base64d'",
    );
    let etcd = etcd.started.unwrap();
    shell.select_terminal(1);
    let (mut objects, mut events) = (String::new(), String::new());
    for line in [
        APPLY,
        "kubectl label deploy nginx-deployment team=blue",
        "kubectl scale deploy nginx-deployment --replicas=1",
        "kubectl delete deploy nginx-deployment",
        APPLY,
    ] {
        let ran = run(&mut shell, line);
        objects += &told(&ran, kubectl);
        events += &told(&ran, etcd);
    }
    let objects = documents(&objects);
    let seen: Vec<_> = objects
        .chunks(3)
        .map(|event| {
            (
                event[0].as_str().unwrap(),
                event[2].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let events = documents(&events);
    let stored: Vec<_> = events
        .iter()
        .flat_map(|answer| answer["Events"].as_array().unwrap())
        .map(|event| {
            let kv = &event["kv"];
            let kind = match (&event["type"], &kv["version"]) {
                (Value::Number(_), _) => "DELETED",
                (_, version) if *version == 1 => "ADDED",
                _ => "MODIFIED",
            };
            assert_eq!(kv["key"], "/registry/deployments/default/nginx-deployment");
            (kind, kv["mod_revision"].to_string())
        })
        .collect();
    assert_eq!(seen, stored);
    let count = |wanted: &str| seen.iter().filter(|(kind, _)| *kind == wanted).count();
    assert_eq!((count("ADDED"), count("DELETED")), (2, 1));
    assert!(count("MODIFIED") > 12, "{seen:?}");
    assert_eq!(objects[1], serde_json::json!({"app": "nginx"}));
    let value = events[0]["Events"][0]["kv"]["value"].as_str().unwrap();
    assert!(
        value.starts_with("k8s\0\n\u{15}\n\u{7}apps/v1\u{12}\nDeployment\u{12}"),
        "{value:?}"
    );
}
