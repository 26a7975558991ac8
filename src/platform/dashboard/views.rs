//! What the first page of the operators' console shows. Counts only: operators never see patient records.

use askama::Template;

use super::Overview;
use super::model::{By, Signups};
use super::pages::SIGNUPS;
use crate::identity::actor::TenantStatus;
use crate::platform::hospitals::{Hospital, Used};
use crate::web::layout::*;
use crate::web::words;

/// `GET /console`
#[derive(Debug, Template)]
#[template(path = "platform/dashboard/pages/overview.html")]
pub struct OverviewPage {
    pub shell: Shell,
    pub tiles: Tiles,
    pub chart: Bars,
    /// "Last 30 days, 12 in all"
    pub chart_note: String,
    pub ways: Vec<Tab>,
    /// The numbers of the chart as a file.
    pub export: String,
    pub attention: Vec<Concern>,
    pub near_limit: Vec<NearLimit>,
    pub near_limit_total: i64,
    pub last_signups: Vec<Newcomer>,
}

/// Something to look at.
#[derive(Debug)]
pub struct Concern {
    pub what: String,
    pub note: &'static str,
    pub href: &'static str,
}

/// A hospital near a limit.
#[derive(Debug)]
pub struct NearLimit {
    pub href: String,
    pub name: Name,
    /// "46 of 50 accounts, 92 %"
    pub uses: Vec<String>,
}

/// One of the last sign-ups.
#[derive(Debug)]
pub struct Newcomer {
    pub href: String,
    pub name: Name,
    pub license_number: String,
    pub is_waiting: bool,
    pub created: When,
}

fn near(hospital: &Hospital) -> NearLimit {
    let said = |used: Option<Used>, what: &str| {
        let used = used.filter(|used| used.stage() > 0)?;
        Some(format!(
            "{} of {} {what}, {} %",
            words::count(used.used),
            words::count(used.limit),
            used.percent()
        ))
    };
    let uses = [said(hospital.accounts_used(), "accounts"), said(hospital.patients_used(), "patients")];
    NearLimit {
        href: format!("/console/hospitals/{}", hospital.id),
        name: Name::new(&hospital.name),
        uses: uses.into_iter().flatten().collect(),
    }
}

fn newcomer(hospital: &Hospital, now: &jiff::Zoned) -> Newcomer {
    Newcomer {
        href: format!("/console/hospitals/{}", hospital.id),
        name: Name::new(&hospital.name),
        license_number: hospital.license_number.clone(),
        is_waiting: hospital.status == TenantStatus::Pending,
        created: When::moment(&hospital.created_at.to_zoned(now.time_zone().clone()), now.date()),
    }
}

fn chart(signups: &[Signups], by: By) -> Bars {
    let last = signups.len().saturating_sub(1);
    let bar = |(n, one): (usize, &Signups)| {
        let day = words::date(one.first_day);
        Bar {
            // Without the year: the newest one is today's.
            label: day.rsplit_once(' ').map_or(day.as_str(), |(label, _)| label).to_owned(),
            name: if by == By::Week { format!("week of {day}") } else { day.clone() },
            count: one.hospitals,
            is_unfinished: n == last,
        }
    };
    Bars {
        id: "signups",
        title: format!("Hospitals that signed up, by {}", by.unit()),
        heads: (if by == By::Week { "Week" } else { "Day" }, "Hospitals"),
        bars: signups.iter().enumerate().map(bar).collect(),
    }
}

fn attention(overview: &Overview) -> Vec<Concern> {
    let health = &overview.health;
    [
        (
            health.schemas_behind,
            ("schema is behind this version", "schemas are behind this version"),
            "Run hms migrate: until then those hospitals are answered with 503.",
            "/console/health",
        ),
        (
            health.schemas_failed,
            ("schema could not be made", "schemas could not be made"),
            "The next round tries again.",
            "/console/health",
        ),
        (
            health.mails_failed,
            ("mail could not be sent", "mails could not be sent"),
            "They are not tried again.",
            "/console/health",
        ),
        (
            health.jobs_failed,
            ("task has failed for good", "tasks have failed for good"),
            "They are not tried again.",
            "/console/health",
        ),
        (
            overview.waiting_long,
            ("sign-up waits for its e-mail for over a day", "sign-ups wait for their e-mail for over a day"),
            "The address may be wrong.",
            "/console/hospitals?status=PENDING",
        ),
    ]
    .into_iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, (one, many), note, href)| Concern { what: words::counted(number, one, many), note, href })
    .collect()
}

fn tiles(overview: &Overview) -> Tiles {
    let of = |status| overview.counts.of(Some(status), None);
    let standing = format!(
        "{} active, {} waiting, {} suspended",
        words::count(of(TenantStatus::Active)),
        words::count(of(TenantStatus::Pending) + of(TenantStatus::Verified)),
        words::count(of(TenantStatus::Suspended))
    );
    let restricted = overview.counts.of(Some(TenantStatus::Active), Some(true));
    let failed = overview.health.mails_failed + overview.health.jobs_failed;
    let tile = |icon: Icon, label, number: i64| Tile::new(icon, label, words::count(number));
    let warned = |tile: Tile, number: i64, note: &str| {
        if number > 0 { tile.note(note).warns() } else { tile.note("none") }
    };
    Tiles(vec![
        Tile::new(Icon("building-hospital"), "Hospitals", words::count(overview.counts.of(None, None)))
            .note(standing)
            .leads_to("/console/hospitals"),
        warned(tile(Icon("hand-stop"), "Restricted", restricted), restricted, "take nobody new")
            .leads_to("/console/hospitals?restricted=true"),
        tile(Icon("users"), "Accounts", overview.totals.users).note("of all hospitals"),
        tile(Icon("user-heart"), "Patients", overview.totals.patients).note("counts only"),
        warned(
            tile(Icon("gauge"), "Near a limit", overview.near_limit_total),
            overview.near_limit_total,
            "80 % and more used",
        ),
        warned(tile(Icon("alert-circle"), "Failed", failed), failed, "mails and tasks")
            .leads_to("/console/health"),
    ])
}

impl OverviewPage {
    /// `now` is in the zone in which operators read dates.
    pub(super) fn new(shell: Shell, overview: Overview, now: &jiff::Zoned) -> Self {
        let total: i64 = overview.signups.iter().map(|one| one.hospitals).sum();
        let (time, by) = match overview.by {
            By::Day => ("30 days", By::Day),
            By::Week => ("12 weeks", By::Week),
        };
        let way = |(label, href, of): (&'static str, &str, By)| Tab {
            label,
            href: href.to_owned(),
            count: None,
            current: of == by,
        };
        Self {
            tiles: tiles(&overview),
            chart: chart(&overview.signups, by),
            chart_note: format!("Last {time}, {} in all", words::count(total)),
            ways: [("By day", "/console", By::Day), ("By week", "/console?by=week", By::Week)]
                .map(way)
                .into(),
            export: format!("{SIGNUPS}?by={}", by.unit()),
            attention: attention(&overview),
            near_limit: overview.near_limit.iter().map(near).collect(),
            near_limit_total: overview.near_limit_total,
            last_signups: overview.last_signups.iter().map(|one| newcomer(one, now)).collect(),
            shell,
        }
    }
}
