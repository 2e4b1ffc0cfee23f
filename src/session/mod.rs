//! A session as a value: the lines that were typed, and where one stands among them.
//!
//! ```text
//!   etcd 3.5.1 ── put a 1 ── put b 2 ── del a          here: `put b 2`, one line ahead
//!                    └────── put c 3                   another branch, kept
//!   etcd 3.6.13 ─ put a 1                              the same session begun on another release
//! ```
//!
//! A line that is run in the past begins a branch; nothing that was typed is lost. The tree knows
//! nothing of what lines do: whoever shows a state runs [`Tree::lines`]. Not here: running.
//! [`save`] and [`load`] are what a browser keeps, [`link`] what travels in a link, [`lesson_link`] the same for a place in a
//! lesson, [`text`] the
//! script that `revscope run` takes.

mod error;
pub mod lesson_link;
pub mod link;
mod saved;
pub mod terminals;
pub mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use error::SessionError;
pub use saved::{load, save};

/// All sessions that were begun here, as a tree of lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// A parent stands before its children.
    nodes: Vec<Node>,
    /// The node of the last line that has run.
    at: u32,
    /// The end of the branch that is looked at: `at`, or below it.
    tip: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Node {
    /// Where a session begins.
    Root {
        /// Release of the simulated member.
        release: String,
        /// The file on whose copy it works; none for an empty store.
        base: Option<String>,
    },
    /// A line and the node before it.
    Line { parent: u32, line: String },
}

/// A branch that is not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its end, for [`Tree::go`] and [`Tree::forget`].
    pub end: u32,
    /// Its release.
    pub release: String,
    /// The file on whose copy it works.
    pub base: Option<String>,
    /// How many lines it has.
    pub lines: u32,
    /// How many of them it has in common with the branch that is looked at.
    pub shared: u32,
    /// Its first line that is its own.
    pub first: String,
}

impl Default for Tree {
    fn default() -> Self {
        Self::new("")
    }
}

impl Tree {
    /// Most nodes of a tree that is read.
    pub const MAX_NODES: usize = 200_000;

    /// A session without a line.
    pub fn new(release: &str) -> Self {
        let release = release.to_owned();
        Self {
            nodes: vec![Node::Root {
                release,
                base: None,
            }],
            at: 0,
            tip: 0,
        }
    }

    /// A session in which some lines have run.
    pub fn started<'a>(release: &str, lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut tree = Self::new(release);
        lines.into_iter().for_each(|line| tree.push(line));
        tree
    }

    /// Release of the session that is looked at.
    pub fn release(&self) -> &str {
        self.root().0
    }

    /// The file on whose copy it works.
    pub fn base(&self) -> Option<&str> {
        self.root().1
    }

    /// The lines that have run.
    pub fn lines(&self) -> Vec<&str> {
        self.lines_to(self.at)
    }

    /// The lines of the branch that is looked at: those that have run, then those ahead.
    pub fn branch(&self) -> Vec<&str> {
        self.lines_to(self.tip)
    }

    /// How many lines have run.
    pub fn done(&self) -> u32 {
        self.depth(self.at)
    }

    /// How many lines of the branch are ahead.
    pub fn ahead(&self) -> u32 {
        self.depth(self.tip) - self.done()
    }

    /// Notes a line that has run here. The line that is ahead anyway leads on along the branch,
    /// another one begins a new branch.
    pub fn push(&mut self, line: &str) {
        if let Some(next) = self.next().filter(|next| self.line(*next) == Some(line)) {
            self.at = next;
            return;
        }
        let id = self.add(Node::Line {
            parent: self.at,
            line: line.to_owned(),
        });
        (self.at, self.tip) = (id, id);
    }

    /// Goes to where so many lines of the branch have run, at most to its end.
    pub fn step_to(&mut self, lines: u32) {
        let back = self.depth(self.tip).saturating_sub(lines);
        let mut at = self.tip;
        for _ in 0..back {
            at = self.parent(at).unwrap_or(at);
        }
        self.at = at;
    }

    /// The branches that are not looked at, oldest first.
    pub fn branches(&self) -> Vec<Branch> {
        let here = self.way(self.tip);
        let ends = self.ends();
        let others = ends
            .into_iter()
            .filter(|end| !here.contains(end) && self.parent(*end).is_some());
        others
            .filter_map(|end| {
                let way = self.way(end);
                let Some(Node::Root { release, base }) = self.node(*way.first()?) else {
                    return None;
                };
                let common = way.iter().zip(&here).take_while(|(a, b)| a == b).count();
                // Sessions with roots of their own have even their first line for themselves.
                let first = way.get(common.max(1)).and_then(|id| self.line(*id));
                Some(Branch {
                    end,
                    release: release.clone(),
                    base: base.clone(),
                    lines: count(way.len()).saturating_sub(1),
                    shared: count(common).saturating_sub(1),
                    first: first.unwrap_or_default().to_owned(),
                })
            })
            .collect()
    }

    /// Looks at another branch, at its end; answers whether there is one.
    pub fn go(&mut self, end: u32) -> bool {
        let is_there = self.node(end).is_some();
        if is_there {
            (self.at, self.tip) = (end, end);
        }
        is_there
    }

    /// Forgets what a branch that is not looked at has for itself; answers whether it did.
    pub fn forget(&mut self, end: u32) -> bool {
        if !self.branches().iter().any(|branch| branch.end == end) {
            return false;
        }
        let mut kept = vec![false; self.nodes.len()];
        let ends = self.ends().into_iter().filter(|other| *other != end);
        for id in ends.chain([self.tip]).flat_map(|end| self.way(end)) {
            if let Some(kept) = kept.get_mut(id as usize) {
                *kept = true;
            }
        }
        let mut moved = BTreeMap::new();
        let mut nodes = Vec::new();
        for (id, node) in std::mem::take(&mut self.nodes).into_iter().enumerate() {
            if kept.get(id) != Some(&true) {
                continue;
            }
            moved.insert(count(id), count(nodes.len()));
            nodes.push(match node {
                Node::Line { parent, line } => Node::Line {
                    parent: moved.get(&parent).copied().unwrap_or_default(),
                    line,
                },
                root @ Node::Root { .. } => root,
            });
        }
        self.nodes = nodes;
        for place in [&mut self.at, &mut self.tip] {
            *place = moved.get(place).copied().unwrap_or_default();
        }
        true
    }

    /// Begins another session beside the ones that are here and goes to its end. Where the same
    /// lines were run before, it is that session.
    pub fn begin(&mut self, release: &str, base: Option<&str>, lines: &[&str]) {
        let root = Node::Root {
            release: release.to_owned(),
            base: base.map(str::to_owned),
        };
        let known = self.nodes.iter().position(|node| *node == root).map(count);
        let mut at = known.unwrap_or_else(|| self.add(root));
        let mut children: BTreeMap<(u32, String), u32> = BTreeMap::new();
        for (id, node) in (0u32..).zip(&self.nodes) {
            if let Node::Line { parent, line } = node {
                children.entry((*parent, line.clone())).or_insert(id);
            }
        }
        for line in lines {
            let line = (*line).to_owned();
            at = match children.get(&(at, line.clone())) {
                Some(id) => *id,
                None => self.add(Node::Line { parent: at, line }),
            };
        }
        (self.at, self.tip) = (at, at);
    }

    /// Begins the session anew on another release, with all lines of the branch, and goes to the
    /// same place in it.
    pub fn change_release(&mut self, release: &str) {
        let done = self.done();
        let base = self.base().map(str::to_owned);
        let lines: Vec<String> = self.branch().iter().map(|line| line.to_string()).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        self.begin(release, base.as_deref(), &lines);
        self.step_to(done);
    }

    /// Whether every number in it leads somewhere, so that no walk goes astray.
    fn is_sound(&self) -> bool {
        let parents = (0u32..).zip(&self.nodes).all(|(id, node)| match node {
            Node::Root { .. } => true,
            Node::Line { parent, .. } => *parent < id,
        });
        parents
            && self.nodes.len() <= Self::MAX_NODES
            && self.node(self.tip).is_some()
            && self.way(self.tip).contains(&self.at)
    }

    /// All releases that are named in it.
    fn releases(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Root { release, .. } => Some(release.as_str()),
            Node::Line { .. } => None,
        })
    }

    fn root(&self) -> (&str, Option<&str>) {
        match self.way(self.tip).first().and_then(|root| self.node(*root)) {
            Some(Node::Root { release, base }) => (release, base.as_deref()),
            _ => ("", None),
        }
    }

    fn add(&mut self, node: Node) -> u32 {
        self.nodes.push(node);
        count(self.nodes.len() - 1)
    }

    fn node(&self, id: u32) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    fn line(&self, id: u32) -> Option<&str> {
        match self.node(id)? {
            Node::Line { line, .. } => Some(line),
            Node::Root { .. } => None,
        }
    }

    fn parent(&self, id: u32) -> Option<u32> {
        match self.node(id)? {
            Node::Line { parent, .. } => Some(*parent),
            Node::Root { .. } => None,
        }
    }

    /// From the root to a node, both included.
    fn way(&self, to: u32) -> Vec<u32> {
        let mut way: Vec<u32> = std::iter::successors(Some(to), |id| self.parent(*id)).collect();
        way.reverse();
        way
    }

    fn lines_to(&self, to: u32) -> Vec<&str> {
        let way = self.way(to);
        way.into_iter().filter_map(|id| self.line(id)).collect()
    }

    fn depth(&self, id: u32) -> u32 {
        count(std::iter::successors(self.parent(id), |id| self.parent(*id)).count())
    }

    /// The node that is ahead.
    fn next(&self) -> Option<u32> {
        std::iter::successors(Some(self.tip), |id| self.parent(*id))
            .find(|id| self.parent(*id) == Some(self.at))
    }

    /// Nodes that nothing follows.
    fn ends(&self) -> Vec<u32> {
        let mut is_end = vec![true; self.nodes.len()];
        for node in &self.nodes {
            if let Node::Line { parent, .. } = node
                && let Some(end) = is_end.get_mut(*parent as usize)
            {
                *end = false;
            }
        }
        let ends = (0u32..).zip(is_end).filter(|(_, is_end)| *is_end);
        ends.map(|(id, _)| id).collect()
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
