//! `kubectl` on the objects in the simulated member: reading them, and asking the API server
//! (`apiserver`) to write them.
//!
//! Flags and words are read by [`flags`], a command means objects by [`find`], answers are
//! tables ([`table`], [`columns`]) or documents.

mod age;
mod change;
mod columns;
mod describe;
mod find;
mod flags;
mod get;
mod jsonpath;
mod more_columns;
mod rollout;
mod selector;
mod settle;
mod table;
mod watch;
mod write;

use super::tools::Tool;
use super::{Output, session::Session};
use crate::apiserver::{Etcd, Problem, bootstrap};
use crate::kubernetes::time;
use crate::mvcc::{Applied, Error, Op, Store};

pub(super) use watch::ObjectWatch;

use find::Asked;
use flags::Flags;

/// One line on it.
pub(super) const HELP: &str = "Kubernetes: kubectl get | describe | apply | create | delete | ...";

/// How long a command is taken to need until it reaches the server, in milliseconds of the
/// virtual clock.
const COMMAND_MS: i64 = 40;

/// How long the controllers have until the next line is typed, in milliseconds.
pub(super) const LINE_MS: i64 = 60_000;

/// A command that is being run.
struct Context<'a> {
    session: &'a mut Session,
    flags: Flags,
    stdin: Vec<u8>,
    out: &'a mut Output,
}

/// A command that failed, with all that it says.
#[derive(Debug)]
struct Fail {
    text: String,
}

impl Fail {
    fn said(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}

impl From<Problem> for Fail {
    fn from(problem: Problem) -> Self {
        Self::said(server_words(&problem))
    }
}

/// A command: its name, one line on it, and how it runs.
type Command = (
    &'static str,
    &'static str,
    fn(&mut Context<'_>) -> Result<(), Fail>,
);

const COMMANDS: &[Command] = &[
    (
        "annotate",
        "Update the annotations on a resource",
        change::annotate,
    ),
    (
        "api-resources",
        "Print the supported API resources",
        describe::api_resources,
    ),
    (
        "apply",
        "Apply a configuration to a resource by file name or stdin",
        write::apply,
    ),
    (
        "create",
        "Create a resource from a file or from stdin",
        write::create,
    ),
    (
        "delete",
        "Delete resources by file names, stdin, resources and names",
        write::delete,
    ),
    (
        "describe",
        "Show details of a specific resource, in brief",
        describe::run,
    ),
    ("events", "List events", describe::events),
    ("get", "Display one or many resources", get::run),
    ("label", "Update the labels on a resource", change::label),
    (
        "patch",
        "Update fields of a resource: --type=merge or strategic",
        change::patch,
    ),
    (
        "rollout",
        "Manage the rollout of a deployment: status, history, undo, restart",
        rollout::run,
    ),
    ("run", "Run a particular image in a pod", write::run),
    (
        "scale",
        "Set a new size for a deployment or replica set",
        change::scale,
    ),
    ("set", "Set the image of a workload: set image", change::set),
    (
        "version",
        "Print the client and server version information",
        describe::version,
    ),
];

/// Commands that write nothing, so that the controllers have nothing to do because of them.
const READS: &[&str] = &["api-resources", "describe", "events", "get", "version"];

impl Etcd for Session {
    fn store(&self) -> &Store {
        &self.store
    }

    fn apply(&mut self, op: Op) -> Result<Applied, Error> {
        Session::apply(self, op, None)
    }
}

impl Context<'_> {
    fn store(&self) -> &Store {
        &self.session.store
    }

    fn say(&mut self, text: impl AsRef<str>) {
        self.out.stdout.extend(text.as_ref().bytes());
    }

    fn complain(&mut self, text: impl AsRef<str>) {
        self.out.stderr.extend(text.as_ref().bytes());
    }

    fn namespace(&self) -> &str {
        match self.flags.value("namespace").unwrap_or_default() {
            "" => "default",
            namespace => namespace,
        }
    }

    /// Whether nothing is to be written.
    fn dry_run(&self) -> bool {
        matches!(
            self.flags.value("dry-run"),
            Some("client" | "server" | "true")
        )
    }

    /// Now, in microseconds since 1970.
    fn now(&mut self) -> i64 {
        let session = &mut *self.session;
        session.clock.now(&session.store)
    }
}

/// Runs a command line; answers its exit code.
pub(super) fn run(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let mut flags = match Flags::read(args) {
        Ok(flags) => flags,
        Err(why) => {
            let first = args.first().map(|arg| String::from_utf8_lossy(arg));
            let command = COMMANDS
                .iter()
                .find(|(name, ..)| first.as_deref() == Some(*name))
                .map(|(name, ..)| format!(" {name}"))
                .unwrap_or_default();
            return complain(
                out,
                &format!("error: {why}\nSee 'kubectl{command} --help' for usage."),
            );
        }
    };
    if flags.words.is_empty() || flags.words.first().is_some_and(|word| word == "help") {
        out.stdout.extend(help().bytes());
        return 0;
    }
    let name = flags.words.remove(0);
    let Some((_, _, handler)) = COMMANDS.iter().find(|(known, ..)| *known == name) else {
        return complain(
            out,
            &format!("error: unknown command {name:?} for \"kubectl\""),
        );
    };
    if flags.is_on("help") {
        out.stdout.extend(help().bytes());
        return 0;
    }
    let reads_input = flags.values("filename").any(|name| name == "-");
    let stdin = match reads_input {
        true => tool.input.take(),
        false => Vec::new(),
    };
    let session = &mut tool.shell.session;
    let passed = session.settle(COMMAND_MS);
    session.advance(COMMAND_MS - passed);
    match session.serve(bootstrap) {
        Ok(true) => out.stderr.extend(
            b"(a simulated cluster starts with this first kubectl: its namespaces and a node)\n",
        ),
        Ok(false) => {}
        Err(problem) => return complain(out, &server_words(&problem)),
    }
    if !READS.contains(&name.as_str()) {
        session.has_cluster_work = true;
    }
    let mut context = Context {
        session,
        flags,
        stdin,
        out,
    };
    match handler(&mut context) {
        Ok(()) => 0,
        Err(fail) if fail.text.is_empty() => 1,
        Err(fail) => complain(out, &fail.text),
    }
}

fn complain(out: &mut Output, text: &str) -> i32 {
    out.stderr.extend(text.bytes());
    out.stderr.push(b'\n');
    1
}

fn help() -> String {
    let mut text =
        "kubectl controls the Kubernetes cluster manager.\n\nSimulated here:\n".to_owned();
    for (name, about, _) in COMMANDS {
        text += &format!("  {name:<15} {about}\n");
    }
    text
}

/// `Error from server (NotFound): pods "x" not found`
fn server_words(problem: &Problem) -> String {
    match (problem, problem.reason()) {
        (Problem::Invalid { .. }, _) => format!("The {problem}"),
        (_, "") => format!("Error from server: {problem}"),
        (_, reason) => format!("Error from server ({reason}): {problem}"),
    }
}

/// As [`server_words`], for an object that came from a file.
fn file_words(problem: &Problem, verb: &str, source: &str) -> String {
    match (problem, problem.reason()) {
        (Problem::Invalid { .. }, _) | (_, "") => server_words(problem),
        (_, reason) => {
            format!("Error from server ({reason}): error when {verb} {source:?}: {problem}")
        }
    }
}

/// Says what went wrong; the command fails if anything did.
fn complained(context: &mut Context<'_>, texts: &[String]) -> Result<(), Fail> {
    for text in texts {
        context.complain(format!("{text}\n"));
    }
    match texts {
        [] => Ok(()),
        _ => Err(Fail::said("")),
    }
}

/// Says what the server refused; the command fails if it did.
fn said(context: &mut Context<'_>, problems: &[Problem]) -> Result<(), Fail> {
    for problem in problems {
        context.complain(server_words(problem) + "\n");
    }
    match problems {
        [] => Ok(()),
        _ => Err(Fail::said("")),
    }
}

/// At `-v=6` and above, where the configuration is; at 9 the request that a command makes.
fn trace(context: &mut Context<'_>, wanted: &[Asked]) {
    let level: i64 = context
        .flags
        .value("v")
        .and_then(|level| level.parse().ok())
        .unwrap_or(0);
    if level < 6 {
        return;
    }
    let now = context.now();
    let stamp = |micros: i64| {
        let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1000).unwrap_or(0);
        let text = time::rfc3339_micro(micros.div_euclid(1_000_000), nanos).unwrap_or_default();
        let (date, clock) = text.split_once('T').unwrap_or_default();
        let day: String = date.chars().skip(5).filter(|one| *one != '-').collect();
        format!("I{day} {}", clock.trim_end_matches('Z'))
    };
    context.complain(format!(
        "{}    3263 loader.go:373] Config loaded from file:  /etc/kubernetes/admin.conf\n",
        stamp(now)
    ));
    if level < 9 {
        return;
    }
    let accept = match context.flags.value("output") {
        None | Some("wide") => {
            "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
        }
        Some(_) => "application/json",
    };
    for one in wanted {
        let url = one.kind.url(find::scope(context));
        let rest = match &one.name {
            Some(name) => format!("/{name}"),
            None => "?limit=500".to_owned(),
        };
        context.complain(format!(
            "{}    3263 round_trippers.go:466] curl -v -XGET  -H \"Accept: {accept}\" -H \"User-Agent: kubectl/v1.27.1 (linux/amd64) kubernetes/4c94112\" 'https://test-k8s-cluster-control-plane:6443{url}{rest}'\n",
            stamp(now + 4_104)
        ));
    }
}
