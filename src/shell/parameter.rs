//! `$NAME`, `${NAME:-default}`, `${NAME%suffix}` and their like.

use brush_parser::word::{
    Parameter, ParameterExpr, ParameterTestType, SpecialParameter, SubstringMatchKind,
};

use super::expand::MAX_WORD_BYTES;
use super::{Output, Shell, pattern};

impl Shell {
    /// The value that an expansion stands for.
    pub(super) fn parameter(
        &mut self,
        expression: &ParameterExpr,
        out: &mut Output,
    ) -> Result<Vec<u8>, String> {
        use ParameterExpr as E;
        let unsupported =
            || Err("revscope: this expansion of a variable is not simulated".to_owned());
        let is_missing = |value: &Option<Vec<u8>>, test: &ParameterTestType| match test {
            ParameterTestType::Unset => value.is_none(),
            ParameterTestType::UnsetOrNull => value.as_ref().is_none_or(Vec::is_empty),
        };
        match expression {
            E::Parameter {
                parameter,
                indirect: false,
            } => self.value_of(parameter),
            E::UseDefaultValues {
                parameter,
                indirect: false,
                test_type,
                default_value,
            } => {
                let value = self.read(parameter)?;
                match is_missing(&value, test_type) {
                    true => self.expand_one(default_value.as_deref().unwrap_or_default(), out),
                    false => Ok(value.unwrap_or_default()),
                }
            }
            E::AssignDefaultValues {
                parameter,
                indirect: false,
                test_type,
                default_value,
            } => {
                let value = self.read(parameter)?;
                if !is_missing(&value, test_type) {
                    return Ok(value.unwrap_or_default());
                }
                let value = self.expand_one(default_value.as_deref().unwrap_or_default(), out)?;
                if let Parameter::Named(name) = parameter {
                    self.set(name, value.clone());
                }
                Ok(value)
            }
            E::UseAlternativeValue {
                parameter,
                indirect: false,
                test_type,
                alternative_value,
            } => {
                let value = self.read(parameter)?;
                match is_missing(&value, test_type) {
                    true => Ok(Vec::new()),
                    false => self.expand_one(alternative_value.as_deref().unwrap_or_default(), out),
                }
            }
            E::IndicateErrorIfNullOrUnset {
                parameter,
                indirect: false,
                test_type,
                error_message,
            } => {
                let value = self.read(parameter)?;
                if !is_missing(&value, test_type) {
                    return Ok(value.unwrap_or_default());
                }
                let text = error_message
                    .as_deref()
                    .unwrap_or("parameter null or not set");
                Err(format!("bash: {}: {text}", shown(parameter)))
            }
            E::ParameterLength {
                parameter,
                indirect: false,
            } => {
                let value = self.value_of(parameter)?;
                Ok(String::from_utf8_lossy(&value)
                    .chars()
                    .count()
                    .to_string()
                    .into_bytes())
            }
            E::RemoveSmallestPrefixPattern {
                parameter,
                indirect: false,
                pattern: cut,
            } => self.cut(parameter, cut, out, |cut, text| {
                pattern::without_prefix(cut, text, false)
            }),
            E::RemoveLargestPrefixPattern {
                parameter,
                indirect: false,
                pattern: cut,
            } => self.cut(parameter, cut, out, |cut, text| {
                pattern::without_prefix(cut, text, true)
            }),
            E::RemoveSmallestSuffixPattern {
                parameter,
                indirect: false,
                pattern: cut,
            } => self.cut(parameter, cut, out, |cut, text| {
                pattern::without_suffix(cut, text, false)
            }),
            E::RemoveLargestSuffixPattern {
                parameter,
                indirect: false,
                pattern: cut,
            } => self.cut(parameter, cut, out, |cut, text| {
                pattern::without_suffix(cut, text, true)
            }),
            E::Substring {
                parameter,
                indirect: false,
                offset,
                length,
            } => {
                let value = self.value_of(parameter)?;
                let text: Vec<char> = String::from_utf8_lossy(&value).chars().collect();
                let count = i64::try_from(text.len()).unwrap_or(i64::MAX);
                let from = self.calculate(&offset.value, out)?;
                let from = if from < 0 {
                    from.saturating_add(count)
                } else {
                    from
                }
                .clamp(0, count);
                let to = match length {
                    None => count,
                    Some(length) => match self.calculate(&length.value, out)? {
                        back @ ..0 => count.saturating_add(back),
                        length => from.saturating_add(length).min(count),
                    },
                };
                let place = |at: i64| usize::try_from(at).unwrap_or(0);
                let part = text
                    .get(place(from)..place(to.max(from)))
                    .unwrap_or_default();
                Ok(part.iter().collect::<String>().into_bytes())
            }
            E::ReplaceSubstring {
                parameter,
                indirect: false,
                pattern,
                replacement,
                match_kind,
            } => {
                let value = self.value_of(parameter)?;
                let text = String::from_utf8_lossy(&value).into_owned();
                let cut = self.expand_pattern(pattern, out)?;
                let by = self.expand_one(replacement.as_deref().unwrap_or_default(), out)?;
                let by = String::from_utf8_lossy(&by).into_owned();
                if text.len().saturating_mul(by.len() + 16) > MAX_WORD_BYTES * 16 {
                    return Err(self.too_long());
                }
                let all = match match_kind {
                    SubstringMatchKind::FirstOccurrence => {
                        pattern::replace(&cut, &text, &by, false)
                    }
                    SubstringMatchKind::Anywhere => pattern::replace(&cut, &text, &by, true),
                    SubstringMatchKind::Prefix => {
                        match pattern::without_prefix(&cut, &text, true) {
                            rest if rest.len() < text.len() => by + rest,
                            _ => text,
                        }
                    }
                    SubstringMatchKind::Suffix => {
                        match pattern::without_suffix(&cut, &text, true) {
                            rest if rest.len() < text.len() => rest.to_owned() + &by,
                            _ => text,
                        }
                    }
                };
                Ok(all.into_bytes())
            }
            E::UppercasePattern {
                parameter,
                indirect: false,
                pattern: None,
            } => {
                let value = self.value_of(parameter)?;
                Ok(String::from_utf8_lossy(&value).to_uppercase().into_bytes())
            }
            E::LowercasePattern {
                parameter,
                indirect: false,
                pattern: None,
            } => {
                let value = self.value_of(parameter)?;
                Ok(String::from_utf8_lossy(&value).to_lowercase().into_bytes())
            }
            _ => unsupported(),
        }
    }

    fn cut(
        &mut self,
        parameter: &Parameter,
        cut: &Option<String>,
        out: &mut Output,
        without: impl for<'a> Fn(&str, &'a str) -> &'a str,
    ) -> Result<Vec<u8>, String> {
        let value = self.value_of(parameter)?;
        let cut = self.expand_pattern(cut.as_deref().unwrap_or_default(), out)?;
        let text = String::from_utf8_lossy(&value).into_owned();
        Ok(without(&cut, &text).as_bytes().to_vec())
    }

    /// The value where one is expected: nothing for none, unless `set -u` forbids that.
    fn value_of(&mut self, parameter: &Parameter) -> Result<Vec<u8>, String> {
        match self.read(parameter)? {
            Some(value) => Ok(value),
            None => match parameter {
                Parameter::Positional(at) => self.unset(&format!("${at}")),
                _ => self.unset(&shown(parameter)),
            },
        }
    }

    fn read(&self, parameter: &Parameter) -> Result<Option<Vec<u8>>, String> {
        let number = |number: u64| Some(number.to_string().into_bytes());
        Ok(match parameter {
            Parameter::Named(name) => match self.variables.get(name) {
                Some(variable) => Some(variable.value.clone()),
                None => match name.as_str() {
                    "PWD" | "HOME" => Some(b"/root".to_vec()),
                    "PATH" => Some(b"/usr/local/bin:/usr/bin:/bin".to_vec()),
                    _ => None,
                },
            },
            Parameter::Positional(0) => Some(b"bash".to_vec()),
            Parameter::Positional(at) => {
                let at = usize::try_from(*at).unwrap_or(usize::MAX);
                self.arguments.get(at - 1).cloned()
            }
            Parameter::Special(special) => match special {
                SpecialParameter::AllPositionalParameters { .. } => {
                    Some(self.arguments.join(&b' '))
                }
                SpecialParameter::PositionalParameterCount => number(self.arguments.len() as u64),
                SpecialParameter::LastExitStatus => Some(self.last_exit.to_string().into_bytes()),
                SpecialParameter::ProcessId => number(1),
                SpecialParameter::LastBackgroundProcessId => number(self.session.last_job()),
                SpecialParameter::CurrentOptionFlags => Some(b"himBH".to_vec()),
                SpecialParameter::ShellName => Some(b"bash".to_vec()),
            },
            _ => return Err("revscope: an array is not simulated".to_owned()),
        })
    }
}

fn shown(parameter: &Parameter) -> String {
    match parameter {
        Parameter::Named(name) => name.clone(),
        Parameter::Positional(at) => at.to_string(),
        _ => "?".to_owned(),
    }
}
