//! `/patients/{id}/care-team`, `/care/covers` and `/care/rules`.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, patch_with, post_with};
use aide::transform::TransformOperation;
use axum::extract::State;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Assign, Choice, Cover, CoverId, Covered, Kind, Relation, RelationId, Rules, SeeRules, SetRules,
    TypedCover, TypedMember, audit_of, audit_of_cover,
};
use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::departments::DepartmentId;
use crate::clinic::patients::{self, PatientId, View};
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, IfMatch, Json, Path, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/patients/{patient_id}/care-team",
            get_with(team, op("care.team", "Who cares for a patient")),
        )
        .api_route("/patients/{patient_id}/care-team", post_with(assign, assigns))
        .api_route("/patients/{patient_id}/care-team/{relation_id}/end", post_with(end, ends))
        .api_route("/care/covers", get_with(covers, op("care.covers", "Who covers whom")))
        .api_route("/care/covers", post_with(cover, sets_cover))
        .api_route("/care/covers/{cover_id}/end", post_with(end_cover, ends_cover))
        .api_route("/care/rules", get_with(rules, shows_rules))
        .api_route("/care/rules", patch_with(set_rules, sets_rules))
}

const REFUSED_ASSIGNING: &[&str] = &[
    "patients.merged",
    "patients.opened_with_reason",
    "patients.may_not_restrict",
    "care.unknown",
    "care.on_team",
];
const REFUSED_ENDING: &[&str] = &[
    "patients.merged",
    "patients.opened_with_reason",
    "patients.may_not_restrict",
    "care.over",
    "care.follows_visit",
];

fn assigns(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const WHAT: &str = "Put a person or a department on a patient's care team";
    refuses(op("care.assign", WHAT), REFUSED_ASSIGNING)(operation)
        .description(
            "A record that lies open for a reason alone takes no new carer: 403. Where a hospital shows doctors their \
             own patients (`/care/rules`), those on the team are among them, and so are a department's for its doctors.",
        )
}

fn ends(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("care.end", "End that somebody cares for a patient"), REFUSED_ENDING)(operation)
}

fn sets_cover(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("care.cover", "Let somebody stand in"), &["care.unknown", "care.not_yours"])(operation).description(
        "Everybody who assigns care teams hands over their own patients (`for_user_id` is their own id); covering for \
         others takes `users:update`. At most 31 days at once. Whoever covers sees the covered patients as their own, \
         from the beginning to the end; what the other covers in turn is not handed on.",
    )
}

fn ends_cover(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("care.end_cover", "End a cover before its time"), &["care.not_yours", "care.over"])(operation)
        .description("For both who are in it, whoever set it, and those who hold `users:update`.")
}

const ETAG: &str = "The version, for `If-Match`.";

fn shows_rules(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    op("care.rules", "Whether doctors and nurses are shown their own patients first")(operation)
        .with(header(200, "ETag", ETAG))
}

fn sets_rules(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("care.set_rules", "Switch the rules on or off"), &["care.version_conflict"])(operation)
        .with(header(200, "ETag", ETAG))
        .description(
            "On: a doctor who is neither administrator nor receptionist is shown the patients whom they registered, \
             who visit them and for whom they care, and opens others with a reason (`patients.not_linked`); a nurse's list \
             is of who visits their department. Everybody else is shown everybody. Holds for every session within a second.",
        )
}

/// Everybody who cares, or cared, for a patient.
#[derive(Serialize, JsonSchema)]
struct CareTeam {
    /// The latest first, at most 200.
    members: Vec<CareMember>,
}

/// A person or a department that cares for a patient.
#[derive(Serialize, JsonSchema)]
struct CareMember {
    id: RelationId,
    patient_id: PatientId,
    kind: Kind,
    user_id: Option<UserId>,
    department_id: Option<DepartmentId>,
    /// Of the person or the department.
    name: String,
    since: Timestamp,
    /// `null`: until somebody ends it, or the appointment that it follows from is off.
    until: Option<Timestamp>,
    /// Holds now.
    is_current: bool,
    note: Option<String>,
    added_by_id: UserId,
    /// Absent for somebody who is not on the staff any more.
    added_by_name: Option<String>,
    added_at: Timestamp,
}

impl CareMember {
    fn new(relation: Relation, now: Timestamp) -> Self {
        let is_current = relation.holds_at(now);
        let tie = relation.tie;
        Self {
            id: relation.id,
            patient_id: tie.patient,
            kind: tie.kind,
            user_id: tie.user,
            department_id: tie.department,
            name: relation.name,
            since: tie.since,
            until: tie.until,
            is_current,
            note: tie.note,
            added_by_id: relation.added_by,
            added_by_name: relation.added_by_name,
            added_at: relation.added_at,
        }
    }
}

async fn team(tx: Authorized<View>, Path(id): Path<PatientId>) -> Result<Json<CareTeam>, AppError> {
    let patient = patients::show(&tx, id).await?;
    let now = tx.now();
    let members = super::team(&tx, patient.id).await?;
    let members = members.into_iter().map(|relation| CareMember::new(relation, now)).collect();
    let audit = Audit::viewed(patient.id).with(json!({ "part": "care_team" }));
    tx.commit(audit, Json(CareTeam { members })).await
}

/// Who is to care for the patient: a person or a department.
#[derive(Deserialize, JsonSchema)]
struct AssignCare {
    #[schemars(with = "Option<UserId>")]
    user_id: Option<String>,
    #[schemars(with = "Option<DepartmentId>")]
    department_id: Option<String>,
    /// With offset, or on the hospital's clock; now if left out, and never earlier.
    since: Option<String>,
    /// Left out: until somebody ends it.
    until: Option<String>,
    #[schemars(length(max = 500))]
    note: Option<String>,
}

async fn assign(
    tx: Authorized<Assign>,
    Path(id): Path<PatientId>,
    Json(body): Json<AssignCare>,
) -> Result<Created<CareMember>, AppError> {
    let typed = TypedMember {
        user_id: body.user_id.as_deref().unwrap_or_default(),
        department_id: body.department_id.as_deref().unwrap_or_default(),
        since: body.since.as_deref().unwrap_or_default(),
        until: body.until.as_deref().unwrap_or_default(),
        note: body.note.as_deref().unwrap_or_default(),
    };
    let made = super::assign(&tx, id, &typed).await?;
    let (audit, now) = (audit_of("care_assigned", &made), tx.now());
    let location = format!("/api/v1/patients/{id}/care-team");
    tx.commit(audit, Reply::new(CareMember::new(made, now)).location(&location)).await
}

async fn end(
    tx: Authorized<Assign>,
    Path((id, relation)): Path<(PatientId, RelationId)>,
) -> Result<Reply<CareMember>, AppError> {
    let ended = super::end(&tx, id, relation).await?;
    let (audit, now) = (audit_of("care_ended", &ended), tx.now());
    tx.commit(audit, Reply::new(CareMember::new(ended, now))).await
}

/// Who covers whom.
#[derive(Serialize, JsonSchema)]
struct Covers {
    /// Now, later, and in the last 30 days; the last to end first, at most 200.
    covers: Vec<CoverView>,
}

/// Somebody who stands in for a colleague, or is on call for a department.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cover")]
struct CoverView {
    id: CoverId,
    user_id: UserId,
    user_name: String,
    for_user_id: Option<UserId>,
    for_department_id: Option<DepartmentId>,
    /// Of the colleague or the department.
    for_name: String,
    starts_at: Timestamp,
    ends_at: Timestamp,
    /// Ended before its time.
    ended_at: Option<Timestamp>,
    /// Holds now.
    is_current: bool,
    note: Option<String>,
    made_by_id: UserId,
    made_at: Timestamp,
}

impl CoverView {
    fn new(cover: Cover, now: Timestamp) -> Self {
        let is_current = cover.holds_at(now);
        let (person, department) = match cover.new.covered {
            Covered::Person(person) => (Some(person), None),
            Covered::Department(department) => (None, Some(department)),
        };
        let (user_name, for_name) = cover.names;
        Self {
            id: cover.id,
            user_id: cover.new.user,
            user_name,
            for_user_id: person,
            for_department_id: department,
            for_name,
            starts_at: cover.new.starts_at,
            ends_at: cover.new.ends_at,
            ended_at: cover.ended_at,
            is_current,
            note: cover.new.note,
            made_by_id: cover.made_by,
            made_at: cover.made_at,
        }
    }
}

async fn covers(tx: Authorized<Assign>) -> Result<Json<Covers>, AppError> {
    let now = tx.now();
    let covers: Vec<CoverView> =
        super::covers(&tx).await?.into_iter().map(|cover| CoverView::new(cover, now)).collect();
    tx.commit(Audit::listed("care_cover", covers.len()), Json(Covers { covers })).await
}

/// Who covers, and a colleague or a department.
#[derive(Deserialize, JsonSchema)]
struct SetCover {
    #[schemars(required, with = "Option<UserId>")]
    user_id: Option<String>,
    #[schemars(with = "Option<UserId>")]
    for_user_id: Option<String>,
    #[schemars(with = "Option<DepartmentId>")]
    for_department_id: Option<String>,
    /// With offset, or on the hospital's clock; now if left out, and never earlier.
    starts_at: Option<String>,
    #[schemars(required)]
    ends_at: Option<String>,
    #[schemars(length(max = 500))]
    note: Option<String>,
}

async fn cover(tx: Authorized<Assign>, Json(body): Json<SetCover>) -> Result<Created<CoverView>, AppError> {
    let typed = TypedCover {
        user_id: body.user_id.as_deref().unwrap_or_default(),
        for_user_id: body.for_user_id.as_deref().unwrap_or_default(),
        for_department_id: body.for_department_id.as_deref().unwrap_or_default(),
        starts_at: body.starts_at.as_deref().unwrap_or_default(),
        ends_at: body.ends_at.as_deref().unwrap_or_default(),
        note: body.note.as_deref().unwrap_or_default(),
    };
    let made = super::cover(&tx, &typed).await?;
    let (audit, now) = (audit_of_cover("created", &made), tx.now());
    tx.commit(audit, Reply::new(CoverView::new(made, now)).location("/api/v1/care/covers")).await
}

async fn end_cover(tx: Authorized<Assign>, Path(id): Path<CoverId>) -> Result<Reply<CoverView>, AppError> {
    let ended = super::end_cover(&tx, id).await?;
    let (audit, now) = (audit_of_cover("ended", &ended), tx.now());
    tx.commit(audit, Reply::new(CoverView::new(ended, now))).await
}

/// Whether doctors and nurses are shown their own patients first.
#[derive(Serialize, JsonSchema)]
struct CareRules {
    row_rules: bool,
    /// For `If-Match`, or `version` in a PATCH.
    version: i32,
    changed_by_id: Option<UserId>,
    changed_at: Option<Timestamp>,
}

fn shown(rules: Rules) -> Reply<CareRules> {
    let (by, at) = rules.changed.unzip();
    let view = CareRules { row_rules: rules.on, version: rules.version, changed_by_id: by, changed_at: at };
    Reply::new(view).etag(rules.version)
}

async fn rules(tx: Authorized<SeeRules>) -> Result<Reply<CareRules>, AppError> {
    let rules = super::rules(&tx).await?;
    let audit = Audit::viewed(tx.hospital().id);
    tx.commit(audit, shown(rules)).await
}

#[derive(Deserialize, JsonSchema)]
struct SetCareRules {
    #[schemars(required)]
    row_rules: Option<bool>,
    /// That the caller believes to be the newest; left out: no check.
    version: Option<i64>,
}

async fn set_rules(
    tx: Authorized<SetRules>,
    State(app): State<App>,
    IfMatch(tag): IfMatch,
    Json(body): Json<SetCareRules>,
) -> Result<Reply<CareRules>, AppError> {
    let mut errors = FieldErrors::default();
    if body.row_rules.is_none() {
        errors.add("row_rules", "This is needed.");
    }
    let on = errors.finish_with(body.row_rules)?;
    let expected: Vec<i64> = [tag, body.version].into_iter().flatten().collect();
    let mut choice = Choice::of(tx);
    let set = choice.set(on, &expected).await?;
    choice.saved(&app, set, shown(set.0)).await
}
