//! `etcdutl`: of it only what looks at a snapshot.

use super::etcdctl::flags::{self, Flag, Kind};
use super::etcdctl::snapshot;
use super::print::{Format, Style};
use super::session::Session;
use super::{Failure, Output};

/// One line on the command.
pub(super) const HELP: &str = "look at a snapshot: snapshot status FILE [-w FORMAT]";

static WRITE_OUT: Flag = flags::flag(
    "write-out",
    Kind::Text,
    "\"simple\"",
    "set the output format (fields, json, protobuf, simple, table)",
)
.short('w');

/// Runs `etcdutl ARGS`.
pub(super) fn run(session: &mut Session, args: &[Vec<u8>], out: &mut Output) -> i32 {
    match status(session, args, out) {
        Ok(()) => 0,
        Err(failure) => {
            out.stderr.extend(failure.to_string().bytes());
            failure.exit
        }
    }
}

fn status(session: &Session, args: &[Vec<u8>], out: &mut Output) -> Result<(), Failure> {
    let parsed = flags::parse(args, &[&WRITE_OUT]).map_err(|why| Failure::new(1, why))?;
    let release = session.store.release();
    let words: Vec<_> = parsed.args.iter().map(Vec::as_slice).collect();
    let files = match words.as_slice() {
        [b"snapshot", b"status", files @ ..] => files,
        [b"version"] => {
            let (major, minor) = (release.major, release.minor);
            let text = format!("etcdutl version: {release}\nAPI version: {major}.{minor}\n");
            out.stdout.extend(text.bytes());
            return Ok(());
        }
        _ => return Err(Failure::new(1, format!("only this is simulated: {HELP}"))),
    };
    let [name] = files else {
        let text = "snapshot status requires exactly one argument";
        return Err(Failure::new(128, text));
    };
    let format = parsed
        .text("write-out")
        .map_or(Ok(Format::Simple), Format::parse)?;
    let status = session
        .files
        .status(&String::from_utf8_lossy(name), release)?;
    let style = Style {
        format,
        hex: false,
        value_only: false,
        release,
        header: session.header(),
    };
    snapshot::print(out, &status, &style)
}
