//! Booking: whom for, with whom, when. Each step is in the address as an id or a day, so that going back works; a name
//! that is searched for is posted.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Zoned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::parts::{
    Times, bookable_doctors, day_from, department_choices, doctor_choices, times_of, user_from,
};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::appointments::model::{AppointmentId, Kind as Sort, TypedBooking};
use crate::clinic::appointments::{self, Book, is_pure_doctor};
use crate::clinic::doctors::Doctor;
use crate::clinic::patients::pages::{age_of, href as patient_href};
use crate::clinic::patients::{self, Patient, PatientFilter, PatientId, Search};
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Query, SeeOther, words};
use serde_json::json;

const LABELS: &[(&str, &str)] = &[
    ("patient_id", "Patient"),
    ("doctor_user_id", "Doctor"),
    ("department_id", "Department"),
    ("scheduled_at", "Time"),
    ("reason", "Reason"),
    ("notes", "Notes"),
];
/// So many patients of a search are offered.
const MOST_FOUND: i64 = 10;

/// Somebody to book for.
struct Person {
    href: String,
    name: Name,
    code: String,
    /// `34 y, Female`
    told: String,
}

impl Person {
    fn new(patient: &Patient, href: String, now: &Zoned) -> Self {
        let sex = words::sex(patient.details.gender.map_or("", |gender| gender.code())).0;
        Self {
            href,
            name: Name::new(patient.listed_name()),
            code: patient.code.clone(),
            told: if patient.is_open() { format!("{}, {sex}", age_of(patient, now)) } else { String::new() },
        }
    }
}

/// `GET /appointments/new`, and the 4xx answers to its form.
#[derive(Template)]
#[template(path = "clinic/appointments/pages/new.html")]
struct BookPage {
    shell: Shell,
    choice: Choice,
    person: Option<Person>,
    /// Where another patient is chosen.
    other: String,
    search: String,
    found: Option<Vec<Person>>,
    form: FormState,
    doctors: Vec<crate::web::layout::Choice>,
    departments: Vec<crate::web::layout::Choice>,
    /// A doctor is chosen, and these are their free times.
    times: Option<Times>,
    may_register: bool,
}

/// What is chosen so far.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Choice {
    patient: String,
    doctor: String,
    /// `2026-03-14`
    day: String,
    /// An instant.
    at: String,
    follow_up_of: String,
}

impl Choice {
    fn href(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let pairs = [
            ("patient", &self.patient),
            ("doctor", &self.doctor),
            ("day", &self.day),
            ("at", &self.at),
            ("follow_up_of", &self.follow_up_of),
        ];
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        format!("/appointments/new?{}", query.finish())
    }

    /// Only ids, days and instants stay: no address repeats what a stranger wrote into it.
    fn understood(self) -> Self {
        let id = |typed: String| user_from(&typed).map_or_else(String::new, |id| id.to_string());
        let day = self.day.parse::<jiff::civil::Date>();
        let at = self.at.parse::<jiff::Timestamp>();
        Self {
            patient: id(self.patient),
            doctor: id(self.doctor),
            day: day.map_or_else(|_| String::new(), |day| day.to_string()),
            at: at.map_or_else(|_| String::new(), |at| at.to_string()),
            follow_up_of: id(self.follow_up_of),
        }
    }
}

async fn page(
    tx: &Authorized<Book>,
    frame: &Frame,
    choice: Choice,
    form: FormState,
) -> Result<(BookPage, Option<PatientId>), AppError> {
    let mut choice = choice.understood();
    let now = patients::hospital_now(tx);
    let doctors = bookable_doctors(tx).await?;
    if choice.doctor.is_empty() && is_pure_doctor(tx) {
        choice.doctor = tx.actor().user.to_string();
    }
    let patient = match choice.patient.parse::<PatientId>() {
        Ok(id) => Some(patients::show(tx, id).await?),
        Err(_) => None,
    };
    if let Some(at) = choice.at.parse::<jiff::Timestamp>().ok().filter(|_| choice.day.is_empty()) {
        choice.day = at.to_zoned(now.time_zone().clone()).date().to_string();
    }
    let day = day_from(&choice.day, &now);
    choice.day = day.to_string();
    let chosen: Option<&Doctor> = doctors.iter().find(|doctor| doctor.user_id.to_string() == choice.doctor);
    let times = match chosen {
        Some(doctor) => Some(times_of(tx, doctor, day, &now).await?),
        None => None,
    };
    let form = match form.holds("scheduled_at") {
        true => form,
        false => form.with("scheduled_at", choice.at.clone()),
    };
    let form = match (form.holds("department_id"), chosen) {
        (false, Some(doctor)) => form.with("department_id", doctor.department_id.to_string()),
        _ => form,
    };
    let other = Choice { patient: String::new(), ..choice.clone() }.href();
    let page = BookPage {
        shell: frame.shell(tx.actor()),
        person: patient.as_ref().map(|patient| Person::new(patient, patient_href(patient), &now)),
        other,
        search: String::new(),
        found: None,
        form: form.with("doctor", choice.doctor.clone()).with("day", choice.day.clone()),
        doctors: doctor_choices(&doctors, "Choose a doctor"),
        departments: department_choices(tx, "Choose a department").await?,
        times,
        may_register: tx.actor().holds("patients:create"),
        choice,
    };
    Ok((page, patient.map(|patient| patient.id)))
}

/// `GET /appointments/new`
pub(super) async fn form(
    tx: Authorized<Book>,
    frame: Frame,
    Query(choice): Query<Choice>,
) -> Result<Response, AppError> {
    let (page, patient) = page(&tx, &frame, choice, FormState::new()).await?;
    let audit = match patient {
        Some(patient) => Audit::viewed(patient).with(json!({ "part": "booking" })),
        None => Audit::listed("appointment", 0),
    };
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}

/// A name to search for, and what is chosen already.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct FindForm {
    search: String,
    doctor: String,
    day: String,
    at: String,
}

/// `POST /appointments/new/patient`
pub(super) async fn find(
    tx: Authorized<Book>,
    frame: Frame,
    Form(form): Form<FindForm>,
) -> Result<Response, AppError> {
    let FindForm { search: typed, doctor, day, at } = form;
    let choice = Choice { doctor, day, at, ..Choice::default() };
    let now = patients::hospital_now(&tx);
    let mut errors = FieldErrors::default();
    let search = Search::parse(&typed, &mut errors);
    errors.finish()?;
    let (mut page, _) = page(&tx, &frame, choice, FormState::new()).await?;
    let mut count = 0;
    if search.is_some() {
        let filter = PatientFilter { search, ..PatientFilter::default() };
        let found = patients::list(&tx, &filter, PageRequest { page: 1, page_size: MOST_FOUND }).await?.items;
        count = found.len();
        let person = |patient: &Patient| {
            let chosen = Choice { patient: patient.id.to_string(), ..page.choice.clone() };
            Person::new(patient, chosen.href(), &now)
        };
        page.found = Some(found.iter().map(person).collect());
    }
    page.search = typed.trim().to_owned();
    Ok(tx.commit(Audit::listed("patient", count), Page(page)).await?.into_response())
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct BookForm {
    patient_id: String,
    doctor_user_id: String,
    department_id: String,
    /// An instant, or a time of the hospital's clock.
    scheduled_at: String,
    reason: String,
    notes: String,
    follow_up_of: String,
}

/// `POST /appointments/new`
pub(super) async fn book(
    tx: Authorized<Book>,
    frame: Frame,
    Form(form): Form<BookForm>,
) -> Result<Response, AppError> {
    let typed = TypedBooking {
        patient_id: Some(&form.patient_id),
        doctor_user_id: Some(&form.doctor_user_id),
        department_id: Some(&form.department_id),
        scheduled_at: Some(&form.scheduled_at),
        reason: Some(&form.reason),
        notes: Some(&form.notes),
        follow_up_of: Some(&form.follow_up_of),
    };
    let booked = match typed.parse(&tx.hospital().zone) {
        Ok(wanted) => {
            let kind = if wanted.follow_up_of.is_some() { Sort::FollowUp } else { Sort::Booked };
            if let Some(visit) = wanted.follow_up_of {
                of_the_same_patient(&tx, visit, wanted.patient).await?;
            }
            tx.attempt(appointments::book_wanted(&tx, &wanted, kind)).await
        }
        Err(error) => Err(error),
    };
    match booked {
        Ok(booked) => {
            let audit = Audit::created(booked.id).with(json!({ "patient_id": booked.patient }));
            let next = SeeOther(format!("/appointments/{}?done=booked", booked.id));
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem))
            if !matches!(problem.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN) =>
        {
            let choice = Choice {
                patient: form.patient_id,
                doctor: form.doctor_user_id,
                day: String::new(),
                at: form.scheduled_at.clone(),
                follow_up_of: form.follow_up_of,
            };
            let state = FormState::new()
                .with("scheduled_at", form.scheduled_at)
                .with("department_id", form.department_id)
                .with("reason", form.reason)
                .with("notes", form.notes)
                .refused(&problem.errors, problem.detail.into_owned());
            let (page, _) = page(&tx, &frame, choice, state).await?;
            let audit = Audit::listed("appointment", 0);
            Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}

/// A follow-up is of a visit of the same patient.
async fn of_the_same_patient(
    tx: &Authorized<Book>,
    visit: AppointmentId,
    patient: PatientId,
) -> Result<(), AppError> {
    let visit = appointments::show(tx, visit).await?;
    if visit.patient == patients::show(tx, patient).await?.id {
        return Ok(());
    }
    Err(crate::kernel::Problem::not_found("The visit").into())
}
