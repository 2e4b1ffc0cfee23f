//! Bytes and what they mean, as a list whose depths make it a tree.

use std::ops::Range;

/// Characters of a text at most; a longer one is cut.
const MAX_TEXT: usize = 160;

/// Some bytes and what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which bytes, counted as whoever made the list says.
    pub at: Range<u64>,
    /// Levels below the top: its own parts follow it and have one more.
    pub depth: u8,
    /// What it is called where its format is described.
    pub name: String,
    /// What it says; empty where its parts say it.
    pub text: String,
    /// Names and indexes from the top of the document that it is of; empty where it is of none.
    pub path: Vec<String>,
}

/// A list of parts that does not grow without end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    all: Vec<Part>,
    left_out: u64,
}

impl Parts {
    /// Parts that are kept.
    pub const MOST: usize = 4000;

    /// Adds a part of no document.
    pub fn push(&mut self, at: Range<u64>, depth: u8, name: impl Into<String>, text: &str) {
        self.push_at(at, depth, name, text, &[]);
    }

    /// Adds a part.
    pub fn push_at(
        &mut self,
        at: Range<u64>,
        depth: u8,
        name: impl Into<String>,
        text: &str,
        path: &[String],
    ) {
        if self.all.len() >= Self::MOST {
            self.left_out += 1;
            return;
        }
        let text = match text.char_indices().nth(MAX_TEXT) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text.to_owned(),
        };
        self.all.push(Part {
            at,
            depth,
            name: name.into(),
            text,
            path: path.to_vec(),
        });
    }

    /// How many are left out because there are too many.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The parts, each before its own.
    pub fn all(&self) -> &[Part] {
        &self.all
    }
}
