//! The filter language as it is typed: what it says of mistakes, and what completion offers.

use proptest::prelude::*;
use revscope::find::{Names, Query, TERMS, complete, help};

#[test]
fn mistakes_have_a_place_and_a_hint() {
    let check = |text: &str, expected: &str| {
        let error = Query::parse(text).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
        assert!(
            text.get(error.at.clone()).is_some(),
            "{text}: {:?}",
            error.at
        );
    };
    check(
        "web versoin>3",
        "at 4..11: there is no term versoin (did you mean version:?)",
    );
    check(
        "system:node",
        "at 0..6: there is no term system (to look for it as text: \"system:node\")",
    );
    check(
        "is:liev",
        "at 3..7: there is no is:liev (did you mean is:live?)",
    );
    check(
        "is:x",
        "at 3..4: there is no is:x (it is one of live, old, deleted, tombstone, create, modify)",
    );
    check(
        "rev:abc",
        "at 4..7: \"abc\" is no number (such as rev:100..200)",
    );
    check("rev:9..3", "at 4..8: no number is from 9 to 3 (rev:3..9)");
    check(
        "rev:..",
        "at 4..6: \"..\" is no number (such as rev:100..200)",
    );
    check(
        "rev:1k",
        "at 4..6: \"1k\" is no number (such as rev:100..200)",
    );
    check(
        "rev:99999999999999999999",
        "at 4..24: \"99999999999999999999\" is no number (such as rev:100..200)",
    );
    check("size>1Q", "at 5..7: \"1Q\" is no size (such as size>100Ki)");
    check(
        "size>9999999999Gi",
        "at 5..17: \"9999999999Gi\" is no size (such as size>100Ki)",
    );
    check("ns>3", "at 0..3: ns takes no > (such as ns:kube-*)");
    check("rev~3", "at 0..4: rev takes no ~ (such as rev:100..200)");
    check(
        "key:",
        "at 0..4: key wants a value (such as key~^/registry/(pods|events)/)",
    );
    check(
        "hex:123",
        "at 4..7: hex wants pairs of hexadecimal digits (such as hex:6b387300)",
    );
    check(
        "hex:+1",
        "at 4..6: hex wants pairs of hexadecimal digits (such as hex:6b387300)",
    );
    check(
        "lease:xyz",
        "at 6..9: a lease is named by up to 16 hexadecimal digits (such as lease:694d77aa9e38260f, lease:any or lease:none)",
    );
    check("key:\"open", "at 4..9: this quote is not closed (add \")");
    check(
        "\"a\"b",
        "at 3..4: this stands right behind a quote (put a blank between)",
    );
    check(
        "\"a\"-b",
        "at 3..4: this stands right behind a quote (put a blank between)",
    );
    check("(a b", "at 0..1: this parenthesis is not closed (add ))");
    check(
        "a b)",
        "at 3..4: this parenthesis closes none (take it away, or quote it)",
    );
    check(
        "()",
        "at 0..1: nothing stands in these parentheses (quote a parenthesis to look for it)",
    );
    let quote = "(to look for such a word itself, quote it)";
    check(
        "or a",
        &format!("at 0..2: nothing stands before this or {quote}"),
    );
    check("a or", &format!("at 4: something has to follow or {quote}"));
    check(
        "a or or b",
        &format!("at 5..7: something has to follow or {quote}"),
    );
    check(
        "a and",
        &format!("at 5: something has to follow and {quote}"),
    );
    check("not", &format!("at 3: something has to follow not {quote}"));
    check("a -(", "at 3..4: this parenthesis is not closed (add ))");
    check(
        "-in:value a",
        "at 0..1: where a query looks cannot be negated (leave in: away)",
    );
    check(
        "é:ü size>é",
        "at 11..13: \"é\" is no size (such as size>100Ki)",
    );
}

#[test]
fn hostile_queries_are_refused_quickly() {
    for text in [
        "(".repeat(1000),
        "-(".repeat(1000) + "a",
        "not ".repeat(1000) + "a",
        "a ".repeat(1000),
        "x".repeat(5000),
        "key~(a{1000}){1000}".to_owned(),
        "value~((((a{9}){9}){9}){9}){9}".to_owned(),
        "key~(".to_owned(),
    ] {
        assert!(Query::parse(&text).is_err(), "{text:.20}");
    }
}

#[test]
fn all_the_helps_examples_can_be_typed() {
    for [form, example, about] in help() {
        assert!(Query::parse(&example).is_ok(), "{form}: {example}");
        assert!(!about.is_empty());
    }
    for term in TERMS {
        assert!(
            Query::parse(term.example).is_ok_and(|query| query.is_all() == (term.name == "in"))
        );
    }
    assert!(Query::parse(" \t ").unwrap().is_all());
    assert_eq!(Query::parse("").unwrap(), Query::default());
    let needs = |text| {
        let query = Query::parse(text).unwrap();
        (query.needs_values(), query.needs_objects())
    };
    assert_eq!(needs("kind:pods rev>3 is:live lease:any"), (false, false));
    assert_eq!(needs("web or value:x"), (true, false));
    assert_eq!(needs("-label:app"), (true, true));
}

#[test]
fn completion_offers_what_may_stand_there() {
    let names = Names {
        kinds: vec!["pods".to_owned(), "deployments.apps".to_owned()],
        namespaces: ["default", "kube-system", "two words"]
            .map(str::to_owned)
            .to_vec(),
        prefixes: vec!["/registry/pods/".to_owned()],
    };
    // `|` is the cursor.
    let check = |marked: &str, range: &str, expected: &str| {
        let cursor = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        let (at, list) = complete(&text, cursor, &names);
        let texts: Vec<_> = list.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(
            (text.get(at).unwrap(), texts.join(" ")),
            (range, expected.to_owned()),
            "{marked}"
        );
        assert!(list.iter().all(|one| !one.about.is_empty()));
    };
    check("ve|", "ve", "version:");
    check("web v|", "v", "value: version:");
    check("web val|", "val", "value:");
    check("web -n|s:x", "ns:x", "ns: name: not");
    check("a o|", "o", "or");
    check("o|", "o", "");
    check(
        "is:|",
        "is:",
        "is:live is:old is:deleted is:tombstone is:create is:modify",
    );
    check("(is:t|", "is:t", "is:tombstone is:deleted is:create");
    check("ns:s|", "ns:s", "ns:kube-system ns:\"two words\"");
    check("ns:\"tw|", "ns:\"tw", "ns:\"two words\"");
    check(
        "namespace:def|ault rev>3",
        "namespace:default",
        "ns:default",
    );
    check("kind:app|", "kind:app", "kind:deployments.apps");
    check("prefix:/reg|", "prefix:/reg", "prefix:/registry/pods/");
    check("lease:|", "lease:", "lease:any lease:none");
    check("rev>|", "rev>", "");
    check("nothing:|", "nothing:", "");
    check("\"quo|ted\"", "\"quoted\"", "");
    let (at, list) = complete("web ", 4, &names);
    assert_eq!((at, list.len()), (4..4, TERMS.len() + 2));
    // What is taken is a query, where it is whole.
    for typed in ["is:", "ns:", "kind:", "lease:", "in:", "prefix:"] {
        for one in complete(typed, typed.len(), &names).1 {
            assert!(Query::parse(&one.text).is_ok(), "{}", one.text);
        }
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(text in "[a-c:~<>=()\"'\\-or. é]{0,40}", at in 0..60usize) {
        if let Err(error) = Query::parse(&text) {
            prop_assert!(text.get(error.at).is_some());
        }
        let (at, _) = complete(&text, at, &Names::default());
        prop_assert!(at.end <= text.len());
    }
}
