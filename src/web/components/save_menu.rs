//! The picture leaves the page: as PNG and SVG of a chosen size, as text.

use std::rc::Rc;

use gloo::utils::document as page;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Blob, HtmlCanvasElement, HtmlInputElement};
use yew::prelude::*;

use super::drawing::{paint_on, shade};
use crate::engine::{Drawn, Form};
use crate::state::{Action, DocState, LaneAction, Sheet};
use crate::timeline::{Focus, Shade};
use crate::web::{address, download};

/// From this width on a picture is drawn at two pixels to one of its own.
const FINE_PX: f64 = 2_400.0;
/// Width and height of a picture as text: a hundred columns, and so many lanes.
const TEXT_PX: f64 = 960.0;
const TEXT_LANE_PX: f64 = 28.0;
const TEXT_LANES: f64 = 280.0;

/// What the menu is about.
#[derive(Properties, PartialEq)]
pub struct SaveMenuProps {
    /// The history.
    pub document: Rc<DocState>,
    /// Whether to paint with the dark palette.
    pub is_dark: bool,
    /// What happened.
    pub on: Callback<Action>,
}

/// A button that opens the choice of form and size.
#[component]
pub fn SaveMenu(props: &SaveMenuProps) -> Html {
    let SaveMenuProps {
        document,
        is_dark,
        on,
    } = props;
    let size = use_state(|| None::<(f64, f64)>);
    let said = use_state(|| "");
    let shade = shade(*is_dark);
    {
        let (on, said, focus) = (on.clone(), said.setter(), document.focus());
        let leaving = document.lane.leaving.clone();
        let name = name(document);
        use_effect_with(leaving, move |leaving| {
            if let Some((drawn, sheet)) = leaving {
                leave(drawn, *sheet, &name, (shade, focus), said);
                on.emit(Action::Lanes(LaneAction::Saved));
            }
        });
    }
    let shown = (
        document.view.width_px.round(),
        document.view.height_px.round(),
    );
    let (width, height) = (*size).unwrap_or(shown);
    let sheet = match *size {
        None => Sheet::Screen(2.0),
        Some(_) if width >= FINE_PX => Sheet::Pixels(width / 2.0, height / 2.0, 2.0),
        Some(_) => Sheet::Pixels(width, height, 1.0),
    };
    let save = |form: Form, sheet: Sheet| {
        on.reform(move |_: MouseEvent| Action::Lanes(LaneAction::Save(form, sheet)))
    };
    let lanes = document.scene.as_ref().map_or(1, |scene| scene.lane_count) as f64;
    let text = Sheet::Pixels(TEXT_PX, lanes.min(TEXT_LANES) * TEXT_LANE_PX + 90.0, 1.0);
    let number = |label: &'static str, value: f64, set: fn((f64, f64), f64) -> (f64, f64)| {
        let size = size.clone();
        let changed = move |event: Event| {
            let input = event
                .target()
                .and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
            let typed = input.map_or(0.0, |input| input.value_as_number());
            if typed.is_finite() && typed >= 1.0 {
                size.set(Some(set((*size).unwrap_or(shown), typed)));
            }
        };
        html! {
            <input type="number" min="320" max="8192" aria-label={label}
                value={value.to_string()} onchange={Callback::from(changed)} />
        }
    };
    html! {
        <details class="save-menu">
            <summary class="button small" title="Save the picture">{ "Save" }</summary>
            <div class="save-sheet">
                <p>
                    { number("Width in pixels", width, |(_, h), w| (w, h)) }{ " × " }
                    { number("Height in pixels", height, |(w, _), h| (w, h)) }{ " px" }
                </p>
                <button type="button" class="button" onclick={save(Form::Scene, sheet)}>{ "PNG" }</button>
                <button type="button" class="button" onclick={save(document.svg(shade), sheet)}>{ "SVG" }</button>
                <button type="button" class="button" onclick={save(Form::Text, text)}>{ "Copy as text" }</button>
                <p class="note" role="status">{ *said }</p>
            </div>
        </details>
    }
}

/// Hands a picture to the browser: a download, or the clipboard.
fn leave(
    drawn: &Drawn,
    sheet: Sheet,
    name: &str,
    (shade, focus): (Shade, Focus),
    said: UseStateSetter<&'static str>,
) {
    match drawn {
        Drawn::Text(text) => {
            let done = move |is_copied: bool| {
                said.set(if is_copied {
                    "Copied."
                } else {
                    "The browser did not let it copy."
                });
            };
            address::copy(text.clone(), Callback::from(done));
        }
        // A browser that refuses a download says so itself.
        Drawn::Svg(text) => {
            let bytes = Uint8Array::from(text.as_bytes());
            drop(download::save(&format!("{name}.svg"), &bytes));
        }
        Drawn::Scene(scene) => {
            let canvas = page().create_element("canvas").ok();
            let Some(canvas) = canvas.and_then(|it| it.dyn_into::<HtmlCanvasElement>().ok()) else {
                return;
            };
            let scale = match sheet {
                Sheet::Screen(scale) | Sheet::Pixels(_, _, scale) => scale,
            };
            paint_on(&canvas, scene, &focus, shade, scale);
            let name = format!("{name}.png");
            let got = Closure::once_into_js(move |blob: Option<Blob>| {
                drop(blob.map(|blob| download::save_blob(&name, &blob)));
            });
            drop(canvas.to_blob(got.unchecked_ref()));
        }
    }
}

/// A file's name without its ending, and which revisions it shows.
fn name(document: &DocState) -> String {
    let file = document
        .summary
        .as_ref()
        .map(|summary| summary.name.as_str());
    let file = file
        .and_then(|name| name.rsplit('/').next())
        .unwrap_or_default();
    let stem = file.split('.').next().filter(|stem| !stem.is_empty());
    format!("{}-timeline", stem.unwrap_or("revscope"))
}
