//! The few commands of the shell itself.

use super::exec::{Input, Stop, unsupported};
use super::{Output, Shell, etcdctl, options, tools};

/// Runs a builtin; answers its exit code.
pub(super) type Builtin = fn(&mut Shell, &[Vec<u8>], &mut Input, &mut Output) -> Result<i32, Stop>;

/// A row: a builtin's name, what it does, and how.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    run: Builtin,
}

/// All of them, in the order of their names.
pub(super) const BUILTINS: &[Row] = &[
    row(":", "do nothing", |_, _, _, _| Ok(0)),
    row(
        "alias",
        "let a word stand for others: alias e='etcdctl -w json'",
        alias,
    ),
    row("break", "leave a loop", |_, args, _, _| {
        Err(Stop::Break(levels(args)))
    }),
    row(
        "cd",
        "change the folder; all files of the tab are in one",
        |_, _, _, _| Ok(0),
    ),
    row("clear", "clear the screen", clear),
    row("continue", "go on with a loop", |_, args, _, _| {
        Err(Stop::Continue(levels(args)))
    }),
    row("eval", "run words as a line", eval),
    row("exit", "end the line", |shell, args, _, _| {
        Err(Stop::Exit(code(shell, args)))
    }),
    row(
        "export",
        "give a variable to commands: export NAME=VALUE",
        export,
    ),
    row("false", "fail", |_, _, _, _| Ok(1)),
    row("help", "list what can be typed", help),
    row("jobs", "list running watches", jobs),
    row("kill", "end a running watch: kill %1", kill),
    row("let", "calculate: let X=Y+1", calculate),
    row("local", "set a variable", local),
    row("pwd", "print the folder", pwd),
    row("read", "read a line into variables", read),
    row(
        "restart",
        "start the member again: restart [--quota-backend-bytes=N]",
        restart,
    ),
    row("return", "leave a function", |shell, args, _, _| {
        Err(Stop::Return(code(shell, args)))
    }),
    row(
        "set",
        "options -e, -u and -o pipefail; the arguments: set -- A B",
        options::set,
    ),
    row("shift", "take the first argument away", shift),
    row("sleep", "let time pass: sleep SECONDS", sleep),
    row("true", "do nothing", |_, _, _, _| Ok(0)),
    row("unalias", "forget an alias", unalias),
    row("unset", "forget a variable", unset),
    row("wait", "go on: running watches do not end", |_, _, _, _| {
        Ok(0)
    }),
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

/// How many loops `break 2` means.
fn levels(args: &[Vec<u8>]) -> u32 {
    let text = args.first().map(|arg| String::from_utf8_lossy(arg));
    text.and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// The exit code that `exit 3` means.
fn code(shell: &Shell, args: &[Vec<u8>]) -> i32 {
    let text = args.first().map(|arg| String::from_utf8_lossy(arg));
    let code: Option<i32> = text.and_then(|text| text.parse().ok());
    code.map_or(shell.last_exit, |code| code & 0xff)
}

fn alias(
    shell: &mut Shell,
    args: &[Vec<u8>],
    _: &mut Input,
    out: &mut Output,
) -> Result<i32, Stop> {
    let mut exit = 0;
    let quoted =
        |name: &str, value: &str| format!("alias {name}='{}'\n", value.replace('\'', "'\\''"));
    if args.is_empty() {
        for (name, value) in &shell.aliases {
            out.stdout.extend(quoted(name, value).bytes());
        }
    }
    for arg in args {
        let text = String::from_utf8_lossy(arg).into_owned();
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() && !name.contains(['/', '$', ' ']) => {
                // A slide breaks a long value where its line ends.
                let value = value.replace('\n', " ");
                shell.aliases.insert(name.to_owned(), value);
            }
            _ => match shell.aliases.get(&text) {
                Some(value) => out.stdout.extend(quoted(&text, value).bytes()),
                None => {
                    out.stderr
                        .extend(format!("bash: alias: {text}: not found\n").bytes());
                    exit = 1;
                }
            },
        }
    }
    Ok(exit)
}

fn unalias(
    shell: &mut Shell,
    args: &[Vec<u8>],
    _: &mut Input,
    out: &mut Output,
) -> Result<i32, Stop> {
    let mut exit = 0;
    for arg in args {
        let name = String::from_utf8_lossy(arg).into_owned();
        if shell.aliases.remove(&name).is_none() {
            out.stderr
                .extend(format!("bash: unalias: {name}: not found\n").bytes());
            exit = 1;
        }
    }
    Ok(exit)
}

fn eval(
    shell: &mut Shell,
    args: &[Vec<u8>],
    input: &mut Input,
    out: &mut Output,
) -> Result<i32, Stop> {
    let text = String::from_utf8_lossy(&args.join(&b' ')).into_owned() + "\n";
    shell.nested(|shell| shell.exec_program(&text, input, out))
}

fn calculate(
    shell: &mut Shell,
    args: &[Vec<u8>],
    _: &mut Input,
    out: &mut Output,
) -> Result<i32, Stop> {
    let mut value = 0;
    for arg in args {
        value = shell.calculate(&String::from_utf8_lossy(arg), out)?;
    }
    Ok(i32::from(value == 0))
}

fn local(shell: &mut Shell, args: &[Vec<u8>], _: &mut Input, _: &mut Output) -> Result<i32, Stop> {
    for arg in args {
        let text = String::from_utf8_lossy(arg).into_owned();
        let (name, value) = text.split_once('=').unwrap_or((&text, ""));
        if !name.starts_with('-') {
            let before = shell.variables.get(name).cloned();
            shell.locals.push((name.to_owned(), before));
            shell.set(name, value.as_bytes().to_vec());
        }
    }
    Ok(0)
}

fn pwd(_: &mut Shell, _: &[Vec<u8>], _: &mut Input, out: &mut Output) -> Result<i32, Stop> {
    out.stdout.extend(b"/root\n");
    Ok(0)
}

fn read(
    shell: &mut Shell,
    args: &[Vec<u8>],
    input: &mut Input,
    out: &mut Output,
) -> Result<i32, Stop> {
    let options = match tools::Options::parse(args, "rsp:a:d:n:t:") {
        Ok(options) => options,
        Err(why) => return Ok(tools::complain(out, 2, format!("bash: read: {why}"))),
    };
    // What asks, `-p`, shows at a terminal alone.
    if let Some(flag) = ['a', 'd', 'n', 't']
        .into_iter()
        .find(|flag| options.has(*flag))
    {
        return Err(unsupported(&format!("read -{flag}")));
    }
    let names = options.words.iter();
    let mut names: Vec<_> = names
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    if names.is_empty() {
        names.push("REPLY".to_owned());
    }
    let line = input.line();
    let has_end = line.as_ref().is_some_and(|line| line.1);
    let text = String::from_utf8_lossy(&line.unwrap_or_default().0).into_owned();
    let text = match options.has('r') {
        true => text,
        false => text.replace('\\', ""),
    };
    let between = shell.variables.get("IFS").map(|ifs| ifs.value.as_slice());
    let between = String::from_utf8_lossy(between.unwrap_or(b" \t\n")).into_owned();
    let ends = |c: char| between.contains(c);
    let is_white = |c: char| c.is_whitespace() && ends(c);
    let mut rest = text.trim_matches(is_white);
    for (at, name) in names.iter().enumerate() {
        let end = match at + 1 < names.len() {
            true => rest.find(ends).unwrap_or(rest.len()),
            false => rest.len(),
        };
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        shell.set(name, word.as_bytes().to_vec());
        // One mark ends a word, and any white space around it.
        let after = after.trim_start_matches(is_white);
        let after = after.strip_prefix(ends).unwrap_or(after);
        rest = after.trim_start_matches(is_white);
    }
    Ok(i32::from(!has_end))
}

fn shift(shell: &mut Shell, args: &[Vec<u8>], _: &mut Input, _: &mut Output) -> Result<i32, Stop> {
    let count = usize::try_from(levels(args)).unwrap_or(usize::MAX);
    if count > shell.arguments.len() {
        return Ok(1);
    }
    shell.arguments.drain(..count);
    Ok(0)
}

fn clear(_: &mut Shell, _: &[Vec<u8>], _: &mut Input, out: &mut Output) -> Result<i32, Stop> {
    out.clear = true;
    out.stdout.clear();
    Ok(0)
}

fn export(
    shell: &mut Shell,
    args: &[Vec<u8>],
    _: &mut Input,
    out: &mut Output,
) -> Result<i32, Stop> {
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
    Ok(exit)
}

fn unset(shell: &mut Shell, args: &[Vec<u8>], _: &mut Input, _: &mut Output) -> Result<i32, Stop> {
    for name in args {
        let name = String::from_utf8_lossy(name).into_owned();
        shell.variables.remove(&name);
        shell.functions.remove(&name);
    }
    Ok(0)
}

fn help(shell: &mut Shell, _: &[Vec<u8>], _: &mut Input, out: &mut Output) -> Result<i32, Stop> {
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
    for row in tools::TOOLS {
        line(row.name, row.help);
    }
    for row in BUILTINS {
        line(row.name, row.help);
    }
    Ok(0)
}

/// Lets time pass on the virtual clock; `s`, `m` and `h` may stand behind the number.
fn sleep(
    shell: &mut Shell,
    args: &[Vec<u8>],
    _: &mut Input,
    out: &mut Output,
) -> Result<i32, Stop> {
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
                return Ok(1);
            }
        }
    }
    if args.is_empty() {
        out.stderr.extend(b"sleep: missing operand\n");
        return Ok(1);
    }
    let ms = total.min(MAX_MS) as i64;
    let passed = shell.session.settle(ms);
    shell.session.advance(ms - passed);
    Ok(0)
}

/// Starts the member again, with another quota where one is given.
fn restart(
    shell: &mut Shell,
    args: &[Vec<u8>],
    _: &mut Input,
    out: &mut Output,
) -> Result<i32, Stop> {
    for arg in args {
        let text = String::from_utf8_lossy(arg);
        let quota = text.strip_prefix("--quota-backend-bytes=");
        match quota.and_then(|bytes| bytes.parse().ok()) {
            Some(bytes) => shell.session.store.set_quota_bytes(bytes),
            None => {
                out.stderr
                    .extend(format!("restart: {text} is not known\n").bytes());
                return Ok(1);
            }
        }
    }
    shell.session.restart();
    Ok(0)
}

fn jobs(shell: &mut Shell, _: &[Vec<u8>], _: &mut Input, out: &mut Output) -> Result<i32, Stop> {
    for job in shell.session.jobs.keys() {
        let line = format!("[{job}]  Running                 etcdctl watch\n");
        out.stdout.extend(line.bytes());
    }
    Ok(0)
}

fn kill(shell: &mut Shell, args: &[Vec<u8>], _: &mut Input, out: &mut Output) -> Result<i32, Stop> {
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
    Ok(exit)
}
