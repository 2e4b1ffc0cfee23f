//! What fills the file, as one bar.

use yew::prelude::*;

use crate::engine::FileFacts;
use crate::web::number::bytes;

/// What the bar shows.
#[derive(Properties, PartialEq)]
pub struct SizeBarProps {
    /// What is known of the file.
    pub file: FileFacts,
}

/// One part of the file.
struct Part {
    class: &'static str,
    name: &'static str,
    len: u64,
}

fn parts(file: &FileFacts) -> Vec<Part> {
    let size = u64::from(file.page_size);
    let pages = |count: u64| count.saturating_mul(size);
    let part = |class, name, len| Part { class, name, len };
    let Some(counts) = &file.pages else {
        let used = pages(file.high_water_mark).min(file.size);
        return vec![
            part("used", "used, not mapped yet", used),
            part("room", "behind the last page", file.size - used),
        ];
    };
    let mut parts = vec![
        part("leaf", "items", pages(counts.leaf + counts.overflow)),
        part(
            "branch",
            "inner pages, metas, freelist",
            pages(counts.branch + counts.meta + counts.freelist),
        ),
        part("free", "free pages", pages(counts.free)),
        part(
            "broken",
            "broken or lost pages",
            pages(counts.broken + counts.leaked),
        ),
        part("room", "room at the end", pages(counts.room)),
    ];
    let told: u64 = parts.iter().map(|part| part.len).sum();
    parts.push(part(
        "tail",
        "behind the last page",
        file.size.saturating_sub(told),
    ));
    parts.retain(|part| part.len > 0);
    parts
}

/// The parts of the file by their length, and what each is.
#[component]
pub fn SizeBar(props: &SizeBarProps) -> Html {
    let file = &props.file;
    let parts = parts(file);
    let counts = file.pages.unwrap_or_default();
    let back = (counts.free + counts.room).saturating_mul(u64::from(file.page_size));
    html! {
        <>
        <div class="size-bar" aria-hidden="true">
            { for parts.iter().map(|part| html! {
                <i class={part.class} style={format!("flex-grow: {}", part.len)} />
            }) }
        </div>
        <ul class="size-legend" aria-label="What fills the file">
            { for parts.iter().map(|part| html! {
                <li><i class={classes!("swatch", part.class)} />{ part.name }{ " " }<b>{ bytes(part.len) }</b></li>
            }) }
        </ul>
        if back > 0 {
            <p class="note">
                { format!("{} possible after a defrag.", bytes(back)) }
            </p>
        }
        </>
    }
}
