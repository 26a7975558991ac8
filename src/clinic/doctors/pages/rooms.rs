//! The rooms of a hospital, and the form of one.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::access::{Audit, Authorized, Frame};
use crate::clinic::departments::{self, DepartmentId};
use crate::clinic::doctors::{self, Room, RoomChanges, RoomId, Update};
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;
use crate::web::{Form, Page, PageWithStatus, Path, SeeOther, words};

const LIST: &str = "/rooms";
const LABELS: &[(&str, &str)] = &[("name", "Name"), ("department_id", "Department")];

/// A room as the list names it.
struct Line {
    href: String,
    name: Name,
    department: Option<String>,
    state: Badge,
}

impl Line {
    fn of(room: &Room) -> Self {
        Self {
            href: format!("{LIST}/{}", room.id),
            name: Name::new(&room.name),
            department: room.department.clone(),
            state: match room.is_active {
                true => Badge::new(Kind::Ok, Icon("circle-check"), "In use"),
                false => Badge::new(Kind::Neutral, Icon("x"), "Out of use"),
            },
        }
    }
}

/// `GET /rooms`
#[derive(Template)]
#[template(path = "clinic/doctors/pages/rooms.html")]
pub(super) struct RoomsPage {
    shell: Shell,
    lines: Vec<Line>,
}

impl RoomsPage {
    fn facts(&self) -> String {
        let rooms = i64::try_from(self.lines.len()).unwrap_or(i64::MAX);
        format!(
            "{}. Where doctors see their patients; two never share one at a time.",
            words::counted(rooms, "room", "rooms")
        )
    }
}

/// `GET /rooms`
pub(super) async fn list(tx: Authorized<Update>, frame: Frame) -> Result<Page<RoomsPage>, AppError> {
    let rooms = doctors::rooms(&tx, false).await?;
    let page = RoomsPage { shell: frame.shell(tx.actor()), lines: rooms.iter().map(Line::of).collect() };
    tx.commit(Audit::listed("room", page.lines.len()), Page(page)).await
}

/// The form of a room, new or there already.
#[derive(Template)]
#[template(path = "clinic/doctors/pages/room.html")]
pub(super) struct RoomPage {
    shell: Shell,
    /// Blank for a new one.
    name: String,
    action: String,
    is_new: bool,
    form: FormState,
    departments: Vec<Choice>,
    differences: Differences,
}

/// What the form sends: a box that is not ticked is not sent.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct RoomForm {
    name: String,
    department_id: String,
    is_active: String,
    version: String,
}

impl RoomForm {
    fn state(&self) -> FormState {
        FormState::new()
            .with("name", self.name.clone())
            .with("department_id", self.department_id.clone())
            .with_tick("is_active", self.is_active == "true")
            .with("version", self.version.clone())
    }

    fn of(room: &Room) -> Self {
        Self {
            name: room.name.clone(),
            department_id: room.department_id.map_or_else(String::new, |id| id.to_string()),
            is_active: if room.is_active { "true" } else { "" }.to_owned(),
            version: room.version.to_string(),
        }
    }

    fn department(&self) -> Result<Option<DepartmentId>, AppError> {
        match self.department_id.trim() {
            "" => Ok(None),
            typed => {
                let mut errors = FieldErrors::default();
                let id = typed.parse().ok();
                if id.is_none() {
                    errors.add("department_id", "Choose a department from the list.");
                }
                errors.finish_with(id).map(Some)
            }
        }
    }
}

async fn page(
    tx: &Authorized<Update>,
    frame: &Frame,
    room: Option<&Room>,
    form: FormState,
) -> Result<RoomPage, AppError> {
    let all = departments::list(tx, departments::Wanted::default(), PageRequest { page: 1, page_size: 500 })
        .await?;
    let choices = all.items.iter().map(|one| Choice::new(one.id.to_string(), one.name.as_str()));
    Ok(RoomPage {
        shell: frame.shell(tx.actor()),
        name: room.map_or_else(String::new, |room| room.name.clone()),
        action: room.map_or_else(|| format!("{LIST}/new"), |room| format!("{LIST}/{}", room.id)),
        is_new: room.is_none(),
        form,
        departments: std::iter::once(Choice::new("", "None in particular")).chain(choices).collect(),
        differences: Vec::new().into(),
    })
}

/// `GET /rooms/new`
pub(super) async fn blank(tx: Authorized<Update>, frame: Frame) -> Result<Page<RoomPage>, AppError> {
    let page = page(&tx, &frame, None, FormState::new().with_tick("is_active", true)).await?;
    tx.commit(Audit::listed("room", 0), Page(page)).await
}

/// `POST /rooms/new`
pub(super) async fn create(
    tx: Authorized<Update>,
    frame: Frame,
    Form(form): Form<RoomForm>,
) -> Result<Response, AppError> {
    let made = async {
        let changes =
            RoomChanges { name: Some(&form.name), department_id: Some(form.department()?), is_active: None };
        doctors::create_room(&tx, &changes).await
    };
    match tx.attempt(made).await {
        Ok(room) => {
            let next = SeeOther(format!("{LIST}?done=room-added"));
            Ok(tx.commit(Audit::created(room.id), next).await?.into_response())
        }
        Err(AppError::Problem(problem)) => {
            let state = form.state().refused(&problem.errors, problem.detail);
            let page = page(&tx, &frame, None, state).await?;
            Ok(tx
                .commit(Audit::listed("room", 0), PageWithStatus(problem.status, page))
                .await?
                .into_response())
        }
        Err(other) => Err(other),
    }
}

/// `GET /rooms/{room_id}`
pub(super) async fn show(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<RoomId>,
) -> Result<Page<RoomPage>, AppError> {
    let room = doctors::room(&tx, id).await?;
    let page = page(&tx, &frame, Some(&room), RoomForm::of(&room).state()).await?;
    tx.commit(Audit::viewed(id), Page(page)).await
}

/// `POST /rooms/{room_id}`
pub(super) async fn save(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<RoomId>,
    Form(form): Form<RoomForm>,
) -> Result<Response, AppError> {
    // A version that is no number fits none.
    let version = form.version.trim().parse().unwrap_or(-1);
    let saved = async {
        let changes = RoomChanges {
            name: Some(&form.name),
            department_id: Some(form.department()?),
            is_active: Some(form.is_active == "true"),
        };
        doctors::change_room(&tx, id, &changes, &[version]).await
    };
    let problem = match tx.attempt(saved).await {
        Ok((_, audit)) => {
            let next = SeeOther(format!("{LIST}?done=saved"));
            return Ok(tx.commit(audit, next).await?.into_response());
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => problem,
        Err(other) => return Err(other),
    };
    let room = doctors::room(&tx, id).await?;
    let mut state = form.state().refused(&problem.errors, problem.detail);
    let is_conflict = problem.status == StatusCode::PRECONDITION_FAILED;
    if is_conflict {
        state = state.with("version", room.version.to_string());
    }
    let mut page = page(&tx, &frame, Some(&room), state).await?;
    if is_conflict {
        page.differences = differences(&form, &RoomForm::of(&room), &page.departments).into();
    }
    Ok(tx.commit(Audit::viewed(id), PageWithStatus(problem.status, page)).await?.into_response())
}

fn differences(typed: &RoomForm, saved: &RoomForm, departments: &[Choice]) -> Vec<Difference> {
    let yes = |ticked: &str| if ticked == "true" { "Yes" } else { "No" }.to_owned();
    let department = |id: &str| {
        departments.iter().find(|one| one.value == id).map_or_else(String::new, |one| one.label.clone())
    };
    let lines = [
        ("Name", saved.name.clone(), typed.name.clone()),
        ("Department", department(&saved.department_id), department(&typed.department_id)),
        ("In use", yes(&saved.is_active), yes(&typed.is_active)),
    ];
    lines.into_iter().filter(|(_, saved, typed)| saved != typed.trim()).collect()
}
