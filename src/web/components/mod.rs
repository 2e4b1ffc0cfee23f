//! What the page is made of. Each component shows what it is given and emits actions.

mod bucket;
mod canvas;
mod chrome;
mod drawing;
mod file;
mod file_screen;
mod index_list;
mod inspector;
mod kubernetes;
mod lane_bar;
mod lesson;
mod member;
mod notice;
mod object;
mod open_panel;
mod player;
mod release;
mod sandbox_screen;
mod save_menu;
mod scroll;
mod session_panel;
mod store;
mod surface;
mod terminal;
mod timeline_card;
mod twin;
mod value;

pub use bucket::{BucketTable, BucketTableProps};
pub use canvas::{TimelineCanvas, TimelineCanvasProps};
pub use chrome::{
    Broken, BrokenProps, DropVeil, Foot, FootProps, Help, HelpProps, TopBar, TopBarProps,
};
pub use file::{
    About, AboutProps, Buckets, BucketsProps, BytesCard, BytesCardProps, Compare, CompareProps,
    FileTabs, FileTabsProps, FillBar, FillBarProps, FillCard, FillCardProps, FindCard,
    FindCardProps, FossilList, FossilListProps, LeaveMenu, LeaveMenuProps, LostCard, LostCardProps,
    Overview, OverviewProps, PageCard, PageCardProps, PageMapCard, PageMapProps, ProblemList,
    ProblemListProps, SmallTables, SmallTablesProps, WhatIf, WhatIfProps,
};
pub use file_screen::{FileScreen, FileScreenProps, FileView};
pub use index_list::{IndexList, IndexListProps};
pub use inspector::{Inspector, InspectorProps};
pub use kubernetes::{Cluster, ClusterProps, ObjectLayer, ObjectLayerProps};
pub use lane_bar::{LaneBar, LaneBarProps};
pub use lesson::{
    LessonCard, LessonCardProps, LessonEditor, LessonEditorProps, LessonList, LessonListProps,
    Presenter, PresenterProps, QrSheet, QrSheetProps, StageScreen, StageScreenProps,
};
pub use member::{PagesPane, PagesPaneProps};
pub use notice::{NoticeLine, NoticeLineProps};
pub use object::{ObjectCard, ObjectCardProps};
pub use open_panel::{
    FileButton, LoadingPanel, LoadingPanelProps, OpenPanel, OpenPanelProps, Refused, RefusedProps,
};
pub use player::{Player, PlayerProps};
pub use release::{ReleasePicker, ReleasePickerProps};
pub use sandbox_screen::{SandboxScreen, SandboxScreenProps, SandboxView};
pub use save_menu::{SaveMenu, SaveMenuProps};
pub use session_panel::{SessionPanel, SessionPanelProps};
pub use store::{StoreCard, StoreCardProps};
pub use terminal::{TerminalCard, TerminalCardProps};
pub use timeline_card::{TimelineCard, TimelineCardProps};
pub use twin::{TableTwin, TableTwinProps};
pub use value::{ValueView, ValueViewProps};
