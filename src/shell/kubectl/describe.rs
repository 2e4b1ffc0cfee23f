//! `kubectl describe` in brief, `kubectl events` and `kubectl api-resources`.

use super::age::since;
use super::find::{asked, objects, scope};
use super::get::selector;
use super::more_columns::pairs;
use super::table;
use super::{Context, Fail, said};
use crate::apiserver::object::{int, item, items, name, namespace, text};
use crate::apiserver::{self, Kind, Live};
use crate::kubernetes::{Value, mask, time};

/// `kubectl describe`
pub(super) fn run(context: &mut Context<'_>) -> Result<(), Fail> {
    let words = context.flags.words.clone();
    if words.is_empty() {
        return Err(Fail::said(
            "error: You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.",
        ));
    }
    let selector = selector(context)?;
    let mut problems = Vec::new();
    let mut texts = Vec::new();
    let wanted = asked(context, &words).map_err(Fail::said)?;
    for one in &wanted {
        match objects(context, one, &selector) {
            Ok(all) => {
                for live in all {
                    texts.push(described(context, &one.kind, &live));
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    if texts.is_empty() && problems.is_empty() {
        let space = context.namespace().to_owned();
        context.complain(format!("No resources found in {space} namespace.\n"));
    }
    context.say(texts.join("\n\n"));
    said(context, &problems)
}

/// A map, one entry a line.
fn lines(map: Option<&Value<'_>>, sign: &str) -> Vec<String> {
    let entries = map.map(Value::entries).unwrap_or_default();
    let line = |(key, value): &(std::borrow::Cow<'_, str>, Value<'_>)| {
        format!(
            "{key}{sign}{}",
            value.as_str().unwrap_or_default().trim_end()
        )
    };
    match entries.is_empty() {
        true => vec!["<none>".to_owned()],
        false => entries.iter().map(line).collect(),
    }
}

fn described(context: &mut Context<'_>, kind: &Kind, live: &Live) -> String {
    let value = &live.value;
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    let mut row = |title: &str, text: String| rows.push((title.to_owned(), vec![text]));
    row("Name", name(value).to_owned());
    if kind.is_namespaced {
        row("Namespace", namespace(value).to_owned());
    }
    let status = |key| int(value, &["status", key]);
    match kind.plural.as_str() {
        "deployments" => {
            row(
                "CreationTimestamp",
                go_time(text(value, &["metadata", "creationTimestamp"])),
            );
            row(
                "Selector",
                pairs(value.at(&["spec", "selector", "matchLabels"])),
            );
            row(
                "Replicas",
                format!(
                    "{} desired | {} updated | {} total | {} available | {} unavailable",
                    int(value, &["spec", "replicas"]),
                    status("updatedReplicas"),
                    status("replicas"),
                    status("availableReplicas"),
                    status("unavailableReplicas")
                ),
            );
            row(
                "StrategyType",
                text(value, &["spec", "strategy", "type"]).to_owned(),
            );
        }
        "replicasets" => {
            row(
                "Selector",
                pairs(value.at(&["spec", "selector", "matchLabels"])),
            );
            row(
                "Replicas",
                format!(
                    "{} current / {} desired",
                    status("replicas"),
                    int(value, &["spec", "replicas"])
                ),
            );
        }
        "pods" => {
            row("Node", text(value, &["spec", "nodeName"]).to_owned());
            row("Start Time", go_time(text(value, &["status", "startTime"])));
            row("Status", super::columns::pod_status(value));
            row("IP", text(value, &["status", "podIP"]).to_owned());
        }
        "namespaces" => row("Status", text(value, &["status", "phase"]).to_owned()),
        "services" => {
            row("Selector", pairs(value.at(&["spec", "selector"])));
            row("Type", text(value, &["spec", "type"]).to_owned());
            row("IP", text(value, &["spec", "clusterIP"]).to_owned());
        }
        "secrets" => row("Type", text(value, &["type"]).to_owned()),
        _ => {}
    }
    let at = if kind.is_namespaced { 2 } else { 1 };
    let meta = |key| value.at(&["metadata", key]);
    rows.insert(
        at.min(rows.len()),
        ("Annotations".to_owned(), lines(meta("annotations"), ": ")),
    );
    rows.insert(
        at.min(rows.len()),
        ("Labels".to_owned(), lines(meta("labels"), "=")),
    );
    for owner in items(value, &["metadata", "ownerReferences"])
        .iter()
        .take(1)
    {
        let by = format!("{}/{}", text(owner, &["kind"]), text(owner, &["name"]));
        rows.push(("Controlled By".to_owned(), vec![by]));
    }
    let wide = rows.iter().map(|(title, _)| title.len()).max().unwrap_or(0) + 3;
    let mut out = String::new();
    for (title, texts) in rows {
        for (at, text) in texts.iter().enumerate() {
            let head = if at == 0 {
                format!("{title}:")
            } else {
                String::new()
            };
            out += format!("{head:<wide$}{text}").trim_end();
            out.push('\n');
        }
    }
    containers(&mut out, value);
    conditions(&mut out, value);
    if matches!(kind.plural.as_str(), "configmaps" | "secrets") {
        data(&mut out, kind, value);
    }
    let events = about(context, value);
    out + &events
}

fn go_time(text: &str) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let told = || {
        let days = time::parse_micros(text)?.div_euclid(86_400_000_000);
        let weekday = DAYS.get(usize::try_from(days.rem_euclid(7)).ok()?)?;
        let (date, clock) = text.split_once('T')?;
        let mut parts = date.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
        let clock = clock.trim_end_matches('Z');
        Some(format!("{weekday}, {day} {month} {year} {clock} +0000"))
    };
    told().unwrap_or_default()
}

fn containers(out: &mut String, value: &Value<'_>) {
    let template = ["spec", "template", "spec", "containers"];
    let (head, all) = match items(value, &template) {
        [] => ("Containers:\n", items(value, &["spec", "containers"])),
        all => ("Pod Template:\n  Containers:\n", all),
    };
    if all.is_empty() {
        return;
    }
    *out += head;
    let indent = if head.starts_with("Pod") { "   " } else { "  " };
    for one in all {
        let ports = items(one, &["ports"]).iter().map(|port| {
            format!(
                "{}/{}",
                int(port, &["containerPort"]),
                text(port, &["protocol"])
            )
        });
        let ports: Vec<_> = ports.collect();
        let ports = if ports.is_empty() {
            "<none>".to_owned()
        } else {
            ports.join(", ")
        };
        *out += &format!("{indent}{}:\n", text(one, &["name"]));
        *out += &format!(
            "{indent}  Image:  {}\n{indent}  Port:   {ports}\n",
            text(one, &["image"])
        );
        let named = text(one, &["name"]);
        if let Some(status) = item(value, &["status", "containerStatuses"], "name", named) {
            let state = status.get("state").map(Value::entries).unwrap_or_default();
            let state = state.first().map_or("", |(key, _)| &**key);
            *out += &format!("{indent}  State:  {state}\n");
        }
    }
}

fn conditions(out: &mut String, value: &Value<'_>) {
    let all = items(value, &["status", "conditions"]);
    if all.is_empty() {
        return;
    }
    *out += "Conditions:\n";
    let rows = all.iter().map(|one| {
        ["type", "status", "reason"]
            .map(|key| text(one, &[key]).to_owned())
            .to_vec()
    });
    let head = ["Type", "Status", "Reason"].map(str::to_owned).to_vec();
    indented(out, [head].into_iter().chain(rows).collect());
}

fn indented(out: &mut String, rows: Vec<Vec<String>>) {
    let mut text = Vec::new();
    table::push(&mut text, &rows, &mut Vec::new());
    for line in String::from_utf8_lossy(&text).lines() {
        *out += &format!("  {}\n", line.trim_end());
    }
}

/// The texts of a ConfigMap; of a Secret only how long they are.
fn data(out: &mut String, kind: &Kind, value: &Value<'_>) {
    *out += "\nData\n====\n";
    let entries = value.get("data").map(Value::entries).unwrap_or_default();
    for (key, text) in entries {
        let text = text.as_str().unwrap_or_default();
        match kind.plural.as_str() {
            "secrets" if text == mask::MASK => *out += &format!("{key}:  {text}\n"),
            "secrets" => {
                let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
                *out += &format!(
                    "{key}:  {} bytes\n",
                    (text.len() / 4 * 3).saturating_sub(padding)
                );
            }
            _ => *out += &format!("{key}:\n----\n{text}\n\n"),
        }
    }
}

/// The events about an object.
fn about(context: &mut Context<'_>, value: &Value<'_>) -> String {
    let now = context.now();
    let Some(kind) = apiserver::builtin("events") else {
        return String::new();
    };
    let uid = text(value, &["metadata", "uid"]);
    let mut all = apiserver::list(context.store(), &kind, None);
    all.retain(|one| text(&one.value, &["involvedObject", "uid"]) == uid);
    if all.is_empty() {
        return "Events:  <none>\n".to_owned();
    }
    all.sort_by_key(|one| one.mod_revision);
    let mut rows = vec![
        ["Type", "Reason", "Age", "From", "Message"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.push(
        ["----", "------", "----", "----", "-------"]
            .map(str::to_owned)
            .to_vec(),
    );
    rows.extend(all.iter().map(|one| {
        let of = |path: &[&str]| text(&one.value, path).to_owned();
        let mut from = of(&["source", "component"]);
        if from.is_empty() {
            from = of(&["reportingComponent"]);
        }
        vec![
            of(&["type"]),
            of(&["reason"]),
            seen(&one.value, now),
            from,
            of(&["message"]),
        ]
    }));
    let mut out = "Events:\n".to_owned();
    indented(&mut out, rows);
    out
}

/// When an event was seen last, and how often.
fn seen(event: &Value<'_>, now: i64) -> String {
    let of = |key| text(event, &[key]);
    let pick = |a: &'static str, b: &'static str| if of(a).is_empty() { of(b) } else { of(a) };
    let first = pick("firstTimestamp", "eventTime");
    let last = since(pick("lastTimestamp", "eventTime"), now);
    match int(event, &["count"]) {
        count if count > 1 => format!("{last} (x{count} over {})", since(first, now)),
        _ => last,
    }
}

/// `kubectl events`
pub(super) fn events(context: &mut Context<'_>) -> Result<(), Fail> {
    let now = context.now();
    let kind = apiserver::builtin("events").ok_or_else(|| Fail::said("error: no events"))?;
    let mut all = apiserver::list(context.store(), &kind, scope(context));
    if let Some(wanted) = context.flags.value("for") {
        let (kind, named) = wanted
            .split_once('/')
            .ok_or_else(|| Fail::said("error: --for must be in resource/name form"))?;
        let kind = apiserver::find(context.store(), kind).ok_or_else(|| {
            Fail::said(format!(
                "error: the server doesn't have a resource type {kind:?}"
            ))
        })?;
        all.retain(|one| {
            let of = |key| text(&one.value, &["involvedObject", key]);
            of("kind") == kind.kind && of("name") == named
        });
    }
    if let Some(types) = context.flags.value("types") {
        all.retain(|one| {
            types
                .split(',')
                .any(|one_of| one_of == text(&one.value, &["type"]))
        });
    }
    if all.is_empty() {
        let text = match scope(context) {
            Some(space) => format!("No events found in {space} namespace.\n"),
            None => "No events found.\n".to_owned(),
        };
        context.complain(text);
        return Ok(());
    }
    let last = |one: &Live| {
        let of = |key| time::parse_micros(text(&one.value, &[key]));
        of("lastTimestamp")
            .or_else(|| of("eventTime"))
            .unwrap_or_default()
    };
    all.sort_by_key(|one| (last(one), one.mod_revision));
    let with_space = context.flags.is_on("all-namespaces");
    let mut heading = ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
        .map(str::to_owned)
        .to_vec();
    if with_space {
        heading.insert(0, "NAMESPACE".to_owned());
    }
    let mut rows = vec![heading];
    rows.extend(all.iter().map(|one| {
        let of = |path: &[&str]| text(&one.value, path).to_owned();
        let object = ["kind", "name"]
            .map(|key| of(&["involvedObject", key]))
            .join("/");
        let mut row = vec![
            seen(&one.value, now),
            of(&["type"]),
            of(&["reason"]),
            object,
            of(&["message"]),
        ];
        if with_space {
            row.insert(0, namespace(&one.value).to_owned());
        }
        row
    }));
    if context.flags.is_on("no-headers") {
        rows.remove(0);
    }
    table::push(&mut context.out.stdout, &rows, &mut Vec::new());
    Ok(())
}

/// `kubectl api-resources`
pub(super) fn api_resources(context: &mut Context<'_>) -> Result<(), Fail> {
    let heading = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    if context.flags.is_on("no-headers") {
        rows.clear();
    }
    let wanted = context
        .flags
        .value("namespaced")
        .map(|value| value == "true");
    let names_only = context.flags.value("output") == Some("name");
    for kind in apiserver::kinds(context.store()) {
        if wanted.is_some_and(|wanted| wanted != kind.is_namespaced) {
            continue;
        }
        if names_only {
            context.say(kind.resource() + "\n");
            continue;
        }
        rows.push(vec![
            kind.plural.clone(),
            kind.short.join(","),
            kind.api_version(),
            kind.is_namespaced.to_string(),
            kind.kind.clone(),
        ]);
    }
    if !names_only {
        table::push(&mut context.out.stdout, &rows, &mut Vec::new());
    }
    Ok(())
}

/// `kubectl version`
pub(super) fn version(context: &mut Context<'_>) -> Result<(), Fail> {
    context.say("Client Version: v1.27.1\nKustomize Version: v5.0.1\nServer Version: v1.27.1\n");
    Ok(())
}
