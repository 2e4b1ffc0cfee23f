//! What jaq's standard filters ask of a value.

use super::value::Value;

impl jaq_std::ValT for Value {
    fn into_seq<S: FromIterator<Self>>(self) -> Result<S, Self> {
        match &self {
            Value::Arr(array) => Ok(array.items().iter().cloned().collect()),
            _ => Err(self),
        }
    }

    fn is_int(&self) -> bool {
        matches!(self, Value::Num(number) if number.float.fract() == 0.0)
    }

    fn as_isize(&self) -> Option<isize> {
        match self {
            Value::Num(number) if number.float.fract() == 0.0 => Some(number.float as isize),
            _ => None,
        }
    }

    fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Num(number) => Some(number.float),
            _ => None,
        }
    }

    fn is_utf8_str(&self) -> bool {
        matches!(self, Value::Str(_))
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Str(text) => Some(text.as_bytes()),
            _ => None,
        }
    }

    fn as_sub_str(&self, part: &[u8]) -> Self {
        Value::from(super::write::lossy(part))
    }

    fn from_utf8_bytes(bytes: impl AsRef<[u8]> + Send + 'static) -> Self {
        Value::from(super::write::lossy(bytes.as_ref()))
    }
}
