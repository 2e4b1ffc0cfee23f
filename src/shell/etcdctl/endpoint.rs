//! `etcdctl endpoint status`, `health` and `hashkv`. Every endpoint named is the one member.

use super::cluster::no_space;
use super::{Context, Failure, Format, fields, json, simple};
use crate::mvcc::{AlarmOp, AuthOp, Error, KeyRange, Op, Range, Reply};
use crate::shell::print::{EndpointHash, EndpointStatus, table};

/// Milliseconds that a healthy answer is said to take; a real one takes what it takes.
pub(super) const TOOK: &str = "1.000000ms";

pub(super) fn status(context: &mut Context<'_>) -> Result<(), Failure> {
    let style = context.style()?;
    context.client()?;
    let mut all = Vec::new();
    for endpoint in context.endpoints() {
        if style.release.minor <= 5 && context.user.iter().flatten().next().is_some() {
            // Up to 3.5 the client logs in once more for every endpoint that it asks.
            context.apply(Op::Auth(AuthOp::Authenticate))?;
        }
        let usage = context.session.usage();
        let store = &context.session.store;
        let alarm = store.alarm().then(|| no_space(style.header.member_id));
        all.push(EndpointStatus {
            endpoint,
            usage,
            quota: store.quota_bytes(),
            errors: alarm.into_iter().collect(),
        });
    }
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
    context.client()?;
    let mut all = Vec::new();
    let mut failed: Option<String> = None;
    for endpoint in context.endpoints() {
        let hash = context.admin().and_then(|()| {
            let store = &context.session.store;
            let hash = store.hash_kv(context.parsed.number("rev"));
            hash.map_err(|error| error.to_string())
        });
        match hash {
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
    failed.map_or(Ok(()), |error| Err(Failure::new(1, error)))
}

/// One endpoint's health: what is wrong with it, nothing when it is well.
fn look(context: &mut Context<'_>) -> String {
    if let Err(failure) = context.client() {
        return failure.message;
    }
    // Any answer to a read will do, a refusal for want of permission included.
    let read = context.request(Op::Range(Range::of(KeyRange::one("health"))));
    match read {
        Ok(_) | Err(Error::PermissionDenied) => {}
        Err(error) => return error.to_string(),
    }
    if context.session.store.release().minor >= 5 {
        // From 3.5 on the alarms are asked for too, which goes through the log.
        match context
            .request(Op::Alarm(AlarmOp::List))
            .map(|applied| applied.reply)
        {
            Ok(Reply::Alarm(true)) => return "Active Alarm(s): NOSPACE ".to_owned(),
            Ok(_) => {}
            Err(_) => return "Unable to fetch the alarm list".to_owned(),
        }
    }
    String::new()
}

pub(super) fn health(context: &mut Context<'_>) -> Result<(), Failure> {
    let style = context.style()?;
    let minor = style.release.minor;
    let mut rows = Vec::new();
    let mut is_well = true;
    for endpoint in context.endpoints() {
        let error = look(context);
        let well = error.is_empty();
        is_well &= well;
        rows.push(vec![endpoint, well.to_string(), TOOK.to_owned(), error]);
    }
    let titles = ["endpoint", "health", "took", "error"];
    let cell = |row: &[String], at: usize| row.get(at).cloned().unwrap_or_default();
    match style.format {
        Format::Table => context.say(table::table(&titles, &rows)),
        Format::Json => {
            let rows: Vec<_> = rows
                .iter()
                .map(|row| {
                    let object = json::Object::default()
                        .text("endpoint", &cell(row, 0))
                        .raw("health", cell(row, 1))
                        .text("took", TOOK);
                    match cell(row, 3).as_str() {
                        "" => object,
                        error => object.text("error", error),
                    }
                    .end()
                })
                .collect();
            context.say(json::list(&rows) + "\n");
        }
        Format::Fields => {
            for row in &rows {
                let quote = |at| super::go::quote(cell(row, at).as_bytes());
                context.say(format!(
                    "\"Endpoint\" : {}\n\"Health\" : {}\n\"Took\" : {}\n\"Error\" : {}\n\n",
                    quote(0),
                    cell(row, 1),
                    quote(2),
                    quote(3)
                ));
            }
        }
        Format::Simple => {
            for row in &rows {
                let (endpoint, error) = (cell(row, 0), cell(row, 3));
                if !error.is_empty() {
                    context.complain(format!(
                        "{endpoint} is unhealthy: failed to commit proposal: {error}\n"
                    ));
                    continue;
                }
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
    match is_well {
        true => Ok(()),
        false => Err(Failure::new(1, "unhealthy cluster")),
    }
}
