//! Lessons: the list, the card of the lesson that is played, the stage, the presenter's view and
//! the editor.

mod card;
mod editor;
mod list;
mod presenter;
mod stage;
mod text;

pub use card::{LessonCard, LessonCardProps, QrSheet, QrSheetProps};
pub use editor::{LessonEditor, LessonEditorProps};
pub use list::{LessonList, LessonListProps};
pub use presenter::{Presenter, PresenterProps};
pub use stage::{StageScreen, StageScreenProps, look_classes};
