//! A chart of lines over time, drawn by the server, with its numbers in a table below it.

use askama::Template;
use askama::filters::HtmlSafe;

use super::components::When;

/// Where the lines stand, in units of the drawing. All in tenths, so that every place is a whole number.
const LEFT: i64 = 440;
const RIGHT: i64 = 4360;
const TOP: i64 = 160;
const FOOT: i64 = 1736;
/// Labels of time below the lines: more would run into each other.
const LABELS: usize = 5;

/// One number of one series.
#[derive(Debug, Clone)]
pub struct Point {
    /// Seconds: how far apart two points are drawn.
    pub at: i64,
    /// In whole steps of the chart.
    pub value: i64,
    /// As it is read: "36.6".
    pub shown: String,
    /// Out of range, in a word: "High".
    pub flag: Option<&'static str>,
}

/// One line; at most two on a chart.
#[derive(Debug, Clone)]
pub struct Series {
    pub name: &'static str,
    pub points: Vec<Point>,
}

/// A moment of the chart: a row of its table.
#[derive(Debug, Clone)]
pub struct Moment {
    pub at: i64,
    /// Below the lines: "22 Nov".
    pub label: String,
    /// In the table.
    pub when: When,
}

/// What is usual: a band behind the lines.
#[derive(Debug, Clone)]
pub struct Goal {
    pub from: i64,
    pub to: i64,
    /// "Usual, 36.1 to 38.0"
    pub label: String,
}

/// `{{ lines }}`. `id` is unique on its page.
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_lines.html")]
pub struct Lines {
    pub id: &'static str,
    /// "Blood pressure"
    pub title: String,
    /// "mmHg"; blank for none.
    pub unit: &'static str,
    /// Digits behind the point of the numbers at the side.
    pub digits: u32,
    pub moments: Vec<Moment>,
    pub series: Vec<Series>,
    pub goal: Option<Goal>,
}

impl HtmlSafe for Lines {}

/// A point where it is drawn.
struct Drawn<'a> {
    point: &'a Point,
    x: String,
    y: String,
    /// The corner of the square that marks the second series.
    corner: (String, String),
    is_last: bool,
}

/// `12.3` from tenths.
fn tenths(value: i64) -> String {
    format!("{}.{}", value / 10, (value % 10).abs())
}

impl Lines {
    fn values(&self) -> impl Iterator<Item = i64> + '_ {
        self.series.iter().flat_map(|series| series.points.iter().map(|point| point.value))
    }

    /// The lowest and the highest number at the side, and how far apart the lines are.
    fn scale(&self) -> (i64, i64, i64) {
        let least = self.values().min().unwrap_or(0);
        let most = self.values().max().unwrap_or(0);
        let mut step = 1;
        for factor in [2, 5, 2].into_iter().cycle() {
            if (most - least) / step < 4 {
                break;
            }
            step = if factor == 5 { step / 2 * 5 } else { step * factor };
        }
        let low = least.div_euclid(step) * step;
        let high = (most.div_euclid(step) + 1) * step;
        (low, high, step)
    }

    fn y(&self, value: i64) -> i64 {
        let (low, high, _) = self.scale();
        FOOT - (value.clamp(low, high) - low) * (FOOT - TOP) / (high - low).max(1)
    }

    fn x(&self, at: i64) -> i64 {
        let first = self.moments.first().map_or(0, |moment| moment.at);
        let last = self.moments.last().map_or(0, |moment| moment.at);
        if last <= first { (LEFT + RIGHT) / 2 } else { LEFT + (at - first) * (RIGHT - LEFT) / (last - first) }
    }

    /// Height and number of each line.
    fn grid(&self) -> Vec<(String, String, String)> {
        let (low, high, step) = self.scale();
        let count = (high - low) / step;
        (0..=count)
            .map(|n| {
                let (y, value) = (self.y(low + n * step), low + n * step);
                (tenths(y), tenths(y + 40), self.number(value))
            })
            .collect()
    }

    /// To a tenth, where there is one.
    fn number(&self, value: i64) -> String {
        let scale = 10_i64.pow(self.digits);
        let tenths = (value * 10).div_euclid(scale);
        if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
    }

    /// Top and height of the band.
    fn band(&self) -> Option<(String, String)> {
        let goal = self.goal.as_ref()?;
        let (top, foot) = (self.y(goal.to), self.y(goal.from));
        (foot > top).then(|| (tenths(top), tenths(foot - top)))
    }

    fn drawn<'a>(&'a self, series: &'a Series) -> Vec<Drawn<'a>> {
        let last = series.points.len();
        let draw = |(n, point): (usize, &'a Point)| {
            let (x, y) = (self.x(point.at), self.y(point.value));
            Drawn {
                point,
                x: tenths(x),
                y: tenths(y),
                corner: (tenths(x - 30), tenths(y - 30)),
                is_last: n + 1 == last,
            }
        };
        series.points.iter().enumerate().map(draw).collect()
    }

    /// The first series is drawn whole, the second one dashed.
    fn is_first(&self, series: &Series) -> bool {
        self.series.first().is_some_and(|first| first.name == series.name)
    }

    fn path(&self, series: &Series) -> String {
        let places = self.drawn(series);
        places.iter().map(|place| format!("{},{}", place.x, place.y)).collect::<Vec<_>>().join(" ")
    }

    /// Place and text of the labels below, so far apart that they can be read; the last one always.
    fn labels(&self) -> Vec<(String, &str)> {
        let apart = (RIGHT - LEFT) / i64::try_from(LABELS).unwrap_or(5);
        let mut labels: Vec<(i64, &str)> = Vec::new();
        for moment in self.moments.iter().rev() {
            let x = self.x(moment.at);
            if labels.last().is_none_or(|(next, _)| next - x >= apart) {
                labels.push((x, &moment.label));
            }
        }
        labels.into_iter().map(|(x, label)| (tenths(x), label)).collect()
    }

    /// What the drawing shows, for those who do not see it.
    fn about(&self) -> String {
        let of = |series: &Series| {
            let shown = |point: Option<&Point>| point.map_or_else(String::new, |point| point.shown.clone());
            let least = series.points.iter().min_by_key(|point| point.value);
            let most = series.points.iter().max_by_key(|point| point.value);
            let flagged = series.points.iter().filter(|point| point.flag.is_some()).count();
            let out = match flagged {
                0 => String::new(),
                n => format!(", {n} out of range"),
            };
            format!(
                "{}: {} values from {} to {}, the last {}{out}.",
                series.name,
                series.points.len(),
                shown(least),
                shown(most),
                shown(series.points.last())
            )
        };
        let shown = self.series.iter().filter(|series| !series.points.is_empty());
        shown.map(of).collect::<Vec<_>>().join(" ")
    }

    /// The point of a series at a moment.
    fn at<'a>(&self, series: &'a Series, moment: &Moment) -> Option<&'a Point> {
        series.points.iter().find(|point| point.at == moment.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[i64]) -> Lines {
        let moment = |n: usize| Moment {
            at: i64::try_from(n).unwrap() * 3600,
            label: format!("{n} Nov"),
            when: When { text: format!("{n} Nov 2026"), iso: "2026-11-01T00:00:00+00:00".into() },
        };
        let point = |(n, value): (usize, &i64)| Point {
            at: i64::try_from(n).unwrap() * 3600,
            value: *value,
            shown: value.to_string(),
            flag: (*value > 140).then_some("High"),
        };
        Lines {
            id: "x",
            title: "Systolic".into(),
            unit: "mmHg",
            digits: 0,
            moments: (0..values.len()).map(moment).collect(),
            series: vec![Series { name: "Systolic", points: values.iter().enumerate().map(point).collect() }],
            goal: Some(Goal { from: 110, to: 220, label: "Usual".into() }),
        }
    }

    #[test]
    fn every_value_lies_between_the_lines_at_the_side() {
        for (values, scale) in [
            (vec![120], (120, 121, 1)),
            (vec![120, 123], (120, 124, 1)),
            (vec![118, 152], (110, 160, 10)),
            (vec![0, 4000], (0, 6000, 2000)),
        ] {
            let lines = of(&values);
            let (low, high, step) = lines.scale();
            assert_eq!((low, high, step), scale, "{values:?}");
            assert!(values.iter().all(|value| (TOP..=FOOT).contains(&lines.y(*value))));
        }
    }

    #[test]
    fn what_is_drawn_is_told_in_words_and_in_a_table() {
        let lines = of(&[120, 131, 152]);
        assert_eq!(lines.about(), "Systolic: 3 values from 120 to 152, the last 152, 1 out of range.");
        let html = lines.to_string();
        for part in
            ["role=\"img\"", "<details class=\"twin\">", "152 high", "2 Nov 2026", "<polyline class=\"s1\""]
        {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!of(&[]).to_string().contains("NaN"));
    }
}
