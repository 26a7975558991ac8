//! Who opened which record, when and why; and the word that somebody else says about it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Audit, Authorized, Frame};
use crate::clinic::confidential::api::{audit_of_review, people_of};
use crate::clinic::confidential::{self, GlassId, NewReview, Opening, Outcome, Which};
use crate::clinic::patients::pages::{PatientListPage, period_of};
use crate::clinic::patients::{self, Closed, Restrict};
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, Query, SeeOther, words};

const PAGE_SIZE: i64 = 25;

/// One opening.
struct Row {
    /// `/patients/{id}`
    href: String,
    code: String,
    /// "Restricted", "Very restricted", "Normal" once it was lifted; "Not their patient".
    level: &'static str,
    by: String,
    at: When,
    reason: String,
    review: Word,
}

/// Where the word about an opening stands.
enum Word {
    Said {
        outcome: &'static str,
        note: Option<String>,
        by: String,
        at: When,
    },
    /// The reader opened it.
    Own,
    /// `/patients/opened/{id}/review`
    Waits {
        action: String,
    },
}

/// `GET /patients/opened`, and the 4xx answers to a word.
#[derive(Template)]
#[template(path = "clinic/confidential/pages/opened.html")]
struct OpenedPage {
    shell: Shell,
    form: FormState,
    rows: Vec<Row>,
    narrowed: bool,
    waiting: i64,
    pager: Pager,
}

impl OpenedPage {
    /// Values of the filter; blank is any time. Days of the hospital.
    fn periods() -> Vec<Choice> {
        PatientListPage::registered_choices()
    }

    fn reviews() -> Vec<Choice> {
        let words = [
            ("", "All"),
            ("waiting", "Not reviewed"),
            ("justified", "Justified"),
            ("follow_up", "To follow up"),
        ];
        words.map(|(value, label)| Choice::new(value, label)).into()
    }

    fn facts(&self) -> String {
        let waiting = match self.waiting {
            0 => "none waits for your review".to_owned(),
            1 => "1 waits for a review".to_owned(),
            many => format!("{} wait for a review", words::count(many)),
        };
        format!("Who opened a record with a reason, newest first; {waiting}.")
    }
}

/// What the list is narrowed by.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Narrowing {
    /// `today`, `week`, `month`; any other word means any time.
    opened: String,
    /// `waiting`, `justified`, `follow_up`; any other word means all.
    review: String,
    /// From 1; what is no number is the first.
    page: String,
}

/// `GET /patients/opened`
pub(super) async fn show(
    tx: Authorized<Restrict>,
    frame: Frame,
    Query(query): Query<Narrowing>,
) -> Result<Response, AppError> {
    let page = page(&tx, &frame, &query, FormState::new()).await?;
    let audit = Audit::listed("break_glass", page.rows.len());
    Ok(tx.commit(audit, Page(page)).await?.into_response())
}

async fn page(
    tx: &Authorized<Restrict>,
    frame: &Frame,
    query: &Narrowing,
    form: FormState,
) -> Result<OpenedPage, AppError> {
    let now = patients::hospital_now(tx);
    let period = period_of(&query.opened, &now);
    let which = Which::from_word(&query.review);
    let number = query.page.parse().unwrap_or(1_i64).clamp(1, 10_000);
    let wanted = PageRequest { page: number, page_size: PAGE_SIZE };
    let found = confidential::list(tx, period, which.unwrap_or_default(), wanted).await?;
    let people: Vec<_> = found.items.iter().flat_map(people_of).collect();
    let names = patients::staff_names(tx, &people).await?;
    let name = |id| names.get(&id).cloned().unwrap_or_else(|| "somebody who left".to_owned());
    let moment = |at: Timestamp| When::moment(&at.to_zoned(now.time_zone().clone()), now.date());
    let me = tx.actor().user;
    let row = |opening: &Opening| Row {
        href: format!("/patients/{}", opening.glass.patient),
        code: opening.code.clone(),
        level: match opening.glass.why {
            Closed::NotYours => "Not their patient",
            Closed::Confidential => words::confidentiality(opening.level.code()),
        },
        by: name(opening.glass.user),
        at: moment(opening.glass.opened_at),
        reason: opening.reason.clone(),
        review: match &opening.review {
            Some(review) => Word::Said {
                outcome: match review.outcome {
                    Outcome::Justified => "Justified",
                    Outcome::FollowUp => "To follow up",
                },
                note: review.note.clone(),
                by: name(review.by),
                at: moment(review.at).inline(),
            },
            None if opening.glass.user == me => Word::Own,
            None => Word::Waits { action: format!("/patients/opened/{}/review", opening.glass.id) },
        },
    };
    let choices = OpenedPage::periods();
    let chosen = choices.iter().find(|choice| choice.value == query.opened);
    let opened = chosen.map_or_else(String::new, |choice| choice.value.clone());
    let review = if which.is_some() { query.review.clone() } else { String::new() };
    Ok(OpenedPage {
        shell: frame.shell(tx.actor()),
        rows: found.items.iter().map(row).collect(),
        narrowed: !opened.is_empty() || !review.is_empty(),
        waiting: confidential::to_review(tx).await?,
        pager: Pager::new(&found, |number| {
            Turn::Link(format!("/patients/opened?opened={opened}&review={review}&page={number}"))
        }),
        form: form.with("opened", opened.clone()).with("review", review.clone()),
    })
}

/// What the form at an opening sends.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ReviewForm {
    /// `JUSTIFIED`, `FOLLOW_UP`
    outcome: String,
    note: String,
}

/// `POST /patients/opened/{glass_id}/review`
pub(super) async fn review(
    tx: Authorized<Restrict>,
    frame: Frame,
    Path(id): Path<GlassId>,
    Form(form): Form<ReviewForm>,
) -> Result<Response, AppError> {
    let mut errors = FieldErrors::default();
    let new = NewReview::parse(&form.outcome, Some(&form.note), &mut errors);
    let done = match errors.finish_with(new) {
        Ok(new) => {
            let audit = audit_of_review(id, &new);
            tx.attempt(confidential::review(&tx, id, &new)).await.map(|()| audit)
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(audit) => {
            let next = SeeOther("/patients/opened?review=waiting&done=reviewed".to_owned());
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            let fault = match problem.errors.as_slice() {
                [] => problem.detail.into_owned(),
                [first, ..] => format!("Nothing was saved. {}", first.message),
            };
            let query = Narrowing { review: "waiting".to_owned(), ..Narrowing::default() };
            let page = page(&tx, &frame, &query, FormState::new().with_fault(fault)).await?;
            let audit = Audit::listed("break_glass", page.rows.len());
            Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
