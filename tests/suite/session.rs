//! Sessions: the tree of lines and its text forms. The screen's side is `session_screen`.

use revscope::session::{Tree, link, load, save, text};

/// A tree in a line: release, lines that have run, `|`, lines ahead, then every other branch.
fn shown(tree: &Tree) -> String {
    let (lines, branch) = (tree.lines(), tree.branch());
    let mut text = format!(
        "{}: {} | {}",
        tree.release(),
        lines.join(" "),
        branch[lines.len()..].join(" ")
    );
    for other in tree.branches() {
        text += &format!(
            " / {} after {}: {} +{}",
            other.release,
            other.shared,
            other.first,
            other.lines - other.shared - 1
        );
    }
    text
}

#[test]
fn a_line_in_the_past_begins_a_branch_and_nothing_is_lost() {
    let mut tree = Tree::started("3.5.1", ["a", "b", "c"]);
    assert_eq!(shown(&tree), "3.5.1: a b c | ");
    tree.step_to(1);
    assert_eq!(shown(&tree), "3.5.1: a | b c");
    // The line that is ahead anyway is no new branch.
    tree.push("b");
    assert_eq!(shown(&tree), "3.5.1: a b | c");
    tree.push("x");
    assert_eq!(shown(&tree), "3.5.1: a b x |  / 3.5.1 after 2: c +0");
    let old = tree.branches()[0].end;
    assert!(tree.go(old));
    assert_eq!(shown(&tree), "3.5.1: a b c |  / 3.5.1 after 2: x +0");
    tree.step_to(99);
    tree.step_to(0);
    assert_eq!((tree.done(), tree.ahead()), (0, 3));
    assert!(!tree.go(99));
    assert!(!tree.forget(old), "the branch that is looked at stays");
    let other = tree.branches()[0].end;
    assert!(tree.forget(other));
    assert_eq!(shown(&tree), "3.5.1:  | a b c");
}

#[test]
fn another_release_is_another_session_with_the_same_lines() {
    let mut tree = Tree::started("3.5.1", ["a", "b", "c"]);
    tree.step_to(2);
    tree.change_release("3.6.13");
    assert_eq!(shown(&tree), "3.6.13: a b | c / 3.5.1 after 0: a +2");
    tree.push("d");
    tree.change_release("3.5.1");
    assert_eq!(
        shown(&tree),
        "3.5.1: a b d |  / 3.5.1 after 2: c +0 / 3.6.13 after 0: a +2 / 3.6.13 after 0: a +2"
    );
    tree.begin("3.5.1", None, &["a", "b", "c"]);
    assert_eq!(tree.lines(), ["a", "b", "c"]);
    assert_eq!(tree.branches().len(), 3, "the session that was there");
}

#[test]
fn what_is_kept_is_read_back_and_what_is_not_is_named() {
    let mut tree = Tree::started("3.5.1", ["a", "b 'two\nlines'", ""]);
    tree.step_to(1);
    tree.push("c");
    tree.change_release("3.4.23");
    let kept = save(&tree);
    assert_eq!(load(&kept), Ok(tree.clone()));
    let check = |text: &str, expected: &str| {
        assert_eq!(load(text).unwrap_err().to_string(), expected, "{text}");
    };
    check("", "it is damaged or incomplete: it has no form number");
    check(
        "x.abc",
        "it is damaged or incomplete: its form number is none",
    );
    check(
        "2.abc",
        "it has form 2, of a later Revscope; this one knows form 1",
    );
    check(
        "1.!",
        "it is damaged or incomplete: it is no base64url text",
    );
    check("1.AAA", "it is damaged or incomplete: it ends too early");
    check(
        &save(&Tree::new("3.9.1")),
        "etcd 3.9.1 is not simulated: 3.4, 3.5 and 3.6 are",
    );
    // Any change of a character, and any cut, is noticed.
    for at in 2..kept.len() {
        let mut bytes = kept.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert!(load(str::from_utf8(&bytes).unwrap()).is_err(), "{at}");
        assert!(load(&kept[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_link_carries_lines_and_release_to_where_one_stands() {
    let mut tree = Tree::started("3.6.13", ["etcdctl put a 'é\n'", "b", "c"]);
    tree.step_to(2);
    let fragment = link::write(&tree).unwrap();
    assert!(fragment.starts_with("#s=1."), "{fragment}");
    assert!(
        fragment[3..]
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    );
    let (release, lines) = link::read(&fragment).unwrap().unwrap();
    assert_eq!(
        (release.as_str(), lines),
        (
            "3.6.13",
            vec!["etcdctl put a 'é\n'".to_owned(), "b".to_owned()]
        )
    );
    assert!(link::read("#timeline").is_none());
    for at in 5..fragment.len() {
        assert!(link::read(&fragment[..at]).unwrap().is_err(), "cut at {at}");
    }
    assert_eq!(
        link::read("#s=7.zzz").unwrap().unwrap_err().to_string(),
        "it has form 7, of a later Revscope; this one knows form 1"
    );
    tree.begin("3.5.1", Some("db"), &["x"]);
    assert_eq!(
        link::write(&tree).unwrap_err().to_string(),
        "the session works on a copy of db, and a file never travels in a link"
    );
    let mut seed = 1u64;
    let noise: Vec<String> = (0..20_000)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            format!("{:x}", seed >> 16)
        })
        .collect();
    let long = Tree::started("3.5.1", noise.iter().map(String::as_str));
    assert_eq!(
        link::write(&long).unwrap_err().to_string(),
        "it is too long: a link holds 64,000 characters"
    );
}

#[test]
fn a_session_as_text_is_a_script_with_its_release() {
    let loop_line = "for i in 1 2; do\n  etcdctl put k$i v\ndone";
    let tree = Tree::started(
        "3.4.23",
        [
            "etcdctl put a 1",
            loop_line,
            "echo \"open",
            "# note",
            "alias e=etcdctl",
            "# e get a",
            "true",
        ],
    );
    let script = text::write(&tree);
    assert_eq!(
        script,
        "# revscope session 1\n# etcd 3.4.23\netcdctl put a 1\nfor i in 1 2; do\n  \
         etcdctl put k$i v\ndone\n\
         # left out, since it is no complete command: echo \"open\n\
         # left out, since it is no complete command: # note\nalias e=etcdctl\n# e get a\ntrue\n"
    );
    let (release, lines) = text::read(script.as_bytes()).unwrap();
    assert_eq!(release.unwrap().to_string(), "3.4.23");
    let whole = [
        "etcdctl put a 1",
        loop_line,
        "alias e=etcdctl",
        "# e get a",
        "true",
    ];
    assert_eq!(lines, whole);
    let check = |text: &[u8], expected: &str| {
        assert_eq!(text::read(text).unwrap_err().to_string(), expected);
    };
    check(b"\xff", "it is damaged or incomplete: it is no UTF-8 text");
    check(
        b"# etcd 3.7\n",
        "etcd 3.7 is not simulated: 3.4, 3.5 and 3.6 are",
    );
    check(
        b"# revscope session 2\n",
        "it has form 2, of a later Revscope; this one knows form 1",
    );
    assert_eq!(text::read(b"true\n# etcd 3.7\n").unwrap().0, None);
}
