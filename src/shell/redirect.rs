//! Redirects: where a command reads from, and where what it prints goes.

use std::borrow::Cow;

use brush_parser::ast::{
    Command, CommandPrefixOrSuffixItem, IoFileRedirectKind, IoFileRedirectTarget, IoRedirect,
};

use super::exec::{Stop, unsupported};
use super::{MAX_OUTPUT_BYTES, Output, Shell, grammar};

/// Where output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sink {
    /// To the terminal, or the next command of the pipe.
    Stdout,
    /// To the terminal.
    Stderr,
    /// Nowhere.
    Null,
    /// To the end of a file of the tab.
    File(String),
}

/// What a command reads and where its output goes, as redirects say.
#[derive(Clone, Debug)]
pub(super) struct Redirects {
    pub(super) stdin: Option<Vec<u8>>,
    pub(super) stdout: Sink,
    pub(super) stderr: Sink,
}

impl Default for Redirects {
    fn default() -> Self {
        Self {
            stdin: None,
            stdout: Sink::Stdout,
            stderr: Sink::Stderr,
        }
    }
}

/// A file's name as the session keeps it: `./db` is `db`.
pub(super) fn file_name(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let mut name = &*name;
    while let Some(rest) = name.strip_prefix("./") {
        name = rest.trim_start_matches('/');
    }
    name.to_owned()
}

/// What `$(< FILE)` means: `cat < FILE`. Anything else is as typed.
pub(super) fn read_whole(text: &str) -> Cow<'_, str> {
    let only_reads = || {
        let program = grammar::parse(text).ok()?;
        let [list] = program.complete_commands.as_slice() else {
            return None;
        };
        let [item] = list.0.as_slice() else {
            return None;
        };
        let [Command::Simple(command)] = item.0.first.seq.as_slice() else {
            return None;
        };
        let [CommandPrefixOrSuffixItem::IoRedirect(IoRedirect::File(None | Some(0), kind, _))] =
            command.prefix.as_ref()?.0.as_slice()
        else {
            return None;
        };
        let is_all = command.word_or_name.is_none() && item.0.additional.is_empty();
        (is_all && matches!(kind, IoFileRedirectKind::Read)).then_some(())
    };
    match text.trim_start().starts_with('<') && only_reads().is_some() {
        true => Cow::Owned(format!("cat {text}")),
        false => Cow::Borrowed(text),
    }
}

impl Shell {
    /// Reads a redirect; files that are written to are made or emptied right away.
    pub(super) fn redirect(
        &mut self,
        redirect: &IoRedirect,
        to: &mut Redirects,
        out: &mut Output,
    ) -> Result<(), Stop> {
        use IoFileRedirectKind::{Append, Clobber, DuplicateOutput, Read, Write};
        match redirect {
            IoRedirect::HereDocument(None | Some(0), document) => {
                let text = match document.requires_expansion {
                    true => self.expand_document(&document.doc.value, out)?,
                    false => document.doc.value.clone().into_bytes(),
                };
                to.stdin = Some(text);
            }
            IoRedirect::HereString(None | Some(0), word) => {
                let mut text = self.expand_one(&word.value, out)?;
                text.push(b'\n');
                to.stdin = Some(text);
            }
            IoRedirect::OutputAndError(word, append) => {
                let name = self.expand_one(&word.value, out)?;
                to.stdout = self.open(&name, *append)?;
                to.stderr = to.stdout.clone();
            }
            IoRedirect::File(fd, kind, IoFileRedirectTarget::Filename(name)) => {
                let name = self.expand_one(&name.value, out)?;
                match (fd, kind) {
                    (None | Some(0), Read) if name == b"/dev/null" => to.stdin = Some(Vec::new()),
                    (None | Some(0), Read) => {
                        let bytes = self
                            .session
                            .files
                            .get(&file_name(&name))
                            .map(<[u8]>::to_vec);
                        let missing = || {
                            let name = String::from_utf8_lossy(&name);
                            Stop::Bad(format!("bash: {name}: No such file or directory"))
                        };
                        to.stdin = Some(bytes.ok_or_else(missing)?);
                    }
                    (None | Some(1), Write | Append | Clobber) => {
                        to.stdout = self.open(&name, matches!(kind, Append))?;
                    }
                    (Some(2), Write | Append | Clobber) => {
                        to.stderr = self.open(&name, matches!(kind, Append))?;
                    }
                    _ => return Err(unsupported("this redirect")),
                }
            }
            // A copy of what the other stands for now: `2>&1 >/dev/null` keeps errors.
            IoRedirect::File(fd, DuplicateOutput, IoFileRedirectTarget::Duplicate(from)) => {
                match (fd, from.value.as_str()) {
                    (Some(2), "1") => to.stderr = to.stdout.clone(),
                    (None | Some(1), "2") => to.stdout = to.stderr.clone(),
                    (None | Some(1), "1") | (Some(2), "2") => {}
                    _ => return Err(unsupported("this redirect")),
                }
            }
            _ => return Err(unsupported("this redirect")),
        }
        Ok(())
    }

    fn open(&mut self, name: &[u8], append: bool) -> Result<Sink, Stop> {
        let name = match name {
            b"/dev/null" => return Ok(Sink::Null),
            b"/dev/stdout" => return Ok(Sink::Stdout),
            b"/dev/stderr" => return Ok(Sink::Stderr),
            b"" => return Err(Stop::Bad("bash: : No such file or directory".to_owned())),
            name if name.ends_with(b"/") || name == b"." => {
                let name = String::from_utf8_lossy(name);
                return Err(Stop::Bad(format!("bash: {name}: Is a directory")));
            }
            name => file_name(name),
        };
        if !append || self.session.files.get(&name).is_none() {
            self.session.files.save(&name, Vec::new());
        }
        Ok(Sink::File(name))
    }

    /// Brings what a command printed to where its redirects say.
    pub(super) fn deliver(&mut self, inner: &mut Output, to: &Redirects, out: &mut Output) {
        out.clear |= inner.clear;
        for (sink, bytes) in [
            (&to.stdout, &mut inner.stdout),
            (&to.stderr, &mut inner.stderr),
        ] {
            match sink {
                Sink::Stdout => out.stdout.append(bytes),
                Sink::Stderr => out.stderr.append(bytes),
                Sink::Null => {}
                Sink::File(name) => {
                    if !self.append(name, bytes) {
                        let text = "bash: write error: No space left on device\n";
                        out.stderr.extend(text.bytes());
                    }
                }
            }
        }
    }

    /// Adds to a file; `false` where that would be too much.
    pub(super) fn append(&mut self, name: &str, bytes: &[u8]) -> bool {
        let files = &mut self.session.files;
        let mut all = files.get(name).unwrap_or_default().to_vec();
        if all.len().saturating_add(bytes.len()) > MAX_OUTPUT_BYTES {
            return false;
        }
        all.extend_from_slice(bytes);
        files.save_bounded(name, all)
    }
}
