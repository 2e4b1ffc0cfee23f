//! The hand and the camera on the picture: drags, pinches, the minimap, zoom before a new scene.

use revscope::state::{Action, Hand, LaneAction, Pointer};
use revscope::timeline::{
    Area, Focus, Grouping, LaneOrder, Palette, Scene, View, Viewport, layout, layout_lanes, project,
};

use super::lanes::{arranged, history, large};
use super::timeline::svg;

const VIEW: View = View {
    width_px: 800.0,
    height_px: 300.0,
    viewport: None,
    scroll_px: 0.0,
};

#[test]
fn the_camera_shows_what_a_new_scene_will() {
    let history = large(12, 3, 60);
    let order = LaneOrder::new(
        &history,
        None,
        &arranged(|lanes| lanes.grouping = Grouping::Keys),
    );
    let before = layout_lanes(&history, None, &order, &VIEW);
    let closer = before.viewport.zoomed(1.7, 0.4, history.head());
    let view = View {
        viewport: Some(closer),
        ..VIEW
    };
    let after = layout_lanes(&history, None, &order, &view);
    let seen = project(&before, closer);
    assert_eq!((seen.viewport, &seen.ticks), (after.viewport, &after.ticks));
    assert!((seen.minimap.lens_x0_px - after.minimap.lens_x0_px).abs() < 0.01);
    for mark in &seen.marks {
        let there = after.marks.iter().find(|other| other.main == mark.main);
        assert!((there.unwrap().x_px - mark.x_px).abs() < 0.01);
    }
    for span in &seen.spans {
        assert!(span.x0_px >= seen.plot.x0_px && span.x1_px <= seen.plot.x1_px);
    }
    assert_eq!(project(&before, before.viewport), before);
}

/// Presses, drags through the points, lets go; gives what was done.
fn drag(scene: &Scene, points: &[(f64, f64)], is_marking: bool) -> Vec<Action> {
    let pointer = |(x_px, y_px): (f64, f64)| Pointer {
        id: 1,
        x_px,
        y_px,
        is_marking,
    };
    let mut hand = Hand::default();
    let mut done = hand.press(scene, pointer(points[0]));
    for point in &points[1..] {
        done.extend(hand.drag(scene, pointer(*point)));
    }
    done.extend(hand.release(1));
    done
}

#[test]
fn a_press_on_a_mark_selects_it_unless_it_drags() {
    let history = large(5, 1, 50);
    let scene = layout(&history, &VIEW);
    let mark = &scene.marks[20];
    let (x_px, y_px) = (mark.x_px, mark.y_px);
    let revision = revscope::kv::Revision {
        main: mark.main,
        sub: mark.sub,
    };
    assert_eq!(
        drag(&scene, &[(x_px, y_px), (x_px + 2.0, y_px)], false),
        [Action::Select(revision)]
    );
    let done = drag(&scene, &[(x_px, y_px), (x_px + 40.0, y_px)], false);
    assert!(matches!(done[..], [Action::Pan(_)]), "{done:?}");
}

#[test]
fn a_mark_that_leaves_goes_under_the_names() {
    let history = large(5, 1, 50);
    let viewport = Some(Viewport {
        from: 10,
        offset: 0.1,
        span: 12.0,
    });
    let scene = layout(&history, &View { viewport, ..VIEW });
    let leaving = scene
        .marks
        .iter()
        .position(|mark| mark.x_px - mark.radius_px < scene.plot.x0_px - 10.0 && mark.main == 10);
    let leaving = &scene.marks[leaving.expect("a mark at the edge")];
    let text = svg(&scene, &Focus::default(), &Palette::LIGHT);
    let of = |line: &str, name: &str| -> Option<f64> {
        let (_, rest) = line.split_once(&format!(" {name}=\""))?;
        rest.split('"').next()?.parse().ok()
    };
    let lines: Vec<&str> = text.lines().collect();
    let covers = |line: &&&str| {
        let (x, y) = (of(line, "x"), of(line, "y"));
        let (width, height) = (of(line, "width"), of(line, "height"));
        let (Some(x), Some(y), Some(width), Some(height)) = (x, y, width, height) else {
            return false;
        };
        let right = x + width;
        x == 0.0
            && (right - scene.plot.x0_px + 10.0).abs() <= 1.0
            && y <= leaving.y_px
            && leaving.y_px < y + height
    };
    assert_eq!(lines.iter().filter(covers).count(), 1, "{text}");
}

#[test]
fn a_hand_marks_an_area() {
    let history = history(&["a 1", "b 1", "c 1", "a 1", "b 1", "c 1"]);
    let scene = layout(&history, &VIEW);
    let at = |rev, lane: usize| {
        let lane = &scene.lanes[lane];
        (
            scene.viewport.px_from_rev(rev, &scene.plot),
            lane.y_px + lane.height_px / 2.0,
        )
    };
    let done = drag(&scene, &[at(6, 2), at(4, 1), at(3, 1)], true);
    let area = Area {
        from: 3,
        to: 6,
        lanes: Some((1, 2)),
    };
    assert_eq!(
        done[done.len() - 2..],
        [
            Action::Lanes(LaneAction::Mark(Some(area))),
            Action::Lanes(LaneAction::Sum),
        ]
    );
    assert_eq!(
        drag(&scene, &[at(6, 2)], true),
        [Action::Lanes(LaneAction::Mark(None))]
    );
}

#[test]
fn a_hand_on_the_minimap_takes_the_lens_or_makes_one() {
    let history = large(5, 1, 1_000);
    let viewport = Some(Viewport {
        from: 400,
        offset: 0.0,
        span: 200.0,
    });
    let scene = layout(&history, &View { viewport, ..VIEW });
    let (map, plot) = (&scene.minimap, &scene.plot);
    let x = |fraction: f64| plot.x0_px + fraction * plot.width_px();
    let lens = |done: Vec<Action>| match done.last() {
        Some(Action::Lanes(LaneAction::Lens(from, to))) => (*from, *to),
        other => panic!("{other:?}"),
    };
    let middle = (map.lens_x0_px + map.lens_x1_px) / 2.0;
    let (from, to) = lens(drag(
        &scene,
        &[(middle, 12.0), (middle + 0.1 * plot.width_px(), 12.0)],
        false,
    ));
    assert!(
        (from - 0.499).abs() < 0.01 && (to - from - 0.2).abs() < 0.001,
        "{from} {to}"
    );
    let (from, to) = lens(drag(
        &scene,
        &[(map.lens_x1_px, 12.0), (x(0.9), 12.0)],
        false,
    ));
    assert!(
        (from - 0.399).abs() < 0.01 && (to - 0.9).abs() < 0.001,
        "{from} {to}"
    );
    let (from, to) = lens(drag(&scene, &[(x(0.1), 12.0), (x(0.2), 12.0)], false));
    assert!(
        (from - 0.1).abs() < 0.001 && (to - 0.2).abs() < 0.001,
        "{from} {to}"
    );
    let click = drag(&scene, &[(x(0.1), 12.0), (x(0.101), 12.0)], false);
    assert!(
        matches!(click[..], [Action::CentreOn(at)] if (at - 0.1).abs() < 0.001),
        "{click:?}"
    );
}

#[test]
fn two_fingers_zoom_between_them() {
    let scene = layout(&large(5, 1, 50), &VIEW);
    let finger = |id, x_px| Pointer {
        id,
        x_px,
        y_px: 100.0,
        is_marking: false,
    };
    let mut hand = Hand::default();
    hand.press(&scene, finger(1, 300.0));
    hand.press(&scene, finger(2, 500.0));
    hand.drag(&scene, finger(1, 250.0));
    let done = hand.drag(&scene, finger(2, 550.0));
    let [Action::Pan(_), Action::Zoom { factor, at }] = done[..] else {
        panic!("{done:?}");
    };
    let wanted = (400.0 - scene.plot.x0_px) / scene.plot.width_px();
    assert!(
        (factor - 1.2).abs() < 1e-9 && (at - wanted).abs() < 1e-9,
        "{factor} {at}"
    );
    hand.release(1);
    assert_eq!(hand.drag(&scene, finger(2, 600.0)), []);
}
