//! Programs that the talk starts its cluster and fetches its tools with. Nothing of that is needed
//! here: each says in a line what it did in the talk. `docker cp` of a member's file makes one.

use super::{Tool, complain, member};
use crate::shell::Output;
use crate::shell::redirect::file_name;

/// One line on `apt`.
pub(super) const APT: &str = "nothing to install here: all tools of the talk are at hand";
/// One line on `chmod`.
pub(super) const CHMOD: &str = "nothing to do here: files of the tab have no modes";
/// One line on `curl`.
pub(super) const CURL: &str = "nothing is fetched here: all tools of the talk are at hand";
/// One line on `docker`.
pub(super) const DOCKER: &str = "copy the member's file into the tab: docker cp NAME:/.../db .";
/// One line on `etcd`.
pub(super) const ETCD: &str = "nothing to start here: the simulated member is running";
/// One line on `git`.
pub(super) const GIT: &str = "nothing to clone here: etcd's tools are at hand";
/// One line on `go`.
pub(super) const GO: &str = "nothing to build here: etcd's tools are at hand";
/// One line on `kind`.
pub(super) const KIND: &str = "nothing to create here: the simulated member is running";

fn say(out: &mut Output, text: &str) -> i32 {
    out.stdout.extend(format!("({text})\n").bytes());
    0
}

fn first(args: &[Vec<u8>]) -> String {
    args.first()
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .unwrap_or_default()
}

pub(super) fn apt(_: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    match first(args).as_str() {
        "update" => say(
            out,
            "in the talk this refreshed the container's list of packages; here nothing is needed",
        ),
        _ => say(
            out,
            "in the talk this installed curl or jq in the container; here both are at hand",
        ),
    }
}

pub(super) fn chmod(_: &mut Tool<'_>, _: &[Vec<u8>], _: &mut Output) -> i32 {
    0
}

pub(super) fn curl(_: &mut Tool<'_>, _: &[Vec<u8>], out: &mut Output) -> i32 {
    say(
        out,
        "in the talk this fetched jq 1.7; here jq is at hand, and nothing is ever fetched",
    )
}

pub(super) fn git(_: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    match first(args).as_str() {
        "clone" => say(
            out,
            "in the talk this fetched etcd's sources to build etcd-dump-db; here it is at hand",
        ),
        _ => say(out, "there is no repository here, and none is needed"),
    }
}

pub(super) fn go(_: &mut Tool<'_>, _: &[Vec<u8>], out: &mut Output) -> i32 {
    say(
        out,
        "in the talk this built a tool of etcd; here etcdctl and etcd-dump-db are at hand",
    )
}

pub(super) fn kind(_: &mut Tool<'_>, _: &[Vec<u8>], out: &mut Output) -> i32 {
    say(
        out,
        "in the talk this created a Kubernetes cluster in a container; here the simulated member stands for its etcd",
    )
}

pub(super) fn etcd(_: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    match first(args).as_str() {
        "--version" | "-version" => say(
            out,
            "see `etcdctl version` for the release that is simulated",
        ),
        _ => say(
            out,
            "a simulated member is running already; `restart` starts it again",
        ),
    }
}

/// `docker run | exec | cp | ...`.
pub(super) fn docker(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let words: Vec<_> = args
        .iter()
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    match words.first().map_or("", String::as_str) {
        "cp" => copy(tool, &words, out),
        "run" => say(
            out,
            "in the talk this started etcd in a container; here a simulated member is running already",
        ),
        "exec" => say(
            out,
            "in the talk this opened a shell in the container; here this terminal is that shell",
        ),
        "ps" => say(
            out,
            "there is no container here; the simulated member is running",
        ),
        "" => complain(
            out,
            1,
            "docker: of it only `docker cp NAME:/path/to/db FILE` does something here",
        ),
        _ => say(out, "there is no container here, and none is needed"),
    }
}

/// `docker cp CONTAINER:/path/to/member/snap/db FILE`.
fn copy(tool: &mut Tool<'_>, words: &[String], out: &mut Output) -> i32 {
    let [_, from, to] = words else {
        return complain(out, 1, "\"docker cp\" requires exactly 2 arguments.");
    };
    let path = match from.split_once(':') {
        Some((_, path)) if path.rsplit('/').next() == Some("db") => path,
        Some((container, path)) => {
            let text = format!(
                "Error response from daemon: Could not find the file {path} in container {container}"
            );
            return complain(out, 1, text);
        }
        None if to.contains(':') => {
            return say(
                out,
                "in the talk this put etcdctl into the container; here it is at hand",
            );
        }
        None => return complain(out, 1, "must specify at least one container source"),
    };
    let bytes = match member::bytes(&mut tool.shell.session) {
        Ok(bytes) => bytes,
        Err(why) => return complain(out, 1, format!("Error response from daemon: {why}")),
    };
    let last = path.rsplit('/').next().unwrap_or("db");
    let name = match to.as_str() {
        "." | "./" | "" => last.to_owned(),
        folder if folder.ends_with('/') => file_name(format!("{folder}{last}").as_bytes()),
        name => file_name(name.as_bytes()),
    };
    let size = human(bytes.len());
    if !tool.shell.session.files.save_bounded(&name, bytes) {
        return complain(out, 1, format!("write {name}: no space left on device"));
    }
    // As docker counts: contents and the header of the archive that they travel in.
    let shown = match to.as_str() {
        "." | "./" => "/root/.".to_owned(),
        _ => format!("/root/{name}"),
    };
    out.stderr
        .extend(format!("Successfully copied {size} to {shown}\n").bytes());
    0
}

/// A size as docker says it: three digits, powers of a thousand, the archive around it counted.
fn human(bytes: usize) -> String {
    let mut size = (bytes as f64 / 512.0).ceil() * 512.0 + 1536.0;
    let mut unit = 0;
    while size >= 1000.0 && unit < 4 {
        size /= 1000.0;
        unit += 1;
    }
    let units = ["B", "kB", "MB", "GB", "TB"];
    let name = units.get(unit).copied().unwrap_or("B");
    match size {
        100.0.. => format!("{size:.0}{name}"),
        10.0.. => format!("{size:.1}{name}"),
        _ => format!("{size:.2}{name}"),
    }
}
