//! `/appointments/available-slots` and `/doctors/next-free`

use std::collections::BTreeMap;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::transform::TransformOperation;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Free, Slot, View, Wanted, model};
use crate::access::{Audit, Authorized, TenantTx};
use crate::app::App;
use crate::clinic::departments::DepartmentId;
use crate::clinic::doctors::{self, RoomId};
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{op, refuses};
use crate::web::{Json, Query};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/appointments/available-slots", get_with(slots, tells_slots))
        .api_route("/doctors/next-free", get_with(next_free, tells_next))
}

fn tells_slots(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("slots.available", "List the free times of doctors"), &["not_found"])(operation).description(
        "By doctor and day, within the doctors' hours: holidays, days that fall out, leave and what is booked are left out, \
         also where a room is a colleague's at the time. Name a doctor, or a department or specialisation, or nobody for all \
         who accept bookings, at most 50 at once. At most 31 days of one doctor and 14 of several; seven from today on if \
         nothing is said. Times have the hospital's offset on their day; where the clock jumps, what it never shows is not \
         among them. A doctor without hours has no times here and can be booked all the same.",
    )
}

fn tells_next(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("slots.next_free", "The next free time of each doctor")(operation)
        .description("A page of the doctors who accept bookings, by name, each with the next free time within three months.")
}

#[derive(Deserialize, JsonSchema)]
struct SlotQuery {
    doctor_user_id: Option<UserId>,
    department_id: Option<DepartmentId>,
    /// The whole word, in any case.
    specialization: Option<String>,
    /// First day; today if left out.
    date_from: Option<Date>,
    /// Last day, which belongs to them; six days after the first if left out.
    date_to: Option<Date>,
    /// `true`: also times at which only an overbooking is left.
    with_overbooking: Option<bool>,
}

/// Free times, by doctor.
#[derive(Serialize, JsonSchema)]
struct AvailableSlots {
    date_from: Date,
    date_to: Date,
    doctors: Vec<DoctorSlots>,
    /// How many doctors there are beside these: narrow the question to reach them.
    more_doctors: i64,
}

/// The free times of one doctor.
#[derive(Serialize, JsonSchema)]
struct DoctorSlots {
    doctor_user_id: UserId,
    doctor_name: String,
    department_id: DepartmentId,
    department: String,
    specialization: Option<String>,
    accepts_bookings: bool,
    /// Days with a free time, in their order.
    days: Vec<DaySlots>,
}

/// The free times of one day.
#[derive(Serialize, JsonSchema)]
struct DaySlots {
    /// Of the hospital.
    date: Date,
    slots: Vec<FreeSlot>,
}

/// A time that can be booked.
#[derive(Serialize, JsonSchema)]
struct FreeSlot {
    /// With the hospital's offset at that time.
    starts_at: String,
    minutes: u16,
    room_id: Option<RoomId>,
    /// How many are booked into it already; 0: it is free.
    booked: usize,
    /// How many more may be booked into it beside the first.
    overbookings_left: usize,
}

impl FreeSlot {
    fn new(slot: &Slot, zone: &TimeZone) -> Self {
        Self {
            starts_at: with_offset(slot, zone),
            minutes: slot.minutes,
            room_id: slot.room_id,
            booked: slot.booked,
            overbookings_left: slot.overbookings_left,
        }
    }
}

/// `2026-03-14T09:15:00+05:30`
pub(super) fn with_offset(slot: &Slot, zone: &TimeZone) -> String {
    slot.starts_at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

impl DoctorSlots {
    fn new(free: Free, zone: &TimeZone) -> Self {
        let mut days: BTreeMap<Date, Vec<FreeSlot>> = BTreeMap::new();
        for slot in &free.slots {
            let date = slot.starts_at.to_zoned(zone.clone()).date();
            days.entry(date).or_default().push(FreeSlot::new(slot, zone));
        }
        Self {
            doctor_user_id: free.doctor.user_id,
            doctor_name: free.doctor.name,
            department_id: free.doctor.department_id,
            department: free.doctor.department,
            specialization: free.doctor.specialization,
            accepts_bookings: free.doctor.facts.accepts_bookings,
            days: days.into_iter().map(|(date, slots)| DaySlots { date, slots }).collect(),
        }
    }
}

async fn slots(
    tx: Authorized<View>,
    Query(query): Query<SlotQuery>,
) -> Result<Json<AvailableSlots>, AppError> {
    let asked = (query.date_from, query.date_to);
    let (first, last) = model::days(asked, query.doctor_user_id.is_some(), super::today(&tx))?;
    let wanted = Wanted {
        doctor: query.doctor_user_id,
        department: query.department_id,
        specialization: query.specialization.filter(|word| !word.trim().is_empty()),
        first,
        last,
        with_overbooking: query.with_overbooking.unwrap_or_default(),
    };
    let (free, more_doctors) = super::free(&tx, &wanted).await?;
    let zone = tx.hospital().zone.clone();
    let doctors: Vec<DoctorSlots> = free.into_iter().map(|free| DoctorSlots::new(free, &zone)).collect();
    let audit = Audit::listed("user", doctors.len());
    tx.commit(audit, Json(AvailableSlots { date_from: first, date_to: last, doctors, more_doctors })).await
}

#[derive(Deserialize, JsonSchema)]
struct NextQuery {
    department_id: Option<DepartmentId>,
    /// The whole word, in any case.
    specialization: Option<String>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 50; 50 if left out.
    page_size: Option<i64>,
}

/// The next free time of a doctor.
#[derive(Serialize, JsonSchema)]
struct NextFree {
    doctor_user_id: UserId,
    doctor_name: String,
    department_id: DepartmentId,
    department: String,
    specialization: Option<String>,
    /// `null`: none within three months.
    next_free: Option<FreeSlot>,
}

async fn next_free(
    tx: Authorized<View>,
    Query(query): Query<NextQuery>,
) -> Result<Json<Page<NextFree>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 50, &mut errors);
    if page.page_size > model::MOST_DOCTORS && errors.is_empty() {
        errors.add("page_size", "Use a page size from 1 to 50.");
    }
    errors.finish()?;
    let wanted = doctors::Wanted {
        department: query.department_id,
        specialization: query.specialization.filter(|word| !word.trim().is_empty()),
        accepts_bookings: Some(true),
        ..doctors::Wanted::default()
    };
    let found = doctors::list(&tx, &wanted, page).await?;
    let next = super::next_free(&tx, &found.items).await?;
    let view = views(&tx, found, &next);
    tx.commit(Audit::listed("user", view.items.len()), Json(view)).await
}

fn views(tx: &TenantTx, found: Page<doctors::Doctor>, next: &BTreeMap<UserId, Slot>) -> Page<NextFree> {
    let zone = &tx.hospital().zone;
    found.map(|doctor| NextFree {
        next_free: next.get(&doctor.user_id).map(|slot| FreeSlot::new(slot, zone)),
        doctor_user_id: doctor.user_id,
        doctor_name: doctor.name,
        department_id: doctor.department_id,
        department: doctor.department,
        specialization: doctor.specialization,
    })
}
