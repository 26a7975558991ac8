//! Who cares for whom: care teams, cover, and whether doctors and nurses are shown their own patients first.
//!
//! What follows from it for lists and records is decided in `patients` (`sight`), which reads what is written here; this
//! capability only writes it down. Whoever may assign care teams and sees the record whole puts a person or a department
//! on its team; a record that lies open for a reason alone takes no new carer, or the four hours would never end. Nobody
//! is on a team twice at a time (`care_relations_person_once`). Everybody may hand over their own patients; who covers
//! whom else is set by those who may change staff. A cover is for a person's or a department's own patients, not for those
//! that they cover in turn. The hospital's choice (`care_rules`) is off until it is switched on, and holds for every
//! session on every instance within a second, because it is announced in its transaction.
//!
//! A booking ties its patient to its doctor through [`relate`]. That holds as long as the appointment is on and with them,
//! so nobody ends it by hand: whether it does is asked of the appointment, here and where lists are narrowed.

mod api;
mod model;
mod pages;
mod store;

pub use model::{
    CareError, Cover, CoverId, Covered, Here, Kind, LONGEST_COVER_DAYS, NewCover, Relation, RelationId,
    Rules, Tie, TypedCover, TypedMember,
};

use jiff::ToSpan as _;
use serde_json::json;

use crate::access::{self, Audit, Authorized, Bridge, Module, TenantTx};
use crate::app::App;
use crate::clinic::departments::DepartmentId;
use crate::clinic::patients::{self, PatientId, Viewer};
use crate::identity::actor::TenantFacts;
use crate::identity::registry::Change;
use crate::kernel::ids::UserId;
use crate::kernel::{AppError, Problem};
use crate::permissions;
use crate::web::Outcome;
use crate::web::layout::{Console, Icon};
use crate::web::nav::{ActEntry, NavEntry, Place, RecordLink};
use crate::web::openapi::{Chapter, Part};

permissions! {
    Assign = "care:assign" "Assign care teams";
    SeeRules = "settings:view" "See settings";
    SetRules = "settings:update" "Change settings";
}

/// Who holds this sets covers for others.
const MAY_COVER_OTHERS: &str = "users:update";

/// This capability, for the registry.
pub const MODULE: Module = Module {
    permissions: PERMISSIONS,
    statements: &[store::STATEMENTS],
    problems: &[CareError::CODES],
    docs: Some(Chapter::new(
        Part::Patients,
        "Care teams and cover",
        "Who cares for a patient, who stands in for whom, and whether doctors and nurses are shown their own patients first.",
    )),
    api: Some(api::router),
    pages: Some(pages::router),
    nav: &[NavEntry {
        console: Console::Staff,
        order: 880,
        group: "Manage",
        label: "Cover",
        href: "/care/cover",
        icon: Icon("arrows-exchange"),
        key: "",
        permission: "care:assign",
    }],
    record: &[RecordLink {
        place: Place::Tab,
        order: 80,
        label: "Care team",
        icon: Icon("stethoscope"),
        path: "/care-team",
        permission: "patients:view",
        after_death: true,
    }],
    acts: &[ActEntry {
        console: Console::Staff,
        label: "Hand over patients",
        href: "/care/cover",
        icon: Icon("arrows-exchange"),
        words: "cover on call duty stand in",
        permission: "care:assign",
    }],
    ..Module::named("care")
};

/// So many of a patient's relations are told.
const MOST: i64 = 200;
/// Covers that ended so long ago are not listed any more.
const PAST_DAYS: i64 = 30;

/// Where and when something is typed.
fn here(tx: &TenantTx) -> Here {
    Here { now: tx.now(), zone: tx.hospital().zone.clone() }
}

/// Who cares, and cared, for a patient, the latest first. Open the record before (`patients::show`).
///
/// # Errors
/// Whatever PostgreSQL answers.
pub async fn team(tx: &TenantTx, patient: PatientId) -> Result<Vec<Relation>, AppError> {
    Ok(store::of_patient(tx, patient, MOST).await?)
}

/// Tie somebody, or a department, to a patient whose record the caller has opened.
///
/// # Errors
/// [`CareError::Unknown`], [`CareError::OnTeam`].
pub async fn relate(tx: &TenantTx, tie: &Tie) -> Result<RelationId, AppError> {
    if let Some(user) = tie.user {
        is_here(tx, Covered::Person(user)).await?;
    }
    if let Some(department) = tie.department {
        is_here(tx, Covered::Department(department)).await?;
    }
    let id = RelationId::new();
    store::insert(tx, id, tie, Viewer::of(tx).user).await.map_err(|error| match error.constraint() {
        Some("care_relations_person_once" | "care_relations_department_once") => CareError::OnTeam.into(),
        _ => AppError::from(error),
    })?;
    Ok(id)
}

/// A person of the staff, or a department, of this hospital.
async fn is_here(tx: &TenantTx, who: Covered) -> Result<(), AppError> {
    let is_here = match who {
        Covered::Person(person) => store::is_staff(tx, person).await?,
        Covered::Department(department) => store::is_department(tx, department).await?,
    };
    if is_here { Ok(()) } else { Err(CareError::Unknown.into()) }
}

/// Put a person or a department on a patient's team.
///
/// # Errors
/// 404, 403 for a record that is closed or lies open for a reason alone, or as [`relate`].
async fn assign(tx: &TenantTx, id: PatientId, typed: &TypedMember<'_>) -> Result<Relation, AppError> {
    patients::not_for_a_reason_alone(&patients::lock(tx, id).await?)?;
    let made = relate(tx, &typed.parse(id, &here(tx))?).await?;
    store::one(tx, made, id).await?.ok_or_else(not_on_team)
}

/// End that somebody cares for a patient.
///
/// # Errors
/// 404, 403 as for [`assign`], [`CareError::Over`], [`CareError::FollowsVisit`].
async fn end(tx: &TenantTx, id: PatientId, relation: RelationId) -> Result<Relation, AppError> {
    patients::not_for_a_reason_alone(&patients::lock(tx, id).await?)?;
    let found = store::one(tx, relation, id).await?.ok_or_else(not_on_team)?;
    if found.tie.kind != Kind::Team {
        return Err(CareError::FollowsVisit.into());
    }
    if !store::finish(tx, relation, id, Viewer::of(tx).user).await? {
        return Err(CareError::Over.into());
    }
    store::one(tx, relation, id).await?.ok_or_else(not_on_team)
}

fn not_on_team() -> AppError {
    Problem::not_found("This member of the care team").into()
}

/// Who covers whom now and later, and did lately; the last to end first.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn covers(tx: &TenantTx) -> Result<Vec<Cover>, AppError> {
    let after = tx.now().checked_sub((PAST_DAYS * 24).hours()).map_err(AppError::internal)?;
    Ok(store::covers(tx, after, MOST).await?)
}

fn sets_for_others(tx: &TenantTx) -> bool {
    tx.person().is_some_and(|person| person.holds(MAY_COVER_OTHERS))
}

/// Let somebody stand in.
///
/// # Errors
/// 422, [`CareError::Unknown`], [`CareError::NotYours`].
async fn cover(tx: &TenantTx, typed: &TypedCover<'_>) -> Result<Cover, AppError> {
    let new = typed.parse(&here(tx))?;
    let me = Viewer::of(tx).user;
    if !sets_for_others(tx) && new.covered != Covered::Person(me) {
        return Err(CareError::NotYours.into());
    }
    is_here(tx, Covered::Person(new.user)).await?;
    is_here(tx, new.covered).await?;
    let id = CoverId::new();
    store::insert_cover(tx, id, &new, me).await?;
    store::one_cover(tx, id).await?.ok_or_else(no_cover)
}

/// End a cover before its time: whoever set it, both who are in it, and those who may set any.
///
/// # Errors
/// 404, [`CareError::NotYours`], [`CareError::Over`].
async fn end_cover(tx: &TenantTx, id: CoverId) -> Result<Cover, AppError> {
    let cover = store::one_cover(tx, id).await?.ok_or_else(no_cover)?;
    let me = Viewer::of(tx).user;
    let is_mine = cover.new.user == me || cover.made_by == me || cover.new.covered == Covered::Person(me);
    if !is_mine && !sets_for_others(tx) {
        return Err(CareError::NotYours.into());
    }
    if !store::finish_cover(tx, id, me).await? {
        return Err(CareError::Over.into());
    }
    store::one_cover(tx, id).await?.ok_or_else(no_cover)
}

fn no_cover() -> AppError {
    Problem::not_found("This cover").into()
}

/// Whom one may choose: id, name and department of everybody who may see patients.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn people(tx: &TenantTx) -> Result<Vec<(UserId, String, String)>, AppError> {
    Ok(store::people(tx).await?)
}

/// Departments that see patients, with their names.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn departments(tx: &TenantTx) -> Result<Vec<(DepartmentId, String)>, AppError> {
    Ok(store::departments(tx).await?)
}

/// For how many doctors and nurses the rules hold, or would.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn ruled(tx: &TenantTx) -> Result<(i64, i64), AppError> {
    Ok(store::ruled(tx).await?)
}

/// The hospital's choice as it stands.
///
/// # Errors
/// Whatever PostgreSQL answers.
async fn rules(tx: &TenantTx) -> Result<Rules, AppError> {
    Ok(store::rules(tx, false).await?)
}

/// The choice, open on both sides: the hospital's row, and the announcement that every instance hears.
struct Choice {
    bridge: Bridge,
    facts: TenantFacts,
}

impl Choice {
    /// For whoever was let in by `tx`, on the same connection.
    fn of(tx: Authorized<SetRules>) -> Self {
        Self { facts: tx.hospital().clone(), bridge: Bridge::of(tx) }
    }

    /// Switch the rules on or off. `expected` holds the versions that the caller believes to be the newest.
    ///
    /// # Errors
    /// [`CareError::VersionConflict`].
    async fn set(&mut self, on: bool, expected: &[i64]) -> Result<(Rules, bool), AppError> {
        let tx = self.bridge.tenant(&self.facts);
        let before = store::rules(tx, true).await?;
        if expected.iter().any(|version| *version != i64::from(before.version)) {
            return Err(CareError::VersionConflict.into());
        }
        if before.on == on {
            return Ok((before, false));
        }
        store::set_rules(tx, on, Viewer::of(tx).user).await?;
        let now = store::rules(tx, false).await?;
        access::announce(self.bridge.platform(), &Change::Tenant(self.facts.id.0)).await?;
        Ok((now, true))
    }

    /// COMMIT, recorded at the hospital. This instance knows it at once.
    async fn saved<O: Outcome>(
        self,
        app: &App,
        (rules, is_new): (Rules, bool),
        outcome: O,
    ) -> Result<O, AppError> {
        let Self { bridge, facts } = self;
        let audit = match (is_new, rules.on) {
            (false, _) => Audit::viewed(facts.id),
            (true, true) => Audit::did("row_rules_on", facts.id),
            (true, false) => Audit::did("row_rules_off", facts.id),
        };
        let outcome = bridge.commit_in(&facts, audit, outcome).await?;
        if is_new {
            app.registry.invalidate(&Change::Tenant(facts.id.0));
        }
        Ok(outcome)
    }
}

/// Who was put where; never a word of the note.
fn audit_of(verb: &'static str, relation: &Relation) -> Audit {
    let Tie { patient, user, department, .. } = &relation.tie;
    Audit::did(verb, *patient)
        .with(json!({ "relation_id": relation.id, "user_id": user, "department_id": department }))
}

fn audit_of_cover(verb: &'static str, cover: &Cover) -> Audit {
    let (person, department) = match cover.new.covered {
        Covered::Person(person) => (Some(person), None),
        Covered::Department(department) => (None, Some(department)),
    };
    Audit::did(verb, cover.id).with(json!({
        "user_id": cover.new.user, "for_user_id": person, "for_department_id": department,
        "ends_at": cover.new.ends_at.to_string(),
    }))
}
