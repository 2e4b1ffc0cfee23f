//! The parts of the screen of an opened file.

mod about;
mod bar;
mod buckets;
mod bytes;
mod fossils;
mod items;
mod kept;
mod overview;
mod page;
mod pages;
mod problems;
mod study;
mod tabs;

pub use about::{About, AboutProps, Members};
pub use buckets::{Buckets, BucketsProps};
pub use bytes::{BytesCard, BytesCardProps};
pub use fossils::{FossilList, FossilListProps};
pub use overview::{Overview, OverviewProps};
pub use page::{PageCard, PageCardProps};
pub use pages::{PageMapCard, PageMapProps};
pub use problems::{ProblemList, ProblemListProps};
pub use study::{
    Compare, CompareProps, FillBar, FillBarProps, FillCard, FillCardProps, FindCard, FindCardProps,
    LeaveMenu, LeaveMenuProps, LostCard, LostCardProps, SmallTables, SmallTablesProps, WhatIf,
    WhatIfProps,
};
pub use tabs::{FileTabs, FileTabsProps};
