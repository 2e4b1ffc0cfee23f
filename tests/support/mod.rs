//! What tests share: the data files, and files with one thing broken.

pub mod data;
pub mod golden;
pub mod scattered;
pub mod sparse;
pub mod survey;
pub mod swap;
