//! `hms tenant`

mod limits;
mod recount;
mod second_step;
mod show;

use std::io::Write as _;

use anyhow::anyhow;
use clap::{Args, Subcommand};
use secrecy::ExposeSecret as _;

use super::start;
use crate::access::{self, Audit, PlatformTx, SystemTask};
use crate::app::App;
use crate::config::Config;
use crate::identity::actor::TenantStatus;
use crate::kernel::ids::TenantId;
use crate::kernel::paging::PageRequest;
use crate::kernel::{AppError, FieldErrors};
use crate::platform::hospitals::{self, Asked, Hospital, HospitalView, Sort, Wanted};
use crate::platform::signup::{self, NewHospital, RegisterHospital};
use crate::web::NoContent;

/// How many hospitals are read at once.
const AT_ONCE: i64 = 500;

/// Look after hospitals.
#[derive(Subcommand)]
pub enum Tenant {
    /// List hospitals, newest first.
    List(List),
    /// Show one hospital.
    Show(Show),
    /// Make a hospital with its administrator, as the sign-up page does.
    Create(Create),
    /// Stop a hospital: its people are refused within a second, its data stays as it is.
    Suspend(Change),
    /// End a suspension, or vouch for a hospital whose e-mail address is not confirmed.
    Activate(Change),
    /// Let a hospital take nobody and nothing new but emergencies and births; everything else goes on.
    Restrict(Change),
    /// Lift a restriction.
    Lift(Change),
    /// Set or lift the limits of a hospital.
    Limits(limits::SetLimits),
    /// Take two-step sign-in from an administrator who lost the device and the recovery codes.
    ResetAdminMfa(second_step::ResetAdminMfa),
    /// Count patients anew and measure tables and files, of one hospital or of all.
    Recount(recount::Recount),
}

#[derive(Args)]
pub struct List {
    /// Only hospitals of this status: PENDING, VERIFIED, ACTIVE, SUSPENDED or INACTIVE.
    #[arg(long, value_parser = status)]
    status: Option<TenantStatus>,
    /// Part of the name, licence number or e-mail address.
    #[arg(long)]
    search: Option<String>,
    /// As JSON, with the API's keys.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct Show {
    /// Id or licence number.
    hospital: String,
    /// As JSON, with the API's keys.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct Create {
    #[arg(long)]
    name: String,
    /// Licence number: one hospital each.
    #[arg(long)]
    license: String,
    /// Address of the administrator, who signs in with it.
    #[arg(long)]
    email: String,
    #[arg(long)]
    admin_first_name: Option<String>,
    #[arg(long)]
    admin_last_name: Option<String>,
    #[arg(long)]
    phone: Option<String>,
    /// IANA name, for example Asia/Kolkata; UTC if absent.
    #[arg(long)]
    time_zone: Option<String>,
    /// ISO 4217 code, for example INR; USD if absent.
    #[arg(long)]
    currency: Option<String>,
    /// ISO 3166 code, for example IN; proposed from phone or currency if absent.
    #[arg(long)]
    country: Option<String>,
    /// Vouch for its address: the hospital is active at once.
    #[arg(long)]
    activate: bool,
}

#[derive(Args)]
pub struct Change {
    /// Id or licence number.
    hospital: String,
    /// Why: one line, mailed to the hospital's administrators and kept in the platform's audit.
    #[arg(long)]
    reason: Option<String>,
}

impl Tenant {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let running = start::app(config).await?;
        let done = match self {
            Self::List(command) => command.run(&running.app).await,
            Self::Show(command) => command.run(&running.app).await,
            Self::Create(command) => command.run(&running.app).await,
            Self::Suspend(command) => command.suspend(&running.app).await,
            Self::Activate(command) => command.activate(&running.app).await,
            Self::Restrict(command) => command.restrict(&running.app).await,
            Self::Lift(command) => command.lift(&running.app).await,
            Self::Limits(command) => command.run(&running.app).await,
            Self::ResetAdminMfa(command) => command.run(&running.app).await,
            Self::Recount(command) => command.run(&running.app).await,
        };
        running.stop().await;
        print(&done.map_err(sentence)?)
    }
}

impl List {
    async fn run(self, app: &App) -> Result<String, AppError> {
        let tx = access::system_platform(app, SystemTask("hms tenant list")).await?;
        let mut errors = FieldErrors::default();
        let search = hospitals::search_text(self.search.as_deref(), &mut errors);
        errors.finish()?;
        let page = PageRequest { page: 1, page_size: AT_ONCE };
        let mut wanted =
            Wanted { status: self.status, restricted: None, search, sort: Sort::default(), page };
        let mut found = hospitals::list(&tx, &wanted).await?;
        while wanted.page.page * AT_ONCE < found.total {
            wanted.page.page += 1;
            let mut more = hospitals::list(&tx, &wanted).await?;
            if more.items.is_empty() {
                break;
            }
            found.items.append(&mut more.items);
        }
        tx.audited().commit(Audit::listed("hospital", found.items.len()), NoContent).await?;
        if self.json {
            return json(&found.items.into_iter().map(HospitalView::from).collect::<Vec<_>>());
        }
        Ok(show::table(&found.items))
    }
}

impl Show {
    async fn run(self, app: &App) -> Result<String, AppError> {
        let tx = access::system_platform(app, SystemTask("hms tenant show")).await?;
        let hospital = named(&tx, &self.hospital).await?;
        tx.audited().commit(Audit::viewed(hospital.id), NoContent).await?;
        if self.json { json(&HospitalView::from(hospital)) } else { Ok(show::card(&hospital)) }
    }
}

impl Create {
    async fn run(self, app: &App) -> Result<String, AppError> {
        let task = SystemTask("hms tenant create");
        let new = NewHospital::parse(RegisterHospital {
            name: Some(self.name),
            contact_email: Some(self.email),
            license_number: Some(self.license),
            contact_phone: self.phone,
            admin_first_name: self.admin_first_name,
            admin_last_name: self.admin_last_name,
            time_zone: self.time_zone,
            currency: self.currency,
            country: self.country,
            ..RegisterHospital::default()
        })?;
        let registered = signup::register(app, task.origin(), new).await?;
        let tx = access::system_platform(app, task).await?.audited();
        let hospital = if self.activate {
            let (hospital, audit) = hospitals::activate(&tx, registered.id, &Asked::default()).await?;
            tx.commit(audit, NoContent).await?;
            hospital
        } else {
            hospitals::find(&tx, registered.id).await?
        };
        let password = match &registered.temporary_password {
            Some(password) => format!("temporary password {}\n", password.expose_secret()),
            None => "the administrator chooses a password by the link in the mail\n".to_owned(),
        };
        let stands = stands(&hospital);
        Ok(format!("{stands}id {}\nadministrator {}\n{password}", hospital.id, hospital.contact_email))
    }
}

impl Change {
    async fn suspend(self, app: &App) -> Result<String, AppError> {
        let asked = self.asked()?;
        let tx = access::system_platform(app, SystemTask("hms tenant suspend")).await?.audited();
        let id = named(&tx, &self.hospital).await?.id;
        let (hospital, audit) = hospitals::suspend(&tx, id, &asked).await?;
        tx.commit(audit, NoContent).await?;
        Ok(stands(&hospital))
    }

    async fn activate(self, app: &App) -> Result<String, AppError> {
        let asked = self.asked()?;
        let tx = access::system_platform(app, SystemTask("hms tenant activate")).await?.audited();
        let id = named(&tx, &self.hospital).await?.id;
        let (hospital, audit) = hospitals::activate(&tx, id, &asked).await?;
        tx.commit(audit, NoContent).await?;
        Ok(stands(&hospital))
    }

    async fn restrict(self, app: &App) -> Result<String, AppError> {
        let asked = self.asked()?;
        let tx = access::system_platform(app, SystemTask("hms tenant restrict")).await?.audited();
        let id = named(&tx, &self.hospital).await?.id;
        let (hospital, audit) = hospitals::restrict(&tx, id, &asked).await?;
        tx.commit(audit, NoContent).await?;
        Ok(format!("{} is restricted now\n", hospital.name))
    }

    async fn lift(self, app: &App) -> Result<String, AppError> {
        let asked = self.asked()?;
        let tx = access::system_platform(app, SystemTask("hms tenant lift")).await?.audited();
        let id = named(&tx, &self.hospital).await?.id;
        let (hospital, audit) = hospitals::lift(&tx, id, &asked).await?;
        tx.commit(audit, NoContent).await?;
        Ok(format!("{} is not restricted any more\n", hospital.name))
    }

    fn asked(&self) -> Result<Asked, AppError> {
        let mut errors = FieldErrors::default();
        let asked = Asked::parse(None, self.reason.as_deref(), &mut errors);
        errors.finish()?;
        Ok(asked)
    }
}

/// The hospital with this id or licence number.
async fn named(tx: &PlatformTx, text: &str) -> Result<Hospital, AppError> {
    match text.trim().parse::<TenantId>() {
        Ok(id) => hospitals::find(tx, id).await,
        Err(_) => hospitals::find_by_license(tx, text.trim()).await,
    }
}

fn status(text: &str) -> Result<TenantStatus, String> {
    let wanted = text.to_uppercase();
    TenantStatus::ALL
        .into_iter()
        .find(|status| status.code() == wanted)
        .ok_or_else(|| "use PENDING, VERIFIED, ACTIVE, SUSPENDED or INACTIVE".to_owned())
}

fn stands(hospital: &Hospital) -> String {
    format!("{} is {} now\n", hospital.name, hospital.status.code())
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<String, AppError> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(AppError::internal)
}

/// Results go to standard output; a reader that has seen enough is no failure.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// What went wrong, for the person at the terminal.
pub(super) fn sentence(error: AppError) -> anyhow::Error {
    match error {
        AppError::Problem(problem) => {
            let mut text = problem.detail.into_owned();
            if problem.errors.len() > 1 {
                problem.errors.iter().for_each(|e| text += &format!("\n  {}: {}", e.field, e.message));
            }
            anyhow!(text)
        }
        AppError::Db(error) if error.sqlstate == "42P01" => {
            anyhow!("the database is not prepared: run `hms migrate` first")
        }
        other => other.into(),
    }
}
