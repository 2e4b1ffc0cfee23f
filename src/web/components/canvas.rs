//! The canvas: paints the scene through plotters, follows its size, turns gestures into actions.

use std::cell::Cell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::window;
use plotters::prelude::IntoDrawingArea;
use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlCanvasElement, HtmlElement, ResizeObserver, WheelEvent};
use yew::prelude::*;

use crate::kv::Revision;
use crate::state::{Action, DocState};
use crate::timeline::{Hit, Palette, Scene, hit, paint, tween};
use crate::web::frame::{Clock, is_reduced};
use crate::web::number::revision;

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
    drag: Option<Drag>,
    hovered: Option<Revision>,
    /// Whether the wheel scrolls lanes instead of the page.
    has_more_lanes: Rc<Cell<bool>>,
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

/// A gesture that began with a press.
#[derive(Clone, Copy)]
enum Drag {
    /// Moves the view; holds the last x and y.
    View(f64, f64),
    /// Moves the playhead.
    Playhead,
    /// Moves the lens of the minimap.
    Lens,
}

/// What the canvas hears.
pub enum Msg {
    /// The next frame of a motion, with its time.
    Frame(f64),
    /// Pressed at a point.
    Down(f64, f64),
    /// Moved to a point, with a button held or not.
    Move(f64, f64, bool),
    /// Let go.
    Up,
    /// Twice in one place.
    Twice(f64, f64),
    /// The wheel turned.
    Wheel(WheelEvent),
}

impl Component for TimelineCanvas {
    type Message = Msg;
    type Properties = TimelineCanvasProps;

    fn create(_: &Context<Self>) -> Self {
        Self {
            frame: NodeRef::default(),
            canvas: NodeRef::default(),
            clock: None,
            progress: 1.0,
            drag: None,
            hovered: None,
            has_more_lanes: Rc::default(),
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
                if is_reduced() {
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
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Frame(now_ms) => self.advance(ctx, now_ms),
            Msg::Down(x, y) => self.press(ctx, x, y),
            Msg::Move(x, y, is_held) => {
                if !is_held {
                    // It was let go where nobody saw it.
                    self.drag = None;
                }
                self.drag_to(ctx, x, y)
            }
            Msg::Up => {
                self.drag = None;
                true
            }
            Msg::Twice(x, y) => {
                if matches!(
                    self.hit(ctx, x, y),
                    Some(Hit::Minimap(_) | Hit::Lane(_) | Hit::Nothing)
                ) {
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
        let point =
            |event: &PointerEvent| (f64::from(event.offset_x()), f64::from(event.offset_y()));
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
            let (x, y) = point(&event);
            Some(Msg::Down(x, y))
        });
        let moved = ctx.link().callback(move |event: PointerEvent| {
            let (x, y) = point(&event);
            Msg::Move(x, y, event.buttons() != 0)
        });
        let up = ctx.link().callback(|_: PointerEvent| Msg::Up);
        let twice = ctx.link().callback(|event: MouseEvent| {
            Msg::Twice(f64::from(event.offset_x()), f64::from(event.offset_y()))
        });
        let class = classes!(
            "picture",
            is_hidden.then_some("hidden"),
            self.hovered.is_some().then_some("over-mark"),
            self.drag.is_some().then_some("dragging"),
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
                    onpointerup={up.clone()}
                    onpointercancel={up}
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

    fn hit(&self, ctx: &Context<Self>, x_px: f64, y_px: f64) -> Option<Hit> {
        let scene = ctx.props().document.scene.as_ref()?;
        Some(hit(scene, x_px, y_px))
    }

    fn press(&mut self, ctx: &Context<Self>, x: f64, y: f64) -> bool {
        let on = &ctx.props().on;
        match self.hit(ctx, x, y) {
            Some(Hit::Mark(revision)) => on.emit(Action::Select(revision)),
            Some(Hit::Bin(from, to)) => on.emit(Action::ShowRange(from, to)),
            Some(Hit::Playhead(rev)) => {
                self.drag = Some(Drag::Playhead);
                on.emit(Action::SetPlayhead(rev));
            }
            Some(Hit::Minimap(at)) => {
                self.drag = Some(Drag::Lens);
                on.emit(Action::CentreOn(at));
            }
            Some(Hit::Lane(_) | Hit::Nothing) => self.drag = Some(Drag::View(x, y)),
            None => {}
        }
        true
    }

    fn drag_to(&mut self, ctx: &Context<Self>, x: f64, y: f64) -> bool {
        let Some(scene) = &ctx.props().document.scene else {
            return false;
        };
        let on = &ctx.props().on;
        match self.drag {
            None => {
                let hovered = match hit(scene, x, y) {
                    Hit::Mark(revision) => Some(revision),
                    _ => None,
                };
                let is_new = hovered != self.hovered;
                self.hovered = hovered;
                return is_new;
            }
            Some(Drag::View(last_x, last_y)) => {
                if (x - last_x).abs() >= 1.0 {
                    on.emit(Action::Pan((last_x - x) / scene.plot.width_px()));
                }
                if (y - last_y).abs() >= 1.0 {
                    on.emit(Action::Scroll(last_y - y));
                }
                self.drag = Some(Drag::View(x, y));
            }
            Some(Drag::Playhead) => {
                let rev = scene.viewport.rev_from_px(x, &scene.plot);
                on.emit(Action::SetPlayhead(rev));
            }
            Some(Drag::Lens) => {
                let at = (x - scene.plot.x0_px) / scene.plot.width_px();
                on.emit(Action::CentreOn(at.clamp(0.0, 1.0)));
            }
        }
        false
    }

    /// The picture is asked for in the size that the page gives it.
    fn follow_size(&mut self, ctx: &Context<Self>) {
        let Some(frame) = self.frame.cast::<HtmlElement>() else {
            return;
        };
        let on = ctx.props().on.clone();
        let watched = frame.clone();
        let report = move || {
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
        let TimelineCanvasProps { document, on, .. } = ctx.props();
        let Some(scene) = &document.scene else {
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

    fn paint(&self, ctx: &Context<Self>) {
        let TimelineCanvasProps {
            document,
            is_dark,
            is_hidden,
            ..
        } = ctx.props();
        let (Some(canvas), Some(scene)) =
            (self.canvas.cast::<HtmlCanvasElement>(), &document.scene)
        else {
            return;
        };
        let lane_px = scene.lanes.first().map_or(0.0, |lane| lane.height_px);
        let in_sight_px = scene.plot.y1_px - scene.plot.y0_px;
        self.has_more_lanes
            .set(lane_px * scene.lane_count as f64 > in_sight_px + 0.5);
        if *is_hidden {
            return;
        }
        // On stage the page is enlarged, and the picture is drawn as sharp as it is seen.
        let own_px = f64::from(canvas.offset_width());
        let seen_px = canvas.get_bounding_client_rect().width();
        let enlarged = if own_px > 0.0 { seen_px / own_px } else { 1.0 };
        let scale = (window().device_pixel_ratio() * enlarged).clamp(0.5, 4.0);
        let moving = document.moving.as_ref();
        let (scene, focus): (Rc<Scene>, _) = match moving {
            Some(moving) if self.progress < 1.0 => {
                let focus = document.focus();
                let (scene, focus) =
                    tween(&moving.before, scene, moving.motion, focus, self.progress);
                (Rc::new(scene), focus)
            }
            _ => (scene.clone(), document.focus()),
        };
        let (width, height) = (
            (scene.width_px * scale).round() as u32,
            (scene.height_px * scale).round() as u32,
        );
        if (canvas.width(), canvas.height()) != (width, height) {
            canvas.set_width(width);
            canvas.set_height(height);
            let size = format!("width: {}px; height: {}px", scene.width_px, scene.height_px);
            // A size of our own making is always valid.
            drop(canvas.set_attribute("style", &size));
        }
        let palette = if *is_dark {
            Palette::DARK
        } else {
            Palette::LIGHT
        };
        if let Some(backend) = CanvasBackend::with_canvas_object(canvas) {
            let area = backend.into_drawing_area();
            // A canvas that refuses to draw leaves the table twin.
            drop(paint(&scene, &focus, &palette, &area, scale));
        }
    }
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
        scene.lane_count,
        revision(scene.head),
        match document.playhead {
            Some(rev) => format!(", shown as of revision {}", revision(rev)),
            None => String::new(),
        }
    )
}
