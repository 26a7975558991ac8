//! The frame of a page for whoever asks: side bar from permissions, clock of the hospital, theme, toast.

use std::convert::Infallible;

use aide::OperationInput;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum_extra::extract::CookieJar;
use uuid::Uuid;

use crate::app::App;
use crate::identity::actor::Actor;
use crate::kernel::ids::Entity;
use crate::kernel::text::initials;
use crate::web::layout::{Console, NavGroup, NavItem, Public as PublicFrame, Shell, Theme, Toast, TopSearch};
use crate::web::nav::{ActEntry, Place, RecordLink};
use crate::web::words;

/// What a page needs to know of its request besides the actor.
pub struct Frame {
    app: App,
    theme: Theme,
    single_keys: bool,
    path: String,
    /// The address, if it can be opened again.
    way_back: String,
    /// htmx asks for a part of the page.
    pub htmx: bool,
    toast: Option<Toast>,
    /// A session cookie came along; whether it still opens anything is not said.
    pub has_session: bool,
}

/// Acts that a redirect may report: `?done=code`. The words are ours, so a link cannot put any on a page.
const DONE: &[(&str, &str)] = &[
    ("registered", "Patient registered."),
    ("saved", "Changes saved."),
    ("picture", "Picture saved."),
    ("picture-removed", "Picture removed."),
    ("identified", "Patient identified. The code stays, and the made-up name is still found."),
    ("born", "Newborns registered."),
    ("deceased", "Death recorded. The record says so from now on."),
    ("alive", "Taken back: the record no longer says that the patient has died."),
    ("answered", "Answer recorded."),
    ("booked", "Appointment booked."),
    ("moved", "Appointment moved. The old time is free."),
    ("checked-in", "Checked in. The token is below."),
    ("started", "The consultation has begun."),
    ("completed", "Visit completed."),
    ("cancelled", "Appointment cancelled. Its time is free."),
    ("missed", "Noted: the patient did not come."),
    ("opened", "The record is open to you for 4 hours."),
    ("reviewed", "Review recorded."),
    ("assigned", "Added to the care team."),
    ("care-ended", "Ended. It stays readable below."),
    ("covered", "Cover set. It holds from its beginning to its end."),
    ("cover-ended", "Cover ended."),
    ("merged", "Records merged. Both codes lead here; undo it under Merged records."),
    ("unmerged", "Merge undone. Both records are as they were."),
    ("listed", "Added to the list."),
    ("listed-before", "It is on the list already. Nothing was added."),
    ("none_known", "Noted: none known."),
    ("ended", "Marked as entered in error. It stays readable below."),
    ("draft-saved", "Draft saved. Nobody else sees it."),
    ("signed", "Note signed. What is missing is added by an amendment."),
    ("amended", "Amendment signed. The version before stays readable."),
    ("visit-completed", "Visit completed."),
    ("next-called", "Visit completed. The next one is called."),
    ("template-added", "Template added."),
    ("room-added", "Room added."),
    ("hours-saved", "Hours saved. Bookings that are there stay."),
    ("hours-copied", "Copied. These doctors can be booked by their hours from today on."),
    ("leave-withdrawn", "Taken back. The doctor can be booked again."),
    ("vitals", "Vital signs recorded."),
    ("vitals-next", "Vital signs recorded. This is the next patient."),
    ("vitals-last", "Vital signs recorded. Nobody else waits."),
    ("planned", "Planned. The next set is due by it."),
    ("ordered", "Ordered. It holds from now on."),
    ("order-ended", "Order ended. Scale 1 holds from now on."),
    ("table-kept", "Kept. It counts once somebody who prescribes signs it."),
    ("table-signed", "Signed. This version counts from now on."),
    ("acknowledged", "Answered. Nobody is told again."),
    ("suspended", "Hospital suspended."),
    ("activated", "Hospital activated."),
    ("invited", "Invited. A link to choose a password is on its way."),
    ("invited-again", "A new link is on its way. Those before lead nowhere."),
    ("invitation-withdrawn", "Invitation withdrawn. Its place and its address are free."),
    ("deactivated", "Account deactivated. Nobody signs in with it."),
    ("reactivated", "Account activated."),
    ("password-asked", "Signed out. They choose another password when they sign in."),
    ("unlocked", "Account unlocked."),
    ("second-step-reset", "Two-step sign-in reset. The password alone signs them in."),
    ("restricted", "Hospital restricted."),
    ("lifted", "Restriction lifted."),
    ("rejected", "Sign-up rejected. Its licence number and its address are free."),
    ("limits", "Limits saved."),
    ("raised", "The limits are raised. They fall back by themselves."),
    ("reset-mailed", "The link to a new password is on its way."),
    ("operator-off", "Operator deactivated."),
    ("operator-on", "Operator activated."),
    ("verified", "Hospital confirmed. You can sign in now."),
    ("password", "Password saved."),
    ("email-asked", "Look for our e-mail at the new address. It counts once you open the link in it."),
    ("email-changed", "Address changed. Sign in with the new one from now on."),
    ("session-ended", "That device is signed out."),
    ("others-ended", "All other devices are signed out."),
    ("logo", "Logo saved."),
    ("logo-removed", "Logo removed."),
    ("mfa-off", "Two-step sign-in is off. Your password alone signs you in."),
    ("later", "Put off. It waits under Getting started."),
    ("back", "Back on the list."),
    ("practice", "A practice patient is ready. Nothing here is counted."),
    ("role-created", "Role created. Nobody holds it yet."),
    ("role-removed", "Role removed."),
    ("role-enabled", "Role enabled. It grants its rights again."),
    ("role-disabled", "Role disabled. It grants nothing any more."),
    ("department-created", "Department created."),
    ("department-removed", "Department removed."),
    ("queue-moved", "Done. The queue shows it."),
    ("print-later", "It waits here until there is a printer."),
    ("print-done", "Noted as printed."),
    ("print-withdrawn", "Taken off the list."),
];

/// What names the thing whose act can be taken back, for a few seconds: a cookie, because an address could be made by a
/// stranger and would put the button "Undo" before people who did nothing.
const UNDO_COOKIE: &str = "hms_undo";
const UNDO_SECONDS: u32 = 15;

/// How the acts are taken back that need no answer for it: code, `folder/id/verb`, and what it undoes.
const UNDO: [(&str, &str, &str, &str); 2] = [
    ("suspended", "/console/hospitals", "activate", "suspending the hospital"),
    ("restricted", "/console/hospitals", "lift", "restricting the hospital"),
];

impl FromRequestParts<App> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let jar = CookieJar::from_headers(&parts.headers);
        let way_back = match parts.method {
            Method::GET => parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            _ => String::new(),
        };
        Ok(Self {
            app: app.clone(),
            theme: Theme::from_cookie(jar.get(Theme::COOKIE).map(|c| c.value())),
            single_keys: jar.get(Shell::KEYS_COOKIE).is_none_or(|c| c.value() != "off"),
            way_back,
            toast: parts.uri.query().and_then(|query| toast(query, jar.get(UNDO_COOKIE).map(|c| c.value()))),
            path: parts.uri.path().to_owned(),
            htmx: parts.headers.contains_key("hx-request")
                && !parts.headers.contains_key("hx-history-restore-request"),
            has_session: app.cookie.is_sent(&parts.headers),
        })
    }
}

impl OperationInput for Frame {}

/// What a redirect reports.
fn toast(query: &str, undoable: Option<&str>) -> Option<Toast> {
    let done = query.split('&').find_map(|pair| pair.strip_prefix("done="))?;
    let (_, text) = DONE.iter().find(|(code, _)| *code == done)?;
    let toast = Toast::new(*text);
    let undo = UNDO.iter().find(|(code, ..)| *code == done);
    let of = undoable.and_then(|v| v.strip_prefix(done)?.strip_prefix('.')?.parse::<Uuid>().ok());
    Some(match (undo, of) {
        (Some((_, folder, verb, what)), Some(id)) => toast.undo(format!("{folder}/{id}/{verb}"), what),
        _ => toast,
    })
}

impl Frame {
    /// The frame of a signed-in page.
    #[must_use]
    pub fn shell(&self, actor: &Actor) -> Shell {
        let console = console_of(actor);
        let now = actor.tenant.as_ref().map_or_else(
            || self.app.clock.in_zone(&jiff::tz::TimeZone::UTC),
            |tenant| self.app.clock.in_zone(&tenant.zone),
        );
        let zone = actor.tenant.as_ref().map_or("UTC", |tenant| tenant.zone_name.as_str());
        // The zone's town is rarely the hospital's.
        let zone = zone
            .rsplit_once('/')
            .map_or_else(|| zone.to_owned(), |(_, town)| format!("{} time", town.replace('_', " ")));
        let name = actor.name();
        Shell {
            console,
            home: home(actor),
            place_name: actor.tenant.as_ref().map_or_else(|| "HMS platform".to_owned(), |t| t.name.clone()),
            logo: actor.tenant.as_ref().and_then(|t| t.logo.as_deref()).and_then(logo_address),
            place_sub: if actor.super_admin { "Operator console" } else { "Hospital" },
            restricted: actor.tenant.as_ref().is_some_and(|hospital| hospital.restricted),
            nav: self.navigation(actor, console),
            search: top_search(actor, console),
            user_initials: initials(if name.is_empty() { &actor.email } else { &name }),
            user_name: if name.is_empty() { actor.email.clone() } else { name },
            role_names: role_names(actor),
            clock: words::clock(&now),
            clock_sub: format!("{}, {zone}", words::short_day(&now)),
            theme: self.theme,
            single_keys: self.single_keys,
            idle_seconds: self.app.config.idle_lock_minutes * 60,
            way_back: self.way_back.clone(),
            toast: self.toast.clone(),
        }
    }

    /// What the record at `href` (`/patients/{id}`) offers this person in one place, in its order.
    pub fn record_links(
        &self,
        actor: &Actor,
        place: Place,
        is_deceased: bool,
    ) -> impl Iterator<Item = &RecordLink> {
        self.app.record_links.iter().filter(move |link| {
            link.place == place && actor.holds(link.permission) && (link.after_death || !is_deceased)
        })
    }

    /// Is this the page at `path`?
    #[must_use]
    pub fn is_at(&self, path: &str) -> bool {
        self.path == path
    }

    /// The `Set-Cookie` by which the next page's toast can offer to take this act back.
    #[must_use]
    pub fn undoable(&self, done: &str, of: impl Entity) -> HeaderValue {
        let secure = if self.app.config.public_url.scheme() == "https" { "; Secure" } else { "" };
        let id = of.uuid();
        let text = format!(
            "{UNDO_COOKIE}={done}.{id}; Path=/; HttpOnly; SameSite=Strict; Max-Age={UNDO_SECONDS}{secure}"
        );
        HeaderValue::try_from(text).expect("a code of ours and an id are header text")
    }

    /// The pages that the actor may open, with the groups of the side bar.
    #[must_use]
    pub fn pages(&self, actor: &Actor) -> Vec<NavItem> {
        self.navigation(actor, console_of(actor)).into_iter().flat_map(|group| group.items).collect()
    }

    /// What the actor may begin from anywhere.
    #[must_use]
    pub fn acts(&self, actor: &Actor) -> Vec<ActEntry> {
        let console = console_of(actor);
        let may = |act: &&ActEntry| act.console == console && actor.holds(act.permission);
        self.app.acts.iter().filter(may).copied().collect()
    }

    /// The frame of a page for everybody.
    #[must_use]
    pub fn public(&self) -> PublicFrame {
        let home = self.has_session.then_some("/home");
        PublicFrame { theme: self.theme, home, dev_mail: dev_mail(&self.app), toast: self.toast.clone() }
    }

    fn navigation(&self, actor: &Actor, console: Console) -> Vec<NavGroup> {
        let mut groups: Vec<NavGroup> = Vec::new();
        let entries = self.app.nav.iter().filter(|e| e.console == console && actor.holds(e.permission));
        let is_below = |href: &str| self.path == href || self.path.starts_with(&format!("{href}/"));
        // One page may lie below two entries: "/console" and "/console/hospitals".
        let here =
            entries.clone().map(|e| e.href).filter(|href| is_below(href)).max_by_key(|href| href.len());
        for entry in entries {
            let item = NavItem {
                href: entry.href,
                label: entry.label,
                icon: entry.icon,
                key: entry.key,
                current: here == Some(entry.href),
                count: None,
            };
            match groups.iter_mut().find(|group| group.label == entry.group) {
                Some(group) => group.items.push(item),
                None => groups.push(NavGroup { label: entry.group, items: vec![item] }),
            }
        }
        groups
    }
}

/// The frame of a page for everybody where there is no [`Frame`], as when a request was refused before.
#[must_use]
pub fn public_frame(app: &App, cookies: &HeaderMap) -> PublicFrame {
    let jar = CookieJar::from_headers(cookies);
    let theme = Theme::from_cookie(jar.get(Theme::COOKIE).map(|c| c.value()));
    let home = app.cookie.is_sent(cookies).then_some("/home");
    PublicFrame { theme, home, dev_mail: dev_mail(app), toast: None }
}

fn dev_mail(app: &App) -> bool {
    !app.config.is_production() && app.mailer.files().is_some()
}

/// Where a person starts after signing in.
#[must_use]
pub fn home(actor: &Actor) -> &'static str {
    if actor.super_admin { "/console/hospitals" } else { "/today" }
}

/// Where a person is led after signing in: to their start page, but as long as nobody has confirmed the hospital's
/// profile, who may do that is led to the checklist that begins with it.
#[must_use]
pub fn start(actor: &Actor) -> &'static str {
    let is_new = actor.tenant.as_ref().is_some_and(|hospital| !hospital.profile_confirmed);
    if is_new && actor.holds("settings:view") && actor.holds("settings:update") {
        "/getting-started"
    } else {
        home(actor)
    }
}

fn console_of(actor: &Actor) -> Console {
    if actor.super_admin { Console::Platform } else { Console::Staff }
}

/// Whoever may not see patients finds pages and acts.
fn top_search(actor: &Actor, console: Console) -> TopSearch {
    match console {
        Console::Staff if actor.holds("patients:view") => {
            TopSearch { label: "Find a patient", placeholder: "Name, phone or code" }
        }
        Console::Staff => TopSearch { label: "Find a page", placeholder: "Page or act" },
        Console::Platform => TopSearch { label: "Find a hospital", placeholder: "Name, licence or e-mail" },
    }
}

/// Where a logo is shown; another one has another address.
fn logo_address(file: &str) -> Option<String> {
    let (id, _) = file.rsplit_once('/')?.1.split_once('.')?;
    Some(format!("/api/v1/hospital/logo?v={id}"))
}

/// `Doctor, Cardiology` from `DOCTOR` and the department.
fn role_names(actor: &Actor) -> String {
    let mut words: Vec<String> = actor.roles.iter().map(|role| sentence_case(&role.name)).collect();
    // The department of administrators and the front desk is named like a role, which many there do not have.
    words.extend(actor.department.clone().filter(|department| department != "Administrator"));
    words.join(", ")
}

fn sentence_case(code: &str) -> String {
    if code.chars().any(char::is_lowercase) {
        return code.to_owned();
    }
    let lower = code.replace('_', " ").to_lowercase();
    let mut chars = lower.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
