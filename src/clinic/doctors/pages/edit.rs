//! The form of a doctor's profile.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::access::{Audit, Authorized, Frame, Permitted, TenantTx, Turned};
use crate::app::App;
use crate::clinic::doctors::{self, Doctor, Facts, RoomId, SLOT_MINUTES, Typed, Update, languages, photo};
use crate::clinic::profile::Till;
use crate::clinic::{patients, pictures};
use crate::kernel::ids::UserId;
use crate::kernel::manner::Manner;
use crate::kernel::money::{Currency, currency};
use crate::kernel::{AppError, FieldErrors};
use crate::web::layout::*;
use crate::web::{Either, Form, Page, PageWithStatus, Path, SeeOther, Upload, words};

const LABELS: &[(&str, &str)] = &[
    ("qualifications", "Qualifications"),
    ("registration_number", "Registration number"),
    ("practising_since", "Practising since"),
    ("languages", "Languages"),
    ("fee", "Fee"),
    ("about", "About"),
    ("room_id", "Room"),
    ("slot_minutes", "An appointment takes"),
    ("overbooking", "Overbooking"),
    ("file", "Photo"),
];

/// `GET /doctors/{user_id}/edit`, and the refusals of what is sent there.
#[derive(Template)]
#[template(path = "clinic/doctors/pages/edit.html")]
pub(super) struct EditPage {
    shell: Shell,
    href: String,
    name: Name,
    facts: String,
    form: FormState,
    /// Where the photo is.
    photo: Option<String>,
    /// "Fee, INR"
    fee_label: String,
    rooms: Vec<Choice>,
    slots: Vec<Choice>,
    /// Somebody changed it meanwhile: what is saved now, and what was typed.
    differences: Differences,
}

/// What the form sends: a box that is not ticked is not sent.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ProfileForm {
    qualifications: String,
    registration_number: String,
    practising_since: String,
    /// Names, or codes, with commas between them.
    languages: String,
    /// In the currency's larger unit.
    fee: String,
    about: String,
    room_id: String,
    slot_minutes: String,
    overbooking: String,
    accepts_bookings: String,
    is_listed: String,
    version: String,
}

impl ProfileForm {
    fn of(doctor: &Doctor, currency: &Currency) -> Self {
        let Facts { fee_minor, practising_since, .. } = &doctor.facts;
        let tick = |ticked: bool| if ticked { "true" } else { "" }.to_owned();
        Self {
            qualifications: doctor.facts.qualifications.clone().unwrap_or_default(),
            registration_number: doctor.facts.registration_number.clone().unwrap_or_default(),
            practising_since: practising_since.map_or_else(String::new, |year| year.to_string()),
            languages: languages::names(&doctor.facts.languages),
            fee: fee_minor.map_or_else(String::new, |fee| amount(fee, currency)),
            about: doctor.facts.about.clone().unwrap_or_default(),
            room_id: doctor.facts.room_id.map_or_else(String::new, |room| room.to_string()),
            slot_minutes: doctor.facts.slot_minutes.to_string(),
            overbooking: doctor.facts.overbooking.to_string(),
            accepts_bookings: tick(doctor.facts.accepts_bookings),
            is_listed: tick(doctor.facts.is_listed),
            version: doctor.version.to_string(),
        }
    }

    fn state(&self) -> FormState {
        FormState::new()
            .with("qualifications", self.qualifications.clone())
            .with("registration_number", self.registration_number.clone())
            .with("practising_since", self.practising_since.clone())
            .with("languages", self.languages.clone())
            .with("fee", self.fee.clone())
            .with("about", self.about.clone())
            .with("room_id", self.room_id.clone())
            .with("slot_minutes", self.slot_minutes.clone())
            .with("overbooking", self.overbooking.clone())
            .with_tick("accepts_bookings", self.accepts_bookings == "true")
            .with_tick("is_listed", self.is_listed == "true")
            .with("version", self.version.clone())
    }

    fn parse(&self, tx: &TenantTx, currency: &Currency) -> Result<Facts, AppError> {
        let mut errors = FieldErrors::default();
        let languages: Vec<String> = self.languages.split([',', ';']).map(languages::code).collect();
        let fee_minor = match self.fee.trim() {
            "" => None,
            typed => {
                let fee = doctors::fee(typed, currency);
                if fee.is_none() {
                    errors.add(
                        "fee",
                        format!("Write an amount in {}, like {}.", currency.code, amount(50_000, currency)),
                    );
                }
                fee
            }
        };
        let room_id = parsed::<RoomId>("room_id", &self.room_id, "Choose a room from the list.", &mut errors);
        let practising_since =
            parsed("practising_since", &self.practising_since, "Write a year like 2011.", &mut errors);
        let slot_minutes = parsed("slot_minutes", &self.slot_minutes, "Choose from the list.", &mut errors);
        let overbooking = parsed("overbooking", &self.overbooking, "Use a number from 0 to 9.", &mut errors);
        let typed = Typed {
            qualifications: Some(&self.qualifications),
            registration_number: Some(&self.registration_number),
            practising_since,
            languages: &languages,
            fee_minor,
            about: Some(&self.about),
            room_id,
            slot_minutes,
            overbooking,
            accepts_bookings: Some(self.accepts_bookings == "true"),
            is_listed: Some(self.is_listed == "true"),
        };
        let facts = typed.parse(patients::hospital_now(tx).date(), &mut errors);
        errors.finish_with(facts)
    }
}

/// What is typed as something; blank is none.
fn parsed<T: std::str::FromStr>(
    field: &str,
    typed: &str,
    fault: &'static str,
    errors: &mut FieldErrors,
) -> Option<T> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let value = typed.parse().ok();
    if value.is_none() {
        errors.add(field, fault);
    }
    value
}

/// Without the currency: it stands in the label.
fn amount(minor: i64, currency: &Currency) -> String {
    Manner::of_reader().locale.amount(minor, currency.minor_digits)
}

fn currency_of(tx: &TenantTx) -> Result<&'static Currency, AppError> {
    currency(&tx.hospital().currency).ok_or_else(|| AppError::internal("a hospital has an unknown currency"))
}

async fn page(tx: &TenantTx, shell: Shell, doctor: &Doctor, form: FormState) -> Result<EditPage, AppError> {
    let rooms = doctors::rooms(tx, false).await?;
    let own = doctor.facts.room_id;
    let used = rooms.iter().filter(|room| room.is_active || own == Some(room.id));
    let label = |room: &doctors::Room| match &room.department {
        Some(department) => format!("{}, {department}", room.name),
        None => room.name.clone(),
    };
    let none = std::iter::once(Choice::new("", "None"));
    let minutes = |minutes: u16| Choice::new(minutes.to_string(), format!("{minutes} minutes"));
    Ok(EditPage {
        shell,
        href: format!("/doctors/{}", doctor.user_id),
        name: Name::new(&doctor.name),
        facts: facts(doctor),
        form,
        photo: doctors::photo_path(doctor),
        fee_label: format!("Fee for one consultation, {}", tx.hospital().currency),
        rooms: none.chain(used.map(|room| Choice::new(room.id.to_string(), label(room)))).collect(),
        slots: SLOT_MINUTES.map(minutes).into(),
        differences: Vec::new().into(),
    })
}

/// "Cardiology" or "Interventional cardiology, Cardiology"
fn facts(doctor: &Doctor) -> String {
    match &doctor.specialization {
        Some(word) if !word.eq_ignore_ascii_case(&doctor.department) => {
            format!("{word}, {}", doctor.department)
        }
        _ => doctor.department.clone(),
    }
}

/// `GET /doctors/{user_id}/edit`
pub(super) async fn form(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<UserId>,
) -> Result<Page<EditPage>, AppError> {
    let doctor = doctors::named(&tx, id).await?;
    let state = ProfileForm::of(&doctor, currency_of(&tx)?).state();
    let page = page(&tx, frame.shell(tx.actor()), &doctor, state).await?;
    tx.commit(Audit::viewed(id).with(json!({ "part": "doctor" })), Page(page)).await
}

/// `POST /doctors/{user_id}/edit`
pub(super) async fn save(
    tx: Authorized<Update>,
    frame: Frame,
    Path(id): Path<UserId>,
    Form(form): Form<ProfileForm>,
) -> Result<Response, AppError> {
    let currency = currency_of(&tx)?;
    // A version that is no number fits none.
    let version = form.version.trim().parse().unwrap_or(-1);
    let (typed, shell) = (form.parse(&tx, currency), frame.shell(tx.actor()));
    let mut till = Till::open(tx).await?;
    let saved = match (typed, till.check()) {
        (Ok(facts), Ok(())) => {
            let tx = till.tx();
            tx.attempt(doctors::change(tx, id, &facts, &[version])).await
        }
        (Err(error), _) => Err(error),
        (_, Err(error)) => Err(error.into()),
    };
    let problem = match saved {
        Ok((_, audit)) => {
            let next = SeeOther(format!("/doctors/{id}?done=saved"));
            return Ok(till.commit(audit, next).await?.into_response());
        }
        Err(AppError::Problem(problem)) if problem.status != StatusCode::NOT_FOUND => problem,
        Err(other) => return Err(other),
    };
    let tx = till.tx();
    let doctor = doctors::named(tx, id).await?;
    let mut state = form.state().refused(&problem.errors, problem.detail);
    let is_conflict = problem.status == StatusCode::PRECONDITION_FAILED;
    if is_conflict {
        state = state.with("version", doctor.version.to_string());
    }
    let mut page = page(tx, shell, &doctor, state).await?;
    if is_conflict {
        page.differences = differences(&form, &ProfileForm::of(&doctor, currency), &page.rooms).into();
    }
    let audit = Audit::viewed(id).with(json!({ "part": "doctor" }));
    Ok(till.commit(audit, PageWithStatus(problem.status, page)).await?.into_response())
}

/// What is saved now beside what was typed.
fn differences(typed: &ProfileForm, saved: &ProfileForm, rooms: &[Choice]) -> Vec<Difference> {
    let yes = |ticked: &str| if ticked == "true" { "Yes" } else { "No" }.to_owned();
    let room = |id: &str| {
        rooms
            .iter()
            .find(|room| room.value == id)
            .map_or_else(|| "None".to_owned(), |room| room.label.clone())
    };
    let minutes = |text: &str| {
        text.parse().map_or_else(|_| text.to_owned(), |n: i64| words::counted(n, "minute", "minutes"))
    };
    let lines = [
        ("Qualifications", saved.qualifications.clone(), typed.qualifications.clone()),
        ("Registration number", saved.registration_number.clone(), typed.registration_number.clone()),
        ("Practising since", saved.practising_since.clone(), typed.practising_since.clone()),
        ("Languages", saved.languages.clone(), typed.languages.clone()),
        ("Fee", saved.fee.clone(), typed.fee.clone()),
        ("About", saved.about.clone(), typed.about.clone()),
        ("Room", room(&saved.room_id), room(&typed.room_id)),
        ("An appointment takes", minutes(&saved.slot_minutes), minutes(&typed.slot_minutes)),
        ("Overbooking", saved.overbooking.clone(), typed.overbooking.clone()),
        ("Takes bookings", yes(&saved.accepts_bookings), yes(&typed.accepts_bookings)),
        ("Shown to the public", yes(&saved.is_listed), yes(&typed.is_listed)),
    ];
    lines.into_iter().filter(|(_, saved, typed)| saved != typed.trim()).collect()
}

/// `POST /doctors/{user_id}/photo`
pub(super) async fn give_photo(
    permitted: Permitted<Update>,
    frame: Frame,
    app: State<App>,
    Path(id): Path<UserId>,
    upload: Result<Upload, AppError>,
) -> Result<Either<SeeOther, PageWithStatus<EditPage>>, Turned> {
    let picture = match upload {
        Ok(upload) => pictures::prepare(upload).await,
        Err(error) => Err(error),
    };
    let problem = match picture {
        Ok(picture) => {
            let next = |_: &TenantTx, _| Either::This(SeeOther(format!("/doctors/{id}?done=picture")));
            return photo::give(permitted, &app.files, id, picture, next).await;
        }
        Err(AppError::Problem(problem)) if !problem.errors.is_empty() => problem,
        Err(other) => return Err(other.into()),
    };
    let tx = permitted.open().await?;
    let doctor = doctors::named(&tx, id).await?;
    let state = ProfileForm::of(&doctor, currency_of(&tx)?).state().with_errors(&problem.errors);
    let page = page(&tx, frame.shell(tx.actor()), &doctor, state).await?;
    let audit = Audit::viewed(id).with(json!({ "part": "doctor" }));
    Ok(tx.commit(audit, Either::That(PageWithStatus(problem.status, page))).await?)
}

/// `POST /doctors/{user_id}/photo/remove`
pub(super) async fn remove_photo(
    tx: Authorized<Update>,
    app: State<App>,
    Path(id): Path<UserId>,
) -> Result<SeeOther, AppError> {
    photo::remove(tx, &app.files, id, SeeOther(format!("/doctors/{id}?done=picture-removed"))).await
}
