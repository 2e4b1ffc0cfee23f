//! A document as kubectl prints it: maps with sorted keys, lists, strings, numbers.
//!
//! Strings are borrowed from the stored bytes and keys from the schema, so that decoding copies
//! next to nothing. [`Value::into_owned`] cuts both ties.

use std::borrow::Cow;

/// One entry of a map.
pub type Entry<'a> = (Cow<'a, str>, Value<'a>);

/// A node of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Str(Cow<'a, str>),
    /// A list.
    List(Vec<Value<'a>>),
    /// A map, in the byte order of its keys, each of which stands once.
    Map(Vec<Entry<'a>>),
}

impl<'a> Value<'a> {
    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Str(text.into())
    }

    /// A map of entries in any order; of equal keys the last one stays.
    pub fn map(mut entries: Vec<Entry<'a>>) -> Self {
        sort_entries(&mut entries);
        Self::Map(entries)
    }

    /// A member of a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let entries = self.entries();
        let at = entries.binary_search_by(|(found, _)| (**found).cmp(key));
        entries.get(at.ok()?).map(|(_, value)| value)
    }

    /// A member of a member, as far down as `path` has keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// A member of a map, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Self::Map(entries) = self else {
            return None;
        };
        let at = entries.binary_search_by(|(found, _)| (**found).cmp(key));
        entries.get_mut(at.ok()?).map(|(_, value)| value)
    }

    /// Puts a member into a map, in place of one of that name. Anything but a map stays as it is.
    pub fn set(&mut self, key: impl Into<Cow<'a, str>>, value: Self) {
        let Self::Map(entries) = self else {
            return;
        };
        let key = key.into();
        match entries.binary_search_by(|(found, _)| (**found).cmp(&*key)) {
            Ok(at) => {
                if let Some(entry) = entries.get_mut(at) {
                    entry.1 = value;
                }
            }
            Err(at) => entries.insert(at, (key, value)),
        }
    }

    /// Takes a member out of a map.
    pub fn remove(&mut self, key: &str) -> Option<Self> {
        let Self::Map(entries) = self else {
            return None;
        };
        let at = entries.binary_search_by(|(found, _)| (**found).cmp(key));
        at.ok().map(|at| entries.remove(at).1)
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> &[Entry<'a>] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is a whole one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// Whether Go's `omitempty` would leave it out.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(value) => !value,
            Self::Int(number) => *number == 0,
            Self::Float(number) => *number == 0.0,
            Self::Str(text) => text.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Map(_) => false,
        }
    }

    /// The same document with nothing borrowed.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(number) => Value::Int(number),
            Self::Float(number) => Value::Float(number),
            Self::Str(text) => Value::Str(Cow::Owned(text.into_owned())),
            Self::List(items) => Value::List(items.into_iter().map(Value::into_owned).collect()),
            Self::Map(entries) => Value::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| (Cow::Owned(key.into_owned()), value.into_owned()))
                    .collect(),
            ),
        }
    }
}

/// Sorts by key; of equal keys the last one stays.
fn sort_entries(entries: &mut Vec<Entry<'_>>) {
    if entries.is_sorted_by(|(a, _), (b, _)| a < b) {
        return;
    }
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    entries.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            std::mem::swap(next, kept);
        }
        same
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&'static str, i64)]) -> Value<'static> {
        let entry = |(key, number): &(&'static str, i64)| ((*key).into(), Value::Int(*number));
        Value::map(entries.iter().map(entry).collect())
    }

    #[test]
    fn a_map_is_sorted_and_the_last_of_equal_keys_stays() {
        let mut value = map(&[("b", 1), ("a", 2), ("b", 3), ("a", 4), ("b", 5)]);
        assert_eq!(value, map(&[("a", 4), ("b", 5)]));
        value.set("aa", Value::Null);
        value.set("b", Value::Bool(true));
        let keys: Vec<_> = value.entries().iter().map(|(key, _)| &**key).collect();
        assert_eq!(keys, ["a", "aa", "b"]);
        assert_eq!(value.remove("aa"), Some(Value::Null));
        assert_eq!(value.get("b"), Some(&Value::Bool(true)));
        assert_eq!(value.at(&["a", "x"]), None);
    }
}
