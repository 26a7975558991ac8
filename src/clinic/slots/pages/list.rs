//! The doctors of a hospital, each with the next free time.

use std::collections::BTreeMap;

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{FreeTime, LIST};
use crate::access::{Audit, Authorized, Frame, TenantTx};
use crate::clinic::departments::{self, DepartmentId};
use crate::clinic::doctors::{self, Doctor, Wanted};
use crate::clinic::slots::{self, Slot, View};
use crate::clinic::{availability, patients};
use crate::kernel::ids::UserId;
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors, text};
use crate::web::layout::*;
use crate::web::{Form, Page, Query, words};

const PAGE_SIZE: i64 = 25;
const SEARCH: &str = "/doctors/search";

/// A doctor as the list names them.
struct Line {
    href: String,
    name: Name,
    photo: Option<String>,
    specialization: Option<String>,
    department: String,
    room: Option<String>,
    state: Badge,
    /// "until tomorrow, 09:00"
    until: String,
    next: Option<FreeTime>,
}

/// `GET /doctors`
#[derive(Template)]
#[template(path = "clinic/slots/pages/list.html")]
pub(super) struct ListPage {
    shell: Shell,
    form: FormState,
    lines: Vec<Line>,
    total: i64,
    narrowed: bool,
    pager: Pager,
    departments: Vec<Choice>,
    specializations: Vec<Choice>,
    may_book: bool,
    may_record_leave: bool,
    may_invite: bool,
}

impl ListPage {
    fn facts(&self) -> String {
        words::counted(self.total, "doctor", "doctors")
    }

    fn nobody(&self) -> Empty {
        Empty {
            icon: Icon("stethoscope"),
            title: "No doctors yet".to_owned(),
            text: "Whoever has the role of doctors appears here as soon as they are invited.".to_owned(),
            act: Empty::act("/staff/new", "Invite a doctor").filter(|_| self.may_invite),
        }
    }
}

/// What the list is narrowed by.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Narrowing {
    /// Id of a department; what is no id means any.
    department: String,
    specialization: String,
    /// From 1; what is no number is the first.
    page: String,
}

/// The departments that see patients, after a word for any.
pub(super) async fn department_choices(tx: &TenantTx) -> Result<Vec<Choice>, AppError> {
    let wanted = departments::Wanted { for_patients: Some(true), ..departments::Wanted::default() };
    let all = departments::list(tx, wanted, PageRequest { page: 1, page_size: 500 }).await?;
    let choices = all.items.iter().map(|one| Choice::new(one.id.to_string(), one.name.as_str()));
    Ok(std::iter::once(Choice::new("", "Any department")).chain(choices).collect())
}

/// The specialisations, after a word for any.
pub(super) async fn specialization_choices(tx: &TenantTx) -> Result<Vec<Choice>, AppError> {
    let all = doctors::specializations(tx).await?;
    let choices = all.into_iter().map(|(word, _)| Choice::new(word.as_str(), word.as_str()));
    Ok(std::iter::once(Choice::new("", "Any specialisation")).chain(choices).collect())
}

/// What the form sends: a name is never put into an address.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct SearchForm {
    search: String,
    department: String,
    specialization: String,
    page: String,
}

/// `GET /doctors`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    Query(query): Query<Narrowing>,
) -> Result<Page<ListPage>, AppError> {
    list(tx, &frame, query, None).await
}

/// `POST /doctors/search`
pub(super) async fn search(
    tx: Authorized<View>,
    frame: Frame,
    Form(form): Form<SearchForm>,
) -> Result<Page<ListPage>, AppError> {
    let SearchForm { search, department, specialization, page } = form;
    let mut errors = FieldErrors::default();
    let search = text::optional("search", Some(&search), 120, &mut errors).ok().flatten();
    errors.finish()?;
    list(tx, &frame, Narrowing { department, specialization, page }, search).await
}

async fn list(
    tx: Authorized<View>,
    frame: &Frame,
    query: Narrowing,
    search: Option<String>,
) -> Result<Page<ListPage>, AppError> {
    let department: Option<DepartmentId> = query.department.parse().ok();
    let specialization = Some(query.specialization.trim().to_owned()).filter(|word| !word.is_empty());
    let number = query.page.parse().unwrap_or(1_i64).clamp(1, 1_000);
    let wanted = Wanted {
        search: search.clone(),
        department,
        specialization: specialization.clone(),
        ..Wanted::default()
    };
    let found = doctors::list(&tx, &wanted, PageRequest { page: number, page_size: PAGE_SIZE }).await?;
    let ids: Vec<UserId> = found.items.iter().map(|doctor| doctor.user_id).collect();
    let away = availability::away(&tx, &ids, tx.now()).await?;
    let next = slots::next_free(&tx, &found.items).await?;
    let today = patients::hospital_now(&tx).date();
    let lines = found.items.iter().map(|doctor| line(&tx, doctor, &away, &next, today)).collect();
    let actor = tx.actor();
    let department = department.map(|id| id.to_string()).unwrap_or_default();
    let specialization = specialization.unwrap_or_default();
    let href = |number: i64| {
        if search.is_some() {
            return Turn::Submit { form: "filters", action: SEARCH, name: "page", value: number.to_string() };
        }
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("department", &department)
            .append_pair("specialization", &specialization)
            .append_pair("page", &number.to_string())
            .finish();
        Turn::Link(format!("{LIST}?{query}"))
    };
    let page = ListPage {
        shell: frame.shell(actor),
        total: found.total,
        narrowed: search.is_some() || !department.is_empty() || !specialization.is_empty(),
        pager: Pager::new(&found, href),
        form: FormState::new()
            .with("search", search.clone().unwrap_or_default())
            .with("department", department.clone())
            .with("specialization", specialization.clone()),
        lines,
        departments: department_choices(&tx).await?,
        specializations: specialization_choices(&tx).await?,
        may_book: actor.holds("appointments:create"),
        may_record_leave: actor.holds("appointments:update_status"),
        may_invite: actor.holds("users:create"),
    };
    tx.commit(Audit::listed("user", page.lines.len()), Page(page)).await
}

fn line(
    tx: &TenantTx,
    doctor: &Doctor,
    away: &BTreeMap<UserId, jiff::Timestamp>,
    next: &BTreeMap<UserId, Slot>,
    today: jiff::civil::Date,
) -> Line {
    let until = away
        .get(&doctor.user_id)
        .map(|until| When::moment(&until.to_zoned(tx.hospital().zone.clone()), today).inline().text);
    let state = match (&until, doctor.facts.accepts_bookings) {
        (Some(_), _) => Badge::new(Kind::Warn, Icon("calendar-off"), "Away"),
        (None, true) => Badge::new(Kind::Ok, Icon("circle-check"), "Takes bookings"),
        (None, false) => Badge::new(Kind::Neutral, Icon("x"), "No bookings"),
    };
    Line {
        href: format!("{LIST}/{}", doctor.user_id),
        name: Name::new(&doctor.name),
        photo: doctors::photo_path(doctor),
        specialization: doctor
            .specialization
            .clone()
            .filter(|word| !word.eq_ignore_ascii_case(&doctor.department)),
        department: doctor.department.clone(),
        room: doctor.room.clone(),
        state,
        until: until.map_or_else(String::new, |until| format!("until {until}")),
        next: next.get(&doctor.user_id).map(|slot| FreeTime::new(tx, slot, today)),
    }
}
