//! `/patients/{id}/allergies` and `/patients/{id}/conditions`: two lists of one shape.

use std::marker::PhantomData;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, patch_with, post_with};
use aide::transform::TransformOperation;
use axum::http::header::CONTENT_LOCATION;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::given::{self, Told};
use super::model::{Entry, Facts};
use super::views::{Allergies, AskedView, Conditions, Shape};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::patients::texts::EntryId;
use crate::clinic::patients::{self, PatientId, Update, View};
use crate::kernel::ids::Entity as _;
use crate::kernel::{AppError, FieldErrors, Problem};
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, IfMatch, Json, OptionalJson, Path, Query, Reply};

const ETAG: &str = "The entry's version, for `If-Match`.";

/// Id and summary of each operation.
struct Names {
    list: (&'static str, &'static str),
    add: (&'static str, &'static str),
    show: (&'static str, &'static str),
    change: (&'static str, &'static str),
    end: (&'static str, &'static str),
    none: (&'static str, &'static str),
}

pub(super) fn router() -> ApiRouter<App> {
    let allergies = routes::<Allergies>(
        "/patients/{patient_id}/allergies",
        "/patients/{patient_id}/allergies/{allergy_id}",
        &Names {
            list: ("allergies.list", "List a patient's allergies and intolerances"),
            add: ("allergies.add", "Add an allergy or intolerance"),
            show: ("allergies.show", "Show an allergy with its earlier versions"),
            change: ("allergies.change", "Write the next version of an allergy"),
            end: ("allergies.end", "Mark an allergy as entered in error"),
            none: ("allergies.none_known", "Note that somebody asked, and no allergy is known"),
        },
    );
    let conditions = routes::<Conditions>(
        "/patients/{patient_id}/conditions",
        "/patients/{patient_id}/conditions/{condition_id}",
        &Names {
            list: ("conditions.list", "List a patient's conditions"),
            add: ("conditions.add", "Add a condition"),
            show: ("conditions.show", "Show a condition with its earlier versions"),
            change: ("conditions.change", "Write the next version of a condition"),
            end: ("conditions.end", "Mark a condition as entered in error"),
            none: ("conditions.none_known", "Note that somebody asked, and no condition is known"),
        },
    );
    allergies.merge(conditions)
}

const ADD: &[&str] = &["chart.already_listed", "chart.full", "patients.merged"];
const CHANGE: &[&str] = &[
    "chart.version_conflict",
    "chart.entered_in_error",
    "chart.already_listed",
    "chart.full",
    "patients.merged",
];
const ASK: &[&str] = &["chart.still_listed", "patients.merged"];
const ADDS: &str = "It ends “none known”. 409: `chart.already_listed`, `chart.full`, `patients.merged`.";
const CHANGES: &str = "The version before stays readable. A change of nothing writes none. 409: `chart.entered_in_error` (it is not \
     changed any more), `chart.already_listed`, `patients.merged`.";
const ENDS: &str = "It stays readable, with the reason, and leaves the patient's text. `replacement` is added in the same \
                    step. 409: `chart.entered_in_error` (it was marked already), `chart.already_listed`, \
                    `patients.merged`.";
const ASKS: &str = "It differs from an empty list, which nobody asked about. 409: `chart.still_listed` (there is an active \
                    entry), `patients.merged`.";

fn routes<S: Shape>(list_path: &str, entry_path: &str, names: &Names) -> ApiRouter<App> {
    let (adds, changes) = (writes(names.add, ADDS, ADD), writes(names.change, CHANGES, CHANGE));
    let (ends, asks) = (writes(names.end, ENDS, CHANGE), writes(names.none, ASKS, ASK));
    let shows = op(names.show.0, names.show.1);
    ApiRouter::new()
        .api_route(list_path, get_with(list::<S>, op(names.list.0, names.list.1)))
        .api_route(
            list_path,
            post_with(add::<S>, |o| {
                adds(o).with(header(201, "ETag", ETAG)).with(header(201, "Location", "The new entry."))
            }),
        )
        .api_route(entry_path, get_with(show::<S>, |o| shows(o).with(header(200, "ETag", ETAG))))
        .api_route(entry_path, patch_with(change::<S>, |o| changes(o).with(header(200, "ETag", ETAG))))
        .api_route(
            &format!("{entry_path}/entered-in-error"),
            post_with(end::<S>, |o| ends(o).with(header(200, "ETag", ETAG))),
        )
        .api_route(&format!("{list_path}/none-known"), post_with(none_known::<S>, asks))
}

/// An operation that may be refused for what is on the list.
fn writes(
    (id, summary): (&'static str, &'static str),
    what: &'static str,
    refusals: &'static [&'static str],
) -> impl for<'t> FnOnce(TransformOperation<'t>) -> TransformOperation<'t> {
    move |operation| refuses(op(id, summary), refusals)(operation).description(what)
}

#[derive(Deserialize, JsonSchema)]
struct ChartQuery {
    /// `ended` adds what was entered in error.
    include: Option<String>,
}

/// A list of a patient.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}List")]
struct ListView<T> {
    patient_id: PatientId,
    /// What was answered when somebody asked last; `null`: nobody asked.
    asked: Option<AskedView>,
    /// Active ones first, the most urgent of them at the top; at most 1,000.
    items: Vec<T>,
    total: i64,
}

/// One entry with what it said before.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}WithHistory")]
struct WithHistory<T> {
    #[serde(flatten)]
    now: T,
    /// Its earlier versions, newest first.
    history: Vec<T>,
}

/// The reply says whose record this is if the id was that of a merged one.
fn led_on<T>(reply: Reply<T>, asked: PatientId, found: PatientId, rest: &str) -> Reply<T> {
    if asked == found {
        return reply;
    }
    reply.header(CONTENT_LOCATION, &format!("/api/v1/patients/{found}/{rest}"))
}

async fn list<S: Shape>(
    tx: Authorized<View>,
    Path(id): Path<PatientId>,
    Query(query): Query<ChartQuery>,
) -> Result<Reply<ListView<S::View>>, AppError> {
    let patient = patients::show(&tx, id).await?.id;
    let include = query.include.unwrap_or_default();
    let with_ended = include.split(',').any(|part| part.trim() == "ended");
    let listed = super::list(&tx, patient, S::LIST, with_ended).await?;
    let audit = Audit::viewed(patient).with(json!({ "list": S::PATH, "count": listed.entries.len() }));
    let view = ListView {
        patient_id: patient,
        asked: listed.asked.map(AskedView::from),
        items: listed.entries.into_iter().map(S::View::from).collect(),
        total: listed.total,
    };
    tx.commit(audit, led_on(Reply::new(view), id, patient, S::PATH)).await
}

async fn add<S: Shape>(
    tx: Authorized<Update>,
    Path(patient): Path<PatientId>,
    Json(body): Json<S::Told>,
) -> Result<Created<S::View>, AppError> {
    let facts = Facts::parse(S::LIST, body.into(), super::moment(&tx))?;
    let entry = super::add(&tx, patient, &facts).await?;
    let audit = Audit::created(S::id(entry.id)).with(json!({ "patient_id": patient }));
    let location = format!("/api/v1/patients/{patient}/{}/{}", S::PATH, entry.id);
    let version = entry.version;
    tx.commit(audit, Created::new(entry.into()).etag(version).location(&location)).await
}

async fn show<S: Shape>(
    tx: Authorized<View>,
    Path((id, entry)): Path<(PatientId, S::Id)>,
) -> Result<Reply<WithHistory<S::View>>, AppError> {
    let patient = patients::show(&tx, id).await?.id;
    let known = super::show(&tx, patient, S::LIST, EntryId(entry.uuid())).await?;
    let version = known.entry.version;
    let view = WithHistory {
        now: known.entry.into(),
        history: known.earlier.into_iter().map(S::View::from).collect(),
    };
    let audit = Audit::viewed(entry).with(json!({ "patient_id": patient }));
    let rest = format!("{}/{}", S::PATH, entry.uuid());
    tx.commit(audit, led_on(Reply::new(view).etag(version), id, patient, &rest)).await
}

async fn change<S: Shape>(
    tx: Authorized<Update>,
    Path((patient, id)): Path<(PatientId, S::Id)>,
    IfMatch(tag): IfMatch,
    Json(body): Json<S::Told>,
) -> Result<Reply<S::View>, AppError> {
    let told: Told = body.into();
    let expected: Vec<i64> = [tag, told.version].into_iter().flatten().collect();
    let changed = super::change(&tx, patient, (S::LIST, EntryId(id.uuid())), told, &expected).await?;
    let audit = audit_of::<S>(patient, &changed);
    let version = changed.entry.version;
    tx.commit(audit, Reply::new(changed.entry.into()).etag(version)).await
}

/// A change names its fields; a change of nothing is a look.
pub(super) fn audit_of<S: Shape>(patient: PatientId, changed: &super::Changed) -> Audit {
    let id = S::id(changed.entry.id);
    if changed.fields.is_empty() {
        Audit::viewed(id).with(json!({ "patient_id": patient }))
    } else {
        Audit::updated(id).with(json!({ "patient_id": patient, "fields": changed.fields }))
    }
}

/// Ids, never the reason.
pub(super) fn audit_of_end<S: Shape>(patient: PatientId, entry: &Entry) -> Audit {
    let replaced_by = entry.ended.as_ref().and_then(|ended| ended.replaced_by);
    Audit::did("entered_in_error", S::id(entry.id))
        .with(json!({ "patient_id": patient, "replaced_by_id": replaced_by }))
}

pub(super) fn audit_of_none<S: Shape>(patient: PatientId) -> Audit {
    Audit::did("none_known", patient).with(json!({ "list": S::PATH }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(default, bound = "")]
#[schemars(rename = "EnteredInError{T}")]
struct EndEntry<T> {
    /// Why it was wrong.
    #[schemars(required, length(min = 1, max = 500))]
    reason: Option<String>,
    /// What is right instead: a new entry, with the same fields as one that is added.
    #[schemars(with = "Option<T>")]
    replacement: Value,
    /// The version that was read, instead of `If-Match`.
    version: Option<i64>,
    #[serde(skip)]
    shape: PhantomData<fn() -> T>,
}

impl<T> Default for EndEntry<T> {
    fn default() -> Self {
        Self { reason: None, replacement: Value::Null, version: None, shape: PhantomData }
    }
}

async fn end<S: Shape>(
    tx: Authorized<Update>,
    Path((patient, id)): Path<(PatientId, S::Id)>,
    IfMatch(tag): IfMatch,
    Json(body): Json<EndEntry<S::Told>>,
) -> Result<Reply<S::View>, AppError> {
    let mut errors = FieldErrors::default();
    let reason = given::reason(body.reason.as_deref().unwrap_or_default(), &mut errors);
    let mut replacement = None;
    if !body.replacement.is_null() {
        match replacing::<S>(body.replacement, super::moment(&tx)) {
            Ok(facts) => replacement = Some(facts),
            Err(sentence) => errors.add("replacement", sentence),
        }
    }
    let reason = errors.finish_with(reason)?;
    let expected: Vec<i64> = [tag, body.version].into_iter().flatten().collect();
    let of = (S::LIST, EntryId(id.uuid()));
    let entry = super::end(&tx, patient, of, &reason, replacement.as_ref(), &expected).await?;
    let (audit, version) = (audit_of_end::<S>(patient, &entry), entry.version);
    tx.commit(audit, Reply::new(entry.into()).etag(version)).await
}

/// The facts of a replacement, or one sentence with what is wrong in it.
fn replacing<S: Shape>(body: Value, moment: super::Moment) -> Result<Facts, String> {
    let told = match body {
        Value::Object(_) => serde_json::from_value::<S::Told>(body).ok(),
        _ => None,
    };
    let told = told.ok_or("Give the fields of an entry, each with its kind of value.")?;
    Facts::parse(S::LIST, told.into(), moment).map_err(|error| {
        match Problem::from_error(error).errors.as_slice() {
            [] => "This is not an entry.".to_owned(),
            errors => {
                let told: Vec<String> =
                    errors.iter().map(|e| format!("{}: {}", e.field, e.message)).collect();
                told.join(" ")
            }
        }
    })
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct NoneKnown {
    /// When it was asked; now if left out.
    #[schemars(with = "Option<jiff::Timestamp>")]
    asked_at: Option<String>,
}

async fn none_known<S: Shape>(
    tx: Authorized<Update>,
    Path(patient): Path<PatientId>,
    OptionalJson(body): OptionalJson<NoneKnown>,
) -> Result<Reply<ListView<S::View>>, AppError> {
    let mut errors = FieldErrors::default();
    let asked_at = body.unwrap_or_default().asked_at;
    let asked_at = given::when("asked_at", asked_at.as_deref(), tx.now(), &mut errors);
    errors.finish()?;
    super::none_known(&tx, patient, S::LIST, asked_at).await?;
    let listed = super::list(&tx, patient, S::LIST, false).await?;
    let view = ListView {
        patient_id: patient,
        asked: listed.asked.map(AskedView::from),
        items: listed.entries.into_iter().map(S::View::from).collect(),
        total: listed.total,
    };
    tx.commit(audit_of_none::<S>(patient), Reply::new(view)).await
}
