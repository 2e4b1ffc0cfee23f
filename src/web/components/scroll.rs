//! Long lists: only a window of the rows is on the page, and empty space stands for the rest.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// Where a window lies in its list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spacing {
    /// Index of the first row on the page.
    pub first: u64,
    /// How many rows are on the page.
    pub shown: u64,
    /// How many rows there are.
    pub total: u64,
    /// Height of a row.
    pub row_px: f64,
}

/// Browsers stop laying out at some ten million pixels; longer lists scroll faster instead.
const MAX_PX: f64 = 8_000_000.0;

impl Spacing {
    /// Pixels per row of the empty space.
    fn scale_px(&self) -> f64 {
        self.row_px.min(MAX_PX / self.total.max(1) as f64)
    }

    /// Space above and below the window.
    fn around_px(&self) -> (f64, f64) {
        let below = self.total.saturating_sub(self.first + self.shown);
        (
            self.first as f64 * self.scale_px(),
            below as f64 * self.scale_px(),
        )
    }

    /// First row to ask for at this scroll position; none while the window still covers it.
    fn wanted(&self, top_px: f64, height_px: f64) -> Option<u64> {
        let (above, _) = self.around_px();
        let end = above + self.shown as f64 * self.row_px;
        let is_covered = (top_px >= above || self.first == 0)
            && (top_px + height_px <= end || self.first + self.shown >= self.total);
        if is_covered {
            return None;
        }
        let row = (top_px / self.scale_px()) as u64;
        let last = self.total.saturating_sub(self.shown);
        Some(row.saturating_sub(self.shown / 3).min(last))
    }
}

/// What the list needs.
#[derive(Properties, PartialEq)]
pub struct SpacerListProps {
    /// Its name for screen readers.
    pub label: AttrValue,
    /// Where the window lies.
    pub spacing: Spacing,
    /// Asks for the window that starts at a row.
    pub show: Callback<u64>,
    /// The rows.
    pub children: Html,
    /// Keys pressed inside.
    #[prop_or_default]
    pub onkeydown: Callback<KeyboardEvent>,
}

/// A scrolling part of the page with a window of rows.
#[component]
pub fn SpacerList(props: &SpacerListProps) -> Html {
    let SpacerListProps {
        label,
        spacing,
        show,
        children,
        onkeydown,
    } = props;
    let scrolled = {
        let (spacing, show) = (*spacing, show.clone());
        Callback::from(move |event: Event| {
            let element = event
                .target()
                .and_then(|t| t.dyn_into::<HtmlElement>().ok());
            let wanted = element.and_then(|element| {
                spacing.wanted(
                    f64::from(element.scroll_top()),
                    f64::from(element.client_height()),
                )
            });
            if let Some(first) = wanted {
                show.emit(first);
            }
        })
    };
    let (above, below) = spacing.around_px();
    let space = |px: f64| {
        (px > 0.0).then(|| html! { <div aria-hidden="true" style={format!("height: {px}px")} /> })
    };
    html! {
        <div class="scroll" role="region" aria-label={label.clone()} tabindex="0"
            onscroll={scrolled} onkeydown={onkeydown.clone()}>
            { space(above) }
            { children.clone() }
            { space(below) }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_rows_only_when_the_window_ends() {
        let at = |first, total| Spacing {
            first,
            shown: 120,
            total,
            row_px: 25.0,
        };
        assert_eq!(at(0, 50).wanted(0.0, 400.0), None);
        assert_eq!(at(0, 1000).wanted(1000.0, 400.0), None);
        assert_eq!(at(0, 1000).wanted(5000.0, 400.0), Some(160));
        assert_eq!(at(160, 1000).wanted(5000.0, 400.0), None);
        assert_eq!(at(160, 1000).wanted(0.0, 400.0), Some(0));
        let huge = at(0, 10_000_000);
        let (_, below) = huge.around_px();
        assert!(below <= MAX_PX);
        assert!(huge.wanted(MAX_PX / 2.0, 400.0).unwrap() > 4_000_000);
    }
}
