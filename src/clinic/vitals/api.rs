//! `/vitals`: the contract's words, entering in error, and what a set is judged by.

mod chart;
mod given;
mod handover;
mod lists;
mod orders;
mod tables;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::transform::TransformOperation;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::domain::asked::tables as tables_of;
use super::domain::recording::faults;
use super::input::Told;
use super::model::VitalsId;
use super::view::VitalView;
use super::{Links, Narrowed, Record, Recorded, View};
use crate::access::{Audit, Authorized, TenantTx};
use crate::app::App;
use crate::clinic::appointments::AppointmentId;
use crate::clinic::patients::{self, PatientId};
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors, Problem, text};
use crate::web::openapi::{header, op, refuses_closed};
use crate::web::{Created, Json, Path, Query, Reply};
use given::{RecordVitals, Values};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/vitals", get_with(list, lists))
        .api_route("/vitals", post_with(record, records))
        .api_route("/vitals/{vitals_id}", get_with(show, shows))
        .api_route("/vitals/{vitals_id}/entered-in-error", post_with(end, ends))
        .merge(chart::router())
        .merge(handover::router())
        .merge(lists::router())
        .merge(orders::router())
        .merge(tables::router())
}

const REFUSALS: &[&str] = &[
    "vitals.patient_deceased",
    "vitals.two_links",
    "vitals.other_patient",
    "vitals.unlikely",
    "vitals.no_oxygen_order",
    "patients.merged",
    "not_found",
];

fn lists(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses_closed(op("vitals.list", "Vital signs of a patient"), &["not_found"])(operation)
        .description(
            "Newest first. A bare array, in parts of at most 500. What was entered in error is left out unless it is asked for.",
        )
        .with(header(200, "X-Total-Count", "How many there are in all parts."))
        .with(header(200, "Link", "The next and the previous part, as `rel=\"next\"` and `rel=\"prev\"`."))
}

fn shows(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses_closed(op("vitals.show", "Show a set of vital signs"), &["not_found"])(operation)
}

fn records(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses_closed(op("vitals.record", "Record vital signs"), REFUSALS)(operation)
        .description(
            "What is impossible is refused at its field (422). What is unlikely is asked about once: 409 `vitals.unlikely` \
             names each measure, and the same set is taken with these measures in `confirmed`. A client that sends no `confirmed` at \
             all does not know the question, so its set is taken (201), told in `unconfirmed` and scored like any other. A set without a \
             link belongs to the one visit that its patient is in the house for, if there is exactly one. Numbers with more digits than \
             are kept are rounded, and what is shown is what is scored. Temperature is from 20 to 45 °C, lower than in older \
             clients: severe hypothermia is possible. An event time may be 24 hours back and 5 minutes ahead.",
        )
        .with(header(201, "Location", "The set."))
}

fn ends(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const ALSO: &[&str] = &[
        "vitals.ended",
        "vitals.patient_deceased",
        "vitals.unlikely",
        "vitals.no_oxygen_order",
        "patients.merged",
    ];
    refuses_closed(op("vitals.end", "Mark a set as entered in error"), ALSO)(operation).description(
        "It stays readable, with the reason, and does not count any more: charts, the latest values and who is due follow, and an \
         alarm is raised for the newest set that still asks for one. \
         `replacement` is what is right instead, of the same patient and visit; without a time it was taken when the first was.",
    )
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ListVitals {
    #[schemars(required)]
    patient_id: Option<PatientId>,
    appointment_id: Option<AppointmentId>,
    admission_id: Option<Uuid>,
    /// Also what was entered in error.
    include_entered_in_error: Option<bool>,
    /// From 1.
    page: Option<i64>,
    /// 1 to 500; 500 if left out.
    page_size: Option<i64>,
}

impl ListVitals {
    /// The address of another part of the same list.
    fn part(&self, patient: PatientId, page: PageRequest, number: i64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("patient_id", &patient.to_string());
        if let Some(id) = self.appointment_id {
            query.append_pair("appointment_id", &id.to_string());
        }
        if let Some(id) = self.admission_id {
            query.append_pair("admission_id", &id.to_string());
        }
        if self.include_entered_in_error == Some(true) {
            query.append_pair("include_entered_in_error", "true");
        }
        query.append_pair("page_size", &page.page_size.to_string()).append_pair("page", &number.to_string());
        format!("/api/v1/vitals?{}", query.finish())
    }
}

async fn list(
    tx: Authorized<View>,
    Query(query): Query<ListVitals>,
) -> Result<Reply<Vec<VitalView>>, AppError> {
    let mut errors = FieldErrors::default();
    let page = PageRequest::parse(query.page, query.page_size, 500, &mut errors);
    if query.patient_id.is_none() {
        errors.add("patient_id", "This is needed.");
    }
    let id = errors.finish_with(query.patient_id)?;
    let patient = patients::show(&tx, id).await?;
    let narrowed = Narrowed {
        appointment: query.appointment_id,
        admission: query.admission_id,
        with_ended: query.include_entered_in_error == Some(true),
    };
    let found = super::list(&tx, patient.id, narrowed, page).await?;
    let tables = tables_of(&tx).await?;
    let has_next = found.has_next();
    let total = found.total;
    let sets: Vec<VitalView> =
        found.items.into_iter().map(|set| VitalView::new(set, &tables.response)).collect();
    let audit = Audit::viewed(patient.id).with(json!({ "list": "vitals", "count": sets.len() }));
    let mut reply = Reply::new(sets).total(total);
    if has_next {
        reply = reply.link("next", &query.part(patient.id, page, page.page + 1));
    }
    if page.page > 1 {
        reply = reply.link("prev", &query.part(patient.id, page, page.page - 1));
    }
    tx.commit(audit, reply).await
}

async fn show(tx: Authorized<View>, Path(id): Path<VitalsId>) -> Result<Reply<VitalView>, AppError> {
    let (set, patient) = super::show(&tx, id).await?;
    let tables = tables_of(&tx).await?;
    let audit = Audit::viewed(id).with(json!({ "patient_id": patient.id }));
    tx.commit(audit, Reply::new(VitalView::new(set, &tables.response))).await
}

/// What was written: ids and whether somebody was told, never a value.
pub(super) fn audit_of(recorded: &Recorded) -> Audit {
    let mut detail = json!({ "patient_id": recorded.set.patient });
    if let Some(level) = recorded.alarm {
        detail["alarm_level"] = json!(level);
    }
    if !recorded.set.taken.confirmed.is_empty() {
        detail["confirmed"] = json!(recorded.set.taken.confirmed);
    }
    Audit::created(recorded.set.id).with(detail)
}

async fn record(
    tx: Authorized<Record>,
    Json(body): Json<RecordVitals>,
) -> Result<Created<VitalView>, AppError> {
    let (mut errors, told) = (FieldErrors::default(), body.told());
    if body.patient_id.is_none() {
        errors.add("patient_id", "This is needed.");
        faults(&tx, &told, &mut errors);
    }
    let patient = errors.finish_with(body.patient_id)?;
    let links = Links { patient, appointment: body.appointment_id, admission: body.admission_id };
    let recorded = super::record(&tx, links, &told).await?;
    let tables = tables_of(&tx).await?;
    let (audit, id) = (audit_of(&recorded), recorded.set.id);
    let reply =
        Reply::new(VitalView::new(recorded.set, &tables.response)).location(&format!("/api/v1/vitals/{id}"));
    tx.commit(audit, reply).await
}

/// Why a set is wrong, and what is right instead.
#[derive(Deserialize, JsonSchema)]
struct EndVitals {
    #[schemars(required, length(min = 1, max = 500))]
    reason: Option<String>,
    /// What is right instead.
    #[schemars(with = "Option<Values>")]
    replacement: Option<Value>,
}

/// The right values, and at their fields what is wrong with them.
fn replacement(tx: &TenantTx, sent: Option<Value>, errors: &mut FieldErrors) -> Option<Told> {
    const FIELD: &str = "replacement";
    let sent = sent.filter(|sent| !sent.is_null())?;
    let values = Some(sent).filter(Value::is_object).and_then(|sent| Values::deserialize(sent).ok());
    let Some(values) = values else {
        errors.add(FIELD, "This must be a set of vital signs, with numbers and words as in any other.");
        return None;
    };
    let (told, mut inside) = (values.told(), FieldErrors::default());
    faults(tx, &told, &mut inside);
    for fault in Problem::from(inside).errors {
        let is_whole = fault.field == "body";
        let field = if is_whole { FIELD.to_owned() } else { format!("{FIELD}.{}", fault.field) };
        errors.add(&field, fault.message);
    }
    Some(told)
}

async fn end(
    tx: Authorized<Record>,
    Path(id): Path<VitalsId>,
    Json(body): Json<EndVitals>,
) -> Result<Json<VitalView>, AppError> {
    let mut errors = FieldErrors::default();
    let reason = text::required("reason", body.reason.as_deref(), 500, &mut errors);
    let told = replacement(&tx, body.replacement, &mut errors);
    let reason = errors.finish_with(reason)?;
    let ended = super::end(&tx, id, &reason, told.as_ref()).await?;
    let tables = tables_of(&tx).await?;
    let audit = audit_of_end(&ended);
    tx.commit(audit, Json(VitalView::new(ended.set, &tables.response))).await
}

/// Which set, of whom, and what replaces it.
pub(super) fn audit_of_end(ended: &super::domain::ending::EndedSet) -> Audit {
    let audit = Audit::did("entered_in_error", ended.set.id).with(json!({ "patient_id": ended.set.patient }));
    let audit = match ended.alarm {
        Some(level) => audit.with(json!({ "patient_id": ended.set.patient, "alarm_level": level })),
        None => audit,
    };
    match &ended.replacement {
        Some(recorded) => audit.and(audit_of(recorded)),
        None => audit,
    }
}

pub(super) use handover::audit_of as audit_of_handover;
pub(super) use orders::{audit_of_plan, audit_of_plan_end};
pub(super) use tables::audit_of as audit_of_table;
