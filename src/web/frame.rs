//! Time for motion: one animation frame after the other, until the motion is over.

use gloo::render::{AnimationFrame, request_animation_frame};

/// A running clock. Dropping it stops the frames.
pub struct Clock {
    started_ms: Option<f64>,
    duration_ms: f64,
    _frame: AnimationFrame,
}

impl Clock {
    /// Starts a clock; `tick` gets the time of the next frame.
    pub fn start(duration_ms: f64, tick: impl FnOnce(f64) + 'static) -> Self {
        Self {
            started_ms: None,
            duration_ms,
            _frame: request_animation_frame(tick),
        }
    }

    /// How far the motion is at this frame, 0 to 1.
    pub fn progress(&mut self, now_ms: f64) -> f64 {
        let started = *self.started_ms.get_or_insert(now_ms);
        if self.duration_ms <= 0.0 {
            return 1.0;
        }
        ((now_ms - started) / self.duration_ms).clamp(0.0, 1.0)
    }

    /// Asks for the next frame.
    pub fn again(&mut self, tick: impl FnOnce(f64) + 'static) {
        self._frame = request_animation_frame(tick);
    }
}

/// Whether the reader asked the system for less motion.
pub fn is_reduced() -> bool {
    matches("(prefers-reduced-motion: reduce)")
}

/// Whether the system is dark.
pub fn is_system_dark() -> bool {
    matches("(prefers-color-scheme: dark)")
}

/// Whether the reader asked the system for more contrast.
pub fn is_more_contrast() -> bool {
    matches("(prefers-contrast: more), (forced-colors: active)")
}

fn matches(query: &str) -> bool {
    gloo::utils::window()
        .match_media(query)
        .ok()
        .flatten()
        .is_some_and(|list| list.matches())
}
