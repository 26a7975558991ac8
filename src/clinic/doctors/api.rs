//! `/doctors` and `/rooms`.

mod photo;
mod rooms;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, put_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Doctor, RoomId, Typed, Update, View, Wanted};
use crate::access::{Audit, Authorized, TenantTx};
use crate::app::App;
use crate::clinic::departments::DepartmentId;
use crate::clinic::patients;
use crate::clinic::profile::Till;
use crate::kernel::ids::UserId;
use crate::kernel::paging::{Page, PageRequest};
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{header, op, refuses};
use crate::web::{IfMatch, Json, Path, Query, Reply};

const ETAG: &str = "The profile's version, for `If-Match`.";
const CHANGES: &[&str] = &[
    "doctors.no_room",
    "doctors.registration_taken",
    "doctors.version_conflict",
    "hospital.currency_changed",
];

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/doctors", get_with(list, lists))
        .api_route(
            "/doctors/specializations",
            get_with(specializations, op("doctors.specializations", "List the specialisations")),
        )
        .api_route(
            "/doctors/{user_id}",
            get_with(show, |o| op("doctors.show", "Show a doctor")(o).with(header(200, "ETag", ETAG))),
        )
        .api_route("/doctors/{user_id}/profile", put_with(change, changes))
        .merge(photo::router())
        .merge(rooms::router())
}

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("doctors.list", "List the doctors")(operation).description(
        "By name: whoever has the role of doctors and an account in use. When they are free is in \
         `/appointments/available-slots`.",
    )
}

fn changes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("doctors.update", "Write a doctor's profile"), CHANGES)(operation)
        .description(
            "All of it: what is left out is not there any more, or as usual. Name, department and specialisation are the \
             person's and changed under `/users`. With `If-Match` nothing is written over a newer version (412); a profile \
             that nobody has written yet has version 0.",
        )
        .with(header(200, "ETag", ETAG))
}

/// A doctor as the desk and patients know them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Doctor")]
pub(super) struct DoctorView {
    user_id: UserId,
    name: String,
    department_id: DepartmentId,
    department: String,
    specialization: Option<String>,
    qualifications: Option<String>,
    registration_number: Option<String>,
    /// First year of practice.
    practising_since: Option<i16>,
    experience_years: Option<i16>,
    /// Codes of BCP 47.
    languages: Vec<String>,
    /// Of one consultation, in the smallest unit of the currency.
    fee_minor: Option<i64>,
    /// The hospital's, by ISO 4217.
    fee_currency: String,
    about: Option<String>,
    room_id: Option<RoomId>,
    /// Its name.
    room: Option<String>,
    /// How long an appointment is where the weekly hours do not say it.
    slot_minutes: u16,
    /// How many more may be booked into one slot.
    overbooking: u8,
    accepts_bookings: bool,
    /// Found by people without an account.
    is_listed: bool,
    has_photo: bool,
    /// For `If-Match`; 0 as long as nobody has written a profile.
    version: i32,
    updated_at: Option<Timestamp>,
}

impl DoctorView {
    pub(super) fn of(tx: &TenantTx, doctor: Doctor) -> Self {
        let today = patients::hospital_now(tx).date();
        Self {
            experience_years: doctor.experience_years(today),
            user_id: doctor.user_id,
            name: doctor.name,
            department_id: doctor.department_id,
            department: doctor.department,
            specialization: doctor.specialization,
            qualifications: doctor.facts.qualifications,
            registration_number: doctor.facts.registration_number,
            practising_since: doctor.facts.practising_since,
            languages: doctor.facts.languages,
            fee_minor: doctor.facts.fee_minor,
            fee_currency: tx.hospital().currency.clone(),
            about: doctor.facts.about,
            room_id: doctor.facts.room_id,
            room: doctor.room,
            slot_minutes: doctor.facts.slot_minutes,
            overbooking: doctor.facts.overbooking,
            accepts_bookings: doctor.facts.accepts_bookings,
            is_listed: doctor.facts.is_listed,
            has_photo: doctor.photo.is_some(),
            version: doctor.version,
            updated_at: doctor.updated_at,
        }
    }
}

#[derive(Deserialize, JsonSchema)]
struct ListDoctors {
    /// Part of the name or e-mail address, in any case or script.
    search: Option<String>,
    department_id: Option<DepartmentId>,
    /// The whole word, in any case.
    specialization: Option<String>,
    accepts_bookings: Option<bool>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 50 if left out.
    page_size: Option<i64>,
}

async fn list(
    tx: Authorized<View>,
    Query(query): Query<ListDoctors>,
) -> Result<Json<Page<DoctorView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 50, &mut errors);
    errors.finish()?;
    let word = |typed: Option<String>| typed.filter(|typed| !typed.trim().is_empty());
    let wanted = Wanted {
        search: word(query.search),
        department: query.department_id,
        specialization: word(query.specialization),
        accepts_bookings: query.accepts_bookings,
    };
    let found = super::list(&tx, &wanted, page).await?.map(|doctor| DoctorView::of(&tx, doctor));
    tx.commit(Audit::listed("user", found.items.len()), Json(found)).await
}

/// A specialisation.
#[derive(Serialize, JsonSchema)]
struct Specialization {
    specialization: String,
    /// How many doctors have it.
    doctors: i64,
}

async fn specializations(tx: Authorized<View>) -> Result<Json<Vec<Specialization>>, AppError> {
    let found = super::specializations(&tx).await?;
    let found: Vec<Specialization> = found
        .into_iter()
        .map(|(specialization, doctors)| Specialization { specialization, doctors })
        .collect();
    tx.commit(Audit::listed("user", found.len()), Json(found)).await
}

fn shown(tx: &TenantTx, doctor: Doctor) -> Reply<DoctorView> {
    let version = doctor.version;
    Reply::new(DoctorView::of(tx, doctor)).etag(version)
}

async fn show(tx: Authorized<View>, Path(id): Path<UserId>) -> Result<Reply<DoctorView>, AppError> {
    let doctor = super::named(&tx, id).await?;
    let reply = shown(&tx, doctor);
    tx.commit(Audit::viewed(id).with(json!({ "part": "doctor" })), reply).await
}

/// A profile to be written. Other keys are ignored.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct WriteProfile {
    #[schemars(length(max = 300))]
    qualifications: Option<String>,
    #[schemars(length(max = 50))]
    registration_number: Option<String>,
    /// First year of practice.
    practising_since: Option<i64>,
    /// Codes of BCP 47.
    languages: Option<Vec<String>>,
    /// Of one consultation, in the smallest unit of the hospital's currency.
    fee_minor: Option<i64>,
    #[schemars(length(max = 1000))]
    about: Option<String>,
    room_id: Option<RoomId>,
    /// 15, 30, 45 or 60; 15 if left out.
    slot_minutes: Option<i64>,
    /// 0 to 9; 0 if left out.
    overbooking: Option<i64>,
    /// `true` if left out.
    accepts_bookings: Option<bool>,
    /// Found by people without an account; `false` if left out.
    is_listed: Option<bool>,
    /// The version that was read and changed, instead of `If-Match`.
    version: Option<i64>,
}

async fn change(
    tx: Authorized<Update>,
    Path(id): Path<UserId>,
    IfMatch(tag): IfMatch,
    Json(body): Json<WriteProfile>,
) -> Result<Reply<DoctorView>, AppError> {
    let mut errors = FieldErrors::default();
    let today: Date = patients::hospital_now(&tx).date();
    let languages = body.languages.unwrap_or_default();
    let typed = Typed {
        qualifications: body.qualifications.as_deref(),
        registration_number: body.registration_number.as_deref(),
        practising_since: body.practising_since,
        languages: &languages,
        fee_minor: body.fee_minor,
        about: body.about.as_deref(),
        room_id: body.room_id,
        slot_minutes: body.slot_minutes,
        overbooking: body.overbooking,
        accepts_bookings: body.accepts_bookings,
        is_listed: body.is_listed,
    };
    let facts = typed.parse(today, &mut errors);
    let facts = errors.finish_with(facts)?;
    let expected: Vec<i64> = [tag, body.version].into_iter().flatten().collect();
    let mut till = Till::open(tx).await?;
    till.check()?;
    let (doctor, audit) = super::change(till.tx(), id, &facts, &expected).await?;
    let reply = shown(till.tx(), doctor);
    till.commit(audit, reply).await
}
