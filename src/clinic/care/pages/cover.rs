//! Who covers whom.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{COVER, departments, people};
use crate::access::{Audit, Authorized, Frame};
use crate::clinic::care::{self, Assign, Cover, CoverId, Covered, TypedCover, audit_of_cover};
use crate::clinic::patients;
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther};

const LABELS: &[(&str, &str)] = &[
    ("user_id", "Who covers"),
    ("for_user_id", "For a colleague"),
    ("for_department_id", "For a department"),
    ("starts_at", "From"),
    ("ends_at", "Until"),
    ("note", "Note"),
];

/// One cover.
struct Row {
    name: String,
    covered: String,
    from: When,
    until: When,
    note: Option<String>,
    status: Badge,
    /// Where it is ended; absent where it is over or the reader may not.
    end: Option<String>,
}

/// `GET /care/cover`, and the 4xx answers to its form.
#[derive(Template)]
#[template(path = "clinic/care/pages/cover.html")]
struct CoverPage {
    shell: Shell,
    form: FormState,
    rows: Vec<Row>,
    /// Sets covers for everybody, not for their own patients alone.
    for_others: bool,
    people: Vec<Choice>,
    departments: Vec<Choice>,
}

async fn page(tx: &Authorized<Assign>, frame: &Frame, form: FormState) -> Result<CoverPage, AppError> {
    let now = patients::hospital_now(tx);
    let (at, me, for_others) = (tx.now(), tx.actor().user, care::sets_for_others(tx));
    let moment = |at: Timestamp| When::moment(&at.to_zoned(now.time_zone().clone()), now.date());
    let row = |cover: Cover| {
        let (holds, is_over) = (cover.holds_at(at), cover.is_over_at(at));
        let is_mine = cover.new.user == me || cover.made_by == me || cover.new.covered == Covered::Person(me);
        Row {
            from: moment(cover.new.starts_at),
            until: moment(cover.ended_at.unwrap_or(cover.new.ends_at)),
            status: match (holds, is_over) {
                (true, _) => Badge::new(Kind::Active, Icon("arrows-exchange"), "Covers now"),
                (_, true) => Badge::new(Kind::Neutral, Icon("check"), "Over"),
                _ => Badge::new(Kind::Neutral, Icon("clock"), "Later"),
            },
            end: (!is_over && (is_mine || for_others)).then(|| format!("{COVER}/{}/end", cover.id)),
            name: cover.names.0,
            covered: cover.names.1,
            note: cover.new.note,
        }
    };
    Ok(CoverPage {
        shell: frame.shell(tx.actor()),
        form,
        rows: care::covers(tx).await?.into_iter().map(row).collect(),
        for_others,
        people: people(tx).await?,
        departments: departments(tx).await?,
    })
}

/// `GET /care/cover`
pub(super) async fn show(tx: Authorized<Assign>, frame: Frame) -> Result<Response, AppError> {
    let page = page(&tx, &frame, FormState::new()).await?;
    Ok(tx.commit(Audit::listed("care_cover", page.rows.len()), Page(page)).await?.into_response())
}

/// What the form sends. Without the right to set covers for others, the own patients are handed over.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct CoverForm {
    user_id: String,
    for_user_id: String,
    for_department_id: String,
    /// On the hospital's clock; blank is now.
    starts_at: String,
    ends_at: String,
    note: String,
}

/// `POST /care/cover`
pub(super) async fn save(
    tx: Authorized<Assign>,
    frame: Frame,
    Form(form): Form<CoverForm>,
) -> Result<Response, AppError> {
    let me = tx.actor().user.to_string();
    let says_nobody = form.for_user_id.is_empty() && form.for_department_id.is_empty();
    let for_user_id = if says_nobody && !care::sets_for_others(&tx) { &me } else { &form.for_user_id };
    let typed = TypedCover {
        user_id: &form.user_id,
        for_user_id,
        for_department_id: &form.for_department_id,
        starts_at: &form.starts_at,
        ends_at: &form.ends_at,
        note: &form.note,
    };
    let done = tx.attempt(care::cover(&tx, &typed)).await;
    let state = FormState::new()
        .with("user_id", form.user_id.as_str())
        .with("for_user_id", form.for_user_id.as_str())
        .with("for_department_id", form.for_department_id.as_str())
        .with("starts_at", form.starts_at.as_str())
        .with("ends_at", form.ends_at.as_str())
        .with("note", form.note.as_str());
    conclude(tx, &frame, done, ("created", "covered"), state).await
}

/// `POST /care/cover/{cover_id}/end`
pub(super) async fn end(
    tx: Authorized<Assign>,
    frame: Frame,
    Path(id): Path<CoverId>,
) -> Result<Response, AppError> {
    let done = tx.attempt(care::end_cover(&tx, id)).await;
    conclude(tx, &frame, done, ("ended", "cover-ended"), FormState::new()).await
}

async fn conclude(
    tx: Authorized<Assign>,
    frame: &Frame,
    done: Result<Cover, AppError>,
    (verb, told): (&'static str, &'static str),
    form: FormState,
) -> Result<Response, AppError> {
    match done {
        Ok(cover) => {
            let next = SeeOther(format!("{COVER}?done={told}"));
            Ok(tx.commit(audit_of_cover(verb, &cover), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let page = page(&tx, frame, form.refused(&problem.errors, problem.detail)).await?;
            let audit = Audit::listed("care_cover", page.rows.len());
            Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
