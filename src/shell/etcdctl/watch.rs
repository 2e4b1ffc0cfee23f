//! `etcdctl watch`: opens a job whose events come with this command and with later ones.

use super::flags::{self, Parsed};
use super::{Context, Failure, flags_of, table};
use crate::mvcc::{Error, KeyRange, Watch};
use crate::shell::hook::Hook;
use crate::shell::print::WatchResponse;
use crate::shell::session::{self, Job, Open};

pub(super) fn run(context: &mut Context<'_>) -> Result<(), Failure> {
    let mut job = Job {
        watches: Vec::new(),
        style: context.style()?,
        objects: None,
    };
    if context.parsed.is_on("interactive") {
        interactive(context, &mut job)?;
    } else {
        let parsed = context.parsed.clone();
        let keys = keys(context, &parsed)?;
        open(context, &parsed, keys, &mut job)?;
    }
    context.session.start(job);
    Ok(())
}

/// `watch -i`: lines of input open more watches.
fn interactive(context: &mut Context<'_>, job: &mut Job) -> Result<(), Failure> {
    let minor = job.style.release.minor;
    let Some(row) = table::find(&[], b"watch", minor) else {
        return Ok(());
    };
    let stdin = context.stdin;
    for line in stdin.split(|byte| *byte == b'\n') {
        let mut words = line
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
            .map(<[u8]>::to_vec);
        match words.next().as_deref() {
            None => continue,
            Some(b"progress") => {
                // Every open watch is told.
                for _ in &job.watches {
                    let revision = context.session.store.revision();
                    context.say(format!("progress notify: {revision}\n"));
                }
                continue;
            }
            Some(b"watch") => {}
            Some(other) => {
                let other = String::from_utf8_lossy(other);
                context.complain(format!("Invalid command {other} (only support watch)\n"));
                continue;
            }
        }
        let args: Vec<_> = words.collect();
        if args.is_empty() {
            context.complain("Invalid command watch (command type or key is not provided)\n");
            continue;
        }
        // A flag that is not known ends the tool; arguments that make no sense only their line.
        let parsed =
            flags::parse(&args, &flags_of(row, minor)).map_err(|why| Failure::new(128, why))?;
        match keys(context, &parsed) {
            Ok(keys) => open(context, &parsed, keys, job)?,
            Err(failure) => {
                let line = String::from_utf8_lossy(line.trim_ascii());
                let why = failure.message;
                let args = line.strip_prefix("watch").unwrap_or(&line);
                context.complain(format!("Invalid command watch{args} ({why})\n"));
            }
        }
    }
    Ok(())
}

fn open(
    context: &mut Context<'_>,
    parsed: &Parsed,
    keys: KeyRange,
    job: &mut Job,
) -> Result<(), Failure> {
    context.client()?;
    let user = context.user.clone().flatten();
    if let Err(error) = context.session.store.check_read(user.as_deref(), &keys) {
        context.complain(format!(
            "watch was canceled (rpc error: code = PermissionDenied desc = {})\n",
            match error {
                // A watch is not told why.
                Error::UserEmpty => Error::PermissionDenied,
                other => other,
            }
        ));
        return Err(canceled());
    }
    if keys.is_void() {
        context.complain("watch was canceled (mvcc: watcher range is empty)\n");
        return Err(canceled());
    }
    let from = parsed.number("rev");
    let opened = Watch::new(&context.session.store, keys, from, parsed.is_on("prev-kv"));
    let Ok((watch, past)) = opened else {
        let error = crate::mvcc::Error::Compacted;
        context.complain(format!("watch was canceled ({error})\n"));
        let response = WatchResponse {
            events: Vec::new(),
            compact_revision: context.session.store.compact_revision(),
            canceled: true,
        };
        let mut style = job.style;
        style.header.revision = 0;
        session::print_watch(&mut context.out.stdout, &response, &style)?;
        return Err(canceled());
    };
    let command = parsed.args.get(parsed.before_dashes..).unwrap_or_default();
    for batch in past {
        if !command.is_empty() {
            let hook = |event| Hook::new(None, command, batch.revision, event);
            let hooks = &mut context.session.hooks;
            hooks.extend(batch.events.iter().map(hook));
        }
        let mut style = job.style;
        style.header.revision = batch.revision;
        let response = WatchResponse {
            events: batch.events,
            ..WatchResponse::default()
        };
        session::print_watch(&mut context.out.stdout, &response, &style)?;
    }
    job.watches.push(Open {
        watch,
        command: command.to_vec(),
    });
    Ok(())
}

fn canceled() -> Failure {
    Failure::new(5, "watch is canceled by the server")
}

/// The keys that a watch's arguments mean, or the environment where there are none; what stands
/// behind `--` is the command to run.
fn keys(context: &Context<'_>, parsed: &Parsed) -> Result<KeyRange, Failure> {
    let mut args = parsed
        .args
        .get(..parsed.before_dashes)
        .unwrap_or_default()
        .to_vec();
    let given = |name: &str| (context.env)(name).filter(|value| !value.is_empty());
    if let Some(key) = given("ETCDCTL_WATCH_KEY") {
        if !args.is_empty() {
            let text = "bad number of arguments (found conflicting environment key)";
            return Err(Failure::new(128, text));
        }
        args = vec![key];
        args.extend(given("ETCDCTL_WATCH_RANGE_END"));
    }
    let prefix = parsed.is_on("prefix");
    match args.as_slice() {
        [] => Err(Failure::new(128, "bad number of arguments")),
        [_, _] if prefix => {
            let text = "`range_end` and `--prefix` are mutually exclusive";
            Err(Failure::new(128, text))
        }
        [key, ..] if prefix => Ok(KeyRange::prefix(key.as_slice())),
        [key, end] => Ok(KeyRange::until(key.as_slice(), end.as_slice())),
        // An empty key cannot be watched; the client sends a zero byte for it.
        [key, ..] if key.is_empty() => Ok(KeyRange::one([0])),
        [key, ..] => Ok(KeyRange::one(key.as_slice())),
    }
}
