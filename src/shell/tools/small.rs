//! Small programs: `echo`, `printf`, `seq`, `base64`, `hexdump`, `xargs`, `env`, `bash -c`.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{Options, Tool, complain};
use crate::shell::exec::Stop;
use crate::shell::{MAX_OUTPUT_BYTES, Output};

/// `echo [-n] [-e] WORD...`.
pub(super) fn echo(_: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let is_flag = |arg: &&Vec<u8>| {
        arg.len() > 1
            && arg.starts_with(b"-")
            && arg.iter().skip(1).all(|byte| b"neE".contains(byte))
    };
    let count = args.iter().take_while(is_flag).count();
    let (flags, words) = args.split_at_checked(count).unwrap_or((&[], args));
    let has = |flag: u8| flags.iter().any(|given| given.contains(&flag));
    let text = words.join(&b' ');
    match has(b'e') {
        true => {
            let mut ends = false;
            out.stdout.extend(unescaped(&text, &mut ends));
            if ends {
                return 0;
            }
        }
        false => out.stdout.extend(text),
    }
    if !has(b'n') {
        out.stdout.push(b'\n');
    }
    0
}

/// Text with `\n` and its like carried out; `\c` ends all output.
fn unescaped(text: &[u8], ends: &mut bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => out.push(b'\n'),
            Some(b't') => out.push(b'\t'),
            Some(b'r') => out.push(b'\r'),
            Some(b'a') => out.push(7),
            Some(b'b') => out.push(8),
            Some(b'e') => out.push(27),
            Some(b'\\') => out.push(b'\\'),
            Some(b'c') => {
                *ends = true;
                return out;
            }
            Some(kind @ (b'x' | b'0'..=b'7')) => {
                let (base, most) = if kind == b'x' { (16, 2) } else { (8, 3) };
                let mut number = if kind == b'x' {
                    0
                } else {
                    u32::from(kind - b'0')
                };
                for _ in 0..most {
                    let digit = rest
                        .peek()
                        .and_then(|byte| char::from(*byte).to_digit(base));
                    let Some(digit) = digit else { break };
                    number = number * base + digit;
                    rest.next();
                }
                out.push((number & 0xff) as u8);
            }
            Some(other) => out.extend([b'\\', other]),
            None => out.push(b'\\'),
        }
    }
    out
}

/// `printf FORMAT WORD...`: `%s %d %i %x %o %c %b %q %%`, widths; the format is used again while
/// words are left.
pub(super) fn printf(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    if let [flag, name, args @ ..] = args
        && flag == b"-v"
        && args.first() != Some(flag)
    {
        let mut inner = Output::default();
        let exit = printf(tool, args, &mut inner);
        out.stderr.append(&mut inner.stderr);
        tool.shell.set(&String::from_utf8_lossy(name), inner.stdout);
        return exit;
    }
    let Some((format, words)) = args.split_first() else {
        return complain(
            out,
            2,
            "bash: printf: usage: printf [-v var] format [arguments]",
        );
    };
    let format: Vec<char> = String::from_utf8_lossy(format).chars().collect();
    let mut words = words
        .iter()
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .peekable();
    let mut exit = 0;
    loop {
        let mut took = false;
        let mut at = 0;
        let mut text = String::new();
        while let Some(char) = format.get(at) {
            at += 1;
            if *char != '%' {
                text.push(*char);
                continue;
            }
            let mut flags = String::new();
            while let Some(flag) = format
                .get(at)
                .filter(|c| matches!(c, '-' | '0'..='9' | '.' | '+' | ' '))
            {
                flags.push(*flag);
                at += 1;
            }
            let kind = format.get(at).copied().unwrap_or('%');
            at += 1;
            if kind == '%' {
                text.push('%');
                continue;
            }
            let word = words.next();
            took |= word.is_some();
            let word = word.unwrap_or_default();
            let number = |exit: &mut i32, out: &mut Output| -> i64 {
                let parsed = match word.strip_prefix("0x") {
                    Some(hex) => i64::from_str_radix(hex, 16).ok(),
                    None if word.is_empty() => Some(0),
                    None => word.trim().parse().ok(),
                };
                parsed.unwrap_or_else(|| {
                    *exit = complain(out, 1, format!("bash: printf: {word}: invalid number"));
                    0
                })
            };
            let value = match kind {
                's' => word.clone(),
                'b' => {
                    String::from_utf8_lossy(&unescaped(word.as_bytes(), &mut false)).into_owned()
                }
                'c' => word.chars().take(1).collect(),
                'q' => format!("'{}'", word.replace('\'', "'\\''")),
                'd' | 'i' | 'u' => number(&mut exit, out).to_string(),
                'x' => format!("{:x}", number(&mut exit, out)),
                'X' => format!("{:X}", number(&mut exit, out)),
                'o' => format!("{:o}", number(&mut exit, out)),
                other => {
                    return complain(
                        out,
                        1,
                        format!("bash: printf: `{other}': invalid format character"),
                    );
                }
            };
            text.push_str(&padded(&value, &flags, kind));
        }
        let mut ends = false;
        out.stdout.extend(unescaped(text.as_bytes(), &mut ends));
        if ends || !took || words.peek().is_none() || out.stdout.len() > MAX_OUTPUT_BYTES {
            return exit;
        }
    }
}

fn padded(value: &str, flags: &str, kind: char) -> String {
    /// Widest field.
    const MAX_WIDTH: usize = 10_000;
    let left = flags.contains('-');
    let (width, precision) = flags.split_once('.').unwrap_or((flags, ""));
    let width = width.trim_start_matches(['-', '+', ' ']);
    let zeros = width.starts_with('0') && kind != 's' && !left;
    let width = width.parse::<usize>().unwrap_or(0).min(MAX_WIDTH);
    let cut: String = match precision.parse::<usize>() {
        Ok(most) if kind == 's' => value.chars().take(most).collect(),
        _ => value.to_owned(),
    };
    match (left, zeros) {
        (true, _) => format!("{cut:<width$}"),
        (false, true) => format!("{cut:0>width$}"),
        (false, false) => format!("{cut:>width$}"),
    }
}

/// `seq [-s X] [-w] [FROM [STEP]] TO`, whole numbers.
pub(super) fn seq(_: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    /// Most numbers.
    const MAX: u64 = 1_000_000;
    let mut words = Vec::new();
    let mut between = "\n".to_owned();
    let mut wide = false;
    let mut rest = super::Words::new(args);
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-w" => wide = true,
            "-s" => between = rest.next().unwrap_or_default(),
            joined if joined.starts_with("-s") => between = joined.chars().skip(2).collect(),
            _ => words.push(word),
        }
    }
    let mut numbers = Vec::new();
    for word in &words {
        match word.parse::<i64>() {
            Ok(number) => numbers.push(number),
            Err(_) => {
                return complain(
                    out,
                    1,
                    format!("seq: invalid floating point argument: '{word}'"),
                );
            }
        }
    }
    let (from, step, to) = match numbers.as_slice() {
        [to] => (1, 1, *to),
        [from, to] => (*from, 1, *to),
        [from, step, to] => (*from, *step, *to),
        [] => return complain(out, 1, "seq: missing operand"),
        _ => {
            return complain(
                out,
                1,
                format!(
                    "seq: extra operand '{}'",
                    words.get(3).map_or("", String::as_str)
                ),
            );
        }
    };
    if step == 0 {
        return complain(out, 1, "seq: invalid Zero increment value: '0'");
    }
    let width = if wide {
        from.to_string().len().max(to.to_string().len())
    } else {
        0
    };
    let mut number = Some(from);
    let mut made = 0u64;
    while let Some(next) = number.filter(|next| if step > 0 { *next <= to } else { *next >= to }) {
        if made > 0 {
            out.stdout.extend(between.bytes());
        }
        made += 1;
        if made > MAX || out.stdout.len() > MAX_OUTPUT_BYTES {
            return complain(out, 1, format!("seq: stopped after {MAX} numbers"));
        }
        out.stdout.extend(format!("{next:0width$}").bytes());
        number = next.checked_add(step);
    }
    if made > 0 {
        out.stdout.push(b'\n');
    }
    0
}

/// `base64 [-d] [-i] [-w N] [FILE]`.
pub(super) fn base64(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    // The long names of the same.
    let args: Vec<Vec<u8>> = args
        .iter()
        .map(|arg| match arg.as_slice() {
            b"--decode" => b"-d".to_vec(),
            b"--ignore-garbage" => b"-i".to_vec(),
            other => match other.strip_prefix(b"--wrap=") {
                Some(width) => [b"-w", width].concat(),
                None => other.to_vec(),
            },
        })
        .collect();
    let options = match Options::parse(&args, "diDw:") {
        Ok(options) => options,
        Err(why) => return complain(out, 1, format!("base64: {why}")),
    };
    let Ok(width) = options.value('w').unwrap_or("76").parse::<usize>() else {
        return complain(out, 1, "base64: invalid wrap size");
    };
    let (bytes, is_missing) = tool.read_all(&options.words, out, |name| {
        format!("base64: {name}: No such file or directory\n")
    });
    if is_missing {
        return 1;
    }
    if options.has('d') || options.has('D') {
        let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
        let digits: Vec<u8> = match options.has('i') {
            true => bytes.into_iter().filter(is_digit).collect(),
            false => bytes.into_iter().filter(|byte| *byte != b'\n').collect(),
        };
        // What stands before the first mistake is printed.
        let whole = digits.len() - digits.len() % 4;
        for group in digits.get(..whole).unwrap_or_default().chunks(4) {
            match BASE64_STANDARD.decode(group) {
                Ok(bytes) => out.stdout.extend(bytes),
                Err(_) => return complain(out, 1, "base64: invalid input"),
            }
        }
        if whole < digits.len() {
            return complain(out, 1, "base64: invalid input");
        }
        return 0;
    }
    let text = BASE64_STANDARD.encode(bytes);
    if width == 0 {
        out.stdout.extend(text.bytes());
        return 0;
    }
    for line in text.as_bytes().chunks(width) {
        out.stdout.extend_from_slice(line);
        out.stdout.push(b'\n');
    }
    0
}

/// `hexdump -C [-n N] [FILE]`.
pub(super) fn hexdump(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let options = match Options::parse(args, "Cn:v") {
        Ok(options) => options,
        Err(why) => return complain(out, 1, format!("hexdump: {why}")),
    };
    let (mut bytes, is_missing) = tool.read_all(&options.words, out, |name| {
        format!("hexdump: {name}: No such file or directory\n")
    });
    if let Some(most) = options.value('n').and_then(|most| most.parse().ok()) {
        bytes.truncate(most);
    }
    let mut repeats = false;
    let mut last: Option<&[u8]> = None;
    for (at, chunk) in bytes.chunks(16).enumerate() {
        if out.stdout.len() > MAX_OUTPUT_BYTES {
            break;
        }
        if last == Some(chunk) && chunk.len() == 16 && !options.has('v') {
            if !repeats {
                out.stdout.extend(b"*\n");
            }
            repeats = true;
            continue;
        }
        (repeats, last) = (false, Some(chunk));
        let mut line = format!("{:08x}", at * 16);
        for place in 0..16 {
            if place % 8 == 0 {
                line.push(' ');
            }
            // Writing to a String cannot fail.
            let _ = match chunk.get(place) {
                Some(byte) => write!(line, " {byte:02x}"),
                None => write!(line, "   "),
            };
        }
        let shown = |byte: &u8| {
            if (32..127).contains(byte) {
                char::from(*byte)
            } else {
                '.'
            }
        };
        let text: String = chunk.iter().map(shown).collect();
        out.stdout.extend(format!("{line}  |{text}|\n").bytes());
    }
    if !bytes.is_empty() {
        out.stdout.extend(format!("{:08x}\n", bytes.len()).bytes());
    }
    i32::from(is_missing)
}

/// `xargs [-n N] [-I X] [-r] CMD...`.
pub(super) fn xargs(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let mut most = usize::MAX;
    let mut place: Option<String> = None;
    let mut only_with_words = false;
    let mut rest = args;
    while let Some((first, after)) = rest.split_first() {
        let text = String::from_utf8_lossy(first).into_owned();
        let Some(flag) = text.strip_prefix('-') else {
            break;
        };
        rest = after;
        let mut value = |attached: &str| -> String {
            if !attached.is_empty() {
                return attached.to_owned();
            }
            let next = rest.split_first();
            rest = next.map_or(rest, |(_, after)| after);
            next.map(|(word, _)| String::from_utf8_lossy(word).into_owned())
                .unwrap_or_default()
        };
        match flag.split_at_checked(1) {
            Some(("n" | "L", attached)) => match value(attached).parse() {
                Ok(number @ 1..) => most = number,
                _ => return complain(out, 1, "xargs: invalid number for -n option"),
            },
            Some(("I", attached)) => place = Some(value(attached)),
            Some(("r", "")) => only_with_words = true,
            _ => return complain(out, 1, format!("xargs: invalid option -- '{flag}'")),
        }
    }
    let command = match rest {
        [] => vec![b"echo".to_vec()],
        rest => rest.to_vec(),
    };
    let input = tool.input.take();
    let groups: Vec<Vec<Vec<u8>>> = match &place {
        Some(place) => {
            let lines = String::from_utf8_lossy(&input)
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>();
            let fill = |line: &String| {
                let put = |word: &Vec<u8>| {
                    String::from_utf8_lossy(word)
                        .replace(place, line)
                        .into_bytes()
                };
                command.iter().map(put).collect()
            };
            lines.iter().map(fill).collect()
        }
        None => {
            let words: Vec<Vec<u8>> = input
                .split(u8::is_ascii_whitespace)
                .filter(|word| !word.is_empty())
                .map(<[u8]>::to_vec)
                .collect();
            if words.is_empty() && !only_with_words {
                vec![command.clone()]
            } else {
                words
                    .chunks(most.min(words.len().max(1)))
                    .map(|part| [command.as_slice(), part].concat())
                    .collect()
            }
        }
    };
    let mut exit = 0;
    for words in groups {
        let result = tool.shell.spend(out).and_then(|()| {
            tool.shell.nested(|shell| {
                shell.exec_words(&words, &mut crate::shell::exec::Input::default(), out)
            })
        });
        match result {
            Ok(0) => {}
            Ok(127) => return 127,
            Ok(_) => exit = 123,
            Err(Stop::Limit(text) | Stop::Bad(text)) => return complain(out, 2, text),
            Err(_) => {}
        }
    }
    exit
}

/// `env`.
pub(super) fn env(tool: &mut Tool<'_>, _: &[Vec<u8>], out: &mut Output) -> i32 {
    for (name, value) in tool.exported() {
        out.stdout
            .extend(format!("{name}={}\n", String::from_utf8_lossy(value)).bytes());
    }
    0
}

/// `bash -c LINE`; without one the shell is already there.
pub(super) fn bash(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let text = match args {
        [] => return 0,
        [flag, line, ..] if flag == b"-c" => String::from_utf8_lossy(line).into_owned(),
        [file, ..] => match tool.file(file) {
            Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            None => {
                let name = String::from_utf8_lossy(file);
                return complain(out, 127, format!("bash: {name}: No such file or directory"));
            }
        },
    };
    let saved = tool.shell.variables.clone();
    let result = tool
        .shell
        .nested(|shell| shell.exec_program(&(text + "\n"), tool.input, out));
    tool.shell.variables = saved;
    match result {
        Ok(exit) | Err(Stop::Exit(exit) | Stop::Return(exit)) => exit,
        Err(Stop::Limit(text) | Stop::Bad(text)) => complain(out, 2, text),
        Err(_) => 0,
    }
}
