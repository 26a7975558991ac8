//! A patient's care team.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{departments, people};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::care::{self, Assign, Kind as Tied, Relation, RelationId, TypedMember, audit_of};
use crate::clinic::patients::pages::{banner, href, tabs};
use crate::clinic::patients::{self, PatientId, View};
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

const LABELS: &[(&str, &str)] = &[
    ("user_id", "Person"),
    ("department_id", "Department"),
    ("since", "From"),
    ("until", "Until"),
    ("note", "Note"),
];

/// One person or department.
struct Member {
    name: String,
    why: &'static str,
    since: When,
    until: Option<When>,
    note: Option<String>,
    by: String,
    /// Where it is ended; absent where it is over, or the reader may not.
    end: Option<String>,
    status: Badge,
}

/// `GET /patients/{id}/care-team`, and the 4xx answers to its form.
#[derive(Template)]
#[template(path = "clinic/care/pages/team.html")]
struct TeamPage {
    shell: Shell,
    banner: Banner,
    tabs: Vec<Tab>,
    href: String,
    form: FormState,
    members: Vec<Member>,
    may_assign: bool,
    people: Vec<Choice>,
    departments: Vec<Choice>,
}

async fn page<P>(
    tx: &Authorized<P>,
    frame: &Frame,
    id: PatientId,
    form: FormState,
) -> Result<(TeamPage, PatientId), AppError> {
    let patient = patients::show(tx, id).await?;
    let now = patients::hospital_now(tx);
    let at = tx.now();
    let may_assign = tx.actor().holds("care:assign") && patients::not_for_a_reason_alone(&patient).is_ok();
    let moment = |at: Timestamp| When::moment(&at.to_zoned(now.time_zone().clone()), now.date());
    let member = |relation: Relation| {
        let (holds, is_over) = (relation.holds_at(at), !relation.is_not_over_at(at));
        let may_end = may_assign && relation.tie.kind == Tied::Team;
        Member {
            why: match relation.tie.kind {
                Tied::Team => "Care team",
                Tied::Appointment => "Appointment",
                Tied::Admission => "Admission",
            },
            since: moment(relation.tie.since),
            until: relation.tie.until.map(moment),
            end: (may_end && !is_over)
                .then(|| format!("/patients/{}/care-team/{}/end", patient.id, relation.id)),
            status: match (holds, is_over) {
                (true, _) => Badge::new(Kind::Active, Icon("stethoscope"), "Cares now"),
                (_, true) => Badge::new(Kind::Neutral, Icon("check"), "Over"),
                _ => Badge::new(Kind::Neutral, Icon("clock"), "Later"),
            },
            by: relation.added_by_name.unwrap_or_else(|| "somebody who left".to_owned()),
            note: relation.tie.note,
            name: relation.name,
        }
    };
    let members = care::team(tx, patient.id).await?.into_iter().map(member).collect();
    let page = TeamPage {
        shell: frame.shell(tx.actor()),
        banner: banner(&patient, &now, Vec::new()),
        tabs: tabs(&patient, frame, tx.actor()),
        href: href(&patient),
        form,
        members,
        may_assign,
        people: if may_assign { people(tx).await? } else { Vec::new() },
        departments: if may_assign { departments(tx).await? } else { Vec::new() },
    };
    Ok((page, patient.id))
}

fn looked(id: PatientId) -> Audit {
    Audit::viewed(id).with(json!({ "part": "care_team" }))
}

/// `GET /patients/{patient_id}/care-team`: of a record that was merged, the one that it became part of.
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Path(id): Path<PatientId>,
) -> Result<Response, AppError> {
    let (page, shown) = page(&tx, &frame, id, FormState::new()).await?;
    Ok(tx.commit(looked(shown), Page(page)).await?.into_response())
}

/// What the form sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct TeamForm {
    user_id: String,
    department_id: String,
    /// On the hospital's clock; blank is now.
    since: String,
    until: String,
    note: String,
}

/// `POST /patients/{patient_id}/care-team`
pub(super) async fn assign(
    tx: Authorized<Assign>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Form(form): Form<TeamForm>,
) -> Result<Response, AppError> {
    let typed = TypedMember {
        user_id: &form.user_id,
        department_id: &form.department_id,
        since: &form.since,
        until: &form.until,
        note: &form.note,
    };
    let done = tx.attempt(care::assign(&tx, id, &typed)).await;
    let state = FormState::new()
        .with("user_id", form.user_id.as_str())
        .with("department_id", form.department_id.as_str())
        .with("since", form.since.as_str())
        .with("until", form.until.as_str())
        .with("note", form.note.as_str());
    conclude(tx, &frame, id, done, ("care_assigned", "assigned"), state).await
}

/// `POST /patients/{patient_id}/care-team/{relation_id}/end`
pub(super) async fn end(
    tx: Authorized<Assign>,
    frame: Frame,
    Path((id, relation)): Path<(PatientId, RelationId)>,
) -> Result<Response, AppError> {
    let done = tx.attempt(care::end(&tx, id, relation)).await;
    conclude(tx, &frame, id, done, ("care_ended", "care-ended"), FormState::new()).await
}

async fn conclude(
    tx: Authorized<Assign>,
    frame: &Frame,
    id: PatientId,
    done: Result<Relation, AppError>,
    (verb, told): (&'static str, &'static str),
    form: FormState,
) -> Result<Response, AppError> {
    match done {
        Ok(relation) => {
            let next = SeeOther(format!("/patients/{id}/care-team?done={told}"));
            Ok(tx.commit(audit_of(verb, &relation), next).await?.into_response())
        }
        Err(AppError::Problem(problem))
            if [StatusCode::UNPROCESSABLE_ENTITY, StatusCode::CONFLICT].contains(&problem.status) =>
        {
            let form = form.refused(&problem.errors, problem.detail);
            let (page, shown) = page(&tx, frame, id, form).await?;
            Ok(tx.commit(looked(shown), PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
