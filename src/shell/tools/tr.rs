//! `tr`.

use super::{Options, Tool, complain};
use crate::shell::Output;

/// `tr [-d] [-s] [-c] A [B]`, on bytes.
pub(super) fn run(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let options = match Options::parse(args, "dscC") {
        Ok(options) => options,
        Err(why) => return complain(out, 1, format!("tr: {why}")),
    };
    let sets: Vec<Vec<u8>> = options.words.iter().map(|word| set(word)).collect();
    let Some(first) = sets.first() else {
        return complain(out, 1, "tr: missing operand");
    };
    let in_set = |byte: &u8| first.contains(byte) != (options.has('c') || options.has('C'));
    let second = sets.get(1);
    if !options.has('d') && !options.has('s') && second.is_none() {
        let first = String::from_utf8_lossy(options.words.first().map_or(b"", Vec::as_slice));
        return complain(out, 1, format!("tr: missing operand after '{first}'"));
    }
    let squeezed = second.unwrap_or(first);
    let mut last = None;
    for byte in tool.input.take() {
        if options.has('d') && in_set(&byte) {
            continue;
        }
        let made = match second {
            Some(second) if !options.has('d') && in_set(&byte) => {
                let at = first
                    .iter()
                    .position(|one| *one == byte)
                    .unwrap_or(usize::MAX);
                second.get(at).or(second.last()).copied().unwrap_or(byte)
            }
            _ => byte,
        };
        if options.has('s') && last == Some(made) && squeezed.contains(&made) {
            continue;
        }
        last = Some(made);
        out.stdout.push(made);
    }
    0
}

/// The bytes that a set names: ranges, classes and escapes.
fn set(word: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(word)
        .replace("[:upper:]", "A-Z")
        .replace("[:lower:]", "a-z")
        .replace("[:digit:]", "0-9")
        .replace("[:alpha:]", "A-Za-z")
        .replace("[:alnum:]", "A-Za-z0-9")
        .replace("[:space:]", " \\t\\n\\r")
        .replace("[:punct:]", "!-/:-@[-`{-~");
    let mut bytes = Vec::new();
    let mut rest = text.bytes().peekable();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next() {
                Some(b'n') => (b'\n', true),
                Some(b't') => (b'\t', true),
                Some(b'r') => (b'\r', true),
                Some(b'0') => (0, true),
                Some(other) => (other, true),
                None => (b'\\', true),
            },
            other => (other, false),
        });
    }
    let mut all = Vec::new();
    let mut at = 0;
    while let Some((byte, _)) = bytes.get(at) {
        match (bytes.get(at + 1), bytes.get(at + 2)) {
            (Some((b'-', false)), Some((end, _))) if byte <= end => {
                all.extend(*byte..=*end);
                at += 3;
            }
            _ => {
                all.push(*byte);
                at += 1;
            }
        }
    }
    all
}
