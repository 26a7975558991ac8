//! A birth is written down on the mother's chart: one child, or all of them on one form.

use std::collections::BTreeMap;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::response::{IntoResponse as _, Response};
use jiff::civil::DateTime;
use jiff::{Timestamp, Zoned};
use schemars::JsonSchema;
use serde::Deserialize;

use super::model::{Delivery, GivenChild, MOST};
use super::{audit_of, hold_mother, mother};
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::app::App;
use crate::clinic::newborns;
use crate::clinic::patients::pages::{age_of, banner, sexes};
use crate::clinic::patients::{self, ONE_BIRTH, Patient, PatientId, RegisterInNeed, View};
use crate::kernel::AppError;
use crate::kernel::ids::new_uuid;
use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Path, Query, SeeOther};

pub(super) fn router() -> ApiRouter<App> {
    const PATH: &str = "/patients/{patient_id}/newborns";
    ApiRouter::new()
        .api_route(PATH, get_with(form, op("pages.newborns.new", "Form for the children of a birth")))
        .api_route(PATH, post_with(register, op("pages.newborns.register", "Register newborns")))
}

/// `GET /patients/{id}/newborns` and the 409 and 422 answers to its POST.
#[derive(Template)]
#[template(path = "clinic/newborns/pages/new.html")]
struct NewbornsPage {
    shell: Shell,
    banner: Banner,
    /// `/patients/{id}`
    href: String,
    /// Children on this form: how many there can be, and how many there are.
    counts: Vec<Tab>,
    rows: Vec<ChildRow>,
    /// Children of the same birth who are registered already.
    earlier: Vec<Earlier>,
    has_phone: bool,
    has_died: bool,
    form: FormState,
}

/// The fields of one child.
struct ChildRow {
    letter: char,
    sex: String,
    born: String,
}

struct Earlier {
    href: String,
    name: Name,
    code: String,
    age: String,
}

impl NewbornsPage {
    fn sexes() -> Vec<Choice> {
        sexes()
    }

    fn labels(&self) -> Vec<(&str, &str)> {
        let names = self.rows.iter().map(|row| [(row.sex.as_str(), "Sex"), (row.born.as_str(), "Born")]);
        names.flatten().collect()
    }
}

/// Which children a form is for.
struct Wanted {
    count: usize,
    /// Order of the first one.
    first: usize,
}

impl Wanted {
    /// What does not fit is one child, the first.
    fn parse(count: &str, first: &str) -> Self {
        let number = |typed: &str| typed.trim().parse().ok().filter(|n| (1..=MOST).contains(n)).unwrap_or(1);
        let first = number(first);
        Self { count: number(count).min(MOST + 1 - first), first }
    }
}

async fn page(
    tx: &TenantTx,
    shell: Shell,
    mother: &Patient,
    wanted: Option<Wanted>,
    count: &str,
    form: FormState,
) -> Result<NewbornsPage, AppError> {
    let now = patients::hospital_now(tx);
    let known = patients::children(tx, mother.id).await?;
    let earlier: Vec<&Patient> = known.iter().filter(|child| is_of_this_birth(child, &now)).collect();
    let next = newborns::next_order(tx, mother.id).await?;
    let wanted = wanted.unwrap_or_else(|| Wanted::parse(count, &next.to_string()));
    let href = patients::pages::href(mother);
    let row = |at: usize| ChildRow {
        letter: patients::letter(i16::try_from(wanted.first + at).unwrap_or(1)),
        sex: format!("sex_{}", at + 1),
        born: format!("born_{}", at + 1),
    };
    let most_offered = if wanted.count > 4 { wanted.count } else { 4 };
    let tab = |count: usize| Tab {
        label: ["One child", "Twins", "Triplets", "Quadruplets"].get(count - 1).copied().unwrap_or("More"),
        href: format!("{href}/newborns?count={count}"),
        count: None,
        current: count == wanted.count,
    };
    Ok(NewbornsPage {
        shell,
        banner: banner(mother, &now, Vec::new()),
        counts: (1..=most_offered).filter(|n| *n <= 4 || *n == wanted.count).map(tab).collect(),
        rows: (0..wanted.count).map(row).collect(),
        earlier: earlier
            .into_iter()
            .map(|child| Earlier {
                href: format!("/patients/{}", child.id),
                name: Name::new(child.listed_name()),
                code: child.code.clone(),
                age: age_of(child, &now),
            })
            .collect(),
        has_phone: mother.details.phone_primary.is_some() && !mother.details.is_deceased,
        has_died: mother.details.is_deceased,
        form: form.with("count", wanted.count.to_string()).with("first_order", wanted.first.to_string()),
        href,
    })
}

fn is_of_this_birth(child: &Patient, now: &Zoned) -> bool {
    child.origin.born_at.is_some_and(|at| now.timestamp().duration_since(at) < ONE_BIRTH)
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct HowMany {
    /// Children on this form, 1 to 12.
    count: String,
}

/// `GET /patients/{patient_id}/newborns`
async fn form(
    tx: Authorized<RegisterInNeed>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Query(query): Query<HowMany>,
) -> Result<Response, AppError> {
    // The page shows the mother and her other children.
    patients::also::<View>(&tx)?;
    let patient = patients::show(&tx, id).await?;
    if patient.id != id {
        return Ok(SeeOther(format!("/patients/{}/newborns", patient.id)).into_response());
    }
    let mother = mother(&tx, id).await?;
    let form = FormState::new().with("form_key", new_uuid().to_string());
    let page = page(&tx, frame.shell(tx.actor()), &mother, None, &query.count, form).await?;
    Ok(tx.commit(Audit::viewed(id), Page(page)).await?.into_response())
}

/// What the form sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct NewbornsForm {
    /// Made when the form was shown: the same form sent twice registers its children once.
    form_key: String,
    /// Children on this form.
    count: String,
    /// Order of the first one.
    first_order: String,
    /// `sex_<n>` and `born_<n>`, for each child from 1.
    #[serde(flatten)]
    children: BTreeMap<String, String>,
}

impl NewbornsForm {
    fn state(&self) -> FormState {
        let fields = self.children.iter().filter(|(name, _)| is_field(name));
        fields
            .fold(FormState::new(), |state, (name, text)| state.with(name, text.clone()))
            .with("form_key", self.form_key.clone())
    }

    fn given(&self, wanted: &Wanted, now: &Zoned) -> Vec<GivenChild> {
        let typed = |name: &str| self.children.get(name).map_or("", |text| text.trim());
        let child = |at: usize| {
            let (sex, born) = (format!("sex_{}", at + 1), format!("born_{}", at + 1));
            GivenChild {
                sex: Some(typed(&sex).to_owned()),
                born_at: moment(typed(&born), now),
                birth_order: i64::try_from(wanted.first + at).ok(),
                names: [sex, born, "first_order".to_owned()],
            }
        };
        (0..wanted.count).map(child).collect()
    }
}

fn is_field(name: &str) -> bool {
    name.strip_prefix("sex_").or_else(|| name.strip_prefix("born_")).is_some_and(|n| n.parse::<u8>().is_ok())
}

/// Day and time on the hospital's clock.
fn moment(typed: &str, now: &Zoned) -> Result<Timestamp, &'static str> {
    if typed.is_empty() {
        return Err("This is needed.");
    }
    let civil: Option<DateTime> = typed.parse().ok();
    let at = civil.and_then(|civil| civil.to_zoned(now.time_zone().clone()).ok());
    at.map(|at| at.timestamp()).ok_or("Give day and time, like 2026-03-14 09:30.")
}

/// `POST /patients/{patient_id}/newborns`
async fn register(
    tx: Authorized<RegisterInNeed>,
    frame: Frame,
    Path(id): Path<PatientId>,
    Form(typed): Form<NewbornsForm>,
) -> Result<Response, AppError> {
    patients::also::<View>(&tx)?;
    let mother = hold_mother(&tx, id).await?;
    let (wanted, now) = (Wanted::parse(&typed.count, &typed.first_order), patients::hospital_now(&tx));
    let total = i64::try_from(wanted.first - 1 + wanted.count).ok().filter(|total| *total > 1);
    let done = match Delivery::parse(typed.given(&wanted, &now), total, &mother, &now) {
        Ok(delivery) => {
            let key = typed.form_key.parse().ok();
            tx.attempt(newborns::register(&tx, &mother, &delivery, key)).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(Some(children)) => {
            let next = match children.as_slice() {
                [only] => format!("/patients/{}?done=registered", only.id),
                _ => format!("/patients/{id}?done=born"),
            };
            let audit = audit_of(&mother, &children);
            Ok(tx.commit(audit, SeeOther(next)).await?.into_response())
        }
        Ok(None) => {
            let next = SeeOther(format!("/patients/{id}?done=born"));
            Ok(tx.commit(Audit::did("registered_again", id), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => {
            let form = typed.state().refused(&problem.errors, problem.detail);
            let shell = frame.shell(tx.actor());
            let page = page(&tx, shell, &mother, Some(wanted), "", form).await?;
            let audit = Audit::viewed(mother.id);
            Ok(tx.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
        }
        Err(other) => Err(other),
    }
}
