//! Requests about sessions.

use std::rc::Rc;

use super::Engine;
use super::document::Document;
use super::fork::fork;
use super::play::Play;
use super::protocol::Response;
use super::protocol::{SessionAnswer, SessionRequest, Then, Told};
use super::sandbox::with_opening;
use crate::bytes::ReadAt;
use crate::mvcc::Release;
use crate::session::{link, load, text};

/// The name under which a session is downloaded.
const TEXT_NAME: &str = "session.txt";

impl Engine {
    pub(super) fn handle_session(
        &mut self,
        request: SessionRequest,
        say: &mut dyn FnMut(Response),
    ) {
        let told = match request {
            SessionRequest::Resume {
                build: _,
                saved,
                link,
            } => {
                let build = self.build.clone();
                say(Response::Hello { build });
                self.lesson = None;
                let told = self.resume(saved.as_deref(), link.as_deref());
                say(self.sandbox.restored(told));
                link.map(|fragment| self.open_lesson_link(&fragment, say));
                return;
            }
            SessionRequest::StepTo { lines } => {
                let told = self.active_mut().change(|tree| tree.step_to(lines));
                return say(self.active().restored(told));
            }
            SessionRequest::GoTo { end } => self.sandbox.change(|tree| {
                tree.go(end);
            }),
            SessionRequest::Forget { end } => self.sandbox.change(|tree| {
                tree.forget(end);
            }),
            SessionRequest::SetRelease { release } => self.set_release(&release),
            SessionRequest::Fresh => self.sandbox.fresh(),
            SessionRequest::OpenLink { fragment } => {
                if self.open_lesson_link(&fragment, say) {
                    return;
                }
                self.open_link(&fragment)
            }
            SessionRequest::OpenText { name } => {
                let source = self.attached.take();
                self.open_text(name, source.as_deref())
            }
            SessionRequest::Fork => self.fork(),
            SessionRequest::Link => {
                let link = link::write(self.sandbox.tree()).map_err(|why| why.to_string());
                return say(Response::Session(SessionAnswer::Link(link)));
            }
            SessionRequest::Text => {
                return say(Response::Session(SessionAnswer::Fetched {
                    name: TEXT_NAME.to_owned(),
                    then: Then::Download,
                    bytes: text::write(self.sandbox.tree()).into_bytes(),
                }));
            }
            SessionRequest::Fetch { name, then } => {
                let answer = match self.active().file(&name) {
                    Some(bytes) => SessionAnswer::Fetched {
                        bytes: bytes.to_vec(),
                        name,
                        then,
                    },
                    None => SessionAnswer::Missing { name },
                };
                return say(Response::Session(answer));
            }
        };
        // All else is about the visitor's own session.
        self.lesson = None;
        say(self.sandbox.restored(told));
    }

    /// Goes on with what was kept, and opens a link beside it. What cannot be read leaves the
    /// rest as it is.
    fn resume(&mut self, saved: Option<&str>, link: Option<&str>) -> Option<Told> {
        let resumed = match saved.map(load) {
            None => Some(Told::Opening),
            Some(Ok(tree)) => {
                let lines = tree.done();
                let needs = self.sandbox.replace(tree.clone());
                if needs.is_some() {
                    // Every branch stays, and one that needs no file is shown.
                    self.sandbox.replace(with_opening(tree));
                }
                needs.or(Some(Told::Resumed(lines)))
            }
            Some(Err(why)) => Some(Told::SavedRefused(why.to_string())),
        };
        match link.and_then(|fragment| self.open_link(fragment)) {
            // What was kept is worth a word only where it is not what is shown.
            Some(told) if !matches!(resumed, Some(Told::SavedRefused(_))) => Some(told),
            _ => resumed,
        }
    }

    fn open_link(&mut self, fragment: &str) -> Option<Told> {
        Some(match link::read(fragment)? {
            Ok((release, lines)) => {
                let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                self.sandbox
                    .change(|tree| tree.begin(&release, None, &lines));
                Told::LinkOpened(self.sandbox.tree().done())
            }
            Err(why) => Told::LinkRefused(why.to_string()),
        })
    }

    /// Opens a script as a session beside the others.
    pub(super) fn open_text(&mut self, name: String, source: Option<&dyn ReadAt>) -> Option<Told> {
        self.lesson = None;
        let read = source
            .ok_or_else(|| "it did not arrive".to_owned())
            .and_then(read_whole)
            .and_then(|bytes| text::read(&bytes).map_err(|why| why.to_string()));
        Some(match read {
            Ok((release, lines)) => {
                let release = release.unwrap_or_default().to_string();
                let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                self.sandbox
                    .change(|tree| tree.begin(&release, None, &lines));
                let lines = self.sandbox.tree().done();
                Told::TextOpened { name, lines }
            }
            Err(why) => Told::TextRefused { name, why },
        })
    }

    fn set_release(&mut self, typed: &str) -> Option<Told> {
        let release: Release = match typed.trim().parse() {
            Ok(release) => release,
            Err(why) => return Some(Told::ReleaseRefused(format!("{why}"))),
        };
        let (from, to) = (
            self.sandbox.tree().release().to_owned(),
            release.to_string(),
        );
        if from == to {
            return None;
        }
        if let Err(why) = self.fork_again(release) {
            return Some(Told::ReleaseRefused(why));
        }
        let lines = self.sandbox.tree().done();
        let needs = self.sandbox.change(|tree| tree.change_release(&to));
        needs.or(Some(Told::ReleaseChanged { from, to, lines }))
    }

    /// Goes on working on a copy of the opened file.
    fn fork(&mut self) -> Option<Told> {
        let Some(file) = &self.file else {
            return Some(Told::ForkRefused("no file is open".to_owned()));
        };
        let Some((name, etcd)) = file.to_fork() else {
            let why = "the file is not etcd's: it has no bucket key";
            return Some(Told::ForkRefused(why.to_owned()));
        };
        Some(match fork(etcd, None) {
            Ok((shell, problems)) => {
                let release = shell.store().release();
                let play = Play::on(shell, file.history().clone());
                self.sandbox.lend(name, release, play, false);
                let text = release.to_string();
                self.sandbox
                    .change(|tree| tree.begin(&text, Some(name), &[]));
                Told::Forked {
                    name: name.to_owned(),
                    release: text,
                    lost: problems.len() as u64,
                }
            }
            Err(why) => Told::ForkRefused(why.to_string()),
        })
    }

    /// Copies the file again that the session works on, for another release.
    fn fork_again(&mut self, release: Release) -> Result<(), String> {
        let Some(base) = self.sandbox.tree().base() else {
            return Ok(());
        };
        let file = self.file.as_ref().filter(|file| file.name == base);
        let copied = file.and_then(|file| Some((file, file.to_fork()?)));
        let (file, (name, etcd)) = copied.ok_or_else(|| {
            format!("a copy of {base} changes its release only while {base} is open")
        })?;
        let (shell, _) = fork(etcd, Some(release)).map_err(|why| why.to_string())?;
        let play = Play::on(shell, file.history().clone());
        self.sandbox.lend(name, release, play, true);
        Ok(())
    }
}

/// Whether a file begins as a session's script does.
pub(super) fn is_session(source: &Rc<dyn ReadAt>) -> bool {
    let mut start = [0; text::START.len()];
    source.len() >= start.len() as u64
        && source.read_at(0, &mut start).is_ok()
        && start == text::START.as_bytes()
}

fn read_whole(source: &dyn ReadAt) -> Result<Vec<u8>, String> {
    let len = source.len();
    if len > text::MAX_BYTES {
        return Err(format!("it has {len} bytes, and a session at most 8 MiB"));
    }
    let mut bytes = vec![0; usize::try_from(len).unwrap_or_default()];
    source
        .read_at(0, &mut bytes)
        .map_err(|why| why.to_string())?;
    Ok(bytes)
}
