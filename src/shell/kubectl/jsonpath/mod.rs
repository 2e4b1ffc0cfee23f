//! `-o jsonpath=` and the paths of `-o custom-columns=`: the template language of kubectl.
//!
//! Text outside of braces is printed as it is. Inside stand paths (`.items[*].metadata.name`),
//! quoted texts, and `range PATH` ... `end`. What a path finds is printed with spaces between.
//! A missing field is nothing; an index that a list does not have is an error, as in kubectl.

mod read;

use std::borrow::Cow;

use crate::kubernetes::{Value, json};

/// Values that one path may find.
const MAX_FOUND: usize = 1 << 20;

/// A template that was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template {
    source: String,
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    Path(Vec<Step>),
    Range(Vec<Step>, Vec<Node>),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    /// `.*`
    Every,
    /// `..`: the value and all that is in it.
    Within,
    /// `[0]`, and `[1:3:2]` with what is left out as none.
    Index(i64),
    Slice(Option<i64>, Option<i64>, i64),
    /// `[0,2]`
    Union(Vec<Step>),
    Filter(Vec<Step>, Option<(Compare, Operand)>),
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Compare {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Text(String),
    Number(f64),
    Bool(bool),
    Path(Vec<Step>),
}

impl Template {
    /// Reads a template; what is wrong comes in kubectl's words.
    pub(super) fn read(source: &str) -> Result<Self, String> {
        match read::nodes(source) {
            Ok(nodes) => Ok(Self {
                source: source.to_owned(),
                nodes,
            }),
            Err(why) => Err(format!("error: error parsing jsonpath {source}, {why}")),
        }
    }

    /// What is printed of a document.
    pub(super) fn print(&self, document: &Value<'_>) -> Result<String, String> {
        let mut out = String::new();
        match print(&self.nodes, document, &mut out) {
            Ok(()) => Ok(out),
            Err(why) => Err(format!(
                "error: error executing jsonpath {:?}: Error executing template: {why}",
                self.source
            )),
        }
    }

    /// What its only path finds, as a cell of a table has it.
    pub(super) fn cell(&self, document: &Value<'_>) -> String {
        let found = match self.nodes.as_slice() {
            [Node::Path(steps)] => find(steps, document).unwrap_or_default(),
            _ => Vec::new(),
        };
        match found.as_slice() {
            [] => "<none>".to_owned(),
            [one] if **one == Value::Null => "<none>".to_owned(),
            found => found
                .iter()
                .map(|value| text(value))
                .collect::<Vec<_>>()
                .join(","),
        }
    }
}

/// Reads a path as a column has it, with or without braces and the point in front.
pub(super) fn column(path: &str) -> Result<Template, String> {
    let inner = path
        .strip_prefix('{')
        .and_then(|path| path.strip_suffix('}'));
    let inner = inner.unwrap_or(path);
    let point = if inner.starts_with(['.', '[']) {
        ""
    } else {
        "."
    };
    Template::read(&format!("{{{point}{inner}}}"))
}

fn print(nodes: &[Node], at: &Value<'_>, out: &mut String) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Path(steps) => {
                let found = find(steps, at)?;
                let texts: Vec<_> = found.iter().map(|value| text(value)).collect();
                out.push_str(&texts.join(" "));
            }
            Node::Range(steps, body) => {
                for one in find(steps, at)? {
                    print(body, &one, out)?;
                }
            }
        }
    }
    Ok(())
}

/// A value as kubectl prints it: texts as they are, lists and maps as JSON.
fn text(value: &Value<'_>) -> String {
    match value {
        Value::Str(text) => text.to_string(),
        Value::Null => String::new(),
        _ => {
            let mut text = String::new();
            json::push_compact(&mut text, value);
            text
        }
    }
}

/// What a path found: parts of the document, and texts that stand in the path.
type Found<'a, 'v> = Vec<Cow<'a, Value<'v>>>;

fn find<'a, 'v>(steps: &[Step], at: &'a Value<'v>) -> Result<Found<'a, 'v>, String> {
    let mut found = vec![Cow::Borrowed(at)];
    for step in steps {
        let mut next = Vec::new();
        for value in found {
            match (step, value) {
                (Step::Text(text), _) => next.push(Cow::Owned(Value::text(text.clone()))),
                (_, Cow::Borrowed(value)) => take(step, value, &mut next)?,
                // There is nothing below a text.
                (_, Cow::Owned(_)) => {}
            }
            if next.len() > MAX_FOUND {
                return Err(format!("more than {MAX_FOUND} values found"));
            }
        }
        found = next;
    }
    Ok(found)
}

fn take<'a, 'v>(step: &Step, value: &'a Value<'v>, out: &mut Found<'a, 'v>) -> Result<(), String> {
    let mut push = |value: &'a Value<'v>| out.push(Cow::Borrowed(value));
    match step {
        Step::Text(_) => {}
        Step::Field(name) => value.get(name).into_iter().for_each(push),
        Step::Every => {
            let members = value.entries().iter().map(|(_, value)| value);
            value.items().iter().chain(members).for_each(push);
        }
        Step::Within => {
            let mut left = vec![value];
            while let Some(value) = left.pop() {
                push(value);
                left.extend(value.items().iter().rev());
                left.extend(value.entries().iter().rev().map(|(_, value)| value));
            }
        }
        Step::Index(_) | Step::Slice(..) | Step::Filter(..) if *value == Value::Null => {}
        Step::Index(index) => {
            let items = list(value)?;
            let len = items.len() as i64;
            let at = if *index < 0 { len + index } else { *index };
            let item = usize::try_from(at).ok().and_then(|at| items.get(at));
            let missing = || format!("array index out of bounds: index {at}, length {len}");
            push(item.ok_or_else(missing)?);
        }
        Step::Slice(from, to, by) => {
            let items = list(value)?;
            let len = items.len() as i64;
            let place = |index: i64| if index < 0 { len + index } else { index }.clamp(0, len);
            let (from, to) = (place(from.unwrap_or(0)), place(to.unwrap_or(len)));
            let (from, to) = (from as usize, to.max(from) as usize);
            let part = items.get(from..to).unwrap_or_default();
            part.iter().step_by((*by).max(1) as usize).for_each(push);
        }
        Step::Union(steps) => {
            for step in steps {
                take(step, value, out)?;
            }
        }
        Step::Filter(left, right) => {
            for item in list(value)? {
                if holds(left, right.as_ref(), item)? {
                    push(item);
                }
            }
        }
    }
    Ok(())
}

fn list<'a, 'v>(value: &'a Value<'v>) -> Result<&'a [Value<'v>], String> {
    match value {
        Value::List(items) => Ok(items),
        other => Err(format!("{} is not array or slice", text(other))),
    }
}

fn holds(
    left: &[Step],
    right: Option<&(Compare, Operand)>,
    item: &Value<'_>,
) -> Result<bool, String> {
    let mut found = find(left, item)?;
    let Some((compare, right)) = right else {
        return Ok(!found.is_empty());
    };
    let right = match right {
        Operand::Text(text) => Cow::Owned(Value::text(text.clone())),
        Operand::Number(number) => Cow::Owned(Value::Float(*number)),
        Operand::Bool(value) => Cow::Owned(Value::Bool(*value)),
        Operand::Path(steps) => match find(steps, item)?.pop() {
            Some(value) => value,
            None => return Ok(false),
        },
    };
    let Some(left) = found.pop() else {
        return Ok(false);
    };
    if !found.is_empty() {
        return Err("can only compare one element at a time".to_owned());
    }
    let number = |value: &Value<'_>| match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    };
    let order = match (&*left, &*right) {
        (Value::Str(left), Value::Str(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (left, right) => match (number(left), number(right)) {
            (Some(left), Some(right)) => left.partial_cmp(&right),
            _ => return Err("incompatible types for comparison".to_owned()),
        },
    };
    Ok(order.is_some_and(|order| match compare {
        Compare::Equal => order.is_eq(),
        Compare::Unequal => order.is_ne(),
        Compare::Less => order.is_lt(),
        Compare::LessOrEqual => order.is_le(),
        Compare::More => order.is_gt(),
        Compare::MoreOrEqual => order.is_ge(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PODS: &str = r#"{"items":[
        {"metadata":{"name":"a","labels":{"app.k8s.io/x":"1"}},"ready":true,"n":1},
        {"metadata":{"name":"b"},"ready":false,"n":2,"ports":[80,443]},
        {"metadata":{"name":"c"},"n":3}]}"#;

    fn check(template: &str, expected: &str) {
        let (value, error) = json::read(PODS.as_bytes());
        assert!(error.is_none());
        let printed = Template::read(template).and_then(|template| template.print(&value));
        assert_eq!(
            printed.unwrap_or_else(|error| error),
            expected,
            "{template}"
        );
    }

    #[test]
    fn paths_find_what_they_name() {
        check("{.items[0].metadata.name}", "a");
        check("{.items[*].metadata.name}", "a b c");
        check("{.items[-1].metadata.name}", "c");
        check("{.items[0:2].metadata.name}", "a b");
        check("{.items[::2].metadata.name}", "a c");
        check("{.items[0,2].n}", "1 3");
        check("{.items[*]['metadata'].name}", "a b c");
        check("{.items[0].metadata.labels.app\\.k8s\\.io/x}", "1");
        check("{..name}", "a b c");
        check("{.items[1].ports}", "[80,443]");
        check("{$.items[1].ports[1]}", "443");
        check("{.items[*].missing}", "");
        check("name: {.items[0].metadata.name}!", "name: a!");
        check(".items", ".items");
    }

    #[test]
    fn ranges_repeat_and_filters_choose() {
        check(
            "{range .items[*]}{.metadata.name}{\"\\t\"}{.n}{\"\\n\"}{end}",
            "a\t1\nb\t2\nc\t3\n",
        );
        check(
            "{range .items[*]}{range .ports[*]}{@};{end}{end}",
            "80;443;",
        );
        check("{.items[?(@.metadata.name==\"b\")].n}", "2");
        check("{.items[?(@.metadata.name != 'b')].n}", "1 3");
        check("{.items[?(@.n>=2)].metadata.name}", "b c");
        check("{.items[?(@.ready==true)].metadata.name}", "a");
        check("{.items[?(@.ports)].metadata.name}", "b");
    }

    #[test]
    fn mistakes_are_told_in_kubectls_words() {
        check(
            "{.items[}",
            "error: error parsing jsonpath {.items[}, unterminated array",
        );
        check(
            "{.items",
            "error: error parsing jsonpath {.items, unclosed action",
        );
        check(
            "{foo}",
            "error: error parsing jsonpath {foo}, unrecognized identifier foo",
        );
        check(
            "{\"a}",
            "error: error parsing jsonpath {\"a}, unterminated quoted string",
        );
        check(
            "{.a[x]}",
            "error: error parsing jsonpath {.a[x]}, invalid array index x",
        );
        check(
            "{=}",
            "error: error parsing jsonpath {=}, unrecognized character in action: U+003D '='",
        );
        check(
            "{end}",
            "error: error parsing jsonpath {end}, not in range, nothing to end",
        );
        check(
            "{.items[7].n}",
            "error: error executing jsonpath \"{.items[7].n}\": Error executing template: array index out of bounds: index 7, length 3",
        );
        let deep = format!("{}{}", "{range .a}".repeat(100), "{end}".repeat(100));
        assert!(
            Template::read(&deep)
                .unwrap_err()
                .ends_with("nested too deeply")
        );
        let filters = "{.a[?(@".repeat(1000);
        assert!(Template::read(&filters).is_err());
        let wide = |times: usize| Template::read(&format!("{{{}}}", "..".repeat(times)));
        let (value, _) = json::read(PODS.as_bytes());
        let too_much = wide(40).unwrap().print(&value).unwrap_err();
        assert!(too_much.ends_with("more than 1048576 values found"));
        assert!(wide(300).unwrap_err().ends_with("more than 256 steps"));
    }

    proptest::proptest! {
        #[test]
        fn no_template_stops_the_reader(template in "(\\{|\\}|\\[\\?\\(|\\)\\]|[.@$=<>!'\",:*\\\\ \\-\\[\\]]|items|range |end|name|[0-9]|ü){0,40}") {
            let (value, _) = json::read(PODS.as_bytes());
            if let Ok(template) = Template::read(&template) {
                drop(template.print(&value));
            }
            drop(column(&template).map(|template| template.cell(&value)));
        }
    }
}
