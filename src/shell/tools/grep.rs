//! `grep`.

use super::{Options, Tool, bare, complain, lines, pattern};
use crate::shell::Output;

/// `grep [-E] [-F] [-v] [-i] [-c] [-n] [-o] [-q] [-w] [-x] [-m N] [-A N] [-B N] PATTERN [FILE...]`.
pub(super) fn run(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let options = match Options::parse(args, "EFGvicnoqwxhHlsae:m:A:B:C:") {
        Ok(options) => options,
        Err(why) => return complain(out, 2, format!("grep: {why}")),
    };
    let mut words = options.words.clone();
    let mut patterns: Vec<String> = options.values('e').map(str::to_owned).collect();
    if patterns.is_empty() {
        if words.is_empty() {
            return complain(out, 2, "Usage: grep [OPTION]... PATTERNS [FILE]...");
        }
        let first = words.remove(0);
        patterns.extend(String::from_utf8_lossy(&first).lines().map(str::to_owned));
        if first.is_empty() {
            patterns.push(String::new());
        }
    }
    let mut regexes = Vec::new();
    for text in &patterns {
        let built = pattern::compile(text, options.has('E'), options.has('F'), options.has('i'));
        match built {
            Ok(regex) => regexes.push(regex),
            Err(why) => return complain(out, 2, format!("grep: {why}")),
        }
    }
    let number = |flag: char| options.value(flag).map(str::parse::<usize>);
    let Ok(most) = number('m').unwrap_or(Ok(usize::MAX)) else {
        return complain(out, 2, "grep: invalid max count");
    };
    let around = number('C').unwrap_or(Ok(0));
    let (Ok(before), Ok(after)) = (
        number('B').unwrap_or(around.clone()),
        number('A').unwrap_or(around),
    ) else {
        return complain(out, 2, "grep: invalid context length argument");
    };
    let several = words.len() > 1 && !options.has('h') || options.has('H');
    let mut found = false;
    let mut missing = false;
    let files = match words.is_empty() {
        true => vec![None],
        false => words.iter().map(Some).collect(),
    };
    for file in files {
        let named: Vec<_> = file.into_iter().cloned().collect();
        let (bytes, is_missing) = tool.read_all(&named, out, |name| {
            format!("grep: {name}: No such file or directory\n")
        });
        missing |= is_missing;
        let name = file.map_or("(standard input)".into(), |name| {
            String::from_utf8_lossy(name)
        });
        let prefix = if several {
            format!("{name}:")
        } else {
            String::new()
        };
        let mut count = 0usize;
        let all: Vec<&[u8]> = lines(&bytes).map(bare).collect();
        let mut next = 0;
        let mut left = 0;
        for (at, line) in all.iter().enumerate() {
            let text = String::from_utf8_lossy(line);
            let fits = regexes.iter().any(|regex| is_match(regex, &text, &options));
            if fits == options.has('v') || count >= most {
                if left > 0 && at >= next {
                    left -= 1;
                    next = at + 1;
                    show(out, &prefix.replace(':', "-"), at, '-', line, &options);
                }
                continue;
            }
            count += 1;
            found = true;
            if options.has('q') || options.has('c') || options.has('l') {
                continue;
            }
            if options.has('o') && !options.has('v') {
                for regex in &regexes {
                    for part in regex.find_iter(&text).filter(|part| !part.is_empty()) {
                        show(out, &prefix, at, ':', part.as_str().as_bytes(), &options);
                    }
                }
                continue;
            }
            let from = at.saturating_sub(before).max(next);
            if (before > 0 || after > 0) && next > 0 && from > next {
                out.stdout.extend(b"--\n");
            }
            for (place, line) in all.iter().enumerate().take(at).skip(from) {
                show(out, &prefix.replace(':', "-"), place, '-', line, &options);
            }
            show(out, &prefix, at, ':', line, &options);
            next = at + 1;
            left = after;
        }
        if options.has('c') && !is_missing {
            out.stdout.extend(format!("{prefix}{count}\n").bytes());
        }
        if options.has('l') && count > 0 {
            out.stdout.extend(format!("{name}\n").bytes());
        }
    }
    match (missing, found) {
        (true, _) => 2,
        (false, found) => i32::from(!found),
    }
}

fn is_match(regex: &regex_lite::Regex, text: &str, options: &Options) -> bool {
    if options.has('x') {
        return regex.find_iter(text).any(|part| part.as_str() == text)
            || (text.is_empty() && regex.is_match(""));
    }
    if !options.has('w') {
        return regex.is_match(text);
    }
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    regex.find_iter(text).any(|part| {
        let before = text
            .get(..part.start())
            .and_then(|text| text.chars().next_back());
        let after = text.get(part.end()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

fn show(out: &mut Output, prefix: &str, at: usize, mark: char, line: &[u8], options: &Options) {
    out.stdout.extend(prefix.bytes());
    if options.has('n') {
        out.stdout.extend(format!("{}{mark}", at + 1).bytes());
    }
    out.stdout.extend(line);
    out.stdout.push(b'\n');
}
