//! What kubectl says when something is wrong: its own words, for commands, objects and manifests.

use proptest::prelude::*;
use revscope::shell::{Config, Shell};

/// Lines before the one that is looked at.
const NGINX: &str = "kubectl apply -f https://k8s.io/examples/controllers/nginx-deployment.yaml";

/// What the last line prints on standard error, and its exit code.
#[track_caller]
fn check(lines: &[&str], expected: &str) {
    let mut shell = Shell::new(Config::default());
    shell.run("kubectl get nodes");
    let mut last = None;
    for line in lines {
        last = Some(shell.run(line));
    }
    let ran = last.unwrap();
    let found = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(found.trim_end(), expected, "{lines:?}");
    assert_eq!(ran.exit, 1, "{lines:?}");
}

#[test]
fn refusals_are_in_kubectls_words() {
    check(
        &["kubectl get foo"],
        "error: the server doesn't have a resource type \"foo\"",
    );
    check(
        &["kubectl get pod web"],
        "Error from server (NotFound): pods \"web\" not found",
    );
    check(
        &["kubectl get deploy nginx"],
        "Error from server (NotFound): deployments.apps \"nginx\" not found",
    );
    check(
        &["kubectl delete deployment nginx"],
        "Error from server (NotFound): deployments.apps \"nginx\" not found",
    );
    check(
        &["kubectl delete pods"],
        "error: resource(s) were provided, but no name was specified",
    );
    check(
        &["kubectl get pods --frob"],
        "error: unknown flag: --frob\nSee 'kubectl get --help' for usage.",
    );
    check(
        &["kubectl get pods -Z"],
        "error: unknown shorthand flag: 'Z' in -Z\nSee 'kubectl get --help' for usage.",
    );
    check(
        &["kubectl get pods -n"],
        "error: flag needs an argument: 'n' in -n\nSee 'kubectl get --help' for usage.",
    );
    check(
        &["kubectl frob"],
        "error: unknown command \"frob\" for \"kubectl\"",
    );
    check(
        &["kubectl apply -f none.yaml"],
        "error: the path \"none.yaml\" does not exist",
    );
    check(&["kubectl apply"], "error: must specify one of -f and -k");
    check(
        &[
            "kubectl create namespace demo",
            "kubectl create namespace demo",
        ],
        "Error from server (AlreadyExists): namespaces \"demo\" already exists",
    );
    check(
        &["kubectl create configmap x -n none --from-literal=a=b"],
        "error: failed to create configmap: namespaces \"none\" not found",
    );
    check(
        &[NGINX, "kubectl label deploy nginx-deployment app=other"],
        "error: 'app' already has a value (nginx), and --overwrite is false",
    );
    check(
        &[
            NGINX,
            "kubectl set image deploy/nginx-deployment web=nginx:2",
        ],
        "error: unable to find container named \"web\"",
    );
    check(
        &[NGINX, "kubectl rollout undo deploy/nginx-deployment"],
        "error: no rollout history found for deployment \"nginx-deployment\"",
    );
    check(
        &[NGINX, "kubectl scale deploy nginx-deployment --replicas=-1"],
        "error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
    );
}

/// Applies a manifest and looks at what is refused.
#[track_caller]
fn refused(manifest: &str, expected: &str) {
    let mut shell = Shell::new(Config::default());
    shell.run("kubectl get nodes");
    let words = ["kubectl", "apply", "-f", "-"].map(|word| word.as_bytes().to_vec());
    let ran = shell.run_argv(&words, manifest.as_bytes());
    let found = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(found.trim_end(), expected, "{manifest}");
    assert_eq!(ran.exit, 1, "{manifest}");
}

#[test]
fn manifests_are_refused_in_kubectls_words() {
    let tail = "if you choose to ignore these errors, turn validation off with --validate=false";
    refused(
        "a: 1",
        &format!(
            "error: error validating \"STDIN\": error validating data: [apiVersion not set, kind not set]; {tail}"
        ),
    );
    refused(
        "kind: Pod",
        &format!(
            "error: error validating \"STDIN\": error validating data: apiVersion not set; {tail}"
        ),
    );
    refused("", "error: no objects passed to apply");
    refused(
        "apiVersion: v9\nkind: Pod\nmetadata: {name: x}",
        "error: resource mapping not found for name: \"x\" namespace: \"\" from \"STDIN\": no matches for kind \"Pod\" in version \"v9\"\nensure CRDs are installed first",
    );
    refused(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: none}",
        "Error from server (NotFound): error when creating \"STDIN\": namespaces \"none\" not found",
    );
    refused(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: A_b}",
        "The ConfigMap \"A_b\" is invalid: metadata.name: Invalid value: \"A_b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    );
    refused(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {container: []}",
        "Error from server (BadRequest): error when creating \"STDIN\": Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: unknown field \"spec.container\"",
    );
    refused(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {replicas: three, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}",
        "Error from server (BadRequest): error when creating \"STDIN\": Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
    );
    refused(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: c}}, spec: {containers: [{name: c, image: i}]}}}",
        "The Deployment \"x\" is invalid: spec.template.metadata.labels: Invalid value: {\"a\":\"c\"}: `selector` does not match template `labels`",
    );
}

#[test]
fn an_old_resource_version_is_a_conflict() {
    let lines = [
        NGINX,
        "kubectl get deploy nginx-deployment -o yaml > old.yaml",
        "kubectl label deploy nginx-deployment a=b",
        "kubectl apply -f old.yaml",
    ];
    check(
        &lines,
        "Error from server (Conflict): error when patching \"old.yaml\": Operation cannot be fulfilled on deployments.apps \"nginx-deployment\": the object has been modified; please apply your changes to the latest version and try again",
    );
    let mut shell = Shell::new(Config::default());
    for line in lines {
        shell.run(line);
    }
    // What was refused wrote nothing; without the number it is applied.
    let before = shell.store().revision();
    assert_eq!(shell.run("kubectl apply -f old.yaml").exit, 1);
    assert_eq!(shell.store().revision(), before);
    assert_eq!(
        shell
            .run("grep -v resourceVersion old.yaml > new.yaml")
            .exit,
        0
    );
    assert_eq!(shell.run("kubectl apply -f new.yaml").exit, 0);
}

#[test]
fn hostile_manifests_are_answered() {
    let deep = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {}{}",
        "{a: ".repeat(2000),
        "}".repeat(2000)
    );
    let wide = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {}}}",
        "x".repeat(100_000)
    );
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n";
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n";
    let fits = "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}";
    for manifest in [
        deep.as_str(),
        &wide,
        "\u{feff}",
        "\0\0\0",
        "{",
        "[[[[",
        "- a\n- b",
        "null",
        "--- ---",
        "apiVersion: [v1]\nkind: {a: b}",
        "apiVersion: v1\nkind: Pod\nmetadata: 3",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: [x]}",
        "apiVersion: v1\nkind: List\nitems: 3",
        "apiVersion: v1\nkind: List\nitems: [null, 3, {kind: List, items: []}]",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: x, labels: 3, annotations: [1]}",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata: {a: '!!'}\nstringData: [x]",
        "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: {a: b}}",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\nspec: {names: 3, versions: x}",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: ../../secrets/x}\nspec: {}",
        &format!("{pod}spec: null"),
        &format!("{pod}spec: {{containers: [3, null, {{}}], nodeName: [], tolerations: x}}"),
        &format!(
            "{pod}spec: {{containers: [{{name: x, image: 3}}], terminationGracePeriodSeconds: -9223372036854775808}}"
        ),
        &format!("{pod}status: {{conditions: x, containerStatuses: 4}}"),
        &format!("{web}spec: {{replicas: 99999999999999999999, {fits}}}"),
        &format!("{web}spec: {{replicas: 2147483647, {fits}}}"),
        &format!(
            "{web}spec: {{strategy: {{rollingUpdate: {{maxSurge: 2147483647, maxUnavailable: '900%'}}}}, replicas: 3, {fits}}}"
        ),
        &format!("{web}spec: {{strategy: 3, {fits}}}"),
        &format!("{web}spec: {{paused: true, {fits}}}"),
        &format!("{web}status: {{conditions: [3], replicas: -1}}\nspec: {{{fits}}}"),
    ] {
        let mut shell = Shell::new(Config::default());
        for verb in ["apply", "create", "delete"] {
            let words = ["kubectl", verb, "-f", "-"].map(|word| word.as_bytes().to_vec());
            let ran = shell.run_argv(&words, manifest.as_bytes());
            assert!(!ran.stdout.is_empty() || !ran.stderr.is_empty(), "{verb}");
        }
        // The cluster goes on.
        assert_eq!(shell.run("kubectl get nodes").exit, 0);
    }
}

/// Words of kubectl's and around them.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "get",
        "apply",
        "create",
        "delete",
        "describe",
        "label",
        "annotate",
        "scale",
        "set",
        "image",
        "patch",
        "rollout",
        "status",
        "undo",
        "history",
        "run",
        "events",
        "api-resources",
        "pods",
        "deploy",
        "nginx-deployment",
        "deploy/nginx-deployment",
        "ns",
        "default",
        "all",
        "secret",
        "-f",
        "-",
        "-n",
        "-A",
        "-o",
        "json",
        "yaml",
        "wide",
        "name",
        "-w",
        "-l",
        "app=nginx",
        "app!=x",
        "a in (b)",
        "-v9",
        "--all",
        "--replicas=2",
        "--replicas=x",
        "--image=x",
        "nginx=x:1",
        "a=b",
        "a-",
        "--type=merge",
        "-p",
        "{\"spec\":{\"replicas\":null}}",
        "{",
        "--overwrite",
        "--force",
        "--grace-period=0",
        "--output-watch-events",
        "--from-literal=a",
        "--field-selector",
        "--dry-run=client",
        "--",
        "/",
        "a/b/c",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "[ -~]{0,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_words_panic(lines in prop::collection::vec(prop::collection::vec(word(), 0..7), 1..5)) {
        let mut shell = Shell::new(Config::default());
        shell.run(NGINX);
        for line in lines {
            let mut words = vec![b"kubectl".to_vec()];
            words.extend(line.into_iter().map(String::into_bytes));
            let ran = shell.run_argv(&words, b"apiVersion: v1\nkind: Namespace\nmetadata: {name: x}");
            prop_assert!(ran.exit == 0 || !ran.stderr.is_empty());
        }
    }
}
