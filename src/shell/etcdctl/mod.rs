//! `etcdctl`: finds the command of a line in the table, reads its flags, and runs it.
//!
//! Parsing says what was typed ([`flags`]), a handler says what it meant and does it, a printer
//! (`shell::print`) writes the answer.

mod auth;
mod cluster;
mod compaction;
mod del;
mod endpoint;
pub(super) mod flags;
mod get;
mod help;
mod lease;
mod lock;
mod member;
mod put;
pub(super) mod snapshot;
pub(super) mod table;
mod txn;
mod watch;

use self::flags::{Flag, Parsed};
use self::table::Command;
use super::print::{Format, Header, Style, fields, json, protobuf, simple};
use super::session::Session;
use super::{Failure, Output, go};
use crate::mvcc::{Applied, AuthOp, Error, Op, Release, Reply};

/// A command that is being run.
pub struct Context<'a> {
    session: &'a mut Session,
    parsed: Parsed,
    stdin: &'a [u8],
    out: &'a mut Output,
    env: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    /// Who asks, once that is known; `None` inside for nobody in particular.
    user: Option<Option<String>>,
}

/// How long a command is taken to need until it reaches the server, in milliseconds of the
/// virtual clock.
const COMMAND_MS: i64 = 20;

/// Runs one `etcdctl` command line; `env` gives exported variables. Answers the exit code.
pub(super) fn run(
    session: &mut Session,
    args: &[Vec<u8>],
    env: &dyn Fn(&str) -> Option<Vec<u8>>,
    stdin: &[u8],
    out: &mut Output,
) -> i32 {
    let release = session.store.release();
    let (command, rest) = match find(args, release.minor) {
        Ok(found) => found,
        Err(error) => {
            let text = format!("Error: {error}\nRun 'etcdctl --help' for usage.\n");
            return complain(out, text, &error, release);
        }
    };
    let all: Vec<&'static Flag> = flags_of(command, release.minor);
    let parsed = flags::parse(&rest, &all).and_then(|mut parsed| {
        for flag in table::GLOBAL_FLAGS {
            let name = flag.name.to_uppercase().replace('-', "_");
            if let Some(value) = env(&format!("ETCDCTL_{name}")) {
                parsed.set_default(flag, &value)?;
            }
        }
        Ok(parsed)
    });
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            out.stdout.extend(help::help(command, release).bytes());
            let text = format!("Error: {error}\n\n");
            return complain(out, text, &error, release);
        }
    };
    if command.name() == "help" {
        let about = find(&parsed.args, release.minor).map_or(&table::ROOT, |found| found.0);
        out.stdout.extend(help::help(about, release).bytes());
        return 0;
    }
    let (Some(handler), false) = (command.run, parsed.help) else {
        out.stdout.extend(help::help(command, release).bytes());
        return 0;
    };
    let mut context = Context {
        session,
        parsed,
        stdin,
        out,
        env,
        user: None,
    };
    context.session.advance(COMMAND_MS);
    match handler(&mut context) {
        Ok(()) => 0,
        Err(failure) => {
            out.stderr.extend(failure.to_string().bytes());
            failure.exit
        }
    }
}

/// Says what is wrong with a line. Up to 3.5 the last words are said twice.
fn complain(out: &mut Output, mut text: String, error: &str, release: Release) -> i32 {
    if release.minor < 6 {
        text += &format!("Error: {error}\n");
    }
    out.stderr.extend(text.bytes());
    1
}

/// The command that a line means, and its arguments without the command's names.
fn find(args: &[Vec<u8>], minor: u8) -> Result<(&'static Command, Vec<Vec<u8>>), String> {
    let mut command: &'static Command = &table::ROOT;
    let mut rest = args.to_vec();
    loop {
        let flags = flags_of(command, minor);
        let Some(position) = flags::first_word(&rest, &flags) else {
            return Ok((command, rest));
        };
        let word = rest.get(position).cloned().unwrap_or_default();
        match table::find(command.path, &word, minor) {
            Some(found) => {
                rest.remove(position);
                command = found;
            }
            None if command.path.is_empty() => {
                let suggestions = suggestions(&word, minor);
                return Err(format!(
                    "unknown command {} for \"etcdctl\"{suggestions}",
                    go::quote(&word)
                ));
            }
            None => return Ok((command, rest)),
        }
    }
}

/// Names at most two edits away, as cobra lists them.
fn suggestions(word: &[u8], minor: u8) -> String {
    let word = String::from_utf8_lossy(word).to_lowercase();
    if word.len() > 64 {
        return String::new();
    }
    let near: Vec<_> = table::below(&[], minor)
        .map(Command::name)
        .filter(|name| distance(&word, name) <= 2 || name.starts_with(&word))
        .map(|name| format!("\t{name}\n"))
        .collect();
    match near.is_empty() {
        true => String::new(),
        false => format!("\n\nDid you mean this?\n{}", near.concat()),
    }
}

/// Edits (insert, drop, replace a character) between two words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, (to, pair)) in b.iter().zip(row.windows(2)).enumerate() {
            let [diagonal, above] = *pair else { continue };
            let left = next.get(j).copied().unwrap_or(usize::MAX - 1);
            let replaced = diagonal + usize::from(from != *to);
            next.push(replaced.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// The flags that may stand behind a command.
fn flags_of(command: &'static Command, minor: u8) -> Vec<&'static Flag> {
    let own = command.flags.iter().filter(|flag| flag.is_in(minor));
    own.chain(table::inherited_flags(command.path, minor))
        .collect()
}

impl Context<'_> {
    /// Applies an operation; running watches see it.
    fn apply(&mut self, op: Op) -> Result<Applied, Failure> {
        self.client()?;
        self.request(op)
            .map_err(|error| Failure::new(1, error.to_string()))
    }

    /// Applies an operation for whoever has logged in.
    fn request(&mut self, op: Op) -> Result<Applied, Error> {
        let user = self.user.clone().flatten();
        self.session.apply(op, user.as_deref())
    }

    /// Logs in, where `--user` says so and it was not done before: what every command does when
    /// it has read its arguments.
    fn client(&mut self) -> Result<(), Failure> {
        if self.user.is_none() {
            let user = self.log_in()?;
            self.user = Some(user);
        }
        Ok(())
    }

    fn log_in(&mut self) -> Result<Option<String>, Failure> {
        let Some(given) = self.parsed.text("user").filter(|user| !user.is_empty()) else {
            return Ok(None);
        };
        let given = String::from_utf8_lossy(given).into_owned();
        let password = self.parsed.text("password").unwrap_or_default();
        let (name, password) = match (password, given.split_once(':')) {
            ([], Some((name, password))) => (name.to_owned(), password.to_owned()),
            ([], None) => {
                self.say("Password: \n");
                (given, auth::first_line(self.stdin))
            }
            (password, _) => (given, String::from_utf8_lossy(password).into_owned()),
        };
        if name.is_empty() || password.is_empty() {
            return Ok(None);
        }
        match self.session.store.check_password(&name, &password) {
            Err(Error::AuthNotEnabled) => Ok(None),
            Err(error) => Err(Failure::new(2, error.to_string())),
            Ok(()) => {
                let op = Op::Auth(AuthOp::Authenticate);
                let logged_in = self.session.apply(op, Some(&name));
                logged_in.map_err(|error| Failure::new(2, error.to_string()))?;
                Ok(Some(name))
            }
        }
    }

    /// A request that only an administrator may make, where that is refused in the server's own
    /// words, without the client's.
    fn admin(&mut self) -> Result<(), String> {
        let user = self.user.clone().flatten();
        let store = &self.session.store;
        store.check_admin(user.as_deref()).map_err(|error| {
            let text = error.to_string();
            match text.strip_prefix("etcdserver: ") {
                Some(text) => format!("rpc error: code = Unknown desc = auth: {text}"),
                None => text,
            }
        })
    }

    /// `-w`, read as late as the real tool reads it, that is before it asks the server.
    fn format(&self) -> Result<Format, Failure> {
        self.parsed
            .text("write-out")
            .map_or(Ok(Format::Simple), Format::parse)
    }

    fn style(&self) -> Result<Style, Failure> {
        Ok(Style {
            format: self.format()?,
            hex: self.parsed.is_on("hex"),
            value_only: false,
            release: self.session.store.release(),
            header: self.session.header(),
        })
    }

    /// Endpoints as given.
    fn endpoints(&self) -> Vec<String> {
        if self.parsed.is_on("cluster") {
            return vec![member::CLIENT_URL.to_owned()];
        }
        let given = self.parsed.text("endpoints").unwrap_or(b"127.0.0.1:2379");
        let given = String::from_utf8_lossy(given);
        given.split(',').map(str::to_owned).collect()
    }

    fn print(&mut self, reply: &Reply, style: &Style) -> Result<(), Failure> {
        let out = &mut self.out.stdout;
        match style.format {
            Format::Simple => simple::reply(out, reply, style),
            Format::Json => out.extend(json::reply(reply, style).bytes()),
            Format::Protobuf => out.extend(protobuf::reply(reply, style)),
            Format::Fields => {
                let mut text = String::new();
                fields::reply(&mut text, reply, style);
                out.extend(text.bytes());
            }
            Format::Table => return Err(style.format.unsupported()),
        }
        Ok(())
    }

    fn say(&mut self, text: impl AsRef<[u8]>) {
        self.out.stdout.extend_from_slice(text.as_ref());
    }

    fn complain(&mut self, text: impl AsRef<[u8]>) {
        self.out.stderr.extend_from_slice(text.as_ref());
    }

    fn header(&self) -> Header {
        self.session.header()
    }
}
