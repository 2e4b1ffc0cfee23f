//! The command language: what a person types, and what the real tools would print.
//!
//! Start from [`Shell`]: [`Shell::run`] takes a line and answers [`Ran`]. Words, quotes, loops
//! and pipes are read by a bash grammar ([`grammar`]); a word list that begins with `etcdctl`
//! goes to the table of its commands (`etcdctl::table`), from which parsing, help and completion
//! come; printers (`print`) write the answers, one file a format.
//!
//! The same lines give the same bytes: no clock, no randomness. A session is the list of its
//! lines, so undo is playing a prefix of it.
//!
//! Not here: the store's rules (`mvcc`), and anything that draws.

mod arith;
mod braces;
mod builtins;
mod complete;
mod compound;
mod etcdctl;
mod etcdutl;
mod exec;
mod expand;
mod files;
mod go;
mod grammar;
mod hook;
mod input;
mod kubectl;
mod options;
mod parameter;
mod pattern;
mod pipes;
mod print;
mod redirect;
pub mod script;
mod session;
mod tools;
pub mod transcript;

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use brush_parser::ast::FunctionBody;

pub use complete::Candidate;
pub use files::Files;
pub use go::human_bytes;
pub use print::table::table;
pub use session::{JobId, JobOutput};

use crate::backend::Backend;
use crate::kv::LeaseId;
use crate::mvcc::{Applied, Op, Release, Reply, Store};

use session::Session;

/// Most bytes that one line may print.
const MAX_OUTPUT_BYTES: usize = 16 << 20;

/// What a crash of a Go program begins with.
const PANIC: &str = "panic: ";

/// Which member is simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Release of server and tools.
    pub release: Release,
    /// Raft term: 2 after the first start, one more for every restart.
    pub raft_term: i64,
    /// Cluster id in reply headers.
    pub cluster_id: u64,
    /// Member id in reply headers.
    pub member_id: u64,
}

impl Default for Config {
    /// A single member with default flags, whose ids etcd derives from them.
    fn default() -> Self {
        Self {
            release: Release::default(),
            raft_term: 2,
            cluster_id: 14_841_639_068_965_178_418,
            member_id: 10_276_657_743_932_975_437,
        }
    }
}

/// A shell with a simulated etcd member behind it.
#[derive(Clone, Debug)]
pub struct Shell {
    session: Session,
    variables: BTreeMap<String, Variable>,
    functions: BTreeMap<String, Rc<FunctionBody>>,
    aliases: BTreeMap<String, String>,
    /// `$1`, `$2` and so on.
    arguments: Vec<Vec<u8>>,
    /// What functions that run have made local, with what it was before.
    locals: Vec<(String, Option<Variable>)>,
    /// `$?`.
    last_exit: i32,
    /// Exit code of the last `$( )` of the command that is being put together.
    substituted: i32,
    /// What stands behind the pipes of running watches.
    stages: BTreeMap<JobId, Vec<pipes::Stage>>,
    /// Commands that the line may run, and how many are left of them.
    limit: u64,
    budget: u64,
    /// Whether a limit was reached inside a word, where an error is only text.
    spent: bool,
    /// How many calls stand inside each other.
    depth: u32,
    options: options::Options,
    /// How many conditions and the like are being run, whose exit codes somebody asks about.
    asking: u32,
    /// Whether a variable that is not set has ended the line.
    is_unbound: bool,
    /// Whether commands that watches run are running.
    in_hooks: bool,
    /// The terminal whose variables these are, and what the others have.
    terminal: u8,
    others: BTreeMap<u8, Environment>,
}

/// What a terminal's shell has for itself; the member behind it is everybody's.
#[derive(Clone, Debug, Default)]
struct Environment {
    variables: BTreeMap<String, Variable>,
    functions: BTreeMap<String, Rc<FunctionBody>>,
    aliases: BTreeMap<String, String>,
    arguments: Vec<Vec<u8>>,
    options: options::Options,
    last_exit: i32,
}

/// A shell variable.
#[derive(Clone, Debug, Default)]
struct Variable {
    value: Vec<u8>,
    exported: bool,
}

/// What a line did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Printed on standard output.
    pub stdout: Vec<u8>,
    /// Printed on standard error.
    pub stderr: Vec<u8>,
    /// Exit code of the last command.
    pub exit: i32,
    /// Operations that changed the store, in order.
    pub applied: Vec<Applied>,
    /// What watches that were running printed meanwhile.
    pub notices: Vec<JobOutput>,
    /// The watch that this line opened last and that runs on.
    pub started: Option<JobId>,
    /// Whether the line asked to clear the screen.
    pub clear: bool,
}

/// What commands print while they run.
#[derive(Debug, Default)]
struct Output {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    clear: bool,
}

/// A command that failed: what it says and its exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Failure {
    exit: i32,
    message: String,
}

impl Failure {
    fn new(exit: i32, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
        }
    }
}

impl Failure {
    /// Where the real tool crashes: its first line, without the stack that Go prints below.
    fn panic(message: &str) -> Self {
        Self::new(2, format!("{PANIC}{message}"))
    }

    /// Only an exit code: everything was said before.
    fn silent(exit: i32) -> Self {
        Self::new(exit, "")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            return Ok(());
        }
        if self.message.starts_with(PANIC) {
            return writeln!(f, "{}", self.message);
        }
        writeln!(f, "Error: {}", self.message)
    }
}

impl Shell {
    /// A fresh member and an empty environment.
    pub fn new(config: Config) -> Self {
        Self::of(Session::new(config))
    }

    /// A member whose store is there already, with the file that belongs to it.
    pub fn on(config: Config, store: Store, backend: Backend) -> Self {
        Self::of(Session::on(config, store, backend))
    }

    fn of(session: Session) -> Self {
        Self {
            session,
            variables: BTreeMap::new(),
            functions: BTreeMap::new(),
            aliases: BTreeMap::new(),
            arguments: Vec::new(),
            locals: Vec::new(),
            last_exit: 0,
            substituted: 0,
            stages: BTreeMap::new(),
            limit: 0,
            budget: 0,
            spent: false,
            depth: 0,
            options: options::Options::default(),
            asking: 0,
            is_unbound: false,
            in_hooks: false,
            terminal: 1,
            others: BTreeMap::new(),
        }
    }

    /// Goes on in another terminal: with its own variables, functions and aliases, and the same
    /// member.
    pub fn select_terminal(&mut self, terminal: u8) {
        if terminal == self.terminal {
            return;
        }
        let next = self.others.remove(&terminal).unwrap_or_default();
        let here = Environment {
            variables: std::mem::replace(&mut self.variables, next.variables),
            functions: std::mem::replace(&mut self.functions, next.functions),
            aliases: std::mem::replace(&mut self.aliases, next.aliases),
            arguments: std::mem::replace(&mut self.arguments, next.arguments),
            options: std::mem::replace(&mut self.options, next.options),
            last_exit: std::mem::replace(&mut self.last_exit, next.last_exit),
        };
        self.others.insert(self.terminal, here);
        self.terminal = terminal;
    }

    /// Runs what was typed: one line, or several with newlines between them.
    pub fn run(&mut self, line: &str) -> Ran {
        self.run_bounded(line, exec::MAX_COMMANDS)
    }

    /// Runs what was typed, but no more than so many commands, those in loops, functions and
    /// substitutions counted each time: then it stops with a message and exit code 2, and what was
    /// done until then stays done. A caller that wants to hear a cancel between commands runs
    /// [`script::commands`] one by one, with a limit for each.
    pub fn run_bounded(&mut self, line: &str, commands: u64) -> Ran {
        let ran = self.record(commands, |shell, out| shell.exec_text(line, out));
        // Until the next line is typed the member has committed.
        self.session.commit();
        ran
    }

    /// Runs one command given as its words, as a transcript has it.
    pub fn run_argv(&mut self, argv: &[Vec<u8>], stdin: &[u8]) -> Ran {
        self.record(exec::MAX_COMMANDS, |shell, out| {
            let mut input = exec::Input::new(stdin.to_vec());
            let result = shell.exec_words(argv, &mut input, out);
            exec::exit_of(result, out)
        })
    }

    /// The store behind it.
    pub fn store(&self) -> &Store {
        &self.session.store
    }

    /// The session's files.
    pub fn files(&self) -> &Files {
        &self.session.files
    }

    /// The member's file: its pages, sizes and latest transactions.
    pub fn backend(&mut self) -> &mut Backend {
        &mut self.session.backend
    }

    /// The session's files, to add to.
    pub fn files_mut(&mut self) -> &mut Files {
        &mut self.session.files
    }

    /// Lets time pass on the virtual clock, in milliseconds: leases may end.
    pub fn advance(&mut self, ms: i64) -> Ran {
        self.record(exec::MAX_COMMANDS, |shell, _| {
            shell.session.advance(ms);
            0
        })
    }

    /// Aliases and functions of a terminal.
    pub fn names(&self, terminal: u8) -> script::Names {
        let (aliases, functions) = match self.others.get(&terminal) {
            _ if terminal == self.terminal => (&self.aliases, &self.functions),
            Some(other) => (&other.aliases, &other.functions),
            None => return script::Names::default(),
        };
        aliases.keys().chain(functions.keys()).cloned().collect()
    }

    /// Numbers of the watches that are running.
    pub fn jobs(&self) -> impl Iterator<Item = JobId> {
        self.session.jobs.keys().copied()
    }

    /// Interrupts a running watch, as Ctrl-C does; answers whether there was one.
    pub fn stop(&mut self, job: JobId) -> bool {
        self.stages.remove(&job);
        self.session.jobs.remove(&job).is_some()
    }

    /// What the word before `cursor`, a byte position in `line`, may become.
    pub fn complete(&self, line: &str, cursor: usize) -> Vec<Candidate> {
        complete::complete(line, cursor, self.session.store.release().minor)
    }

    /// Grants a lease with a chosen id, which `etcdctl` cannot do and etcd's JSON gateway can.
    /// Prints the gateway's answer.
    pub fn grant_lease(&mut self, ttl: i64, id: i64) -> Ran {
        self.record(exec::MAX_COMMANDS, |shell, out| {
            let op = Op::LeaseGrant {
                ttl,
                id: LeaseId(id),
            };
            let header = shell.session.header();
            let (text, exit) = match shell.session.apply(op, None).map(|applied| applied.reply) {
                Ok(Reply::LeaseGrant(lease)) => (print::json::gateway_lease(&lease, &header), 0),
                Ok(_) => (String::new(), 0),
                Err(error) => (
                    print::json::gateway_error(&error, shell.session.store.release()),
                    1,
                ),
            };
            out.stdout.extend(text.bytes());
            exit
        })
    }

    /// Brings about the surroundings that a recorded answer shows: restarts, a lease's id, time.
    fn surround(&mut self, shown: &transcript::Shown) {
        /// Most restarts that are caught up with.
        const MAX_RESTARTS: i64 = 100;
        let session = &mut self.session;
        let behind = shown.raft_term.unwrap_or(0) - session.store.raft_term();
        for _ in 0..behind.clamp(0, MAX_RESTARTS) {
            session.restart();
        }
        if let Some(id) = shown.lease {
            session.store.choose_next_lease(LeaseId(id));
        }
        session.catch_up(shown);
    }

    fn record(&mut self, limit: u64, run: impl FnOnce(&mut Self, &mut Output) -> i32) -> Ran {
        let before = self.session.last_job();
        (self.limit, self.budget, self.spent, self.depth) = (limit, limit, false, 0);
        (self.asking, self.is_unbound) = (0, false);
        let mut out = Output::default();
        let exit = run(self, &mut out);
        self.last_exit = exit;
        // Until the next line is typed the cluster has done what it has to do.
        self.session.settle(kubectl::LINE_MS);
        self.run_hooks(&mut out);
        self.filter_notices();
        let started = Some(self.session.last_job())
            .filter(|job| *job > before && self.session.jobs.contains_key(job));
        let notices = std::mem::take(&mut self.session.notices);
        // A job that the line began and ended itself has no other place for what it printed.
        let (own, notices): (Vec<_>, Vec<_>) = notices
            .into_iter()
            .partition(|notice| notice.job > before && Some(notice.job) != started);
        for notice in own {
            out.stdout.extend(notice.stdout);
            out.stderr.extend(notice.stderr);
        }
        Ran {
            stdout: out.stdout,
            stderr: out.stderr,
            exit,
            applied: std::mem::take(&mut self.session.applied),
            notices,
            started,
            clear: out.clear,
        }
    }
}
