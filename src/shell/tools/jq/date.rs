//! Dates in filters: seconds since 1970 and their ISO text, in UTC.

use jaq_core::ValR;

use super::ops::error;
use super::value::Value;

/// `todate`.
pub fn to_text(value: &Value) -> ValR<Value> {
    let Value::Num(number) = value else {
        return Err(error("strftime/1 requires parsed datetime inputs"));
    };
    let seconds = number.float.clamp(-1e11, 1e11).floor() as i64;
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Years begin in March here, so that the day of a leap year comes last.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    Ok(format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z").into())
}

/// `fromdate`.
pub fn from_text(value: &Value) -> ValR<Value> {
    let Value::Str(text) = value else {
        return Err(error("strptime/1 requires string inputs and arguments"));
    };
    let refuse = || {
        error(format!(
            "date \"{text}\" does not match format \"%Y-%m-%dT%H:%M:%SZ\""
        ))
    };
    let plain = text.strip_suffix('Z').ok_or_else(refuse)?;
    let parts: Vec<i64> = plain
        .split(['-', 'T', ':'])
        .map(|part| part.parse().map_err(|_| refuse()))
        .collect::<Result<_, _>>()?;
    let [year, month, date, hour, minute, second] = parts.as_slice() else {
        return Err(refuse());
    };
    let is_date = (0..=9999).contains(year) && (1..=12).contains(month) && (1..=31).contains(date);
    if !is_date || *hour > 23 || *minute > 59 || *second > 60 {
        return Err(refuse());
    }
    let shifted = if *month <= 2 { year - 1 } else { *year };
    let (era, year) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let day = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    let days = era * 146_097 + year * 365 + year / 4 - year / 100 + day - 719_468;
    Ok(Value::from(
        days * 86_400 + hour * 3600 + minute * 60 + second,
    ))
}
