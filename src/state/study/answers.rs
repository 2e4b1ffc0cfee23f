//! From an answer about the contents of the file to the next state.

use std::rc::Rc;

use super::{AppState, Glimpse, Outbox};
use crate::engine::{Doc, FileSums, Packed, StudyAnswer, Summary};
use crate::timeline::Motion;

impl AppState {
    /// Takes what is known of a file that is still being read.
    pub(in crate::state) fn take_glimpse(
        &mut self,
        id: u64,
        summary: Summary,
        sums: &Packed<FileSums>,
    ) {
        // Of another build: the first message of a worker has been checked for that.
        let Ok(sums) = sums.read() else {
            return;
        };
        self.study.change().glimpse = Some(Rc::new(Glimpse { id, summary, sums }));
    }

    pub(in crate::state) fn take_study(
        &mut self,
        id: u64,
        answer: &Packed<StudyAnswer>,
        outbox: &mut Outbox,
    ) {
        let Ok(answer) = answer.read() else {
            return;
        };
        let study = self.study.get();
        let (is_find, is_small) = (study.find.id == id, study.small.id == id);
        let (is_sums, is_complete) = (study.sums_id == id, study.complete_id == id);
        // Else there would be two of it, and a change would copy it.
        drop(study);
        match answer {
            StudyAnswer::Sums(sums) if is_sums => {
                self.study.change().sums = Some(Rc::new(*sums));
            }
            StudyAnswer::Table(part) if is_find || is_small => {
                let is_over = !part.is_partial;
                let study = self.study.change();
                let is_marked = is_find && is_over && study.is_marking;
                let table = match is_find {
                    true => &mut study.find,
                    false => &mut study.small,
                };
                table.wrong = None;
                if is_over {
                    table.along = None;
                }
                table.part = Rc::new(*part);
                if is_marked {
                    self.ask_scene(Doc::File, Motion::Still, outbox);
                }
            }
            StudyAnswer::Wrong(wrong) if is_find => {
                let table = &mut self.study.change().find;
                (table.wrong, table.along) = (Some(wrong), None);
            }
            StudyAnswer::Along { done, total, found } if is_find => {
                self.study.change().find.along = Some((done, total, found));
            }
            StudyAnswer::Completions { start, end, all } if is_complete => {
                let table = &mut self.study.change().find;
                table.replaced = (start as usize, end as usize);
                table.completions = Rc::new(all);
            }
            StudyAnswer::Branch {
                prefix,
                twigs,
                more,
            } => {
                let branch = self.study.change().branches.entry(prefix).or_default();
                branch.twigs = Some(Rc::new(twigs));
                branch.more = more;
            }
            StudyAnswer::Stopped => self.study.change().find.along = None,
            _ => {}
        }
    }
}
