//! What is looked at of the simulated member's pages.

use std::rc::Rc;

use super::{AppState, Screen};
use crate::engine::{Envelope, MemberPages, Request};

type Outbox = Vec<Envelope<Request>>;

/// The pages beside the key index and the bucket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemberState {
    /// Whether they are shown.
    pub is_shown: bool,
    /// The pages, once they have come.
    pub pages: Option<Rc<MemberPages>>,
    /// The page that is looked at; none for the one that holds the selected row.
    pub selected: Option<u64>,
    first: u64,
    /// Whether the window goes where the selected row is.
    follows: bool,
    id: u64,
}

/// What can happen to it.
#[derive(Clone, Debug, PartialEq)]
pub enum MemberAction {
    /// Show the pages, or put them away.
    Show(bool),
    /// Show pages from this one on.
    Window(u64),
    /// Look at a page.
    Select(u64),
}

impl MemberState {
    /// The page that is looked at.
    pub fn page(&self) -> Option<u64> {
        let leaf = self.pages.as_ref().and_then(|pages| pages.way.last());
        self.selected.or(leaf.copied())
    }
}

impl AppState {
    pub(super) fn act_on_member(&mut self, action: MemberAction, outbox: &mut Outbox) {
        match action {
            MemberAction::Show(is_shown) => {
                self.member.is_shown = is_shown;
                self.refresh_member(outbox);
            }
            MemberAction::Window(first) => {
                self.member.first = first;
                self.ask_member(outbox);
            }
            MemberAction::Select(page) => self.member.selected = Some(page),
        }
    }

    /// The pages have changed, or another row is selected.
    pub(super) fn refresh_member(&mut self, outbox: &mut Outbox) {
        self.member.selected = None;
        self.member.follows = true;
        self.ask_member(outbox);
    }

    fn ask_member(&mut self, outbox: &mut Outbox) {
        if !self.member.is_shown || self.screen != Screen::Sandbox {
            return;
        }
        let request = Request::Member {
            first: self.member.first,
            count: MemberPages::TILES,
            holding: self.sandbox.selected,
        };
        self.member.id = self.ask(outbox, request);
    }

    pub(super) fn take_member(&mut self, id: u64, pages: MemberPages, outbox: &mut Outbox) {
        if id != self.member.id {
            return;
        }
        let size = u64::from(MemberPages::TILES);
        let end = pages.first + pages.tiles.len() as u64;
        let leaf = pages.way.last().copied();
        let away = leaf.filter(|leaf| !(pages.first..end).contains(leaf));
        let behind = pages.first > 0 && pages.tiles.is_empty();
        self.member.pages = Some(Rc::new(pages));
        let wanted = away.map(|leaf| leaf / size * size).or(behind.then_some(0));
        if let Some(first) = wanted.filter(|_| std::mem::take(&mut self.member.follows)) {
            self.member.first = first;
            self.ask_member(outbox);
        }
    }
}
