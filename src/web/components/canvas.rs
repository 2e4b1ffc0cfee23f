//! The canvas: paints the scene through plotters, follows its size, turns gestures into actions.

use std::cell::Cell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::window;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlCanvasElement, HtmlElement, ResizeObserver, WheelEvent};
use yew::prelude::*;

use crate::state::{Action, DocState, Hand, Pointer};
use crate::timeline::{Focus, Hit, Scene, Viewport, hit, project, tween};
use crate::web::components::drawing::{paint_on, shade};
use crate::web::components::player::Beat;
use crate::web::frame::{Clock, is_reduced};
use crate::web::number::revision;

/// How long the camera takes to where it is wanted.
const GLIDE_MS: f64 = 150.0;

/// What the canvas shows.
#[derive(Properties, PartialEq)]
pub struct TimelineCanvasProps {
    /// The history.
    pub document: Rc<DocState>,
    /// Whether to paint with the dark palette.
    pub is_dark: bool,
    /// The table is shown instead.
    pub is_hidden: bool,
    /// What happened.
    pub on: Callback<Action>,
}

/// The picture of a history.
pub struct TimelineCanvas {
    frame: NodeRef,
    canvas: NodeRef,
    clock: Option<Clock>,
    progress: f64,
    /// How far the last command's animation is, where something plays it.
    beat: Option<Beat>,
    _beat: Option<ContextHandle<Beat>>,
    /// Where the camera glides from.
    glide: Option<Glide>,
    /// What was painted last: what the hand touches.
    shown: Option<Rc<Scene>>,
    hand: Hand,
    is_over: bool,
    /// Whether the wheel scrolls lanes instead of the page.
    has_more_lanes: Rc<Cell<bool>>,
    /// How much larger the page shows the picture than it is laid out; none until it is measured,
    /// since measuring makes the browser lay out the page.
    enlarged: Rc<Cell<Option<f64>>>,
    _observer: Option<SizeObserver>,
    _wheel: Option<EventListener>,
}

/// Reports changes of size until it is dropped.
struct SizeObserver {
    observer: ResizeObserver,
    _callback: Closure<dyn FnMut()>,
}

impl Drop for SizeObserver {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// The camera on its way.
struct Glide {
    from: Viewport,
    clock: Clock,
    progress: f64,
}

/// What the canvas hears.
pub enum Msg {
    /// The next frame of a motion, with its time.
    Frame(f64),
    /// An operation is so far.
    Beat(Beat),
    /// The next frame of the camera, with its time.
    Glide(f64),
    /// A pointer went down.
    Down(Pointer),
    /// A pointer moved, with a button held or not.
    Move(Pointer, bool),
    /// A pointer was let go.
    Up(i32),
    /// The browser took the gesture over.
    Lost,
    /// Twice in one place.
    Twice(f64, f64),
    /// The wheel turned.
    Wheel(WheelEvent),
}

impl Component for TimelineCanvas {
    type Message = Msg;
    type Properties = TimelineCanvasProps;

    fn create(ctx: &Context<Self>) -> Self {
        let (beat, handle) = ctx.link().context(ctx.link().callback(Msg::Beat)).unzip();
        Self {
            beat,
            _beat: handle,
            frame: NodeRef::default(),
            canvas: NodeRef::default(),
            clock: None,
            progress: 1.0,
            glide: None,
            shown: None,
            hand: Hand::default(),
            is_over: false,
            has_more_lanes: Rc::default(),
            enlarged: Rc::default(),
            _observer: None,
            _wheel: None,
        }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &Self::Properties) -> bool {
        let props = ctx.props();
        let number = |document: &DocState| document.moving.as_ref().map(|moving| moving.number);
        let moving = &props.document.moving;
        if number(&props.document) != number(&old.document) {
            self.clock = None;
            self.progress = 1.0;
            if let Some(moving) = moving {
                if self.beat.is_some() && moving.motion.is_operation() {
                    // It goes by the beat of everything else on the screen.
                } else if is_reduced() {
                    props.on.emit(Action::Settled);
                } else {
                    self.progress = 0.0;
                    let tick = ctx.link().callback(Msg::Frame);
                    let duration_ms = moving.motion.duration_ms();
                    self.clock = Some(Clock::start(duration_ms, move |now| {
                        tick.emit(now);
                    }));
                }
            }
        }
        if props.document.glide != old.document.glide {
            let from = self.shown.as_ref().map(|scene| scene.viewport);
            self.glide = from.filter(|_| !is_reduced()).map(|from| {
                let tick = ctx.link().callback(Msg::Glide);
                let clock = Clock::start(GLIDE_MS, move |now| tick.emit(now));
                Glide {
                    from,
                    clock,
                    progress: 0.0,
                }
            });
        }
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Frame(now_ms) => self.advance(ctx, now_ms),
            Msg::Beat(beat) => {
                self.beat = Some(beat);
                true
            }
            Msg::Glide(now_ms) => {
                let tick = ctx.link().callback(Msg::Glide);
                let is_over = self.glide.as_mut().is_some_and(|glide| {
                    glide.progress = glide.clock.progress(now_ms);
                    glide.clock.again(move |now| tick.emit(now));
                    glide.progress >= 1.0
                });
                if is_over {
                    self.glide = None;
                }
                true
            }
            Msg::Down(pointer) => {
                // What the hand takes hold of does not glide away.
                self.glide = None;
                let scene = self.shown.clone();
                let actions = scene.map(|scene| self.hand.press(&scene, pointer));
                emit(ctx, actions)
            }
            Msg::Move(pointer, is_held) => {
                let Some(scene) = self.shown.clone() else {
                    return false;
                };
                if is_held {
                    return emit(ctx, Some(self.hand.drag(&scene, pointer)));
                }
                // It was let go where nobody saw it.
                self.hand.forget();
                let found = hit(&scene, pointer.x_px, pointer.y_px);
                let is_over = matches!(found, Hit::Mark(_) | Hit::Bin(..) | Hit::Label(_));
                std::mem::replace(&mut self.is_over, is_over) != is_over
            }
            Msg::Up(id) => emit(ctx, Some(self.hand.release(id))),
            Msg::Lost => {
                self.hand.forget();
                true
            }
            Msg::Twice(x, y) => {
                if self
                    .shown
                    .as_ref()
                    .is_some_and(|scene| is_ground(scene, x, y))
                {
                    ctx.props().on.emit(Action::Fit);
                }
                false
            }
            Msg::Wheel(event) => {
                self.wheel(ctx, &event);
                false
            }
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let TimelineCanvasProps {
            document,
            is_hidden,
            ..
        } = ctx.props();
        let pointer = |event: &PointerEvent| Pointer {
            id: event.pointer_id(),
            x_px: f64::from(event.offset_x()),
            y_px: f64::from(event.offset_y()),
            is_marking: event.shift_key(),
        };
        let down = ctx.link().batch_callback(move |event: PointerEvent| {
            if event.button() != 0 {
                return None;
            }
            if let Some(target) = event
                .target()
                .and_then(|t| t.dyn_into::<HtmlElement>().ok())
            {
                // A pointer that is already gone needs no capture.
                drop(target.set_pointer_capture(event.pointer_id()));
            }
            Some(Msg::Down(pointer(&event)))
        });
        let moved = ctx
            .link()
            .callback(move |event: PointerEvent| Msg::Move(pointer(&event), event.buttons() != 0));
        let up = ctx
            .link()
            .callback(|event: PointerEvent| Msg::Up(event.pointer_id()));
        let lost = ctx.link().callback(|_: PointerEvent| Msg::Lost);
        let twice = ctx.link().callback(|event: MouseEvent| {
            Msg::Twice(f64::from(event.offset_x()), f64::from(event.offset_y()))
        });
        let class = classes!(
            "picture",
            is_hidden.then_some("hidden"),
            self.is_over.then_some("over-mark"),
            self.hand.is_busy().then_some("dragging"),
            self.has_more_lanes.get().then_some("tall"),
        );
        html! {
            <div {class} ref={self.frame.clone()}>
                <canvas
                    ref={self.canvas.clone()}
                    role="img"
                    tabindex="0"
                    aria-label={label(document)}
                    aria-describedby="timeline-caption"
                    onpointerdown={down}
                    onpointermove={moved}
                    onpointerup={up}
                    onpointercancel={lost}
                    ondblclick={twice}
                />
            </div>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first {
            self.follow_size(ctx);
            self.follow_wheel(ctx);
        }
        self.paint(ctx);
    }
}

impl TimelineCanvas {
    fn advance(&mut self, ctx: &Context<Self>, now_ms: f64) -> bool {
        let Some(clock) = &mut self.clock else {
            return false;
        };
        self.progress = clock.progress(now_ms);
        if self.progress < 1.0 {
            let tick = ctx.link().callback(Msg::Frame);
            clock.again(move |now| tick.emit(now));
        } else {
            self.clock = None;
            ctx.props().on.emit(Action::Settled);
        }
        true
    }

    /// The picture is asked for in the size that the page gives it.
    fn follow_size(&mut self, ctx: &Context<Self>) {
        let Some(frame) = self.frame.cast::<HtmlElement>() else {
            return;
        };
        let on = ctx.props().on.clone();
        let watched = frame.clone();
        let enlarged = self.enlarged.clone();
        let report = move || {
            enlarged.set(None);
            let (width_px, height_px) = (
                f64::from(watched.client_width()),
                f64::from(watched.client_height()),
            );
            if width_px > 0.0 && height_px > 0.0 {
                on.emit(Action::Resized {
                    width_px,
                    height_px,
                });
            }
        };
        report();
        let callback = Closure::<dyn FnMut()>::new(report);
        if let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) {
            observer.observe(&frame);
            self._observer = Some(SizeObserver {
                observer,
                _callback: callback,
            });
        }
    }

    /// The wheel is heard actively: zooming must not scroll the page.
    fn follow_wheel(&mut self, ctx: &Context<Self>) {
        let Some(canvas) = self.canvas.cast::<HtmlCanvasElement>() else {
            return;
        };
        let send = ctx.link().callback(Msg::Wheel);
        let has_more_lanes = self.has_more_lanes.clone();
        let options = EventListenerOptions::enable_prevent_default();
        self._wheel = Some(EventListener::new_with_options(
            &canvas,
            "wheel",
            options,
            move |event| {
                let Some(event) = event.dyn_ref::<WheelEvent>() else {
                    return;
                };
                // Decided here: a message is handled after the browser has scrolled.
                if has_more_lanes.get() || is_zoom(event) || is_sideways(event) {
                    event.prevent_default();
                    send.emit(event.clone());
                }
            },
        ));
    }

    fn wheel(&self, ctx: &Context<Self>, event: &WheelEvent) {
        let on = &ctx.props().on;
        let Some(scene) = &self.shown else {
            return;
        };
        let (dx, dy) = (event.delta_x(), event.delta_y());
        if is_zoom(event) {
            let at = (f64::from(event.offset_x()) - scene.plot.x0_px) / scene.plot.width_px();
            let factor = (-dy * 0.0022).exp();
            on.emit(Action::Zoom { factor, at });
        } else if is_sideways(event) {
            let by = if dx.abs() > dy.abs() { dx } else { dy };
            on.emit(Action::Pan(by / scene.plot.width_px()));
        } else {
            on.emit(Action::Scroll(dy));
        }
    }

    /// What is seen at this moment of motion and glide.
    fn seen(&self, document: &DocState) -> Option<(Rc<Scene>, Focus)> {
        let scene = document.scene.as_ref()?;
        let focus = document.focus();
        let moving = document.moving.as_ref();
        let beat = self
            .beat
            .filter(|_| moving.is_some_and(|moving| moving.motion.is_operation()));
        let progress = beat.map_or(self.progress, |beat| beat.0);
        let (scene, focus) = match moving {
            Some(moving) if progress < 1.0 => {
                let (scene, focus) = tween(&moving.before, scene, moving.motion, focus, progress);
                (Rc::new(scene), focus)
            }
            _ => (scene.clone(), focus),
        };
        let Some(target) = document.camera else {
            return Some((scene, focus));
        };
        let viewport = match &self.glide {
            Some(glide) => glide.from.between(&target, ease(glide.progress)),
            None => target,
        };
        let is_there = viewport == scene.viewport;
        let seen = if is_there {
            scene
        } else {
            Rc::new(project(&scene, viewport))
        };
        Some((seen, focus))
    }

    fn paint(&mut self, ctx: &Context<Self>) {
        let props = ctx.props();
        let canvas = self.canvas.cast::<HtmlCanvasElement>();
        let (Some(canvas), Some((scene, focus))) = (canvas, self.seen(&props.document)) else {
            return;
        };
        let lane_px = scene.lanes.first().map_or(0.0, |lane| lane.height_px);
        let in_sight_px = scene.plot.y1_px - scene.plot.y0_px;
        self.has_more_lanes
            .set(lane_px * scene.lane_count as f64 > in_sight_px + 0.5);
        if !props.is_hidden {
            // On stage the page is enlarged, and the picture is drawn as sharp as it is seen.
            let enlarged = self.enlarged.get().unwrap_or_else(|| enlarged(&canvas));
            self.enlarged.set(Some(enlarged));
            let scale = (window().device_pixel_ratio() * enlarged).clamp(0.5, 4.0);
            paint_on(&canvas, &scene, &focus, shade(props.is_dark), scale);
        }
        self.shown = Some(scene);
    }
}

fn emit(ctx: &Context<TimelineCanvas>, actions: Option<Vec<Action>>) -> bool {
    for action in actions.into_iter().flatten() {
        ctx.props().on.emit(action);
    }
    true
}

fn enlarged(canvas: &HtmlCanvasElement) -> f64 {
    let own_px = f64::from(canvas.offset_width());
    let seen_px = canvas.get_bounding_client_rect().width();
    if own_px > 0.0 { seen_px / own_px } else { 1.0 }
}

/// Whether nothing with a meaning of its own is at a point.
fn is_ground(scene: &Scene, x_px: f64, y_px: f64) -> bool {
    match hit(scene, x_px, y_px) {
        Hit::Minimap(_) | Hit::Lane(_) | Hit::Nothing => true,
        Hit::Label(id) => {
            let lane = scene.lanes.iter().find(|lane| lane.key == id);
            lane.is_some_and(|lane| lane.group.is_none())
        }
        _ => false,
    }
}

/// Fast at first, calm at the end.
fn ease(t: f64) -> f64 {
    1.0 - (1.0 - t).powi(3)
}

fn is_zoom(event: &WheelEvent) -> bool {
    event.ctrl_key() || event.meta_key()
}

fn is_sideways(event: &WheelEvent) -> bool {
    event.shift_key() || event.delta_x().abs() > event.delta_y().abs()
}

/// What the picture shows, in one sentence.
fn label(document: &DocState) -> String {
    let Some(scene) = &document.scene else {
        return "Timeline, loading".to_string();
    };
    format!(
        "Timeline of {} keys up to revision {}{}",
        scene.key_count,
        revision(scene.head),
        match document.playhead {
            Some(rev) => format!(", shown as of revision {}", revision(rev)),
            None => String::new(),
        }
    )
}
