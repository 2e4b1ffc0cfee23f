//! Lines: `cat`, `head`, `tail`, `wc`, `sort`, `uniq`, `cut`, `tac`, `rev`.

use std::cmp::Ordering;

use super::{Options, Tool, bare, complain, lines};
use crate::shell::Output;

/// Reads the input of a command; says which file is missing.
fn read(tool: &mut Tool<'_>, name: &str, files: &[Vec<u8>], out: &mut Output) -> (Vec<u8>, i32) {
    let (bytes, is_missing) = tool.read_all(files, out, |file| {
        let what = match name {
            "head" | "tail" => format!("cannot open '{file}' for reading"),
            "sort" => format!("cannot read: {file}"),
            _ => file.to_owned(),
        };
        format!("{name}: {what}: No such file or directory\n")
    });
    (bytes, i32::from(is_missing))
}

/// `cat [-n] [FILE...]`.
pub(super) fn cat(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let options = match Options::parse(args, "nu") {
        Ok(options) => options,
        Err(why) => return complain(out, 1, format!("cat: {why}")),
    };
    let (bytes, exit) = read(tool, "cat", &options.words, out);
    if !options.has('n') {
        out.stdout.extend(bytes);
        return exit;
    }
    for (number, line) in (1u64..).zip(lines(&bytes)) {
        out.stdout.extend(format!("{number:>6}\t").bytes());
        out.stdout.extend(line);
    }
    exit
}

/// `head [-n N] [-c N] [FILE...]`.
pub(super) fn head(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    part(tool, args, out, "head")
}

/// `tail [-n N] [-c N] [FILE...]`.
pub(super) fn tail(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    part(tool, args, out, "tail")
}

fn part(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output, name: &str) -> i32 {
    // `head -3` means `head -n 3`.
    let mut args = args.to_vec();
    let mut is_value = false;
    for arg in &mut args {
        let was_value = std::mem::replace(&mut is_value, arg == b"-n" || arg == b"-c");
        if arg.len() > 1
            && !was_value
            && arg
                .strip_prefix(b"-")
                .is_some_and(|rest| rest.iter().all(u8::is_ascii_digit))
        {
            arg.insert(1, b'n');
        }
    }
    let options = match Options::parse(&args, "n:c:qf") {
        Ok(options) => options,
        Err(why) => return complain(out, 1, format!("{name}: {why}")),
    };
    let in_bytes = options.has('c');
    let given = options.value('c').or(options.value('n')).unwrap_or("10");
    let (sign, digits) = match given.split_at_checked(1) {
        Some((sign @ ("+" | "-"), digits)) => (sign, digits),
        _ => ("", given),
    };
    let Ok(count) = digits.parse::<usize>() else {
        let what = if in_bytes { "bytes" } else { "lines" };
        return complain(
            out,
            1,
            format!("{name}: invalid number of {what}: '{given}'"),
        );
    };
    let (bytes, exit) = read(tool, name, &options.words, out);
    let pieces: Vec<&[u8]> = match in_bytes {
        true => bytes.chunks(1).collect(),
        false => lines(&bytes).collect(),
    };
    let all = pieces.len();
    let (from, to) = match (name, sign) {
        ("head", "-") => (0, all.saturating_sub(count)),
        ("head", _) => (0, count.min(all)),
        (_, "+") => (count.saturating_sub(1).min(all), all),
        _ => (all.saturating_sub(count), all),
    };
    out.stdout
        .extend(pieces.get(from..to).unwrap_or_default().concat());
    exit
}

/// `tac [FILE...]`.
pub(super) fn tac(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let (bytes, exit) = read(tool, "tac", args, out);
    for line in lines(&bytes).rev() {
        out.stdout.extend(line);
    }
    exit
}

/// `wc [-l] [-w] [-c] [-m] [FILE...]`.
pub(super) fn wc(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let options = match Options::parse(args, "lwcm") {
        Ok(options) => options,
        Err(why) => return complain(out, 1, format!("wc: {why}")),
    };
    let shows = |flag: char| {
        options.has(flag) || !"lwcm".chars().any(|flag| options.has(flag)) && flag != 'm'
    };
    let mut exit = 0;
    let mut rows: Vec<(Vec<usize>, String)> = Vec::new();
    let files = match options.words.is_empty() {
        true => vec![None],
        false => options.words.iter().map(Some).collect(),
    };
    for file in files {
        let named: Vec<_> = file.into_iter().cloned().collect();
        let (bytes, missing) = read(tool, "wc", &named, out);
        if missing > 0 {
            exit = 1;
            continue;
        }
        let words = bytes
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
            .count();
        let counts = [
            ('l', bytes.iter().filter(|byte| **byte == b'\n').count()),
            ('w', words),
            ('m', String::from_utf8_lossy(&bytes).chars().count()),
            ('c', bytes.len()),
        ];
        let counts = counts
            .into_iter()
            .filter(|(flag, _)| shows(*flag))
            .map(|(_, count)| count);
        let name = file.map(|name| String::from_utf8_lossy(name).into_owned());
        rows.push((counts.collect(), name.unwrap_or_default()));
    }
    if rows.len() > 1 {
        let mut total = vec![0; rows.first().map_or(0, |row| row.0.len())];
        for (counts, _) in &rows {
            total
                .iter_mut()
                .zip(counts)
                .for_each(|(sum, count)| *sum += count);
        }
        rows.push((total, "total".to_owned()));
    }
    let is_single = rows.len() == 1 && rows.iter().all(|row| row.0.len() == 1);
    let widest = rows
        .iter()
        .flat_map(|row| &row.0)
        .map(|count| count.to_string().len())
        .max();
    let width = match (is_single, options.words.is_empty()) {
        (true, _) => 0,
        (false, true) => 7,
        (false, false) => widest.unwrap_or(0),
    };
    for (counts, name) in rows {
        let counts: Vec<_> = counts
            .iter()
            .map(|count| format!("{count:>width$}"))
            .collect();
        let space = if name.is_empty() { "" } else { " " };
        out.stdout
            .extend(format!("{}{space}{name}\n", counts.join(" ")).bytes());
    }
    exit
}

/// `sort [-r] [-n] [-u] [-f] [-k N[,M]] [-t X] [FILE...]`, by bytes as in the C locale.
pub(super) fn sort(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let options = match Options::parse(args, "rnufk:t:s") {
        Ok(options) => options,
        Err(why) => return complain(out, 2, format!("sort: {why}")),
    };
    let key = options.value('k').unwrap_or("1");
    let fields: Vec<_> = key
        .split(',')
        .map(|field| field.trim_end_matches(['n', 'r']))
        .collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse::<usize>().ok());
    let Some(from) = number(0).filter(|from| *from > 0) else {
        return complain(
            out,
            2,
            format!("sort: -: invalid field specification '{key}'"),
        );
    };
    let to = number(1);
    let (bytes, missing) = read(tool, "sort", &options.words, out);
    if missing > 0 {
        return 2;
    }
    let numeric = options.has('n') || key.contains('n');
    let field = |line: &[u8]| -> Vec<u8> {
        if !options.has('k') {
            return line.to_vec();
        }
        let mark = options.value('t').and_then(|mark| mark.bytes().next());
        let parts: Vec<&[u8]> = match mark {
            Some(mark) => line.split(|byte| *byte == mark).collect(),
            None => line
                .split(u8::is_ascii_whitespace)
                .filter(|part| !part.is_empty())
                .collect(),
        };
        let to = to.unwrap_or(parts.len()).min(parts.len());
        parts
            .get(from - 1..to.max(from - 1))
            .unwrap_or_default()
            .join(&mark.unwrap_or(b' '))
    };
    let leading = |bytes: &[u8]| -> f64 {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start();
        let is_part =
            |(at, c): &(usize, char)| c.is_ascii_digit() || *c == '.' || (*at == 0 && *c == '-');
        let end = text.char_indices().take_while(is_part).count();
        text.get(..end)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(0.0)
    };
    let mut keyed: Vec<(Vec<u8>, &[u8])> = lines(&bytes)
        .map(|line| (field(bare(line)), bare(line)))
        .collect();
    if options.has('f') {
        keyed
            .iter_mut()
            .for_each(|(key, _)| key.make_ascii_uppercase());
    }
    let compare = |a: &(Vec<u8>, &[u8]), b: &(Vec<u8>, &[u8])| -> Ordering {
        match numeric {
            true => leading(&a.0)
                .partial_cmp(&leading(&b.0))
                .unwrap_or(Ordering::Equal),
            false => a.0.cmp(&b.0),
        }
    };
    let is_reverse = options.has('r') || key.contains('r');
    keyed.sort_by(|a, b| {
        let by_key = compare(a, b);
        let whole = match options.has('s') || options.has('u') {
            true => Ordering::Equal,
            false => a.1.cmp(b.1),
        };
        let order = by_key.then(whole);
        if is_reverse { order.reverse() } else { order }
    });
    if options.has('u') {
        keyed.dedup_by(|a, b| compare(a, b) == Ordering::Equal);
    }
    for (_, line) in keyed {
        out.stdout.extend(line);
        out.stdout.push(b'\n');
    }
    0
}

/// `uniq [-c] [-d] [-u] [-i]`.
pub(super) fn uniq(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let options = match Options::parse(args, "cdui") {
        Ok(options) => options,
        Err(why) => return complain(out, 1, format!("uniq: {why}")),
    };
    let (bytes, exit) = read(tool, "uniq", &options.words, out);
    let mut groups: Vec<(u64, &[u8])> = Vec::new();
    for line in lines(&bytes).map(bare) {
        match groups.last_mut() {
            Some((count, last))
                if *last == line || (options.has('i') && last.eq_ignore_ascii_case(line)) =>
            {
                *count += 1;
            }
            _ => groups.push((1, line)),
        }
    }
    for (count, line) in groups {
        if options.has('d') && count == 1 || options.has('u') && count > 1 {
            continue;
        }
        if options.has('c') {
            out.stdout.extend(format!("{count:>7} ").bytes());
        }
        out.stdout.extend(line);
        out.stdout.push(b'\n');
    }
    exit
}

/// `cut -d X -f LIST` or `cut -c LIST`.
pub(super) fn cut(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let options = match Options::parse(args, "d:f:c:b:s") {
        Ok(options) => options,
        Err(why) => return complain(out, 1, format!("cut: {why}")),
    };
    let in_chars = options.value('c').or(options.value('b'));
    let Some(list) = in_chars.or(options.value('f')) else {
        return complain(
            out,
            1,
            "cut: you must specify a list of bytes, characters, or fields",
        );
    };
    let mut ranges = Vec::new();
    for part in list.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str, none: usize| match text {
            "" => Some(none),
            text => text.parse::<usize>().ok().filter(|number| *number > 0),
        };
        match (number(from, 1), number(to, usize::MAX)) {
            (Some(from), Some(to)) if part != "-" && from <= to => ranges.push(from..=to),
            _ => return complain(out, 1, format!("cut: invalid field value '{part}'")),
        }
    }
    let mark = options.value('d').unwrap_or("\t").to_owned();
    let chosen = |at: usize| ranges.iter().any(|range| range.contains(&(at + 1)));
    let (bytes, exit) = read(tool, "cut", &options.words, out);
    for line in lines(&bytes).map(bare) {
        let text = String::from_utf8_lossy(line);
        let kept: String = if in_chars.is_some() {
            text.chars()
                .enumerate()
                .filter(|(at, _)| chosen(*at))
                .map(|(_, char)| char)
                .collect()
        } else if !text.contains(&mark) {
            if options.has('s') {
                continue;
            }
            text.into_owned()
        } else {
            let parts = text.split(&mark).enumerate().filter(|(at, _)| chosen(*at));
            parts.map(|(_, part)| part).collect::<Vec<_>>().join(&mark)
        };
        out.stdout.extend(kept.bytes());
        out.stdout.push(b'\n');
    }
    exit
}

/// `rev [FILE...]`.
pub(super) fn rev(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let (bytes, exit) = read(tool, "rev", args, out);
    for line in lines(&bytes) {
        let text = String::from_utf8_lossy(bare(line));
        out.stdout
            .extend(text.chars().rev().collect::<String>().bytes());
        if line.ends_with(b"\n") {
            out.stdout.push(b'\n');
        }
    }
    exit
}
