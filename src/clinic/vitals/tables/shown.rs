//! A table as people read it: one line for each thing that it says.

use serde_json::Value;

use crate::clinic::vitals::model::Measure;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub label: String,
    pub text: String,
}

/// Everything that a table says, in its order.
#[must_use]
pub fn lines(body: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    walk("", body, &mut lines);
    lines
}

fn walk(above: &str, value: &Value, lines: &mut Vec<Line>) {
    let Some(fields) = value.as_object() else { return };
    for (name, value) in fields {
        let label = if above.is_empty() { label(name) } else { format!("{above}: {}", label(name)) };
        match value {
            Value::Object(inside) if inside.values().any(Value::is_object) => walk(&label, value, lines),
            Value::Array(items) if items.iter().any(Value::is_object) => {
                let text = items.iter().map(in_short).collect::<Vec<_>>().join("; ");
                lines.push(Line { label, text });
            }
            value => lines.push(Line { label, text: in_short(value) }),
        }
    }
}

/// `up to 8: 3 points`, `from 20, to 300`
fn in_short(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            if let Some(points) = fields.get("points") {
                return match fields.get("up_to") {
                    Some(up_to) => format!("up to {up_to}: {points}"),
                    None => format!("above: {points}"),
                };
            }
            let parts = fields
                .iter()
                .map(|(name, value)| format!("{} {}", label(name).to_lowercase(), in_short(value)));
            parts.collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => match items.as_slice() {
            [Value::Null, Value::Null] => "any".to_owned(),
            [from, Value::Null] => format!("{from} and above"),
            [Value::Null, to] => format!("up to {to}"),
            [from, to] => format!("{from} to {to}"),
            items => items.iter().map(in_short).collect::<Vec<_>>().join(", "),
        },
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

pub(super) fn label(name: &str) -> String {
    if let Some(measure) = Measure::from_code(name) {
        let unit = measure.unit();
        return if unit.is_empty() {
            measure.word().to_owned()
        } else {
            format!("{}, {unit}", measure.word())
        };
    }
    match name {
        "spo2_scale_1" => "Oxygen saturation, %, scale 1".to_owned(),
        "spo2_scale_2_air" => "Oxygen saturation, %, scale 2 on air".to_owned(),
        "spo2_scale_2_oxygen" => "Oxygen saturation, %, scale 2 on oxygen".to_owned(),
        "says" => "do".to_owned(),
        "danger_outside" => "Pregnant or of unknown age, danger outside".to_owned(),
        other => crate::web::words::capital(&other.replace('_', " ")),
    }
}
