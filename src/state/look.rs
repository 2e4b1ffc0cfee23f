//! What is looked at inside an opened file: which part, which bucket, which page, which fossil.

use std::rc::Rc;

use super::apply::later;
use super::{Action, AppState, Window};
use crate::engine::{
    Doc, Envelope, FossilRow, Item, ItemDetail, MapCell, PageDetail, Phase, Request, Response,
    Summary, TreeNode,
};
use crate::timeline::Motion;

type Outbox = Vec<Envelope<Request>>;

/// How many items or fossils are asked for at once.
const WINDOW: u32 = 120;

/// A part of the screen of an opened file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Its history; only where there is one.
    #[default]
    Timeline,
    /// What the file is and how that is known.
    About,
    /// Objects of Kubernetes; only where there are keys of any.
    Objects,
    /// Search through revisions and keys; only where there is a history.
    Find,
    /// What a compaction and a defrag would give back.
    WhatIf,
    /// Other files beside this one.
    Compare,
    /// What the small buckets hold, as tables.
    Tables,
    /// Buckets and their items.
    Buckets,
    /// The map of pages.
    Pages,
    /// Rows that were compacted and are still there.
    Fossils,
    /// What is wrong with it.
    Problems,
}

/// What is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// Which part is shown.
    pub tab: Tab,
    /// What the engine does behind it: phase, bytes done, of so many.
    pub background: Option<(Phase, u64, u64)>,
    /// The buckets; none before they have come.
    pub tree: Option<Rc<Vec<TreeNode>>>,
    /// Whether there are more buckets than are listed.
    pub is_tree_cut: bool,
    /// Names down to the bucket whose items are listed.
    pub path: Vec<Vec<u8>>,
    /// Its items.
    pub items: Window<Item>,
    /// Whether there are more items than are known of.
    pub has_more_items: bool,
    /// Whether the items are on their way.
    pub is_listing: bool,
    /// Key of the item that is selected.
    pub item_key: Option<Vec<u8>>,
    /// That item.
    pub item: Option<Rc<ItemDetail>>,
    /// Pages of the map.
    pub map: Window<MapCell>,
    /// The page that is selected.
    pub page: Option<u64>,
    /// Everything about it.
    pub page_detail: Option<Rc<PageDetail>>,
    /// Fossils by revision.
    pub fossils: Window<FossilRow>,
    /// Whether fossils are drawn on the timeline.
    pub are_ghosts_shown: bool,
    tree_id: u64,
    items_id: u64,
    item_id: u64,
    map_id: u64,
    page_id: u64,
    fossils_id: u64,
}

impl Look {
    /// Pages that the map shows at a time.
    pub const PAGES: u32 = 512;

    /// The beginning: the timeline where there is one.
    pub(super) fn of(summary: &Summary) -> Self {
        Self {
            tab: if is_etcd(summary) {
                Tab::Timeline
            } else {
                Tab::About
            },
            ..Self::default()
        }
    }
}

/// Whether there is a history to look at.
fn is_etcd(summary: &Summary) -> bool {
    summary.file.as_ref().is_none_or(|file| file.is_etcd)
}

impl AppState {
    pub(super) fn act_on_look(&mut self, action: Action, outbox: &mut Outbox) {
        match action {
            Action::ShowTab(tab) => {
                self.look.tab = tab;
                self.refresh_look(outbox);
            }
            Action::ShowGhosts(are_shown) => {
                self.look.are_ghosts_shown = are_shown;
                self.ask_scene(Doc::File, Motion::Still, outbox);
            }
            Action::OpenBucket(path) => {
                self.look.path = path;
                self.look.items = Window::default();
                self.look.item_key = None;
                self.look.item = None;
                self.ask_items(0, outbox);
            }
            Action::ShowItems(first) => self.ask_items(first, outbox),
            Action::SelectItem(key) => {
                let path = self.look.path.clone();
                self.look.item_key = Some(key.clone());
                self.look.item_id = self.ask(outbox, Request::Item { path, key });
            }
            Action::ShowPages(first) => self.ask_map(first, outbox),
            Action::SelectPage(page) => {
                self.look.tab = Tab::Pages;
                self.look.page = Some(page);
                self.look.page_id = self.ask(outbox, Request::Page { page });
                self.ask_bytes(page, None, outbox);
                if !self.look.map.covers(page) {
                    let size = u64::from(Look::PAGES);
                    self.ask_map(page / size * size, outbox);
                }
            }
            Action::ShowFossils(first) => self.ask_fossils(first, outbox),
            _ => {}
        }
    }

    /// Asks for what the part that is shown does not have, or has in an older state.
    pub(super) fn refresh_look(&mut self, outbox: &mut Outbox) {
        match self.look.tab {
            Tab::Timeline | Tab::Find | Tab::WhatIf | Tab::Compare | Tab::Tables => {
                if self.opened().is_some_and(is_etcd) {
                    later(Self::refresh_study as fn(&mut Self, _))(self, outbox);
                }
            }
            Tab::About => later(Self::refresh_study as fn(&mut Self, _))(self, outbox),
            Tab::Problems => {}
            Tab::Buckets => {
                self.look.tree_id = self.ask(outbox, Request::Tree);
                if !self.look.is_listing {
                    self.ask_items(self.look.items.first, outbox);
                }
            }
            Tab::Pages => {
                self.ask_map(self.look.map.first, outbox);
                let page = self.look.page.unwrap_or(0);
                self.look.page = Some(page);
                self.look.page_id = self.ask(outbox, Request::Page { page });
                later(Self::refresh_study as fn(&mut Self, _))(self, outbox);
            }
            Tab::Objects => self.refresh_objects(outbox),
            Tab::Fossils => {
                self.ask_fossils(self.look.fossils.first, outbox);
                if self.opened().is_some_and(is_etcd) {
                    later(Self::refresh_study as fn(&mut Self, _))(self, outbox);
                }
            }
        }
    }

    fn ask_items(&mut self, first: u64, outbox: &mut Outbox) {
        let request = Request::Items {
            path: self.look.path.clone(),
            first,
            count: WINDOW,
        };
        self.look.is_listing = true;
        self.look.items_id = self.ask(outbox, request);
    }

    fn ask_map(&mut self, first: u64, outbox: &mut Outbox) {
        let count = Look::PAGES;
        self.look.map_id = self.ask(outbox, Request::Map { first, count });
        self.ask_tints(first, outbox);
    }

    fn ask_fossils(&mut self, first: u64, outbox: &mut Outbox) {
        let count = WINDOW;
        self.look.fossils_id = self.ask(outbox, Request::Fossils { first, count });
    }

    pub(super) fn take_look(&mut self, id: u64, response: Response, outbox: &mut Outbox) {
        let look = &mut self.look;
        match response {
            Response::Tree { nodes, is_cut } if id == look.tree_id => {
                // Something to look at until a bucket is chosen: etcd's revisions, else the first
                // bucket that is not empty.
                let revisions = nodes.iter().find(|node| node.path == [b"key"]);
                let full = nodes.iter().find(|node| node.items != Some(0));
                let first = revisions.or(full).or(nodes.first());
                let first = first.map(|node| node.path.clone());
                look.tree = Some(Rc::new(nodes));
                look.is_tree_cut = is_cut;
                if let Some(path) = first.filter(|_| look.path.is_empty()) {
                    self.act_on_look(Action::OpenBucket(path), outbox);
                }
            }
            Response::Items {
                first,
                total,
                more,
                items,
            } if id == look.items_id => {
                look.is_listing = false;
                look.has_more_items = more;
                look.items = Window {
                    first,
                    total,
                    items: Rc::new(items),
                };
            }
            Response::Item { item } if id == look.item_id => {
                look.item = item.map(|item| Rc::new(*item));
            }
            Response::Map {
                first,
                total,
                cells,
            } if id == look.map_id => {
                look.map = Window {
                    first,
                    total,
                    items: Rc::new(cells),
                };
            }
            Response::Page { page } if id == look.page_id => {
                look.page_detail = page.map(|page| Rc::new(*page));
            }
            Response::Fossils { first, total, rows } if id == look.fossils_id => {
                look.fossils = Window {
                    first,
                    total,
                    items: Rc::new(rows),
                };
            }
            _ => {}
        }
    }
}
