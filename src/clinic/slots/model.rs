//! Times that can be booked, and which are asked for. Pure.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use crate::clinic::availability::{Stretch, slots};
use crate::clinic::departments::DepartmentId;
use crate::clinic::doctors::{Doctor, RoomId};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors};

/// Days that are told at once of one doctor, and of several.
pub const MOST_DAYS: i32 = 31;
pub const MOST_DAYS_OF_MANY: i32 = 14;
/// Doctors whose times are told at once.
pub const MOST_DOCTORS: i64 = 50;

/// A time that can be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    pub doctor: UserId,
    pub starts_at: Timestamp,
    pub minutes: u16,
    pub room_id: Option<RoomId>,
    /// How many are booked into it already; none: it is free.
    pub booked: usize,
    /// How many more may be booked into it beside the first.
    pub overbookings_left: usize,
}

/// A time that is taken, with a doctor or in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken<T> {
    pub by: T,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

/// Where somebody sits: two doctors do not share a room at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    pub room: RoomId,
    pub doctor: UserId,
}

/// What is taken, to ask for a time.
#[derive(Debug, Default)]
pub struct Calendar {
    doctors: BTreeMap<UserId, Vec<(Timestamp, Timestamp)>>,
    rooms: Vec<Taken<Seat>>,
}

impl Calendar {
    #[must_use]
    pub fn new(busy: &[Taken<UserId>], rooms: Vec<Taken<Seat>>) -> Self {
        let mut doctors: BTreeMap<UserId, Vec<_>> = BTreeMap::new();
        for taken in busy {
            doctors.entry(taken.by).or_default().push((taken.starts_at, taken.ends_at));
        }
        Self { doctors, rooms }
    }

    fn booked(&self, doctor: UserId, from: Timestamp, until: Timestamp) -> usize {
        let taken = self.doctors.get(&doctor).map_or(&[][..], Vec::as_slice);
        taken.iter().filter(|(start, end)| *start < until && from < *end).count()
    }

    fn room_is_free(&self, room: RoomId, doctor: UserId, from: Timestamp, until: Timestamp) -> bool {
        !self.rooms.iter().any(|taken| {
            taken.by.room == room
                && taken.by.doctor != doctor
                && taken.starts_at < until
                && from < taken.ends_at
        })
    }

    /// The slots of a stretch after `now` that have a place left.
    #[must_use]
    pub fn open(&self, stretch: &Stretch, doctor: &Doctor, now: Timestamp) -> Vec<Slot> {
        let room_id = stretch.room_id.or(doctor.facts.room_id);
        let overbooking = usize::from(doctor.facts.overbooking);
        let times = slots(stretch).into_iter().filter(|at| *at > now);
        times
            .filter_map(|starts_at| {
                let ends_at = starts_at.checked_add(i64::from(stretch.slot_minutes).minutes()).ok()?;
                let booked = self.booked(stretch.doctor, starts_at, ends_at);
                let is_free = booked <= overbooking
                    && room_id.is_none_or(|room| self.room_is_free(room, stretch.doctor, starts_at, ends_at));
                is_free.then_some(Slot {
                    doctor: stretch.doctor,
                    starts_at,
                    minutes: stretch.slot_minutes,
                    room_id,
                    booked,
                    overbookings_left: overbooking - booked.saturating_sub(1),
                })
            })
            .collect()
    }
}

/// Whose times are asked for, and on which days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub doctor: Option<UserId>,
    pub department: Option<DepartmentId>,
    pub specialization: Option<String>,
    pub first: Date,
    /// Belongs to them.
    pub last: Date,
    /// Also times at which only an overbooking is left.
    pub with_overbooking: bool,
}

/// The days that are asked for: from today on a week, if nothing else is said.
///
/// # Errors
/// 422 with everything that is wrong.
pub fn days(
    (from, to): (Option<Date>, Option<Date>),
    of_one: bool,
    today: Date,
) -> Result<(Date, Date), AppError> {
    let mut errors = FieldErrors::default();
    let most = if of_one { MOST_DAYS } else { MOST_DAYS_OF_MANY };
    let first = from.unwrap_or(today);
    let last = to.unwrap_or_else(|| first.checked_add(6.days()).unwrap_or(first));
    if last < first {
        errors.add("date_to", "This is the first day or a later one.");
    } else if first.until(last).map_or(i32::MAX, |span| span.get_days()) >= most {
        errors.add("date_to", format!("Ask for at most {most} days at once."));
    }
    if today.until(first).map_or(i32::MAX, |span| span.get_days()) > 366 * 3 {
        errors.add("date_from", "This is too far away.");
    }
    errors.finish()?;
    // Nothing of the past can be booked.
    Ok((first.max(today), last))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::clinic::doctors::Facts;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn doctor(overbooking: u8) -> Doctor {
        Doctor {
            user_id: UserId(uuid::Uuid::from_u128(1)),
            name: "Asha Rao".to_owned(),
            department_id: DepartmentId::new(),
            department: "Cardiology".to_owned(),
            specialization: None,
            facts: Facts { overbooking, room_id: Some(RoomId(uuid::Uuid::from_u128(9))), ..Facts::default() },
            room: None,
            photo: None,
            version: 1,
            changed_by: None,
            updated_at: None,
        }
    }

    fn stretch(doctor: &Doctor) -> Stretch {
        Stretch {
            doctor: doctor.user_id,
            starts_at: at("2026-03-02T09:00:00Z"),
            ends_at: at("2026-03-02T10:00:00Z"),
            slot_minutes: 30,
            room_id: None,
            hours_from: at("2026-03-02T09:00:00Z"),
        }
    }

    fn taken<T>(by: T, from: &str, until: &str) -> Taken<T> {
        Taken { by, starts_at: at(from), ends_at: at(until) }
    }

    #[test]
    fn a_slot_has_so_many_places_as_the_doctor_allows() {
        let now = at("2026-03-02T00:00:00Z");
        for (overbooking, booked, left) in
            [(0, 0, Some(0)), (0, 1, None), (2, 0, Some(2)), (2, 1, Some(2)), (2, 2, Some(1)), (2, 3, None)]
        {
            let doctor = doctor(overbooking);
            let busy = vec![taken(doctor.user_id, "2026-03-02T09:15:00Z", "2026-03-02T09:30:00Z"); booked];
            let open = Calendar::new(&busy, Vec::new()).open(&stretch(&doctor), &doctor, now);
            let first = open.iter().find(|slot| slot.starts_at == at("2026-03-02T09:00:00Z"));
            assert_eq!(first.map(|slot| slot.overbookings_left), left, "{overbooking} {booked}");
            assert!(
                open.iter().any(|slot| slot.starts_at == at("2026-03-02T09:30:00Z")),
                "what touches is free"
            );
        }
    }

    #[test]
    fn what_has_begun_and_where_a_colleague_sits_is_not_free() {
        let doctor = doctor(1);
        let room = doctor.facts.room_id.unwrap();
        let colleague = Seat { room, doctor: UserId::new() };
        let rooms = vec![taken(colleague, "2026-03-02T09:50:00Z", "2026-03-02T10:20:00Z")];
        let open = Calendar::new(&[], rooms).open(&stretch(&doctor), &doctor, at("2026-03-02T08:00:00Z"));
        assert_eq!(open.iter().map(|slot| slot.starts_at).collect::<Vec<_>>(), [at("2026-03-02T09:00:00Z")]);
        let own = vec![taken(
            Seat { room, doctor: doctor.user_id },
            "2026-03-02T09:00:00Z",
            "2026-03-02T10:00:00Z",
        )];
        let open = Calendar::new(&[], own).open(&stretch(&doctor), &doctor, at("2026-03-02T09:00:00Z"));
        assert_eq!(open.iter().map(|slot| slot.starts_at).collect::<Vec<_>>(), [at("2026-03-02T09:30:00Z")]);
    }

    #[test]
    fn the_days_are_bounded_and_never_past() {
        let today = date(2026, 3, 2);
        let ask = |from, to, of_one| days((from, to), of_one, today).ok();
        assert_eq!(ask(None, None, true), Some((today, date(2026, 3, 8))));
        assert_eq!(
            ask(Some(date(2026, 2, 25)), Some(date(2026, 3, 3)), true),
            Some((today, date(2026, 3, 3)))
        );
        assert_eq!(ask(None, Some(date(2026, 4, 1)), true), Some((today, date(2026, 4, 1))));
        assert_eq!(ask(None, Some(date(2026, 4, 2)), true), None);
        assert_eq!(ask(None, Some(date(2026, 3, 16)), false), None);
        assert_eq!(ask(Some(date(2026, 3, 5)), Some(date(2026, 3, 4)), true), None);
        assert_eq!(ask(Some(date(9999, 1, 1)), None, true), None);
    }
}
