//! Compiling and running one filter, within bounds.
//!
//! jaq follows a filter as far as it goes, so three things are counted here. Every call of a
//! definition passes [`tick`], which is put in front of each body, those of the prelude as well as
//! the user's: it spends fuel and looks how far the stack has grown. Operations on values spend
//! fuel by what they copy. And values have a largest size of their own (`value`).

use std::cell::{Cell, RefCell};

use jaq_core::compile::Undefined;
use jaq_core::data::HasLut;
use jaq_core::load::lex::{Lexer, StrPart, Tok, Token};
use jaq_core::load::parse::{BinaryOp, Def, Term};
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, DataT, Exn, Lut, Vars};

use super::funs;
use super::read::Reader;
use super::value::{Value, charge, fuel, set_fuel};

/// Name of the filter that counts.
pub const TICK: &str = "revscope_tick";

/// Steps that one run of jq may take.
const FUEL: u64 = 5_000_000;
/// Bytes of stack that a filter may take.
const STACK_BYTES: usize = if cfg!(debug_assertions) {
    1 << 20
} else {
    256 << 10
};
/// Longest filter, in bytes.
const MAX_FILTER_BYTES: usize = 16 << 10;
/// Most words and marks of a filter: its parser recurses over them.
const MAX_TOKENS: usize = 1500;
/// Deepest nesting of brackets and strings in a filter.
const MAX_NESTING: usize = 24;

/// Exit code of a run that was stopped, which no filter of a user gives.
const STOPPED: i32 = i32::MIN;

/// The kinds of data that filters work on.
pub struct Kind;

impl DataT for Kind {
    type V<'a> = Value;
    type Data<'a> = Env<'a>;
}

/// What filters see besides their input.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    lut: &'a Lut<Kind>,
    pub(super) state: &'a State,
}

impl<'a> HasLut<'a, Kind> for Env<'a> {
    fn lut(&self) -> &'a Lut<Kind> {
        self.lut
    }
}

/// The inputs, and what filters said on the side.
#[derive(Debug)]
pub struct State {
    inputs: RefCell<Reader>,
    said: RefCell<String>,
    /// Where the stack stood when the run began.
    base: Cell<usize>,
}

impl State {
    /// Begins with these inputs.
    pub fn new(inputs: Reader) -> Self {
        Self {
            inputs: RefCell::new(inputs),
            said: RefCell::default(),
            base: Cell::new(0),
        }
    }

    /// The next input; `None` at the end.
    pub fn next_input(&self) -> Option<Result<Value, String>> {
        charge(10);
        self.inputs.borrow_mut().next()
    }

    /// Lines of input read so far.
    pub fn lines(&self) -> u64 {
        self.inputs.borrow().lines()
    }

    /// Notes what goes to standard error.
    pub fn say(&self, text: &str) {
        let mut said = self.said.borrow_mut();
        if charge(text.len() as u64 / 16 + 1) {
            said.push_str(text);
        }
    }

    /// What was said since the last time this was asked.
    pub fn take_said(&self) -> String {
        std::mem::take(&mut self.said.borrow_mut())
    }
}

/// How one input ended.
#[derive(Debug)]
pub enum End {
    /// All outputs were made.
    Done,
    /// An error; its value.
    Error(Value),
    /// The filter ended the program with this code.
    Halt(i32),
    /// A bound was reached; which.
    Stopped(&'static str),
}

/// A compiled filter.
pub struct Program(jaq_core::Filter<Kind>);

impl Program {
    /// Compiles a filter with global variables, named with their `$`.
    ///
    /// # Errors
    /// jq's lines about it, all but the count at the end.
    pub fn compile(filter: &str, variables: &[String]) -> Result<Self, Vec<String>> {
        let code = counted(filter)?;
        let own = load::parse(include_str!("prelude.jq"), |p| p.defs()).unwrap_or_default();
        let defs = jaq_core::defs().chain(own).map(guarded);
        let arena = Arena::default();
        let file = File {
            code: code.as_str(),
            path: (),
        };
        let modules = Loader::new(defs).load(&arena, file).map_err(|errors| {
            let found = errors.iter().find_map(|(_, error)| match error {
                load::Error::Lex(errors) => errors.first().map(|error| error.1),
                load::Error::Parse(errors) => errors.first().map(|error| error.1),
                load::Error::Io(_) => None,
            });
            vec![syntax(filter, found)]
        })?;
        let globals = variables.iter().map(String::as_str);
        let compiler = Compiler::default()
            .with_global_vars(globals)
            .with_funs(funs::all());
        let compiled = compiler.compile(modules).map_err(|errors| {
            let all = errors.into_iter().flat_map(|(_, errors)| errors);
            all.map(|(name, kind)| {
                let name = match kind {
                    Undefined::Filter(arity) => format!("{name}/{arity}"),
                    Undefined::Label => format!("$*label-{}", name.trim_start_matches('$')),
                    _ => name.to_owned(),
                };
                let line = filter.lines().next().unwrap_or_default();
                format!("jq: error: {name} is not defined at <top-level>, line 1:\n{line}")
            })
            .collect::<Vec<_>>()
        })?;
        Ok(Self(compiled))
    }

    /// Runs the filter on one input; `each` gets the outputs and says whether to go on.
    pub fn run(
        &self,
        input: Value,
        variables: &[Value],
        state: &State,
        each: &mut dyn FnMut(Value) -> bool,
    ) -> End {
        let here = 0u8;
        state.base.set(std::ptr::from_ref(&here).addr());
        let env = Env {
            lut: &self.0.lut,
            state,
        };
        let context = Ctx::<Kind>::new(env, Vars::new(variables.iter().cloned()));
        for output in self.0.id.run((context, input)) {
            if fuel() == 0 {
                return End::Stopped(TOO_LONG);
            }
            match output {
                Ok(value) => match value.refusal() {
                    Some(why) => return End::Stopped(why),
                    None if each(value) => {}
                    None => return End::Done,
                },
                Err(exception) => return Self::end(exception),
            }
        }
        match fuel() {
            0 => End::Stopped(TOO_LONG),
            _ => End::Done,
        }
    }

    fn end(exception: Exn<'_, Value>) -> End {
        if fuel() == 0 {
            return End::Stopped(TOO_LONG);
        }
        match exception.get_err() {
            Ok(error) => End::Error(error.into_val()),
            Err(other) => match other.get_halt() {
                Ok(STOPPED) => End::Stopped("the filter calls itself too deeply"),
                Ok(code) => End::Halt(code),
                Err(_) => End::Error("break".into()),
            },
        }
    }
}

const TOO_LONG: &str = "the filter takes too many steps";

/// Allows a run its steps.
pub fn refuel() {
    set_fuel(FUEL);
}

/// Counts a call; stops the run where it has done too much or stands too deep.
pub fn tick(context: &Ctx<'_, Kind>) -> Result<(), Exn<'static, Value>> {
    let here = 0u8;
    let depth = std::ptr::from_ref(&here)
        .addr()
        .abs_diff(context.data().state.base.get());
    match charge(4) && depth < STACK_BYTES {
        true => Ok(()),
        false => Err(Exn::halt(STOPPED)),
    }
}

/// Puts the count in front of a definition's body, and of those inside it.
fn guarded(mut def: Def<&'static str>) -> Def<&'static str> {
    def.body = guarded_body(def.body);
    def
}

fn guarded_body(body: Term<&'static str>) -> Term<&'static str> {
    match body {
        Term::Def(defs, rest) => Term::Def(
            defs.into_iter().map(guarded).collect(),
            Box::new(guarded_body(*rest)),
        ),
        body => {
            let tick = Term::Call(TICK, Vec::new());
            Term::BinOp(Box::new(tick), BinaryOp::Pipe(None), Box::new(body))
        }
    }
}

/// The user's text with the count in front of the body of every definition.
fn counted(filter: &str) -> Result<String, Vec<String>> {
    let refuse = |what: &str| Err(vec![format!("jq: error: {what}")]);
    if filter.len() > MAX_FILTER_BYTES {
        return refuse(&format!(
            "the filter has more than {MAX_FILTER_BYTES} bytes"
        ));
    }
    let mut nesting = 0usize;
    for byte in filter.bytes() {
        match byte {
            b'(' | b'[' | b'{' => nesting += 1,
            b')' | b']' | b'}' => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        if nesting > MAX_NESTING {
            return refuse("the filter is nested too deeply");
        }
    }
    let tokens = Lexer::new(filter).lex().map_err(|errors| {
        let at = errors.first().map(|error| error.1);
        vec![syntax(filter, at)]
    })?;
    let mut places = Vec::new();
    let mut left = MAX_TOKENS;
    if !colons(filter, &tokens, &mut places, &mut left) {
        return refuse(&format!(
            "the filter has more than {MAX_TOKENS} words and marks"
        ));
    }
    places.sort_unstable();
    let mut out = String::with_capacity(filter.len() + places.len() * 16);
    let mut from = 0;
    for place in places {
        out.push_str(filter.get(from..place).unwrap_or_default());
        out.push_str(&format!(" {TICK} | "));
        from = place;
    }
    out.push_str(filter.get(from..).unwrap_or_default());
    Ok(out)
}

/// Finds where bodies of definitions begin; `false` where there are too many tokens.
fn colons(filter: &str, tokens: &[Token<&str>], places: &mut Vec<usize>, left: &mut usize) -> bool {
    let offset = |part: &str| part.as_ptr().addr().wrapping_sub(filter.as_ptr().addr());
    let mut in_head = false;
    for token in tokens {
        let Some(less) = left.checked_sub(1) else {
            return false;
        };
        *left = less;
        match (&token.1, token.0) {
            (Tok::Word, "def") => in_head = true,
            (Tok::Sym, ":") if in_head => {
                in_head = false;
                places.push(offset(token.0) + 1);
            }
            (Tok::Block(inner), _) if !colons(filter, inner, places, left) => return false,
            (Tok::Str(parts), _) => {
                for part in parts {
                    if let StrPart::Term(inner) = part
                        && !colons(filter, std::slice::from_ref(inner), places, left)
                    {
                        return false;
                    }
                }
            }
            _ => {}
        }
    }
    true
}

/// jq's line about a filter that does not parse; `found` is the text from where it stumbled.
fn syntax(filter: &str, found: Option<&str>) -> String {
    let found = found.unwrap_or_default();
    let what = match found.chars().next() {
        None => "unexpected end of file".to_owned(),
        Some(char) if char.is_ascii_alphabetic() || char == '_' => {
            const KEYWORDS: &[&str] = &[
                "def", "if", "then", "elif", "else", "end", "as", "reduce", "foreach", "try",
                "catch", "label", "import", "include", "and", "or",
            ];
            let is_word = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
            let word: String = found.chars().take_while(is_word).collect();
            match KEYWORDS.contains(&word.as_str()) {
                true => format!("unexpected {word}"),
                false => "unexpected IDENT".to_owned(),
            }
        }
        Some('0'..='9') => "unexpected LITERAL".to_owned(),
        Some('"') => "unexpected QQSTRING_START".to_owned(),
        Some('.') if found.starts_with("..") => "unexpected \"..\"".to_owned(),
        Some('.')
            if found
                .get(1..)
                .is_some_and(|rest| rest.starts_with(char::is_alphabetic)) =>
        {
            "unexpected FIELD".to_owned()
        }
        Some('&' | '#' | '~' | '^' | '!' | '`' | '\\' | '\'') => {
            "unexpected INVALID_CHARACTER".to_owned()
        }
        Some(char) => format!("unexpected '{char}'"),
    };
    let line = filter.lines().next().unwrap_or_default();
    format!(
        "jq: error: syntax error, {what} (Unix shell quoting issues?) at <top-level>, line 1:\n{line}"
    )
}
