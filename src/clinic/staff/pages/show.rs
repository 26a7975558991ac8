//! One member of staff: who they are, what they may do and through which role, and where they stand.

use askama::Template;
use axum::extract::State;

use super::{badge, here, href, last_sign_in, role_word, role_words};
use crate::access::{Audit, Authorized, Frame};
use crate::app::App;
use crate::clinic::roles::CATALOGUE;
use crate::clinic::staff::{Member, Office, Role, State as Stands, View};
use crate::kernel::AppError;
use crate::kernel::ids::UserId;
use crate::web::layout::*;
use crate::web::{Page, Path};

/// A role with what it grants, in words.
struct Granted {
    name: String,
    description: Option<String>,
    is_active: bool,
    rights: Vec<&'static str>,
}

impl Granted {
    fn new(role: &Role) -> Self {
        let held = |code: &str| role.codes.iter().any(|held| held == code);
        Self {
            name: role_word(&role.name),
            description: role.description.clone(),
            is_active: role.is_active,
            rights: CATALOGUE.iter().filter(|known| held(known.code)).map(|known| known.label).collect(),
        }
    }
}

/// What may be done, and makes sense.
struct Acts {
    edit: bool,
    invite: bool,
    withdraw: bool,
    password: bool,
    second_step: bool,
    unlock: bool,
    activate: bool,
    deactivate: bool,
}

/// `GET /staff/{user_id}`
#[derive(Template)]
#[template(path = "clinic/staff/pages/show.html")]
pub(super) struct PersonPage {
    shell: Shell,
    href: String,
    name: Name,
    /// "Doctor, Cardiology"
    facts: String,
    state: Badge,
    email: String,
    phone: Option<String>,
    department: String,
    specialization: Option<String>,
    joined: When,
    last_sign_in: Result<When, &'static str>,
    email_verified: bool,
    must_change_password: bool,
    second_factor: bool,
    locked_until: Option<When>,
    roles: Vec<Granted>,
    acts: Acts,
    /// Work is left behind if the account is stopped: the question is a page then, with ways to settle it.
    has_open_work: bool,
    /// How the desk knows them, for somebody who sees patients as a doctor.
    doctor: Option<String>,
    is_me: bool,
    is_above: bool,
}

impl PersonPage {
    fn has_acts(&self) -> bool {
        let Acts { invite, withdraw, password, second_step, unlock, activate, deactivate, .. } = self.acts;
        invite || withdraw || password || second_step || unlock || activate || deactivate
    }
}

fn is_doctor(role: &Role) -> bool {
    role.is_active && role.is_doctor
}

/// `GET /staff/{user_id}`
pub(super) async fn show(
    tx: Authorized<View>,
    frame: Frame,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Page<PersonPage>, AppError> {
    let (shell, now) = (frame.shell(tx.actor()), here(tx.now(), tx.hospital()));
    let (may_update, may_stop) = (tx.actor().holds("users:update"), tx.actor().holds("users:deactivate"));
    let may_see_doctors = tx.actor().holds("appointments:view");
    let mut office = Office::of(&app, tx);
    let member = office.find(id).await?;
    let is_above = office.not_outranked(&member).is_err();
    let may_act = office.may_act_on(&member).is_ok();
    let never_came = office.never_came(&member).await?;
    let at = now.timestamp();
    let stands = member.account.state(at);
    let is_open = member.account.is_open();
    let acts = Acts {
        edit: may_update && !is_above,
        invite: may_update && may_act && member.account.is_invited() && is_open,
        withdraw: may_stop && may_act && never_came,
        password: may_update && may_act && is_open && !member.account.is_invited(),
        second_step: may_update && may_act && member.account.second_factor,
        unlock: may_update && may_act && stands == Stands::Locked,
        activate: may_stop && may_act && stands == Stands::Inactive,
        deactivate: may_stop && may_act && stands != Stands::Inactive,
    };
    let has_open_work = acts.deactivate && !office.still_open(id).await?.is_nothing();
    let day = |at: jiff::Timestamp| at.to_zoned(now.time_zone().clone());
    let Member { profile, account, roles } = &member;
    let page = PersonPage {
        shell,
        href: href(&member),
        name: Name::new(member.name()),
        facts: [role_words(&member), profile.department.clone()]
            .into_iter()
            .filter(|words| !words.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
        state: badge(&member, at),
        email: profile.email.clone(),
        phone: profile.phone.clone(),
        department: profile.department.clone(),
        specialization: profile.specialization.clone(),
        joined: When::day(&day(profile.created_at), now.date()),
        last_sign_in: last_sign_in(&member, &now),
        email_verified: account.email_verified,
        must_change_password: account.must_change_password,
        second_factor: account.second_factor,
        locked_until: account
            .locked_until
            .filter(|until| *until > at)
            .map(|until| When::moment(&day(until), now.date())),
        roles: roles.iter().map(Granted::new).collect(),
        acts,
        has_open_work,
        doctor: (may_see_doctors && is_open && roles.iter().any(is_doctor)).then(|| format!("/doctors/{id}")),
        is_me: office.is_me(id),
        is_above,
    };
    office.commit(Audit::viewed(id), Page(page)).await
}
