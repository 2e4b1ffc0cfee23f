//! What is typed wrong: the words of bash 5.2 as it says them at a prompt, of jq 1.7, and of the
//! tools; the store stays as it was.

use revscope::shell::{Config, Shell};

/// Runs a line that fails before it writes anything.
#[track_caller]
fn check(line: &str, exit: i32, stderr: &str) {
    let mut shell = Shell::new(Config::default());
    shell.run("etcdctl put a 1");
    let ran = shell.run(line);
    assert_eq!(
        String::from_utf8_lossy(&ran.stderr).trim_end(),
        stderr,
        "{line}"
    );
    assert_eq!(ran.exit, exit, "{line}");
    assert!(ran.stdout.is_empty(), "{line}");
    assert_eq!(shell.store().revision(), 2, "{line}");
    assert_eq!(shell.store().records().count(), 1, "{line}");
    assert_eq!(shell.files().names().count(), 0, "{line}");
    assert_eq!(shell.jobs().count(), 0, "{line}");
}

#[test]
fn what_no_shell_reads_is_refused_before_anything_runs() {
    // A write in front of each: none is done, as bash reads a line before it runs it.
    let check = |line: &str, stderr: &str| {
        check(
            &format!("etcdctl put b 2; {line}"),
            2,
            &format!("bash: {stderr}"),
        );
    };
    let near = |line: &str, token: &str| {
        check(
            line,
            &format!("syntax error near unexpected token `{token}'"),
        );
    };
    check(
        "echo 'open",
        "unexpected EOF while looking for matching `''",
    );
    check(
        "echo \"open",
        "unexpected EOF while looking for matching `\"'",
    );
    check(
        "echo `open",
        "unexpected EOF while looking for matching ``'",
    );
    check(
        "echo $(open",
        "unexpected EOF while looking for matching `)'",
    );
    check(
        "echo ${open",
        "unexpected EOF while looking for matching `}'",
    );
    for line in [
        "for i in 1 2; do echo $i",
        "if true; then echo a",
        "case a in",
        "f() {",
        "{ echo a",
        "( echo a",
        "echo a |",
        "echo a &&",
    ] {
        check(line, "syntax error: unexpected end of file");
    }
    near("for i in 1 2; echo $i; done", "echo");
    near("while true do echo a; done", "done");
    near("if true; echo a; fi", "fi");
    near("done", "done");
    near("fi", "fi");
    near("for i in 1; do echo; done ;; a", ";;");
    near("for i in 1; do ; done", ";");
    near("echo a )", ")");
    near("echo a | | b", "|");
    near("| a", "|");
    near("&& a", "&&");
    near("echo a ;; b", ";;");
    near("echo a >", "newline");
}

#[test]
fn what_no_program_knows_is_said_in_its_words() {
    check("frobnicate", 127, "bash: frobnicate: command not found");
    check("./frob", 127, "bash: ./frob: No such file or directory");
    check("cat nofile", 1, "cat: nofile: No such file or directory");
    check("[ 1 -eq", 2, "bash: [: missing `]'");
    check("[ 1 -eq a ]", 2, "bash: [: a: integer expression expected");
    check(
        "export 1a=b",
        1,
        "bash: export: `1a=b': not a valid identifier",
    );
    let place = |filter: &str, what: &str| {
        format!("jq: error: {what} at <top-level>, line 1:\n{filter}\njq: 1 compile error")
    };
    let end = "syntax error, unexpected end of file (Unix shell quoting issues?)";
    for filter in [".[", ".a |", "if . then 1"] {
        check(&format!("jq '{filter}'"), 3, &place(filter, end));
    }
    check(
        "jq '.a | foo'",
        3,
        &place(".a | foo", "foo/0 is not defined"),
    );
    let data = |input: &str, filter: &str, what: &str| {
        check(
            &format!("echo '{input}' | jq '{filter}'"),
            5,
            &format!("jq: error (at <stdin>:1): {what}"),
        );
    };
    data(
        "\"a\"",
        ".+1",
        "string (\"a\") and number (1) cannot be added",
    );
    data("{\"a\":1}", ".[0]", "Cannot index object with number");
    data("[1]", ".a", "Cannot index array with \"a\"");
    data("1", ".[]", "Cannot iterate over number (1)");
    data(
        "{}",
        ".kvs[].key|=@base64d",
        "Cannot iterate over null (null)",
    );
    check(
        "echo OK | jq .",
        2,
        "jq: parse error: Invalid numeric literal at line 2, column 0",
    );
}

#[test]
fn loops_without_end_stop_at_a_bound() {
    let check = |line: &str, most: i64| {
        let mut shell = Shell::new(Config::default());
        let ran = shell.run(line);
        let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(
            stderr.contains("stopped after") || stderr.contains("stopped at "),
            "{line}: {stderr:.300}"
        );
        assert_ne!(ran.exit, 0, "{line}");
        assert!(shell.store().revision() <= most, "{line}");
        // The terminal goes on.
        assert_eq!(shell.run("echo on").stdout, b"on\n", "{line}");
    };
    check("while true; do :; done", 1);
    check("until false; do :; done", 1);
    check("for (( ; ; )); do :; done", 1);
    check("while true; do etcdctl put a b; done", 10_001);
    check("while true; do etcdctl get a | jq .; done", 1);
    check("x=a; for i in {1..40}; do x=$x$x; done", 1);
    check(
        "x=a; for i in {1..40}; do x=${x//a/aa}; done; echo $x$x$x",
        1,
    );
    check("f() { f; }; f", 1);
    check("f() { g; }; g() { f; }; f", 1);
    check("f() { etcdctl put a b; f; }; f", 10_001);
}

#[test]
fn what_speakers_type_prints_what_bash_prints() {
    let check = |line: &str, stdout: &str| {
        let ran = Shell::new(Config::default()).run(line);
        let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(
            String::from_utf8_lossy(&ran.stdout),
            stdout,
            "{line}\n{stderr}"
        );
    };
    let rows = "printf 'a 1\\nb 2\\nc 30\\n' | awk ";
    let awk = |program: &str, stdout: &str| check(&format!("{rows}{program}"), stdout);
    awk("'{print $1}'", "a\nb\nc\n");
    awk("'{print $2, $1}'", "1 a\n2 b\n30 c\n");
    awk("'{print NR \": \" $NF}'", "1: 1\n2: 2\n3: 30\n");
    awk("'NR==2'", "b 2\n");
    awk("'NR > 1 {print $1}'", "b\nc\n");
    awk("'$2 >= 2 {print NF, $0}'", "2 b 2\n2 c 30\n");
    awk("'$1 == \"b\" {print $2}'", "2\n");
    awk("'/^[ab]/ {print $1}'", "a\nb\n");
    awk("'!/b/ {print}'", "a 1\nc 30\n");
    awk("'{s+=$2} END {print s}'", "");
    check("echo a:b | awk -F: '{print $2 \"-\" $1}'", "b-a\n");
    check("f() { local x=5; echo $x; }; x=1; f; echo $x", "5\n1\n");
    check("f() { local y=5; }; f; echo \"[$y]\"", "[]\n");
    check("seq -s, 3; seq -s ' ' 2", "1,2,3\n1 2\n");
    check("echo abc | rev", "cba\n");
    check("touch f; [ -f f ] && echo there; ls", "there\nf\n");
    check(
        "i=0; while (( i < 3 )); do echo $i; ((i++)); done",
        "0\n1\n2\n",
    );
    check("for ((i=0;i<2;i++)); do echo $i; done", "0\n1\n");
    check("seq 3 | xargs -I{} echo k{} v{}", "k1 v1\nk2 v2\nk3 v3\n");
    check("for ((;;)); do echo a; break; done", "a\n");
    check(
        "for ((i=0;;i++)); do ((i>1)) && break; echo $i; done",
        "0\n1\n",
    );
    check(
        "case a in a) for ((;;)); do break; done;; esac; echo b",
        "b\n",
    );
    check("echo '((;;))' \"for ((;;))\"", "((;;)) for ((;;))\n");
    check(
        "echo {08..10} {a,{-01..1}}x",
        "08 09 10 ax -01x 000x 001x\n",
    );
    check(
        "echo {01..01} \"{01..03}\" '{01..02}' \\{01..02}",
        "01 {01..03} {01..02} {01..02}\n",
    );
    check(
        "for i in {01..05..2}; do echo -n foo$i; done",
        "foo01foo03foo05",
    );
    check("echo a > f; echo b >> f; echo $(< f) `< f`", "a b a b\n");
    check("echo a > f; echo $(cat < f; echo c)", "a c\n");
    check("IFS== read -r k v <<< a=1=2; echo \"$k $v\"", "a 1=2\n");
    check(
        "echo a,b,,c | { IFS=, read x y z; echo \"$x $y [$z]\"; }",
        "a b [,c]\n",
    );
    check("read -p 'key? ' k <<< ' a b '; echo \"[$k]\"", "[a b]\n");
    check("printf -v k '%03d' 7; echo $k", "007\n");
    check("let x=3+4 y=x*2; echo $x $y", "7 14\n");
    check("seq 3 | head -n -1; seq 3 | head -2", "1\n2\n1\n2\n");
}

/// Numbers beyond what the parser's own integers hold; bash takes them for text.
#[test]
fn numbers_without_bound_are_text() {
    let check = |line: &str, stdout: &str| {
        let ran = Shell::new(Config::default()).run(line);
        assert_eq!(String::from_utf8_lossy(&ran.stdout), stdout, "{line}");
    };
    let large = "99999999999999999999";
    for braces in [
        format!("{{1..{large}}}"),
        format!("{{{large}..1}}"),
        format!("{{-{large}..1}}"),
        format!("{{1..2..{large}}}"),
        format!("{{1..2..-{large}}}"),
        format!("{{{large}}}"),
    ] {
        check(&format!("echo {braces}"), &format!("{braces}\n"));
    }
    Shell::new(Config::default()).run(&format!("echo ${{{large}}}"));
    check(
        &format!("echo a {large}>f; cat f; echo b 2>g; cat g"),
        &format!("a {large}\nb\n"),
    );
}

#[test]
fn what_fails_leaves_files_variables_and_aliases() {
    let mut shell = Shell::new(Config::default());
    shell.run("etcdctl put a 1; echo kept > f; x=1; alias e='etcdctl get'; g() { echo g; }");
    let state = |shell: &Shell| {
        let files: Vec<_> = shell.files().names().map(str::to_owned).collect();
        let bytes: Vec<_> = files
            .iter()
            .map(|name| shell.files().get(name).unwrap().to_vec())
            .collect();
        (shell.store().revision(), files, bytes)
    };
    let before = state(&shell);
    for line in [
        "echo new > f; echo 'open",
        "x=2; for i in 1; do",
        "etcdctl put a 2; done",
        "alias e=ls; echo a | | b",
        "g() { echo h; }; fi",
        "frobnicate a b",
        "etcdctl frobnicate",
        "etcdctl put",
        "etcdctl put a",
        "etcdctl get a --rev x",
        "etcdctl get a --rev 99",
        "etcdctl compact 99",
        "etcdctl lease revoke zz",
        "cat nofile",
        "jq '.[' f",
        "jq . f",
        "mv nofile f",
        "cp nofile f",
        "rm nofile",
        "etcd-dump-db iterate-bucket nofile key",
        "bbolt keys f key",
        "echo {1..99999999999999999999}x | grep -q y",
    ] {
        assert_ne!(shell.run(line).exit, 0, "{line}");
        assert_eq!(state(&shell), before, "{line}");
        let ran = shell.run("echo $x; g; e a --print-value-only");
        assert_eq!(String::from_utf8_lossy(&ran.stdout), "1\ng\n1\n", "{line}");
    }
}
