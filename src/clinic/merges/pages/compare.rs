//! Two records side by side; what is chosen there is merged.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::app::App;
use crate::clinic::merges::api::{SECOND_PERSON, audit_of, parse_reason};
use crate::clinic::merges::model::doubt;
use crate::clinic::merges::{
    self, Choices, Comparison, GROUPS, Group, Half, Outcome, Plan, Record, Side, Wanted,
};
use crate::clinic::patients::{self, Confidentiality, Patient, PatientId, Update};
use crate::kernel::{AppError, FieldErrors, Problem};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, Query, SeeOther, words};

/// One line of the comparison.
struct Line {
    name: &'static str,
    label: &'static str,
    mine: Option<String>,
    theirs: Option<String>,
    /// What happens if nothing is chosen.
    outcome: &'static str,
    is_choice: bool,
    takes_theirs: bool,
}

/// `GET /patients/{id}/merge`
#[derive(Template)]
#[template(path = "clinic/merges/pages/compare.html")]
struct MergePage {
    shell: Shell,
    /// `/patients/{id}`
    href: String,
    name: Name,
    code: String,
    form: FormState,
    other: Option<Other>,
}

struct Other {
    id: PatientId,
    name: Name,
    code: String,
    versions: (i32, i32),
    lines: Vec<Line>,
    /// Why they may be two people, and may the reader still merge them?
    doubt: Option<(String, bool)>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct With {
    /// Code or id of the other record.
    with: String,
}

/// `GET /patients/{patient_id}/merge`
pub(super) async fn show(
    tx: Authorized<Update>,
    frame: Frame,
    State(app): State<App>,
    Path(id): Path<PatientId>,
    Query(query): Query<With>,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    if patient.id != id {
        return Ok(SeeOther(format!("/patients/{}/merge", patient.id)).into_response());
    }
    let typed = query.with.trim();
    let form = FormState::new().with("with", typed);
    if typed.is_empty() {
        let page = page(&tx, &frame, &patient, form, None);
        return Ok(tx.commit(Audit::viewed(id), Page(page)).await?.into_response());
    }
    let found = match typed.parse() {
        Ok(other) => Some(other),
        Err(_) => {
            app.throttles.code(tx.actor().user)?;
            patients::id_of_code(&tx, typed).await?
        }
    };
    let compared = match found {
        Some(other) => merges::compare(&tx, id, other).await,
        None => Err(Problem::not_found("A patient with this code").into()),
    };
    match compared {
        Ok(both) => {
            let audit = looked_at(&both);
            let page = page(&tx, &frame, &patient, form, Some((&both, &Choices::new())));
            Ok(tx.commit(audit, Page(page)).await?.into_response())
        }
        Err(AppError::Problem(problem)) => {
            let status = problem.status;
            let form = form.with_error("with", problem.detail);
            let page = PageWithStatus(status, page(&tx, &frame, &patient, form, None));
            // Which record was asked for by its code is on record, also where it did not open.
            let audit = match found {
                Some(other) => {
                    let asked = Audit::did("asked", other).with(json!({ "compared_with": patient.id }));
                    asked.and(Audit::viewed(patient.id))
                }
                None => Audit::viewed(patient.id),
            };
            Ok(tx.commit(audit, page).await?.into_response())
        }
        Err(other) => Err(other),
    }
}

/// What the comparison sends.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct MergeForm {
    duplicate_id: String,
    reason: String,
    survivor_version: String,
    duplicate_version: String,
    /// `take.<group>`, where something was chosen: `survivor` or `duplicate`.
    #[serde(flatten)]
    take: BTreeMap<String, String>,
}

/// `POST /patients/{patient_id}/merge`
pub(super) async fn merge(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Form(form): Form<MergeForm>,
) -> Result<Response, AppError> {
    let Ok(duplicate) = form.duplicate_id.trim().parse::<PatientId>() else {
        return Ok(SeeOther(format!("/patients/{id}/merge")).into_response());
    };
    let choices: Choices = GROUPS
        .iter()
        .filter_map(|group| match form.take.get(&format!("take.{}", group.name)).map_or("", String::as_str) {
            "duplicate" => Some((group.name.to_owned(), Side::Duplicate)),
            "survivor" => Some((group.name.to_owned(), Side::Survivor)),
            _ => None,
        })
        .collect();
    let mut errors = FieldErrors::default();
    let reason = parse_reason(&form.reason, &mut errors);
    let done = match errors.finish_with(reason) {
        Ok(reason) => {
            // A version that is no number fits none.
            let version = |typed: &str| Some(typed.trim().parse().unwrap_or(-1));
            let wanted = Wanted {
                survivor: id,
                duplicate,
                reason,
                choices: choices.clone(),
                versions: (version(&form.survivor_version), version(&form.duplicate_version)),
                despite_doubts: tx.actor().holds(SECOND_PERSON),
            };
            tx.attempt(merges::merge(&tx, wanted)).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(merge) => {
            let audit = audit_of("merged", &merge);
            let next = SeeOther(format!("/patients/{id}?done=merged"));
            Ok(tx.commit(audit, next).await?.into_response())
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => {
            again(tx, frame, (id, duplicate), &choices, &form.reason, problem).await
        }
        Err(other) => Err(other),
    }
}

/// The comparison once more, as it stands now, with what is wrong.
async fn again(
    tx: Authorized<Update>,
    frame: Frame,
    (id, duplicate): (PatientId, PatientId),
    choices: &Choices,
    reason: &str,
    problem: Problem,
) -> Result<Response, AppError> {
    let patient = patients::show(&tx, id).await?;
    let form = FormState::new().with("reason", reason).refused(&problem.errors, problem.detail);
    // Merged meanwhile, perhaps by a second click: the sentence says so, and there is nothing to compare.
    let both = match merges::compare(&tx, id, duplicate).await {
        Ok(both) => Some(both),
        Err(AppError::Problem(_)) => None,
        Err(other) => return Err(other),
    };
    let audit = both.as_ref().map_or_else(|| Audit::viewed(id), looked_at);
    let page = page(&tx, &frame, &patient, form, both.as_ref().map(|both| (both, choices)));
    Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
}

/// Two records were looked at: each says so, and with which other one it was compared.
fn looked_at(both: &Comparison) -> Audit {
    let (one, other) = (both.survivor.id, both.duplicate.id);
    let look = |at: PatientId, with: PatientId| Audit::viewed(at).with(json!({ "compared_with": with }));
    look(one, other).and(look(other, one))
}

fn page(
    tx: &Authorized<Update>,
    frame: &Frame,
    patient: &Patient,
    form: FormState,
    with: Option<(&Comparison, &Choices)>,
) -> MergePage {
    MergePage {
        shell: frame.shell(tx.actor()),
        href: patients::pages::href(patient),
        name: Name::new(patient.name()),
        code: patient.code.clone(),
        form,
        other: with.map(|(both, choices)| other(tx, both, choices, tx.actor().holds(SECOND_PERSON))),
    }
}

fn other(tx: &TenantTx, both: &Comparison, choices: &Choices, is_second_person: bool) -> Other {
    let (Half { record: mine, .. }, Half { record: theirs, .. }) = (&both.survivor, &both.duplicate);
    let today = patients::hospital_now(tx).date();
    let plan = Plan::of(mine, theirs, &Choices::new());
    let line = |group: &'static Group| Line {
        name: group.name,
        label: group.label,
        mine: written(group, mine, today),
        theirs: written(group, theirs, today),
        outcome: match plan.outcome(group.name) {
            Outcome::Same => "Same",
            Outcome::Kept => "Stays",
            Outcome::Taken => "Taken over",
            Outcome::Joined => "Both kept",
            Outcome::Open => "Choose",
        },
        is_choice: group.is_choice(mine, theirs),
        takes_theirs: match choices.get(group.name) {
            Some(side) => *side == Side::Duplicate,
            None => plan.outcome(group.name) == Outcome::Taken,
        },
    };
    let name =
        ["first_name", "middle_name", "last_name"].map(|column| theirs.get(column).and_then(Value::as_str));
    Other {
        id: both.duplicate.id,
        name: Name::new(name.into_iter().flatten().collect::<Vec<_>>().join(" ")),
        code: both.duplicate.code.clone(),
        versions: (both.survivor.version, both.duplicate.version),
        lines: GROUPS.iter().map(line).filter(|line| line.mine.is_some() || line.theirs.is_some()).collect(),
        doubt: doubt(mine, theirs).map(|doubt| (doubt.to_string(), is_second_person)),
    }
}

/// A group's values for people; `None` if there are none.
fn written(group: &Group, record: &Record, today: Date) -> Option<String> {
    let text = |column: &str| record.get(column).and_then(Value::as_str).map(str::to_owned);
    let lack = |column: &str| text(column).map(|code| words::lack(&code).to_owned());
    let yes = |column: &str| record.get(column).and_then(Value::as_bool).unwrap_or(false);
    let day = |column: &str| text(column).and_then(|text| text.get(..10)?.parse::<Date>().ok());
    match group.name {
        "gender" => text("gender").map(|code| words::sex(&code).0.to_owned()),
        "birth" => match day("dob") {
            Some(dob) if yes("dob_unknown") => Some(format!("about {}", dob.year())),
            Some(dob) => Some(format!("{} ({})", words::date(dob), words::age(dob, today))),
            None if yes("dob_unknown") => Some("Unknown".to_owned()),
            None => None,
        },
        "phone_primary" => {
            text("phone_typed").or_else(|| text("phone_primary")).or_else(|| lack("no_phone_reason"))
        }
        "address" => {
            let lines: Vec<String> =
                group.columns.iter().filter(|c| **c != "no_address_reason").filter_map(|c| text(c)).collect();
            if lines.is_empty() { lack("no_address_reason") } else { Some(lines.join(", ")) }
        }
        "confidentiality" => text("confidentiality")
            .filter(|code| code != Confidentiality::Normal.code())
            .map(|code| words::confidentiality(&code).to_owned()),
        "mother" => text("mother_id").map(|_| "Linked to the mother's record".to_owned()),
        "is_unidentified" => yes("is_unidentified").then(|| "Not identified yet".to_owned()),
        "photo_path" => text("photo_path").map(|_| "There is one".to_owned()),
        "death" => yes("is_deceased")
            .then(|| {
                day("date_of_death")
                    .map_or_else(|| "Yes".to_owned(), |died| format!("Yes, {}", words::date(died)))
            })
            .or_else(|| Some("No".to_owned())),
        "last_visited_at" => day("last_visited_at").map(words::date),
        _ => {
            let value = |column: &&str| match record.get(*column) {
                Some(Value::String(text)) => Some(text.clone()),
                Some(Value::Bool(true)) => Some("Yes".to_owned()),
                Some(Value::Bool(false)) => Some("No".to_owned()),
                Some(Value::Number(number)) => Some(number.to_string()),
                _ => None,
            };
            let values: Vec<String> = group.columns.iter().filter_map(value).collect();
            (!values.is_empty()).then(|| values.join(", "))
        }
    }
}
