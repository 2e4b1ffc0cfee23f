//! The programs around etcd: a line, and what it prints.

use revscope::shell::{Config, Shell};

fn check(line: &str, stdout: &str) {
    let ran = Shell::new(Config::default()).run(line);
    let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert_eq!(
        shown,
        stdout,
        "{line}\n{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

fn refuse(line: &str, exit: i32, stderr: &str) {
    let ran = Shell::new(Config::default()).run(line);
    assert_eq!(String::from_utf8_lossy(&ran.stderr), stderr, "{line}");
    assert_eq!(ran.exit, exit, "{line}");
}

#[test]
fn jq_filters() {
    let filter = |input: &str, filter: &str, output: &str| {
        check(
            &format!("jq -c '{filter}' <<'END'\n{input}\nEND"),
            &format!("{output}\n"),
        );
    };
    filter(
        "[3,1,2]",
        "sort,add,length,(map(.*2)|max)",
        "[1,2,3]\n6\n3\n6",
    );
    filter(
        "{\"b\":1,\"a\":[1,{\"c\":null}]}",
        ".",
        "{\"b\":1,\"a\":[1,{\"c\":null}]}",
    );
    filter(
        "{\"b\":1,\"a\":2}",
        "keys,to_entries[0],del(.b),has(\"a\")",
        "[\"a\",\"b\"]\n{\"key\":\"b\",\"value\":1}\n{\"a\":2}\ntrue",
    );
    filter(
        "9223372036854775807",
        "., [.], .+0",
        "9223372036854775807\n[9223372036854775807]\n9223372036854776000",
    );
    filter("null", "@base64d", "\"\u{fffd}\u{fffd}\"");
    filter(
        "\"a,b\"",
        "split(\",\"), test(\"A\";\"i\"), sub(\",\";\";\"), ascii_upcase",
        "[\"a\",\"b\"]\ntrue\n\"a;b\"\n\"A,B\"",
    );
    filter(
        "{}",
        ".a[2]=1 | .b.c=2",
        "{\"a\":[null,null,1],\"b\":{\"c\":2}}",
    );
    filter(
        "[1,[2]]",
        "flatten, (.[1][0] |= .+1), [..|numbers]",
        "[1,2]\n[1,[3]]\n[1,2]",
    );
    filter(
        "5",
        "def f(x): x * 2; f(. + 1), [range(3)], (if . > 3 then \"y\" else \"n\" end)",
        "12\n[0,1,2]\n\"y\"",
    );
    filter(
        "[{\"k\":1,\"v\":1},{\"k\":1,\"v\":2}]",
        "group_by(.k)|map(length)",
        "[2]",
    );
    filter(
        "3",
        "try error(\"x\") catch ., ([limit(2;repeat(1))])",
        "\"x\"\n[1,1]",
    );
    check(
        "jq -n -r --arg a b '$a, $ENV.X' ; X=1 jq -n '$ENV.X'",
        "b\nnull\n\"1\"\n",
    );
    check("echo 1 2 | jq -s -c .", "[1,2]\n");
    check(
        "echo '{\"b\":1,\"a\":2}' | jq -S --tab .",
        "{\n\t\"a\": 2,\n\t\"b\": 1\n}\n",
    );
    check("jq -n --argjson n 3 '$n + 1'", "4\n");
    check(
        "echo '[1,\"a\"]' | jq -r '@csv, @tsv, @json, @base64'",
        "1,\"a\"\n1\ta\n[1,\"a\"]\nWzEsImEiXQ==\n",
    );
}

#[test]
fn jq_complains_as_jq_does() {
    let place = "jq: error (at <stdin>:1): ";
    refuse(
        "echo '{\"a\":1}' | jq .a.b",
        5,
        &format!("{place}Cannot index number with \"b\"\n"),
    );
    refuse(
        "echo null | jq '.[]'",
        5,
        &format!("{place}Cannot iterate over null (null)\n"),
    );
    refuse(
        "echo '{}' | jq '. + 1'",
        5,
        &format!("{place}object ({{}}) and number (1) cannot be added\n"),
    );
    refuse(
        "echo '\"%\"' | jq @base64d",
        5,
        &format!("{place}string (\"%\") is not valid base64 data\n"),
    );
    refuse(
        "echo '{\"a\":1' | jq .",
        2,
        "jq: parse error: Unfinished JSON term at EOF at line 2, column 0\n",
    );
    refuse(
        "jq -n 'nothing(1)'",
        3,
        "jq: error: nothing/1 is not defined at <top-level>, line 1:\nnothing(1)\njq: 1 compile error\n",
    );
    refuse(
        "jq -n '1 |'",
        3,
        "jq: error: syntax error, unexpected end of file (Unix shell quoting issues?) at <top-level>, line 1:\n1 |\njq: 1 compile error\n",
    );
    refuse("jq -e -n 'false'", 1, "");
}

#[test]
fn no_filter_runs_for_ever() {
    for filter in [
        "def f: f; f",
        "def f: 1 + f; f",
        "last(repeat(1))",
        "repeat(empty)",
        "[range(1e9)]",
        "[limit(1e9; repeat(1))] | length",
        "reduce range(1e9) as $i (0; 1)",
        "reduce range(100) as $i (\"x\"; . + .)",
        "reduce range(100) as $i ([1]; [., .])",
        "reduce range(1e6) as $i (0; [.])",
        "\"x\" * 1e10",
        ".[1e9] = 1",
        "def f: try f catch f; f",
        "until(false; .)",
        "[recurse(.)]",
    ] {
        let ran = Shell::new(Config::default()).run(&format!("jq -n '{filter}'"));
        assert_eq!(
            ran.exit,
            5,
            "{filter}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
        assert!(!ran.stderr.is_empty(), "{filter}");
    }
}

#[test]
fn lines_go_through_pipes() {
    check("seq 3 | tac", "3\n2\n1\n");
    check(
        "printf 'b\\na\\nb\\n' | sort | uniq -c",
        "      1 a\n      2 b\n",
    );
    check(
        "seq 10 | head -n 2; seq 10 | tail -n 1; seq 3 | wc -l",
        "1\n2\n10\n3\n",
    );
    check(
        "printf 'a b\\nc d\\n' | cut -d ' ' -f 2 | tr a-z A-Z",
        "B\nD\n",
    );
    check(
        "seq 5 | sed -n '2,3p' | sed 's/\\(.\\)/<\\1>/'",
        "<2>\n<3>\n",
    );
    check(
        "seq 12 | grep -c 1; seq 3 | grep -v 2; echo abc | grep -o 'b.'",
        "4\n1\n3\nbc\n",
    );
    check("echo -n foo | base64; echo Zm9v | base64 -d", "Zm9v\nfoo");
    check("seq 3 | xargs -n1 echo x", "x 1\nx 2\nx 3\n");
    check(
        "expr 1 + 2; expr 2 '*' 3; test 1 -lt 2 && echo yes",
        "3\n6\nyes\n",
    );
    refuse(
        "cat missing",
        1,
        "cat: missing: No such file or directory\n",
    );
    refuse("echo Zm9 | base64 -d", 1, "base64: invalid input\n");
}

#[test]
fn the_language_does_what_bash_does() {
    check(
        "f() { echo \"got $1 of $#\"; return 3; }; f a b; echo $?",
        "got a of 2\n3\n",
    );
    check("false; echo $?; x=$(false); echo $?", "1\n1\n");
    check("case foo1 in bar) echo no;; foo*) echo yes;; esac", "yes\n");
    check("echo $((1 + 2 * 3)) ${x:-d} ${HOME%/*}x", "7 d x\n");
    check("for ((i=0; i<3; i++)); do echo $i; done", "0\n1\n2\n");
    check("while read a b; do echo \"$b-$a\"; done <<< '1 2'", "2-1\n");
    check(
        "for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done",
        "1\n3\n",
    );
    check(
        "echo a > f; echo b >> f; cat < f; ls; rm f; ls",
        "a\nb\nf\n",
    );
    check("{ echo a; echo b; } | tac > out; cat out", "b\na\n");
    check(
        "cat missing 2>&1 | wc -l; cat missing 2> /dev/null || echo failed",
        "1\nfailed\n",
    );
    check("[[ abc == a* && 2 -gt 1 ]] && echo both", "both\n");
    check("echo '*' *; touch=1; echo {a,b}{1,2}", "* *\na1 a2 b1 b2\n");
    check(
        "e='x y'; for w in $e; do echo $w; done; echo \"$e\"",
        "x\ny\nx y\n",
    );
    refuse(
        "f() { f; }; f",
        2,
        "revscope: stopped at 24 calls inside each other\n",
    );
}

#[test]
fn watches_go_through_their_pipes() {
    let mut shell = Shell::new(Config::default());
    let ran = shell.run("etcdctl watch a | grep -v PUT | head -n 3 > log");
    assert!(ran.started.is_some());
    for value in 1..4 {
        assert_eq!(shell.run(&format!("etcdctl put a {value}")).notices, []);
    }
    assert_eq!(shell.run("cat log").stdout, b"a\n1\na\n");
}

#[test]
fn a_command_behind_a_watch_prints_through_its_pipe() {
    let mut shell = Shell::new(Config::default());
    shell.run("f() { echo \"f of $1\"; }; v=kept");
    shell.run("etcdctl watch a -- sh -c 'v=lost; echo got $ETCD_WATCH_VALUE' | grep got >> log");
    shell.run("etcdctl watch b -- f b");
    shell.run("etcdctl watch b -- cat missing");
    let ran = shell.run("etcdctl put a 1; etcdctl put b 2");
    let told: Vec<_> = ran
        .notices
        .iter()
        .map(|notice| {
            let stdout = String::from_utf8_lossy(&notice.stdout).into_owned();
            (notice.job, stdout, notice.exit)
        })
        .collect();
    let expected = [
        (2, "PUT\nb\n2\n", None),
        (3, "PUT\nb\n2\n", None),
        (2, "f of b\n", None),
        (3, "", Some(1)),
    ];
    let expected = expected.map(|(job, text, exit)| (job, text.to_owned(), exit));
    assert_eq!(told, expected);
    assert_eq!(shell.run("cat log; echo $v").stdout, b"got \"1\"\nkept\n");
    assert_eq!(shell.jobs().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_step_budget_stops_a_line() {
    let mut shell = Shell::new(Config::default());
    let ran = shell.run_bounded("while true; do etcdctl put a b; done", 10);
    assert_eq!(ran.exit, 2);
    assert_eq!(ran.stderr, b"revscope: stopped after 10 commands\n");
    assert!(shell.store().revision() > 2);
}
