//! How many of something there may be: a limit that may be raised until a time, after which it holds again by itself.

use jiff::Timestamp;

/// A limit that is raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raise {
    pub to: i32,
    pub until: Timestamp,
}

/// A limit, and whether it is raised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ceiling {
    /// `None` is no limit.
    pub most: Option<i32>,
    raise: Option<Raise>,
}

impl Ceiling {
    /// As columns hold it: a raise has both, and one of no limit is none.
    #[must_use]
    pub fn new(most: Option<i32>, to: Option<i32>, until: Option<Timestamp>) -> Self {
        let raise = most.and(to).zip(until).map(|(to, until)| Raise { to, until });
        Self { most, raise }
    }

    /// The raise that holds at `now`.
    #[must_use]
    pub fn raise_at(&self, now: Timestamp) -> Option<Raise> {
        self.raise.filter(|raise| now < raise.until)
    }

    /// What holds at `now`: never less than the limit itself.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Option<i32> {
        let most = self.most?;
        Some(self.raise_at(now).map_or(most, |raise| raise.to.max(most)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raise_ends_at_its_time() {
        let at = |second| Timestamp::new(second, 0).unwrap();
        let raised = Ceiling::new(Some(10), Some(15), Some(at(100)));
        assert_eq!((raised.at(at(99)), raised.at(at(100)), raised.most), (Some(15), Some(10), Some(10)));
        assert_eq!(raised.raise_at(at(100)), None);
        assert_eq!(Ceiling::new(Some(20), Some(15), Some(at(100))).at(at(1)), Some(20), "never lower");
        assert_eq!(Ceiling::new(None, Some(15), Some(at(100))).at(at(1)), None, "no limit stays none");
        assert_eq!(Ceiling::new(Some(10), Some(15), None).at(at(1)), Some(10));
    }
}
