//! What a db file lies in: gzip, zip, tar, and these in each other, unpacked on the way.
//!
//! Start from [`open`], or from [`Opening`] for long work in steps. What comes out is a source of
//! bytes as any other: a part of the archive where the file is stored as it is, otherwise the bytes
//! themselves up to 64 MiB, and beyond that a decoder that returns to places on the way. The
//! unpacked file is never held whole.
//!
//! Formats that are not read here are named, with the command that unpacks them. Damage costs what
//! it hits: a cut gzip file opens with what could be unpacked and a [`Problem`].

mod choose;
mod decoder;
mod inflate;
mod kind;
mod part;
mod problem;
mod tar;
mod zip;

use std::rc::Rc;

use crate::bytes::{ReadAt, ReadError};
use decoder::Framing;
use inflate::{Pass, Stream, Unpacked};
use kind::{HEAD_LEN, Kind};
use part::{Part, read_up_to};

pub use problem::{Error, Problem};

/// Archives in archives that are followed.
pub const MAX_DEPTH: u8 = 3;
/// Bytes that are unpacked at most: the largest store that etcd is meant for.
pub const MAX_UNPACKED: u64 = 8 << 30;
/// Packed and unpacked bytes of an archive in an archive may differ by this factor; one gzip alone
/// reaches 1032, and etcd's files with room at the end come near.
const MAX_RATIO: u64 = 4096;
/// Below this no ratio is suspicious.
const SMALL: u64 = 256 << 20;
/// Unpacked bytes that are kept whole.
const HOLD: usize = 64 << 20;
/// Members of one archive that are looked at.
const MAX_MEMBERS: u64 = 100_000;
/// Names of other members that are kept.
const MAX_NAMES: usize = 1000;

/// A file, unpacked as far as needed.
pub struct Opened {
    /// The bytes of the db file.
    pub source: Rc<dyn ReadAt>,
    /// What it lay in, outermost first; none for a plain file.
    pub layers: Vec<Layer>,
    /// What is wrong with what it lay in.
    pub problems: Vec<Problem>,
}

/// One thing around a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Its format: gzip, zip or tar.
    pub format: &'static str,
    /// The member that was opened; empty for gzip.
    pub member: String,
    /// Other members, the first of them.
    pub others: Vec<String>,
}

/// A member of an archive.
#[derive(Clone, Debug)]
struct Member {
    name: String,
    len: u64,
    place: Where,
}

#[derive(Clone, Debug)]
enum Where {
    /// As it is, from there.
    Plain {
        start: u64,
    },
    Sparse,
    Zip(zip::Packed),
}

impl Member {
    fn new(name: &[u8], len: u64, place: Where) -> Self {
        Self {
            name: String::from_utf8_lossy(name).into_owned(),
            len,
            place,
        }
    }
}

/// Opens a file, at once.
///
/// # Errors
/// If nothing can be unpacked, or a tool has to do it.
pub fn open(source: Rc<dyn ReadAt>) -> Result<Opened, Error> {
    Opening::new(source, None).run()
}

/// A file on its way out of what it lies in, a few MiB a step.
pub struct Opening {
    /// The source at hand: the file, or what came out of it.
    source: Rc<dyn ReadAt>,
    /// Bytes of the file.
    outer_len: u64,
    wanted: Option<String>,
    wanted_found: bool,
    /// Unpacked bytes that are kept whole.
    hold: usize,
    layers: Vec<Layer>,
    problems: Vec<Problem>,
    stage: Stage,
}

enum Stage {
    Look,
    Inflate(Box<Pass>),
    Tar(tar::Walk),
}

impl Opening {
    /// Starts with a file. `member`: the name of the archive's member to open; without one it is
    /// chosen.
    pub fn new(source: Rc<dyn ReadAt>, member: Option<String>) -> Self {
        Self {
            outer_len: source.len(),
            source,
            wanted_found: member.is_none(),
            wanted: member,
            hold: HOLD,
            layers: Vec::new(),
            problems: Vec::new(),
            stage: Stage::Look,
        }
    }

    /// Keeps up to so many unpacked bytes whole, instead of 64 MiB; more are unpacked again where
    /// they are read.
    pub fn hold(mut self, bytes: usize) -> Self {
        self.hold = bytes;
        self
    }

    /// Bytes done and bytes to do, of the part at hand.
    pub fn progress(&self) -> (u64, u64) {
        match &self.stage {
            Stage::Look => (0, self.source.len()),
            Stage::Inflate(pass) => pass.progress(),
            Stage::Tar(walk) => (walk.at.min(self.source.len()), self.source.len()),
        }
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// As [`open`].
    pub fn run(mut self) -> Result<Opened, Error> {
        loop {
            if let Some(opened) = self.step()? {
                return Ok(opened);
            }
        }
    }

    /// Works for a few MiB; the file once it is reached.
    ///
    /// # Errors
    /// As [`open`].
    pub fn step(&mut self) -> Result<Option<Opened>, Error> {
        match &mut self.stage {
            Stage::Look => return self.look(),
            Stage::Inflate(pass) => {
                if let Some(Unpacked { source, problems }) = pass.step()? {
                    self.problems.extend(problems);
                    self.source = source;
                    self.stage = Stage::Look;
                }
            }
            Stage::Tar(walk) => {
                if walk.step(&*self.source)? {
                    let members = std::mem::take(&mut walk.members);
                    self.problems.append(&mut walk.problems);
                    self.stage = Stage::Look;
                    self.enter("tar", members)?;
                }
            }
        }
        Ok(None)
    }

    fn look(&mut self) -> Result<Option<Opened>, Error> {
        let head = read_up_to(&*self.source, 0, HEAD_LEN)?;
        let kind = Kind::guess(&head);
        if matches!(kind, Kind::Gzip | Kind::Zip | Kind::Tar)
            && self.layers.len() >= usize::from(MAX_DEPTH)
        {
            return Err(Error::TooDeep(MAX_DEPTH));
        }
        match kind {
            Kind::Plain => return self.done().map(Some),
            Kind::Locked(what, command) => return Err(Error::Locked { what, command }),
            Kind::Gzip => {
                self.layers.push(Layer {
                    format: "gzip",
                    member: String::new(),
                    others: Vec::new(),
                });
                self.inflate(Rc::clone(&self.source), "gzip file", Framing::Gzip, None);
            }
            Kind::Zip => {
                let members = zip::members(&*self.source, &mut self.problems)?;
                self.enter("zip", members)?;
            }
            Kind::Tar => self.stage = Stage::Tar(tar::Walk::default()),
        }
        Ok(None)
    }

    fn done(&mut self) -> Result<Opened, Error> {
        if let (Some(name), false) = (&self.wanted, self.wanted_found) {
            return Err(Error::NoMember {
                name: name.clone(),
                names: Vec::new(),
                more: 0,
            });
        }
        Ok(Opened {
            source: Rc::clone(&self.source),
            layers: std::mem::take(&mut self.layers),
            problems: std::mem::take(&mut self.problems),
        })
    }

    /// Goes into the member that was asked for, or into the one that is chosen.
    fn enter(&mut self, format: &'static str, members: Vec<Member>) -> Result<(), Error> {
        let (chosen, asked) = choose::choose(&*self.source, &members, self.wanted.as_deref())?;
        self.wanted_found |= asked;
        let Some(member) = members.get(chosen) else {
            return Ok(());
        };
        let others = members.iter().filter(|other| other.name != member.name);
        self.layers.push(Layer {
            format,
            member: member.name.clone(),
            others: others
                .take(MAX_NAMES)
                .map(|other| other.name.clone())
                .collect(),
        });
        match &member.place {
            Where::Plain { start } => {
                self.source = Rc::new(Part::new(Rc::clone(&self.source), *start, member.len));
            }
            Where::Sparse => {
                return Err(Error::Sparse {
                    name: member.name.clone(),
                });
            }
            Where::Zip(packed) => {
                let (start, deflated) = zip::locate(&*self.source, &member.name, packed)?;
                let rest = self.source.len().saturating_sub(start);
                let len = packed.packed_len.unwrap_or(rest);
                if len > rest {
                    self.problems.push(Problem::CutShort {
                        what: member.name.clone(),
                        unpacked: rest,
                    });
                }
                let part = Rc::new(Part::new(Rc::clone(&self.source), start, len));
                if deflated {
                    self.inflate(part, &member.name, Framing::Bare, packed.expected);
                } else {
                    // Its checksum is not verified: that would take reading all of it first.
                    let stored = packed.expected.map(|(_, stored)| stored);
                    if let Some(stored) = stored.filter(|stored| *stored != len) {
                        self.problems.push(Problem::Length {
                            what: member.name.clone(),
                            stored,
                            computed: len,
                        });
                    }
                    self.source = part;
                }
            }
        }
        Ok(())
    }

    fn inflate(
        &mut self,
        source: Rc<dyn ReadAt>,
        what: &str,
        framing: Framing,
        expected: Option<(u32, u64)>,
    ) {
        let by_ratio = self.outer_len.saturating_mul(MAX_RATIO).max(SMALL);
        self.stage = Stage::Inflate(Box::new(Pass::new(
            source,
            Stream {
                what: what.to_owned(),
                framing,
                expected,
                limit: MAX_UNPACKED.min(by_ratio),
                hold: self.hold,
            },
        )));
    }
}

/// The first bytes of a member, for a look at what it is.
fn first_bytes(source: &dyn ReadAt, member: &Member) -> Result<Vec<u8>, ReadError> {
    let len = HEAD_LEN.min(usize::try_from(member.len).unwrap_or(HEAD_LEN));
    match &member.place {
        Where::Plain { start } => read_up_to(source, *start, len),
        Where::Sparse => Ok(Vec::new()),
        Where::Zip(packed) => match zip::locate(source, &member.name, packed) {
            Ok((start, false)) => read_up_to(source, start, len),
            Ok((start, true)) => {
                let packed = read_up_to(source, start, 4 * HEAD_LEN)?;
                Ok(decoder::begin(packed))
            }
            Err(_) => Ok(Vec::new()),
        },
    }
}
