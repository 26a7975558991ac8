//! Pages of staff: the list, one person, inviting and changing somebody, acts with their question, the import.

mod acts;
mod form;
mod import;
mod left_behind;
mod list;
mod show;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use jiff::{Timestamp, Zoned};

use super::{Member, State};
use crate::app::App;
use crate::identity::actor::TenantFacts;
use crate::web::layout::*;
use crate::web::openapi::op;

const LIST: &str = "/staff";
const SEARCH: &str = "/staff/search";
const NEW: &str = "/staff/new";
const IMPORT: &str = "/staff/import";
const IMPORT_FILE: &str = "/staff/import/file";

pub(super) fn router() -> ApiRouter<App> {
    let file = post_with(import::file, op("pages.staff.import_file", "Look at a file with staff"));
    ApiRouter::new()
        .api_route(LIST, get_with(list::list, op("pages.staff.list", "Staff")))
        .api_route(SEARCH, post_with(list::search, op("pages.staff.search", "Find staff")))
        .api_route(NEW, get_with(form::new, op("pages.staff.new", "Invite somebody")))
        .api_route(NEW, post_with(form::invite, op("pages.staff.invite", "Invite somebody")))
        .api_route(IMPORT, get_with(import::ask, op("pages.staff.import", "Invite staff from a table")))
        .api_route(
            IMPORT,
            post_with(import::text, op("pages.staff.import_text", "Look at a table, or invite it")),
        )
        .api_route(IMPORT_FILE, file.layer(import::LIMITS.layers()))
        .api_route("/staff/{user_id}", get_with(show::show, op("pages.staff.show", "A member of staff")))
        .api_route("/staff/{user_id}/edit", get_with(form::edit, op("pages.staff.edit", "Change somebody")))
        .api_route("/staff/{user_id}/edit", post_with(form::save, op("pages.staff.save", "Save the change")))
        .merge(acts::router())
}

/// A moment on the hospital's clock.
fn here(at: Timestamp, hospital: &TenantFacts) -> Zoned {
    at.to_zoned(hospital.zone.clone())
}

fn href(member: &Member) -> String {
    format!("{LIST}/{}", member.profile.id)
}

/// The badge of where somebody stands.
fn badge(member: &Member, now: Timestamp) -> Badge {
    match member.account.state(now) {
        State::Active if member.account.must_change_password => {
            Badge::new(Kind::Info, Icon("key"), "New password asked for")
        }
        State::Active => Badge::new(Kind::Ok, Icon("circle-check"), "Active"),
        State::Invited => Badge::new(Kind::Info, Icon("mail"), "Invited"),
        State::Locked => Badge::new(Kind::Warn, Icon("lock"), "Locked"),
        State::Inactive => Badge::new(Kind::Neutral, Icon("circle-off"), "Inactive"),
    }
}

/// `HOSPITAL_ADMIN` as people read it: "Hospital admin".
fn role_word(name: &str) -> String {
    if name.chars().any(char::is_lowercase) {
        return name.to_owned();
    }
    let lower = name.replace('_', " ").to_lowercase();
    let mut chars = lower.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Roles in one line; disabled ones say so.
fn role_words(member: &Member) -> String {
    let words = member.roles.iter().map(|role| match role.is_active {
        true => role_word(&role.name),
        false => format!("{} (disabled)", role_word(&role.name)),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// When they signed in last, or why that is not known.
fn last_sign_in(member: &Member, now: &Zoned) -> Result<When, &'static str> {
    match member.account.last_sign_in_at {
        Some(at) => Ok(When::moment(&at.to_zoned(now.time_zone().clone()), now.date())),
        None if member.account.is_invited() => Err("Not yet"),
        None => Err("Not lately"),
    }
}
