//! The controls of the last command's animation, and the clock that drives it.

use gloo::render::{AnimationFrame, request_animation_frame};
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::engine::Stage;
use crate::state::{Action, Play, PlayAction};

/// How far the timeline's part of the last command's animation is, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beat(pub f64);

/// What the controls show.
#[derive(Properties, PartialEq)]
pub struct PlayerProps {
    /// How far the animation is.
    pub play: Play,
    /// What happened.
    pub on: Callback<Action>,
}

/// Back, play or pause, on, from the start, how fast; and what is seen right now.
#[component]
pub fn Player(props: &PlayerProps) -> Html {
    let PlayerProps { play, on } = props;
    let is_empty = play.beats.is_empty();
    let is_over = play.at >= 1.0;
    let button = |name: &'static str, key: &str, path: &'static str, is_off: bool, action| {
        let act = on.reform(move |_: MouseEvent| Action::Play(PlayAction::clone(&action)));
        html! {
            <button type="button" class="button small" aria-label={name} disabled={is_off}
                title={format!("{name}{key}")} onclick={act}>
                <svg viewBox="0 0 12 12" aria-hidden="true"><path d={path} /></svg>
            </button>
        }
    };
    let toggle = match (is_over, play.is_paused) {
        (false, false) => ("Pause", "M2 1h3v10H2zM7 1h3v10H7z"),
        _ => ("Play", "M3 1l8 5-8 5z"),
    };
    let speed = {
        let on = on.clone();
        Callback::from(move |event: Event| {
            let select = event
                .target()
                .and_then(|t| t.dyn_into::<HtmlSelectElement>().ok());
            let at = select.and_then(|select| usize::try_from(select.selected_index()).ok());
            if let Some(speed) = at.and_then(|at| Play::SPEEDS.get(at)) {
                on.emit(Action::Play(PlayAction::Speed(*speed)));
            }
        })
    };
    html! {
        <>
            // Said aloud where somebody goes beat by beat; a film is not read out.
            <p class="beat" aria-live={if play.is_paused { "polite" } else { "off" }}>{ told(play) }</p>
            <div class="tools player" role="group" aria-label="Animation of the last command">
                { button("Step back", "", "M10 1v10L3 6zM1 1h2v10H1z", is_empty || play.at <= 0.0, PlayAction::Step(-1)) }
                { button(toggle.0, " (Space)", toggle.1, is_empty, PlayAction::Toggle) }
                { button("Step", " (N)", "M2 1v10l7-5zM9 1h2v10H9z", is_empty || is_over, PlayAction::Step(1)) }
                { button("Replay", " (R)", "M6 2.2V0L2.4 3 6 6V3.8A3.2 3.2 0 1 1 2.8 7H1.2A4.8 4.8 0 1 0 6 2.2z", is_empty, PlayAction::Replay) }
                <select aria-label="Speed" onchange={speed}>
                    { for Play::SPEEDS.iter().map(|speed| html! {
                        <option value={speed.to_string()} selected={*speed == play.speed}>{ format!("{speed}×") }</option>
                    }) }
                </select>
            </div>
        </>
    }
}

fn told(play: &Play) -> String {
    match play.beat() {
        Some(beat) => format!("{}: {}", stage_name(beat.stage), beat.text),
        None => "the two structures etcd keeps".to_owned(),
    }
}

/// Name of a part of the screen.
pub fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Command => "terminal",
        Stage::Bucket => "bucket",
        Stage::Index => "index",
        Stage::Timeline => "timeline",
        Stage::Watchers => "watchers",
        Stage::Pages => "pages",
    }
}

/// Says what time it is, frame by frame, as long as somebody wants to know.
pub struct Ticker {
    frame: Option<AnimationFrame>,
}

/// What the clock needs.
#[derive(Properties, PartialEq)]
pub struct TickerProps {
    /// Whether frames are wanted.
    pub is_running: bool,
    /// What happened.
    pub on: Callback<Action>,
}

impl Component for Ticker {
    /// The time of a frame.
    type Message = f64;
    type Properties = TickerProps;

    fn create(ctx: &Context<Self>) -> Self {
        let mut ticker = Self { frame: None };
        ticker.follow(ctx);
        ticker
    }

    fn changed(&mut self, ctx: &Context<Self>, _: &Self::Properties) -> bool {
        if !ctx.props().is_running || self.frame.is_none() {
            self.follow(ctx);
        }
        false
    }

    fn update(&mut self, ctx: &Context<Self>, now_ms: f64) -> bool {
        self.follow(ctx);
        ctx.props().on.emit(Action::Play(PlayAction::Tick(now_ms)));
        false
    }

    fn view(&self, _: &Context<Self>) -> Html {
        Html::default()
    }
}

impl Ticker {
    fn follow(&mut self, ctx: &Context<Self>) {
        let tick = ctx.link().callback(|now_ms: f64| now_ms);
        let is_running = ctx.props().is_running;
        self.frame = is_running.then(|| request_animation_frame(move |now| tick.emit(now)));
    }
}
