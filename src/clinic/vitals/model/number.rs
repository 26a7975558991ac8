//! Numbers as people write them, in whole steps.

/// `36.6`, `70.25`: tenths always where there are digits, further ones where they are something.
#[must_use]
pub fn shown(value: i32, digits: u32) -> String {
    let scale = 10_i32.pow(digits);
    let (sign, whole, rest) =
        (if value < 0 { "-" } else { "" }, (value / scale).abs(), (value % scale).abs());
    match digits {
        0 => format!("{sign}{whole}"),
        // Tenths always, further digits where there are some.
        _ => {
            let mut text = format!("{:0width$}", rest, width = usize::try_from(digits).unwrap_or(1));
            while text.len() > 1 && text.ends_with('0') {
                text.pop();
            }
            format!("{sign}{whole}.{text}")
        }
    }
}

/// A number as people write it, in steps of `10^-digits`, rounded half away from zero. `36,6` is `36.6`.
#[must_use]
pub fn decimal(typed: &str, digits: u32) -> Option<i32> {
    let typed = typed.trim();
    let (sign, rest) =
        typed.strip_prefix('-').map_or((1_i64, typed.strip_prefix('+').unwrap_or(typed)), |rest| (-1, rest));
    let (whole, part) = rest.split_once(['.', ',']).unwrap_or((rest, ""));
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !is_number(whole) || !is_number(part) || whole.len() > 9 {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let scale = 10_i64.checked_pow(digits)?;
    let wanted = usize::try_from(digits).ok()?;
    let mut fraction = 0_i64;
    for n in 0..wanted {
        let digit = part.as_bytes().get(n).map_or(0, |b| i64::from(b - b'0'));
        fraction = fraction * 10 + digit;
    }
    let rounds_up = part.as_bytes().get(wanted).is_some_and(|b| *b >= b'5');
    i32::try_from(sign * (whole * scale + fraction + i64::from(rounds_up))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinic::vitals::model::Measure;

    #[test]
    fn numbers_are_read_as_they_are_shown() {
        for (typed, digits, value) in [
            ("37", 1, Some(370)),
            ("36,6", 1, Some(366)),
            ("36.65", 1, Some(367)),
            ("36.649", 1, Some(366)),
            ("-0.04", 1, Some(0)),
            ("-3.5", 1, Some(-35)),
            (" 70.2505 ", 3, Some(70_251)),
            (".5", 1, Some(5)),
            ("72.", 0, Some(72)),
            ("72.5", 0, Some(73)),
            ("", 0, None),
            (".", 0, None),
            ("1e3", 0, None),
            ("12O", 0, None),
            ("1.2.3", 1, None),
            ("9999999999", 0, None),
            ("999999999", 3, None),
        ] {
            assert_eq!(decimal(typed, digits), value, "{typed}");
        }
        assert_eq!(Measure::Temperature.shown(366), "36.6");
        assert_eq!(Measure::Temperature.shown(370), "37.0");
        assert_eq!(Measure::Weight.shown(70_250), "70.25");
        assert_eq!(Measure::Weight.shown(3_005), "3.005");
        assert_eq!(Measure::Weight.shown(70_000), "70.0");
        assert_eq!(Measure::HeartRate.shown(72), "72");
    }
}
