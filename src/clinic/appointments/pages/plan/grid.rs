//! From appointments, hours and the clock to the cells of a table: a row for each quarter of an hour, `rowspan` is how
//! long something takes. Two that run into each other stand in one cell.

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};

use super::Gathered;
use crate::clinic::appointments::model::{Appointment, Status};
use crate::clinic::appointments::pages::parts::{href, look};
use crate::clinic::availability;
use crate::clinic::doctors::Doctor;
use crate::kernel::ids::UserId;
use crate::web::layout::{Icon, Kind};
use crate::web::words;

/// Minutes of a row.
const STEP: usize = 15;
const ROWS: usize = 24 * 60 / STEP;
/// What is drawn in any case: from eight to five.
const USUAL: (usize, usize) = (8 * 60 / STEP, 17 * 60 / STEP);

/// One appointment, or a time that is somebody's of whom the reader may not know.
pub(super) struct Slot {
    /// Blank: nothing to open.
    pub href: String,
    pub name: String,
    pub class: &'static str,
    pub icon: Icon,
    pub word: &'static str,
    /// Where it is moved to another time; blank: not any more.
    pub move_to: String,
}

/// A cell of the plan.
pub(super) enum Cell {
    Taken {
        rows: usize,
        slots: Vec<Slot>,
    },
    Free {
        href: String,
        label: String,
        at: String,
        doctor: String,
    },
    Off {
        rows: usize,
    },
    Blank,
    /// A cell above reaches down to here.
    Covered,
}

pub(super) struct Line {
    pub label: String,
    pub is_hour: bool,
    pub is_now: bool,
    pub cells: Vec<Cell>,
}

/// The table.
pub(super) struct Plan {
    pub heads: Vec<(String, String)>,
    pub lines: Vec<Line>,
}

/// What one column is made of, in rows from midnight.
pub(super) struct Column {
    head: (String, String),
    doctor: UserId,
    name: String,
    date: Date,
    /// From row, rows, who.
    taken: Vec<(usize, usize, Slot)>,
    /// When hours are; none written: always.
    open: Option<Vec<(usize, usize)>>,
    /// Rows at which a booking can begin, and the instant of each.
    starts: Vec<(usize, Timestamp)>,
}

/// The row of an instant on a day: 0 before it, [`ROWS`] after.
fn row_of(at: Timestamp, date: Date, now: &Zoned) -> usize {
    let local = at.to_zoned(now.time_zone().clone());
    if local.date() < date {
        return 0;
    }
    if local.date() > date {
        return ROWS;
    }
    let minute =
        usize::try_from(local.hour()).unwrap_or(0) * 60 + usize::try_from(local.minute()).unwrap_or(0);
    minute / STEP
}

/// Where nobody has written hours, the usual ones are offered.
fn quarters(date: Date, now: &Zoned) -> Vec<Timestamp> {
    let at = |row: usize| {
        let (hour, minute) = (i8::try_from(row * STEP / 60).ok()?, i8::try_from(row * STEP % 60).ok()?);
        Some(date.at(hour, minute, 0, 0).to_zoned(now.time_zone().clone()).ok()?.timestamp())
    };
    (USUAL.0..USUAL.1).filter_map(at).collect()
}

impl Column {
    pub(super) fn new(
        head: (String, String),
        doctor: &Doctor,
        date: Date,
        all: &Gathered,
        now: &Zoned,
    ) -> Self {
        let is_here = |at: Timestamp| at.to_zoned(now.time_zone().clone()).date() == date;
        let mine: Vec<&Appointment> = all
            .appointments
            .iter()
            .filter(|one| one.doctor == doctor.user_id && is_here(one.scheduled_at))
            .collect();
        let span = |from: Timestamp, until: Timestamp| {
            let first = row_of(from, date, now).min(ROWS - 1);
            // A quarter that is begun is taken.
            let last = Timestamp::from_nanosecond(until.as_nanosecond() - 1).unwrap_or(until);
            let last = row_of(last, date, now).min(ROWS - 1);
            (first, (last + 1).saturating_sub(first).max(1))
        };
        let mut taken: Vec<(usize, usize, Slot)> = mine
            .iter()
            .map(|one| {
                let (first, rows) = span(one.scheduled_at, one.ends_at);
                (first, rows, Slot::of(one))
            })
            .collect();
        // Times that are held and that no shown appointment explains.
        let mut shown: Vec<(Timestamp, Timestamp)> =
            mine.iter().filter(|one| one.holds_slot).map(|one| (one.scheduled_at, one.ends_at)).collect();
        for busy in all.busy.iter().filter(|busy| busy.doctor == doctor.user_id && is_here(busy.starts_at)) {
            match shown.iter().position(|one| *one == (busy.starts_at, busy.ends_at)) {
                Some(found) => {
                    shown.swap_remove(found);
                }
                None => {
                    let (first, rows) = span(busy.starts_at, busy.ends_at);
                    taken.push((first, rows, Slot::unknown()));
                }
            }
        }
        taken.sort_by_key(|(first, ..)| *first);
        let hours: Vec<_> = all
            .stretches
            .iter()
            .filter(|stretch| {
                stretch.doctor == doctor.user_id
                    && row_of(stretch.ends_at, date, now) > 0
                    && row_of(stretch.starts_at, date, now) < ROWS
            })
            .collect();
        let open: Vec<(usize, usize)> = hours
            .iter()
            .map(|stretch| {
                let (first, rows) = span(stretch.starts_at, stretch.ends_at);
                (first, first + rows)
            })
            .collect();
        let begin: Vec<Timestamp> = match all.nobody_has_hours() {
            true => quarters(date, now),
            false => hours.iter().flat_map(|stretch| availability::slots(stretch)).collect(),
        };
        let starts = begin
            .into_iter()
            .filter(|at| is_here(*at) && *at > now.timestamp())
            .map(|at| (row_of(at, date, now), at))
            .collect();
        Self {
            head,
            doctor: doctor.user_id,
            name: doctor.name.clone(),
            date,
            taken,
            open: (!all.nobody_has_hours()).then_some(open),
            starts,
        }
    }

    /// First and last row of anything in it.
    fn reach(&self) -> Option<(usize, usize)> {
        let taken = self.taken.iter().map(|(first, rows, _)| (*first, first + rows));
        let open = self.open.iter().flatten().copied();
        taken.chain(open).reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// Its cells between two rows.
    fn cells(self, (from, until): (usize, usize), now: &Zoned, may_book: bool) -> Vec<Cell> {
        let Self { doctor, name, date, taken, open, starts, .. } = self;
        let mut groups: Vec<(usize, usize, Vec<Slot>)> = Vec::new();
        for (first, rows, slot) in taken {
            match groups.last_mut() {
                Some((start, length, slots)) if first < *start + *length => {
                    *length = (*length).max(first + rows - *start);
                    slots.push(slot);
                }
                _ => groups.push((first, rows, vec![slot])),
            }
        }
        let is_open =
            |row: usize| open.as_ref().is_none_or(|open| open.iter().any(|(a, b)| (*a..*b).contains(&row)));
        let mut groups = groups.into_iter().peekable();
        let mut cells = Vec::new();
        let mut row = from;
        while row < until {
            if let Some((_, length, slots)) = groups.next_if(|(first, ..)| *first <= row) {
                let rows = length.min(until - row).max(1);
                cells.push(Cell::Taken { rows, slots });
                cells.extend((1..rows).map(|_| Cell::Covered));
                row += rows;
                continue;
            }
            let next = groups.peek().map_or(until, |(first, ..)| (*first).min(until));
            if is_open(row) {
                cells.push(free(row, &starts, (doctor, &name, date), now, may_book));
                row += 1;
                continue;
            }
            let rows = (row..next).take_while(|row| !is_open(*row)).count().max(1);
            cells.push(Cell::Off { rows });
            cells.extend((1..rows).map(|_| Cell::Covered));
            row += rows;
        }
        cells
    }
}

/// A time at which a booking can begin, or nothing.
fn free(
    row: usize,
    starts: &[(usize, Timestamp)],
    (doctor, name, date): (UserId, &str, Date),
    now: &Zoned,
    may_book: bool,
) -> Cell {
    match starts.iter().find(|(first, _)| *first == row) {
        Some((_, at)) if may_book => {
            let clock = words::clock(&at.to_zoned(now.time_zone().clone()));
            Cell::Free {
                href: format!("/appointments/new?doctor={doctor}&day={date}&at={at}"),
                label: format!("Book {name} at {clock}"),
                at: at.to_string(),
                doctor: doctor.to_string(),
            }
        }
        _ => Cell::Blank,
    }
}

impl Slot {
    fn of(appointment: &Appointment) -> Self {
        let (kind, icon) = look(appointment.status);
        let is_movable = matches!(appointment.status, Status::Scheduled | Status::CheckedIn);
        Self {
            href: href(appointment),
            name: appointment.names.patient.clone(),
            class: if kind == Kind::Neutral { "is-plain" } else { kind.class() },
            icon,
            word: appointment.status.word(),
            move_to: if is_movable { format!("{}/move", href(appointment)) } else { String::new() },
        }
    }

    fn unknown() -> Self {
        Self {
            href: String::new(),
            name: "Taken".to_owned(),
            class: "is-plain",
            icon: Icon("lock"),
            word: "Booked",
            move_to: String::new(),
        }
    }
}

impl Plan {
    pub(super) fn new(columns: Vec<Column>, now: &Zoned, may_book: bool) -> Self {
        let reach = columns.iter().filter_map(Column::reach);
        let (from, until) = reach.fold(USUAL, |all, one| (all.0.min(one.0), all.1.max(one.1)));
        let (from, until) = (from / 4 * 4, until.div_ceil(4) * 4);
        let now_row = row_of(now.timestamp(), now.date(), now);
        let is_today = columns.iter().any(|column| column.date == now.date());
        let heads = columns.iter().map(|column| column.head.clone()).collect();
        let mut rows: Vec<std::vec::IntoIter<Cell>> = columns
            .into_iter()
            .map(|column| column.cells((from, until), now, may_book).into_iter())
            .collect();
        let lines = (from..until).map(|row| {
            let (hour, minute) = (row * STEP / 60, row * STEP % 60);
            let on_clock = jiff::civil::time(
                i8::try_from(hour % 24).unwrap_or(0),
                i8::try_from(minute).unwrap_or(0),
                0,
                0,
            );
            let local = now.date().to_datetime(on_clock).to_zoned(jiff::tz::TimeZone::UTC);
            Line {
                label: local.map_or_else(|_| format!("{hour:02}:{minute:02}"), |at| words::clock(&at)),
                is_hour: minute == 0,
                is_now: is_today && row == now_row,
                cells: rows.iter_mut().map(|cells| cells.next().unwrap_or(Cell::Blank)).collect(),
            }
        });
        Self { heads, lines: lines.collect() }
    }
}
