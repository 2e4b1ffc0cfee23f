//! `etcdctl endpoint status`, `health` and `hashkv`. Every endpoint named is the one member.

use super::{Context, Failure, Format, fields, json, simple};
use crate::mvcc::Op;
use crate::shell::print::{EndpointHash, EndpointStatus, table};

/// Milliseconds that a healthy answer is said to take; a real one takes what it takes.
pub(super) const TOOK: &str = "1.000000ms";

pub(super) fn status(context: &mut Context<'_>) -> Result<(), Failure> {
    let style = context.style()?;
    let usage = context.session.store.usage();
    let all: Vec<_> = context
        .endpoints()
        .into_iter()
        .map(|endpoint| EndpointStatus { endpoint, usage })
        .collect();
    let (titles, rows) = simple::status_rows(&all, &style);
    match style.format {
        Format::Simple => simple::rows(&mut context.out.stdout, &rows),
        Format::Table => context.say(table::table(&titles, &rows)),
        Format::Json => context.say(json::status(&all, &style)),
        Format::Fields => {
            let mut text = String::new();
            fields::status(&mut text, &all, &style);
            context.say(text);
        }
        Format::Protobuf => return Err(style.format.unsupported()),
    }
    Ok(())
}

pub(super) fn hashkv(context: &mut Context<'_>) -> Result<(), Failure> {
    let style = context.style()?;
    let mut all = Vec::new();
    let mut failed = None;
    for endpoint in context.endpoints() {
        match context.session.store.hash_kv(context.parsed.number("rev")) {
            Ok(hash) => all.push(EndpointHash { endpoint, hash }),
            Err(error) => {
                context.complain(format!(
                    "Failed to get the hash of endpoint {endpoint} ({error})\n"
                ));
                failed = Some(error);
            }
        }
    }
    let (titles, rows) = simple::hash_rows(&all, &style);
    match style.format {
        Format::Simple => simple::rows(&mut context.out.stdout, &rows),
        Format::Table => context.say(table::table(&titles, &rows)),
        Format::Json => context.say(json::hashes(&all, &style)),
        Format::Fields => {
            let mut text = String::new();
            fields::hashes(&mut text, &all, &style);
            context.say(text);
        }
        Format::Protobuf => return Err(style.format.unsupported()),
    }
    failed.map_or(Ok(()), |error| Err(Failure::new(1, error.to_string())))
}

pub(super) fn health(context: &mut Context<'_>) -> Result<(), Failure> {
    let style = context.style()?;
    let minor = style.release.minor;
    let mut rows = Vec::new();
    for endpoint in context.endpoints() {
        if minor >= 5 {
            // From 3.5 on the alarms are asked for too, which goes through the log.
            context.apply(Op::Noop)?;
        }
        rows.push(vec![
            endpoint,
            "true".to_owned(),
            TOOK.to_owned(),
            String::new(),
        ]);
    }
    let titles = ["endpoint", "health", "took", "error"];
    let cell = |row: &[String], at: usize| row.get(at).cloned().unwrap_or_default();
    match style.format {
        Format::Table => context.say(table::table(&titles, &rows)),
        Format::Json => {
            let rows: Vec<_> = rows
                .iter()
                .map(|row| {
                    json::Object::default()
                        .text("endpoint", &cell(row, 0))
                        .raw("health", "true")
                        .text("took", TOOK)
                        .end()
                })
                .collect();
            context.say(json::list(&rows) + "\n");
        }
        Format::Fields => {
            for row in &rows {
                let endpoint = super::go::quote(cell(row, 0).as_bytes());
                context.say(format!(
                    "\"Endpoint\" : {endpoint}\n\"Health\" : true\n\"Took\" : \"{TOOK}\"\n\
                     \"Error\" : \"\"\n\n"
                ));
            }
        }
        Format::Simple => {
            for row in &rows {
                let endpoint = cell(row, 0);
                let line = format!(
                    "{endpoint} is healthy: successfully committed proposal: took = {TOOK}\n"
                );
                match minor {
                    ..=4 => context.complain(line),
                    _ => context.say(line),
                }
            }
        }
        Format::Protobuf => return Err(style.format.unsupported()),
    }
    Ok(())
}
