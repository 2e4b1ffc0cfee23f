//! What the page is made of. Each component shows what it is given and emits actions.

mod bucket;
mod canvas;
mod chrome;
mod file_screen;
mod index_list;
mod inspector;
mod open_panel;
mod sandbox_screen;
mod scroll;
mod store;
mod terminal;
mod timeline_card;
mod twin;
mod value;

pub use bucket::BucketTable;
pub use canvas::TimelineCanvas;
pub use chrome::{Broken, DropVeil, Foot, Help, TopBar};
pub use file_screen::{FileScreen, FileView, Overview};
pub use index_list::IndexList;
pub use inspector::Inspector;
pub use open_panel::{LoadingPanel, OpenPanel, Refused};
pub use sandbox_screen::{SandboxScreen, SandboxView};
pub use store::StoreCard;
pub use terminal::TerminalCard;
pub use timeline_card::TimelineCard;
pub use twin::TableTwin;
pub use value::ValueView;
