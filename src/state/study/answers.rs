//! From an answer about the contents of the file to the next state.

use std::rc::Rc;

use super::{AppState, Glimpse, Outbox, StudyAction, TableState};
use crate::engine::{Doc, FileSums, Packed, StudyAnswer, Summary, Table, TableAsk};
use crate::state::{Action, Screen, Tab};
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
        let is_find = study.find.id == id;
        let is_sums = study.sums_id == id;
        let is_complete = study.complete_id == id;
        let (is_trial, is_compare) = (study.trial_id == id, study.compare_id == id);
        let (is_kept, is_unlike) = (study.kept_id == id, study.unlike_id == id);
        let (is_tints, is_bytes) = (study.tints_id == id, study.bytes_id == id);
        let (is_lost, is_left) = (study.lost_id == id, study.leave_id == id);
        // Else there would be two of it, and a change would copy it.
        drop(study);
        match answer {
            StudyAnswer::Sums(sums) if is_sums => {
                self.study.change().sums = Some(Rc::new(*sums));
            }
            StudyAnswer::Table(part) => {
                let is_over = !part.is_partial;
                let study = self.study.change();
                let is_marked = is_find && is_over && study.is_marking;
                let tables = [
                    &mut study.find,
                    &mut study.small,
                    &mut study.differing,
                    &mut study.lost_rows,
                ];
                let Some(table) = tables.into_iter().find(|table| table.id == id) else {
                    return;
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
            StudyAnswer::Trial(trial) if is_trial => {
                self.study.change().trial = Some(Rc::new(*trial));
            }
            StudyAnswer::Compared(compared) if is_compare => {
                let is_over = compared.along.is_none() && compared.files.len() > 1;
                let is_first = self.study.get().differing.id == 0;
                let is_members = compared.files.len() > 2;
                self.study.change().compared = Some(Rc::new(*compared));
                if is_over && self.look.tab == Tab::Compare {
                    if is_first || is_members {
                        self.study.change().differing.ask = TableAsk {
                            table: if is_members {
                                Table::Hashes
                            } else {
                                Table::Differences
                            },
                            ..TableAsk::default()
                        };
                    }
                    self.refresh_study(outbox);
                }
            }
            StudyAnswer::Unlike(unlike) if is_unlike => {
                self.study.change().unlike = unlike.map(|unlike| Rc::new(*unlike));
            }
            StudyAnswer::Lost(lost) if is_lost => {
                let is_over = lost.along.is_none();
                self.study.change().lost = Some(Rc::new(*lost));
                if is_over && self.look.tab == Tab::Fossils {
                    let table = &mut self.study.change().lost_rows;
                    if table.ask.table == Table::Revisions {
                        table.ask.table = Table::Lost;
                    }
                    self.act_on_study(StudyAction::ShowFrom(0, TableState::WINDOW), outbox);
                }
            }
            StudyAnswer::Tints(tints) if is_tints => {
                self.study.change().tints = Some(Rc::new(*tints));
            }
            StudyAnswer::Bytes(bytes) if is_bytes => {
                self.study.change().bytes = bytes.map(|bytes| Rc::new(*bytes));
            }
            StudyAnswer::Kept(kept) if is_kept => {
                self.study.change().kept = Some(Rc::new(*kept));
            }
            StudyAnswer::Left(left) if is_left => {
                let study = self.study.change();
                study.leaving = None;
                study.note.clone_from(&left.note);
                if left.is_session {
                    self.act(Action::Go(Screen::Sandbox), outbox);
                } else if left.is_shown {
                    study.shown = Some(Rc::new(*left));
                } else {
                    study.left = Some(Rc::new(*left));
                }
            }
            StudyAnswer::Along { done, total, .. } if is_left => {
                self.study.change().leaving = Some((done, total));
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
            StudyAnswer::Stopped => {
                self.study.change().give_up();
            }
            _ => {}
        }
    }
}
