//! The columns of kinds that are looked at less often, and pieces of cells.

use super::age::{age, human, since};
use super::columns::{only_age, or};
use crate::apiserver::Kind;
use crate::apiserver::object::{int, is_true, items, text};
use crate::kubernetes::{Value, time};

type Row = fn(&Value<'_>, &mut Vec<String>, i64);

/// As [`super::columns::columns`].
pub(super) fn columns(kind: &Kind) -> (&'static [&'static str], usize, Row) {
    match (kind.group.as_str(), kind.plural.as_str()) {
        ("", "events") => (
            &[
                "TYPE",
                "REASON",
                "OBJECT",
                "SUBOBJECT",
                "SOURCE",
                "MESSAGE",
                "FIRST SEEN",
                "COUNT",
                "NAME",
            ],
            0,
            event,
        ),
        ("batch", "jobs") => (&["STATUS", "COMPLETIONS", "DURATION", "AGE"], 4, job),
        ("batch", "cronjobs") => (
            &[
                "SCHEDULE",
                "TIMEZONE",
                "SUSPEND",
                "ACTIVE",
                "LAST SCHEDULE",
                "AGE",
            ],
            6,
            cron_job,
        ),
        ("coordination.k8s.io", "leases") => (&["HOLDER", "AGE"], 2, |value, row, now| {
            row.extend([
                text(value, &["spec", "holderIdentity"]).to_owned(),
                age(value, now),
            ]);
        }),
        ("", "endpoints") => (&["ENDPOINTS", "AGE"], 2, endpoints),
        ("networking.k8s.io", "ingresses") => {
            (&["CLASS", "HOSTS", "ADDRESS", "PORTS", "AGE"], 5, ingress)
        }
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") => {
            (&["ROLE", "AGE"], 2, |value, row, now| {
                let role = |key| text(value, &["roleRef", key]);
                row.extend([
                    format!("{}/{}", role("kind"), role("name")),
                    age(value, now),
                ]);
            })
        }
        ("rbac.authorization.k8s.io", "roles" | "clusterroles")
        | ("apiextensions.k8s.io", "customresourcedefinitions") => {
            (&["CREATED AT"], 1, |value, row, _| {
                row.push(text(value, &["metadata", "creationTimestamp"]).to_owned());
            })
        }
        ("policy", "poddisruptionbudgets") => (
            &[
                "MIN AVAILABLE",
                "MAX UNAVAILABLE",
                "ALLOWED DISRUPTIONS",
                "AGE",
            ],
            4,
            |value, row, now| {
                row.extend([
                    number_or_text(value.at(&["spec", "minAvailable"])),
                    number_or_text(value.at(&["spec", "maxUnavailable"])),
                    int(value, &["status", "disruptionsAllowed"]).to_string(),
                    age(value, now),
                ]);
            },
        ),
        ("scheduling.k8s.io", "priorityclasses") => (
            &["VALUE", "GLOBAL-DEFAULT", "AGE", "PREEMPTIONPOLICY"],
            4,
            |value, row, now| {
                row.extend([
                    int(value, &["value"]).to_string(),
                    is_true(value, &["globalDefault"]).to_string(),
                    age(value, now),
                    text(value, &["preemptionPolicy"]).to_owned(),
                ]);
            },
        ),
        _ => (&["AGE"], 1, only_age),
    }
}

/// `CONTAINERS IMAGES SELECTOR` of what has a pod template.
pub(super) fn template(value: &Value<'_>, row: &mut Vec<String>) {
    let all = items(value, &["spec", "template", "spec", "containers"]);
    let join = |key| {
        let texts: Vec<_> = all.iter().map(|one| text(one, &[key])).collect();
        texts.join(",")
    };
    row.extend([join("name"), join("image")]);
    row.push(pairs(value.at(&["spec", "selector", "matchLabels"])));
}

/// `a=b,c=d`, or `<none>`.
pub(super) fn pairs(map: Option<&Value<'_>>) -> String {
    let entries = map.map(Value::entries).unwrap_or_default();
    let pair = |(key, value): &(std::borrow::Cow<'_, str>, Value<'_>)| {
        format!("{key}={}", value.as_str().unwrap_or_default())
    };
    or(
        &entries.iter().map(pair).collect::<Vec<_>>().join(","),
        "<none>",
    )
}

fn number_or_text(value: Option<&Value<'_>>) -> String {
    match value {
        Some(Value::Int(number)) => number.to_string(),
        Some(Value::Str(text)) => text.to_string(),
        _ => "N/A".to_owned(),
    }
}

/// When an event was seen last; of a series also how often since when.
pub(super) fn last_seen(value: &Value<'_>, now: i64) -> String {
    let first = seen(value, &["firstTimestamp", "eventTime"]);
    let mut last = since(seen(value, &["lastTimestamp"]), now);
    if last == "<unknown>" {
        last = since(first, now);
    }
    let (observed, many) = (
        text(value, &["series", "lastObservedTime"]),
        int(value, &["series", "count"]),
    );
    match many > 1 {
        true => format!(
            "{} (x{many} over {})",
            since(observed, now),
            since(first, now)
        ),
        false => last,
    }
}

fn seen<'v>(value: &'v Value<'_>, keys: &[&str]) -> &'v str {
    let mut found = keys.iter().map(|key| text(value, &[key]));
    found.find(|text| !text.is_empty()).unwrap_or_default()
}

/// An event's cells, all but the first, which stands in front of the name.
fn event(value: &Value<'_>, row: &mut Vec<String>, now: i64) {
    let about = |key| text(value, &["involvedObject", key]);
    let count = int(value, &["count"])
        .max(int(value, &["series", "count"]))
        .max(1);
    let mut source = text(value, &["source", "component"]).to_owned();
    if source.is_empty() {
        source = text(value, &["reportingComponent"]).to_owned();
    }
    let host = text(value, &["source", "host"]);
    if !host.is_empty() {
        source = format!("{source}, {host}");
    }
    row.extend([
        text(value, &["type"]).to_owned(),
        text(value, &["reason"]).to_owned(),
        format!("{}/{}", about("kind").to_lowercase(), about("name")),
        about("fieldPath").to_owned(),
        source,
        text(value, &["message"]).trim().to_owned(),
        since(seen(value, &["firstTimestamp", "eventTime"]), now),
        count.to_string(),
        text(value, &["metadata", "name"]).to_owned(),
    ]);
}

fn job(value: &Value<'_>, row: &mut Vec<String>, now: i64) {
    let done = int(value, &["status", "succeeded"]);
    let wanted = value.at(&["spec", "completions"]).and_then(Value::as_int);
    let is_in = |kind: &str| {
        items(value, &["status", "conditions"])
            .iter()
            .any(|one| text(one, &["type"]) == kind && text(one, &["status"]) == "True")
    };
    let status = match (is_in("Complete"), is_in("Failed"), is_in("Suspended")) {
        (true, ..) => "Complete",
        (_, true, _) => "Failed",
        (.., true) => "Suspended",
        _ => "Running",
    };
    let began = text(value, &["status", "startTime"]);
    let ended = text(value, &["status", "completionTime"]);
    let took = match (time::parse_micros(began), time::parse_micros(ended)) {
        (None, _) => String::new(),
        (Some(_), None) => since(began, now),
        (Some(from), Some(to)) => human((to - from) / 1_000_000),
    };
    let of = wanted.map_or("1".to_owned(), |wanted| wanted.to_string());
    row.extend([
        status.to_owned(),
        format!("{done}/{of}"),
        took,
        age(value, now),
    ]);
}

fn cron_job(value: &Value<'_>, row: &mut Vec<String>, now: i64) {
    let suspended = match is_true(value, &["spec", "suspend"]) {
        true => "True",
        false => "False",
    };
    let last = text(value, &["status", "lastScheduleTime"]);
    row.extend([
        text(value, &["spec", "schedule"]).to_owned(),
        or(text(value, &["spec", "timeZone"]), "<none>"),
        suspended.to_owned(),
        items(value, &["status", "active"]).len().to_string(),
        match last {
            "" => "<none>".to_owned(),
            last => since(last, now),
        },
        age(value, now),
    ]);
}

fn endpoints(value: &Value<'_>, row: &mut Vec<String>, now: i64) {
    let mut all = Vec::new();
    for subset in items(value, &["subsets"]) {
        for port in items(subset, &["ports"]) {
            for address in items(subset, &["addresses"]) {
                all.push(format!(
                    "{}:{}",
                    text(address, &["ip"]),
                    int(port, &["port"])
                ));
            }
        }
    }
    let shown = all.get(..3).unwrap_or(&all).join(",");
    let cell = match all.len() {
        0 => "<none>".to_owned(),
        1..=3 => shown,
        many => format!("{shown} + {} more...", many - 3),
    };
    row.extend([cell, age(value, now)]);
}

fn ingress(value: &Value<'_>, row: &mut Vec<String>, now: i64) {
    let rules = items(value, &["spec", "rules"]);
    let hosts: Vec<_> = rules
        .iter()
        .map(|rule| or(text(rule, &["host"]), "*"))
        .collect();
    let ports = match items(value, &["spec", "tls"]).is_empty() {
        true => "80",
        false => "80, 443",
    };
    row.extend([
        or(text(value, &["spec", "ingressClassName"]), "<none>"),
        or(&hosts.join(","), "*"),
        String::new(),
        ports.to_owned(),
        age(value, now),
    ]);
}
