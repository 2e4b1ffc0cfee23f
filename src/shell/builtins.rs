//! The few commands of the shell itself.

use super::{Output, Shell, etcdctl};

/// Runs a builtin; answers its exit code.
pub(super) type Builtin = fn(&mut Shell, &[Vec<u8>], &[u8], &mut Output) -> i32;

/// A row: a builtin's name, what it does, and how.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    run: Builtin,
}

/// All of them, in the order of their names.
pub(super) const BUILTINS: &[Row] = &[
    row(":", "do nothing", |_, _, _, _| 0),
    row("cat", "print standard input", cat),
    row("clear", "clear the screen", clear),
    row("echo", "print words", echo),
    row(
        "export",
        "give a variable to commands: export NAME=VALUE",
        export,
    ),
    row("false", "fail", |_, _, _, _| 1),
    row("help", "list what can be typed", help),
    row("jobs", "list running watches", jobs),
    row("kill", "end a running watch: kill %1", kill),
    row("ls", "list the session's files", ls),
    row(
        "restart",
        "start the member again: restart [--quota-backend-bytes=N]",
        restart,
    ),
    row("rm", "remove files of the session", rm),
    row("sleep", "let time pass: sleep SECONDS", sleep),
    row("true", "do nothing", |_, _, _, _| 0),
    row("unset", "forget a variable", unset),
];

const fn row(name: &'static str, help: &'static str, run: Builtin) -> Row {
    Row { name, help, run }
}

/// The builtin of a name.
pub(super) fn find(name: &str) -> Option<Builtin> {
    BUILTINS
        .iter()
        .find(|row| row.name == name)
        .map(|row| row.run)
}

fn cat(_: &mut Shell, args: &[Vec<u8>], stdin: &[u8], out: &mut Output) -> i32 {
    if let Some(name) = args.iter().find(|name| name.as_slice() != b"-") {
        let name = String::from_utf8_lossy(name);
        let text = format!("cat: {name}: No such file or directory\n");
        out.stderr.extend(text.bytes());
        return 1;
    }
    out.stdout.extend_from_slice(stdin);
    0
}

fn clear(_: &mut Shell, _: &[Vec<u8>], _: &[u8], out: &mut Output) -> i32 {
    out.clear = true;
    out.stdout.clear();
    0
}

fn echo(_: &mut Shell, args: &[Vec<u8>], _: &[u8], out: &mut Output) -> i32 {
    let (newline, args) = match args.split_first() {
        Some((first, rest)) if first == b"-n" => (false, rest),
        _ => (true, args),
    };
    out.stdout.extend(args.join(&b' '));
    if newline {
        out.stdout.push(b'\n');
    }
    0
}

fn export(shell: &mut Shell, args: &[Vec<u8>], _: &[u8], out: &mut Output) -> i32 {
    let mut exit = 0;
    for arg in args {
        let text = String::from_utf8_lossy(arg);
        let (name, value) = match arg.iter().position(|byte| *byte == b'=') {
            Some(at) => (arg.get(..at), arg.get(at + 1..)),
            None => (Some(arg.as_slice()), None),
        };
        let name = String::from_utf8_lossy(name.unwrap_or_default()).into_owned();
        let is_name = !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if name.is_empty() || !is_name {
            let text = format!("bash: export: `{text}': not a valid identifier\n");
            out.stderr.extend(text.bytes());
            exit = 1;
            continue;
        }
        let variable = shell.variables.entry(name).or_default();
        variable.exported = true;
        if let Some(value) = value {
            variable.value = value.to_vec();
        }
    }
    exit
}

fn unset(shell: &mut Shell, args: &[Vec<u8>], _: &[u8], _: &mut Output) -> i32 {
    for name in args {
        shell.variables.remove(&*String::from_utf8_lossy(name));
    }
    0
}

fn help(shell: &mut Shell, _: &[Vec<u8>], _: &[u8], out: &mut Output) -> i32 {
    let mut line = |name: &str, help: &str| {
        out.stdout.extend(format!("{name:<24} {help}\n").bytes());
    };
    let minor = shell.session.store.release().minor;
    for command in etcdctl::table::commands(minor).filter(|command| command.run.is_some()) {
        line(
            &format!("etcdctl {}", command.path.join(" ")),
            command.short,
        );
    }
    line("etcd-dump-db", super::dump::HELP);
    for row in BUILTINS {
        line(row.name, row.help);
    }
    0
}

/// Lets time pass on the virtual clock; `s`, `m` and `h` may stand behind the number.
fn sleep(shell: &mut Shell, args: &[Vec<u8>], _: &[u8], out: &mut Output) -> i32 {
    /// Longest sleep, in milliseconds: a hundred years.
    const MAX_MS: f64 = 3.2e12;
    let mut total = 0.0;
    for arg in args {
        let text = String::from_utf8_lossy(arg);
        let (number, unit) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
            Some(number) => (number, text.chars().last()),
            None => (&*text, None),
        };
        let scale = match unit {
            Some('m') => 60e3,
            Some('h') => 3_600e3,
            Some('d') => 86_400e3,
            _ => 1e3,
        };
        match number.parse::<f64>() {
            Ok(number) if number >= 0.0 => total += number * scale,
            _ => {
                let text = format!("sleep: invalid time interval '{text}'\n");
                out.stderr.extend(text.bytes());
                return 1;
            }
        }
    }
    if args.is_empty() {
        out.stderr.extend(b"sleep: missing operand\n");
        return 1;
    }
    shell.session.advance(total.min(MAX_MS) as i64);
    0
}

/// Starts the member again, with another quota where one is given.
fn restart(shell: &mut Shell, args: &[Vec<u8>], _: &[u8], out: &mut Output) -> i32 {
    for arg in args {
        let text = String::from_utf8_lossy(arg);
        let quota = text.strip_prefix("--quota-backend-bytes=");
        match quota.and_then(|bytes| bytes.parse().ok()) {
            Some(bytes) => shell.session.store.set_quota_bytes(bytes),
            None => {
                out.stderr
                    .extend(format!("restart: {text} is not known\n").bytes());
                return 1;
            }
        }
    }
    shell.session.restart();
    0
}

fn jobs(shell: &mut Shell, _: &[Vec<u8>], _: &[u8], out: &mut Output) -> i32 {
    for job in shell.session.jobs.keys() {
        let line = format!("[{job}]  Running                 etcdctl watch\n");
        out.stdout.extend(line.bytes());
    }
    0
}

fn kill(shell: &mut Shell, args: &[Vec<u8>], _: &[u8], out: &mut Output) -> i32 {
    let mut exit = 0;
    for arg in args {
        let text = String::from_utf8_lossy(arg);
        let job = text.strip_prefix('%').and_then(|id| id.parse().ok());
        if !job.is_some_and(|job| shell.stop(job)) {
            let text = format!("bash: kill: {text}: no such job\n");
            out.stderr.extend(text.bytes());
            exit = 1;
        }
    }
    exit
}

fn ls(shell: &mut Shell, args: &[Vec<u8>], _: &[u8], out: &mut Output) -> i32 {
    let files = shell.files();
    let wanted: Vec<_> = args
        .iter()
        .map(|arg| String::from_utf8_lossy(arg))
        .collect();
    for name in files.names() {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            out.stdout.extend(format!("{name}\n").bytes());
        }
    }
    let mut exit = 0;
    for name in wanted.iter().filter(|name| files.get(name).is_none()) {
        let text = format!("ls: cannot access '{name}': No such file or directory\n");
        out.stderr.extend(text.bytes());
        exit = 2;
    }
    exit
}

fn rm(shell: &mut Shell, args: &[Vec<u8>], _: &[u8], out: &mut Output) -> i32 {
    if args.is_empty() {
        out.stderr.extend(b"rm: missing operand\n");
        return 1;
    }
    let mut exit = 0;
    for arg in args.iter().filter(|arg| *arg != b"--") {
        let name = String::from_utf8_lossy(arg);
        if !shell.files_mut().remove(&name) {
            let text = format!("rm: cannot remove '{name}': No such file or directory\n");
            out.stderr.extend(text.bytes());
            exit = 1;
        }
    }
    exit
}
