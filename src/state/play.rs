//! Playing what the last command did, everywhere at once: how far it is, how fast, and whether it
//! waits.
//!
//! ```text
//! at     0 ─────────────────────────────────────────────▶ 1   900 ms at speed 1
//! beats  | command | bucket | index | timeline      | watchers | pages         |
//! ```
//!
//! The beats come one after the other, from the cause to the last effect. What is seen is a pure
//! function of the state and of [`Play::at`]; the page only says what time it is.

use std::rc::Rc;

use super::{Action, AppState, Moving};
use crate::engine::{Beat, Doc, Effect, Envelope, Request, Stage};
use crate::timeline::{Motion, Scene, tween};

/// How far an animation is.
#[derive(Clone, Debug, PartialEq)]
pub struct Play {
    /// What the last command did that changed something, in order.
    pub beats: Rc<Vec<Beat>>,
    /// 0 before anything is seen, 1 when everything is.
    pub at: f64,
    /// Whether it waits.
    pub is_paused: bool,
    /// How fast: 1 for 900 ms.
    pub speed: f64,
    /// Whether the reader asked for less motion: then it cuts to the end.
    pub is_calm: bool,
    /// Time of the last frame.
    last_ms: Option<f64>,
    /// The picture that it began with, and how the picture moves.
    before: Option<(Rc<Scene>, Motion)>,
    /// Whether the part of the history that it happens in is being brought into view.
    is_returning: bool,
}

/// What can be done with it.
#[derive(Clone, Debug, PartialEq)]
pub enum PlayAction {
    /// Another frame, at this time in milliseconds.
    Tick(f64),
    /// Wait, go on, or begin again where it is over.
    Toggle,
    /// To the end of this beat (1) or of the one before (−1), and wait there.
    Step(i8),
    /// From the start.
    Replay,
    /// How fast.
    Speed(f64),
    /// Whether the reader asks for less motion.
    Calm(bool),
}

impl Default for Play {
    fn default() -> Self {
        Self {
            beats: Rc::default(),
            at: 1.0,
            is_paused: false,
            speed: 1.0,
            is_calm: false,
            last_ms: None,
            before: None,
            is_returning: false,
        }
    }
}

impl Play {
    /// How long it takes at speed 1.
    pub const DURATION_MS: f64 = 900.0;
    /// The speeds that can be chosen.
    pub const SPEEDS: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];

    /// Whether frames are wanted.
    pub fn is_running(&self) -> bool {
        self.at < 1.0 && !self.is_paused
    }

    /// Each beat, where it begins and where it ends, as parts of the whole.
    fn windows(&self) -> impl Iterator<Item = (&Beat, f64, f64)> {
        let all: f64 = self.beats.iter().map(|beat| weight(beat.stage)).sum();
        let mut from = 0.0;
        self.beats.iter().map(move |beat| {
            let start = from;
            from += weight(beat.stage) / all;
            (beat, start, from)
        })
    }

    /// Where a stage begins for the first and ends for the last time, as parts of the whole; none
    /// if there is no such beat.
    pub fn window(&self, stage: Stage) -> Option<(f64, f64)> {
        let mut windows = self.windows().filter(|(beat, ..)| beat.stage == stage);
        let (_, from, to) = windows.next()?;
        Some((from, windows.last().map_or(to, |(_, _, to)| to)))
    }

    /// How much of a stage is over; 1 where there is none. A line of several requests comes to a
    /// stage several times.
    pub fn progress(&self, stage: Stage) -> f64 {
        let (mut passed, mut all) = (0.0, 0.0);
        for (_, from, to) in self.windows().filter(|(beat, ..)| beat.stage == stage) {
            passed += (self.at - from).clamp(0.0, to - from);
            all += to - from;
        }
        match self.at < 1.0 && all > 0.0 {
            true => (passed / all).clamp(0.0, 1.0),
            false => 1.0,
        }
    }

    /// The beat that is on; none when it is over.
    pub fn beat(&self) -> Option<&Beat> {
        // Right at a border, the beat that has just come to its end is the one to tell of.
        let on = self.windows().find(|(_, _, to)| self.at <= to + 1e-9);
        on.map(|(beat, ..)| beat).filter(|_| self.at < 1.0)
    }

    /// How many of so many steps of the pages are done.
    pub fn page_steps(&self, steps: usize) -> usize {
        let part = self.progress(Stage::Pages);
        match part < 1.0 {
            true => ((part * (steps as f64 + 1.0)) + 1e-6) as usize,
            false => steps,
        }
    }

    /// The places where a step ends, in order.
    fn stops(&self, page_steps: usize) -> Vec<f64> {
        let mut stops = vec![0.0];
        for (beat, from, to) in self.windows() {
            if beat.stage == Stage::Pages {
                let part = (to - from) / (page_steps as f64 + 1.0);
                stops.extend((1..=page_steps).map(|step| from + part * step as f64));
            }
            stops.push(to.min(1.0));
        }
        stops
    }

    fn start(&mut self) {
        self.at = if self.is_calm || self.beats.is_empty() {
            1.0
        } else {
            0.0
        };
        self.is_paused = false;
        self.last_ms = None;
    }

    fn tick(&mut self, now_ms: f64) {
        if !self.is_running() {
            return;
        }
        if self.is_calm {
            self.at = 1.0;
        } else if let Some(last) = self.last_ms {
            let passed = (now_ms - last).max(0.0);
            let at = self.at + passed * self.speed / Self::DURATION_MS;
            // Sums of frames fall short of a whole by less than anybody sees.
            self.at = if at > 1.0 - 1e-6 { 1.0 } else { at };
        }
        self.last_ms = Some(now_ms);
    }

    fn step(&mut self, by: i8, page_steps: usize) {
        const NEAR: f64 = 1e-6;
        let stops = self.stops(page_steps);
        let to = match by > 0 {
            true => stops.iter().find(|stop| **stop > self.at + NEAR),
            false => stops.iter().rfind(|stop| **stop < self.at - NEAR),
        };
        self.at = to.copied().unwrap_or(if by > 0 { 1.0 } else { 0.0 });
        self.is_paused = self.at < 1.0;
        self.last_ms = None;
    }
}

/// How much of the time a beat takes.
fn weight(stage: Stage) -> f64 {
    match stage {
        Stage::Command => 0.4,
        Stage::Bucket | Stage::Index | Stage::Watchers => 1.0,
        Stage::Timeline | Stage::Pages => 2.0,
    }
}

impl AppState {
    pub(super) fn act_on_play(&mut self, action: PlayAction, outbox: &mut Vec<Envelope<Request>>) {
        let steps = self.member.pages.as_ref();
        let steps = steps.map_or(0, |pages| pages.steps.len());
        let play = &mut self.play;
        match action {
            PlayAction::Tick(now_ms) => play.tick(now_ms),
            PlayAction::Toggle if play.at < 1.0 => {
                play.is_paused = !play.is_paused;
                play.last_ms = None;
            }
            PlayAction::Toggle | PlayAction::Replay => {
                play.start();
                self.bring_into_view(outbox);
                self.take_picture_back();
            }
            PlayAction::Step(by) => {
                play.step(by, steps);
                self.bring_into_view(outbox);
                self.take_picture_back();
            }
            PlayAction::Speed(speed) if Play::SPEEDS.contains(&speed) => play.speed = speed,
            PlayAction::Speed(_) => {}
            PlayAction::Calm(is_calm) => play.is_calm = is_calm,
        }
        if self.play.at >= 1.0 {
            self.end_picture();
        }
    }

    /// A command begins to be shown; what is still on its way from the one before stays where it
    /// is and goes on from there.
    pub(super) fn play(&mut self, effect: &Effect) {
        if let Some((before, motion)) = self.moving_operation() {
            let at = self.play.progress(Stage::Timeline);
            let frozen = self.sandbox.scene.as_ref().map(|scene| {
                let focus = self.sandbox.focus();
                Rc::new(tween(&before, scene, motion, focus, at).0)
            });
            self.sandbox.scene = frozen;
        }
        self.end_picture();
        self.play.beats = Rc::new(effect.beats.clone());
        self.play.before = None;
        self.play.start();
    }

    /// What the last line did is there at once, and can be played again.
    pub(super) fn cut(&mut self, effect: &Effect) {
        self.end_picture();
        self.play.beats = Rc::new(effect.beats.clone());
        self.play.before = None;
        self.play.at = 1.0;
    }

    /// The picture of an operation has come: whether it moves there from the one before.
    pub(super) fn begin_picture(&mut self, before: Rc<Scene>, motion: Motion) -> bool {
        self.play.before = Some((before, motion));
        self.play.at < 1.0
    }

    /// What the command did may be out of sight: the whole history is shown again, as when it ran.
    fn bring_into_view(&mut self, outbox: &mut Vec<Envelope<Request>>) {
        if self.play.before.is_some() && self.sandbox.view.viewport.take().is_some() {
            self.sandbox.camera = None;
            self.play.is_returning = true;
            self.ask_scene(Doc::Sandbox, Motion::Still, outbox);
        }
    }

    /// The picture has come; if it is the one that was to be brought into view, it moves.
    pub(super) fn picture_is_back(&mut self) {
        if std::mem::take(&mut self.play.is_returning) {
            self.take_picture_back();
        }
    }

    /// When what was over is seen again, so is the way of the picture.
    fn take_picture_back(&mut self) {
        let sandbox = &mut self.sandbox;
        let (Some((before, motion)), Some(scene)) = (&self.play.before, &sandbox.scene) else {
            return;
        };
        // In another size or another part of the history it would come from nowhere.
        let fits = (before.width_px, before.height_px) == (scene.width_px, scene.height_px)
            && sandbox.view.viewport.is_none()
            && !self.play.is_returning;
        if self.play.at < 1.0 && sandbox.moving.is_none() && fits {
            sandbox.moving = Some(Moving {
                before: before.clone(),
                motion: *motion,
                number: sandbox.scene_id,
            });
        }
    }

    fn moving_operation(&self) -> Option<(Rc<Scene>, Motion)> {
        let moving = self.sandbox.moving.as_ref()?;
        moving
            .motion
            .is_operation()
            .then(|| (moving.before.clone(), moving.motion))
    }

    fn end_picture(&mut self) {
        if self.moving_operation().is_some() {
            self.sandbox.moving = None;
        }
    }
}

impl From<PlayAction> for Action {
    fn from(action: PlayAction) -> Self {
        Self::Play(action)
    }
}
