//! The files of the tab: `ls`, `rm`, `cp`, `mv`, `tee`, `touch`.

use super::{Options, Tool, complain};
use crate::shell::Output;
use crate::shell::redirect::file_name;

/// `ls [-l] [NAME...]`.
pub(super) fn ls(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let options = match Options::parse(args, "l1ah") {
        Ok(options) => options,
        Err(why) => return complain(out, 2, format!("ls: {why}")),
    };
    let all: Vec<String> = tool
        .shell
        .session
        .files
        .names()
        .map(str::to_owned)
        .collect();
    let wanted: Vec<_> = options.words.iter().map(|word| file_name(word)).collect();
    let mut exit = 0;
    for name in wanted
        .iter()
        .filter(|name| !matches!(name.as_str(), "" | ".") && !all.contains(name))
    {
        let text = format!("ls: cannot access '{name}': No such file or directory");
        exit = complain(out, 2, text);
    }
    let lists_all = wanted.iter().all(|name| matches!(name.as_str(), "" | "."));
    for name in all.iter().filter(|name| lists_all || wanted.contains(name)) {
        let size = tool.file(name.as_bytes()).map_or(0, <[u8]>::len);
        let line = match options.has('l') {
            true => format!("-rw-r--r-- 1 root root {size:>8} {name}\n"),
            false => format!("{name}\n"),
        };
        out.stdout.extend(line.bytes());
    }
    exit
}

/// `rm [-f] NAME...`.
pub(super) fn rm(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let options = match Options::parse(args, "fr") {
        Ok(options) => options,
        Err(why) => return complain(out, 1, format!("rm: {why}")),
    };
    if options.words.is_empty() && !options.has('f') {
        return complain(out, 1, "rm: missing operand");
    }
    let mut exit = 0;
    for word in &options.words {
        if !tool.shell.session.files.remove(&file_name(word)) && !options.has('f') {
            let name = String::from_utf8_lossy(word);
            exit = complain(
                out,
                1,
                format!("rm: cannot remove '{name}': No such file or directory"),
            );
        }
    }
    exit
}

/// `cp FROM TO`.
pub(super) fn cp(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    copy(tool, args, out, "cp")
}

/// `mv FROM TO`.
pub(super) fn mv(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    copy(tool, args, out, "mv")
}

fn copy(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output, name: &str) -> i32 {
    let [from, to] = args else {
        return complain(out, 1, format!("{name}: missing file operand"));
    };
    let Some(bytes) = tool.file(from).map(<[u8]>::to_vec) else {
        let from = String::from_utf8_lossy(from);
        return complain(
            out,
            1,
            format!("{name}: cannot stat '{from}': No such file or directory"),
        );
    };
    let target = file_name(to);
    if target != file_name(from) {
        if !tool.shell.session.files.save_bounded(&target, bytes) {
            return complain(
                out,
                1,
                format!("{name}: error writing '{target}': No space left on device"),
            );
        }
        if name == "mv" {
            tool.shell.session.files.remove(&file_name(from));
        }
    }
    0
}

/// `tee [-a] NAME...`.
pub(super) fn tee(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    let options = match Options::parse(args, "a") {
        Ok(options) => options,
        Err(why) => return complain(out, 1, format!("tee: {why}")),
    };
    let bytes = tool.input.take();
    let mut exit = 0;
    for word in &options.words {
        let name = file_name(word);
        if !options.has('a') {
            tool.shell.session.files.remove(&name);
        }
        if !tool.shell.append(&name, &bytes) {
            exit = complain(out, 1, format!("tee: {name}: No space left on device"));
        }
    }
    out.stdout.extend(bytes);
    exit
}

/// `touch NAME...`: a file that is not there is made empty; files of the tab have no times.
pub(super) fn touch(tool: &mut Tool<'_>, args: &[Vec<u8>], out: &mut Output) -> i32 {
    if args.is_empty() {
        return complain(out, 1, "touch: missing file operand");
    }
    for name in args.iter().map(|name| file_name(name)) {
        let files = &mut tool.shell.session.files;
        if files.get(&name).is_none() && !files.save_bounded(&name, Vec::new()) {
            let text = format!("touch: cannot touch '{name}': No space left on device");
            return complain(out, 1, text);
        }
    }
    0
}
