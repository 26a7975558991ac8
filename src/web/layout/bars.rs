//! A chart of bars, drawn by the server, with its numbers in a table below it.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::web::words;

/// Where the bars stand and how tall the tallest may be, in units of the drawing.
const LEFT: f64 = 30.0;
const RIGHT: f64 = 442.0;
const FOOT: i64 = 124;
const TALLEST: i64 = 104;
/// More labels than this below the bars would run into each other.
const LABELS: usize = 12;

/// One number. The last one may be of a time that is not over yet.
#[derive(Debug, Clone)]
pub struct Bar {
    /// Below the bar: "22 Nov".
    pub label: String,
    /// In the table: "Sunday, 22 Nov 2026".
    pub name: String,
    pub count: i64,
    pub is_unfinished: bool,
}

/// `{{ bars }}`. `id` is unique on its page.
#[derive(Debug, Clone, Template)]
#[template(path = "web/layout/_bars.html")]
pub struct Bars {
    pub id: &'static str,
    /// "Hospitals that signed up, by day"
    pub title: String,
    /// Heads of the table: "Day", "Hospitals".
    pub heads: (&'static str, &'static str),
    pub bars: Vec<Bar>,
}

impl HtmlSafe for Bars {}

/// A bar where it is drawn.
struct Drawn<'a> {
    bar: &'a Bar,
    x: String,
    middle: String,
    width: String,
    y: i64,
    height: i64,
    is_labelled: bool,
}

impl Bars {
    /// The number at the top line: the next one of 2, 4, 10, 20, 40, 100 … that holds them all.
    fn top(&self) -> i64 {
        let greatest = self.bars.iter().map(|bar| bar.count).max().unwrap_or(0);
        let mut top = 2;
        for factor in [2, 5, 2].into_iter().cycle() {
            if top >= greatest {
                break;
            }
            top = if factor == 5 { top / 2 * 5 } else { top * factor };
        }
        top
    }

    /// Height and number of each line.
    fn lines(&self) -> [(i64, String); 3] {
        let top = self.top();
        [(FOOT, 0), (FOOT - TALLEST / 2, top / 2), (FOOT - TALLEST, top)].map(|(y, n)| (y, words::count(n)))
    }

    fn drawn<'a>(&'a self) -> Vec<Drawn<'a>> {
        let top = self.top();
        let many = u32::try_from(self.bars.len().max(1)).map_or(1.0, f64::from);
        let step = (RIGHT - LEFT) / many;
        let every = self.bars.len().div_ceil(LABELS).max(1);
        let draw = |(n, bar): (usize, &'a Bar)| {
            let left = LEFT + step * u32::try_from(n).map_or(0.0, f64::from);
            let height = bar.count * TALLEST / top;
            Drawn {
                bar,
                x: format!("{:.1}", left + step * 0.15),
                middle: format!("{:.1}", left + step / 2.0),
                width: format!("{:.1}", step * 0.7),
                y: FOOT - height,
                height,
                // Counted from the last one, which always says when it is.
                is_labelled: (self.bars.len() - 1 - n).is_multiple_of(every),
            }
        };
        self.bars.iter().enumerate().map(draw).collect()
    }

    /// What the drawing shows, for those who do not see it.
    fn about(&self) -> String {
        let total: i64 = self.bars.iter().map(|bar| bar.count).sum();
        let most = self.bars.iter().max_by_key(|bar| bar.count).filter(|bar| bar.count > 0);
        match most {
            Some(most) => format!(
                "{} in all; most in {}: {}.",
                words::count(total),
                most.name,
                words::count(most.count)
            ),
            None => "None in all this time.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(counts: &[i64]) -> Bars {
        let bar = |count: &i64| Bar {
            label: "22 Nov".into(),
            name: "22 Nov 2026".into(),
            count: *count,
            is_unfinished: false,
        };
        Bars {
            id: "x",
            title: "By day".into(),
            heads: ("Day", "Hospitals"),
            bars: counts.iter().map(bar).collect(),
        }
    }

    #[test]
    fn the_top_line_holds_all_bars_and_not_much_more() {
        for (counts, top) in [
            (vec![], 2),
            (vec![0, 0], 2),
            (vec![2], 2),
            (vec![3], 4),
            (vec![5, 9], 10),
            (vec![11], 20),
            (vec![38], 40),
            (vec![41], 100),
        ] {
            assert_eq!(of(&counts).top(), top, "{counts:?}");
        }
    }

    #[test]
    fn each_bar_is_as_tall_as_its_number_and_told_in_words() {
        let bars = of(&[0, 10, 20]);
        assert_eq!(bars.drawn().iter().map(|drawn| drawn.height).collect::<Vec<_>>(), [0, 52, 104]);
        assert_eq!(bars.about(), "30 in all; most in 22 Nov 2026: 20.");
        let html = bars.to_string();
        assert!(html.contains(r#"role="img""#) && html.contains("<details class=\"twin\">"), "{html}");
        assert_eq!(of(&[0]).about(), "None in all this time.");
    }
}
