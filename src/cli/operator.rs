//! `hms operator`

use std::fmt::Write as _;

use clap::{Args, Subcommand};

use super::start;
use super::tenant::{json, print, sentence};
use crate::access::{self, Audit, SystemTask};
use crate::app::App;
use crate::config::Config;
use crate::kernel::AppError;
use crate::platform::operators::{self, Delivery, Operator as Person, OperatorView};
use crate::web::NoContent;

/// Look after those who run the platform (super-admins).
#[derive(Subcommand)]
pub enum Operator {
    /// List operators.
    List(List),
    /// Make an operator, who chooses a password by a link in a mail.
    Add(WithLink),
    /// End an operator's sessions and sign-in. The last one who can sign in stays.
    Deactivate(Change),
    /// Let an operator back in, with the password of before.
    Activate(Change),
    /// Let an operator in who is locked out after too many wrong passwords.
    Unlock(Change),
    /// Mail an operator a link to choose a new password.
    ResetPassword(WithLink),
    /// Take two-step sign-in from an operator who lost the device and the recovery codes.
    ResetMfa(Change),
}

#[derive(Args)]
pub struct List {
    /// As JSON, with the API's keys.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct Change {
    email: String,
}

#[derive(Args)]
pub struct WithLink {
    email: String,
    /// Print the link instead of mailing it, where no mail leaves yet. Whoever has it can choose the password.
    #[arg(long)]
    print: bool,
}

impl Operator {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let running = start::app(config).await?;
        let done = match self {
            Self::List(command) => command.run(&running.app).await,
            Self::Add(command) => command.add(&running.app).await,
            Self::Deactivate(command) => command.deactivate(&running.app).await,
            Self::Activate(command) => command.activate(&running.app).await,
            Self::Unlock(command) => command.unlock(&running.app).await,
            Self::ResetPassword(command) => command.reset(&running.app).await,
            Self::ResetMfa(command) => command.reset_second_factor(&running.app).await,
        };
        running.stop().await;
        print(&done.map_err(sentence)?)
    }
}

impl List {
    async fn run(self, app: &App) -> Result<String, AppError> {
        let tx = access::system_platform(app, SystemTask("hms operator list")).await?;
        let found = operators::list(&tx).await?;
        tx.audited().commit(Audit::listed("operator", found.len()), NoContent).await?;
        if self.json {
            return json(&found.into_iter().map(OperatorView::from).collect::<Vec<_>>());
        }
        Ok(table(&found))
    }
}

/// One line each. The address comes last: it may be as wide as it likes.
fn table(operators: &[Person]) -> String {
    let mut text = format!("{:<36}  {:<8}  {:<20}  E-MAIL\n", "ID", "STATUS", "LAST SIGN-IN");
    for operator in operators {
        let status = match (operator.is_active, operator.has_password) {
            (false, _) => "INACTIVE",
            (true, _) if operator.rests_until.is_some() => "LOCKED",
            (true, false) => "INVITED",
            (true, true) => "ACTIVE",
        };
        let seen = operator
            .last_sign_in_at
            .map_or_else(|| "never".to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        let _ =
            writeln!(text, "{:<36}  {status:<8}  {seen:<20}  {}", operator.id.to_string(), operator.email);
    }
    text
}

impl WithLink {
    fn delivery(&self) -> Delivery {
        if self.print { Delivery::AtTheTerminal } else { Delivery::ByMail }
    }

    fn told(&self, link: &str) -> String {
        if self.print {
            format!("{link}\n")
        } else {
            "a link to choose a password is on its way\n".to_owned()
        }
    }

    async fn add(self, app: &App) -> Result<String, AppError> {
        let tx = access::system_platform(app, SystemTask("hms operator add")).await?.audited();
        let (operator, link, audit) = operators::invite(app, &tx, &self.email, self.delivery()).await?;
        tx.commit(audit, NoContent).await?;
        Ok(format!("{} is an operator now\n{}", operator.email, self.told(&link)))
    }

    async fn reset(self, app: &App) -> Result<String, AppError> {
        let tx = access::system_platform(app, SystemTask("hms operator reset-password")).await?.audited();
        let id = operators::find_by_email(&tx, &self.email).await?.id;
        let (_, link, audit) = operators::reset_password(app, &tx, id, self.delivery()).await?;
        tx.commit(audit, NoContent).await?;
        Ok(self.told(&link))
    }
}

impl Change {
    async fn deactivate(self, app: &App) -> Result<String, AppError> {
        let tx = access::system_platform(app, SystemTask("hms operator deactivate")).await?.audited();
        let id = operators::find_by_email(&tx, &self.email).await?.id;
        let (operator, audit) = operators::deactivate(&tx, id).await?;
        tx.commit(audit, NoContent).await?;
        Ok(format!("{} is inactive now\n", operator.email))
    }

    async fn reset_second_factor(self, app: &App) -> Result<String, AppError> {
        let tx = access::system_platform(app, SystemTask("hms operator reset-mfa")).await?.audited();
        let operator = operators::find_by_email(&tx, &self.email).await?;
        let (had, audit) = operators::reset_second_factor(app, &tx, operator.id).await?;
        tx.commit(audit, NoContent).await?;
        let what = if had { "signs in by password alone now" } else { "had no two-step sign-in" };
        Ok(format!("{} {what}\n", operator.email))
    }

    async fn unlock(self, app: &App) -> Result<String, AppError> {
        let tx = access::system_platform(app, SystemTask("hms operator unlock")).await?.audited();
        let id = operators::find_by_email(&tx, &self.email).await?.id;
        let (operator, audit) = operators::unlock(&tx, id).await?;
        tx.commit(audit, NoContent).await?;
        Ok(format!("{} can sign in again\n", operator.email))
    }

    async fn activate(self, app: &App) -> Result<String, AppError> {
        let tx = access::system_platform(app, SystemTask("hms operator activate")).await?.audited();
        let id = operators::find_by_email(&tx, &self.email).await?.id;
        let (operator, audit) = operators::activate(&tx, id).await?;
        tx.commit(audit, NoContent).await?;
        Ok(format!("{} is active now\n", operator.email))
    }
}
