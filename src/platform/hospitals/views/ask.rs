//! The questions before a hospital is changed. The list and the hospital's page show the part marked `data-ask` in a
//! dialog.

use askama::Template;

use super::HospitalRow;
use crate::identity::Purpose;
use crate::identity::actor::TenantStatus;
use crate::web::layout::*;
use crate::web::words;

/// What is about to happen to a hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Suspend,
    Activate,
    Restrict,
    Lift,
    /// Remove it, as nobody confirmed it.
    Reject,
}

impl Change {
    /// "Suspend"
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Suspend => "Suspend",
            Self::Activate => "Activate",
            Self::Restrict => "Restrict",
            Self::Lift => "Lift the restriction of",
            Self::Reject => "Reject",
        }
    }

    /// Last part of its address.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Activate => "activate",
            Self::Restrict => "restrict",
            Self::Lift => "lift",
            Self::Reject => "reject",
        }
    }

    /// What the redirect afterwards reports.
    #[must_use]
    pub fn done(self) -> &'static str {
        match self {
            Self::Suspend => "suspended",
            Self::Activate => "activated",
            Self::Restrict => "restricted",
            Self::Lift => "lifted",
            Self::Reject => "rejected",
        }
    }

    /// It takes something away, so its reason is needed.
    #[must_use]
    pub fn takes_away(self) -> bool {
        matches!(self, Self::Suspend | Self::Restrict | Self::Reject)
    }
}

/// `GET /console/hospitals/{id}/suspend` and the other changes; the POST to the same address does it. Fields: `reason`,
/// `version`.
#[derive(Debug, Template)]
#[template(path = "platform/hospitals/pages/change.html")]
pub struct HospitalChangePage {
    pub shell: Shell,
    pub change: Change,
    pub hospital: HospitalRow,
    /// Where the hospital will stand.
    pub becomes: TenantStatus,
    /// People who are signed in at this moment.
    pub signed_in: i64,
    /// Patients who are checked in or with a doctor at this moment, if it can be told.
    pub patients_here: Option<i64>,
    pub form: FormState,
}

impl HospitalChangePage {
    fn question(&self) -> Confirm<'_> {
        let hint = match self.change {
            Change::Reject => "Kept in the platform's audit. Nobody is written to.",
            _ => "The hospital's administrators read it in their mail. Kept in the platform's audit.",
        };
        let reason = self.form.text("reason", "Reason").hint(hint).max(500);
        let reason = if self.change.takes_away() { reason } else { reason.optional() };
        let (verb, busy, icon) = match self.change {
            Change::Suspend => ("Suspend hospital", "Suspending…", Icon("ban")),
            Change::Activate => ("Activate hospital", "Activating…", Icon("circle-check")),
            Change::Restrict => ("Restrict hospital", "Restricting…", Icon("hand-stop")),
            Change::Lift => ("Lift restriction", "Lifting…", Icon("circle-check")),
            Change::Reject => ("Reject and remove", "Removing…", Icon("trash")),
        };
        Confirm {
            ask: self.change.verb(),
            what: self.hospital.name.clone(),
            consequences: match self.change {
                Change::Suspend => self.when_suspended(),
                Change::Activate => self.when_activated(),
                Change::Restrict => self.when_restricted(),
                Change::Lift => self.when_lifted(),
                Change::Reject => Self::when_rejected(),
            },
            note: format!("Licence {}", self.hospital.license_number),
            fields: vec![reason, self.form.hidden("version")],
            action: format!("{}/{}", self.hospital.base, self.change.path()),
            back: ("/console/hospitals", "Leave it as it is"),
            verb,
            busy,
            icon,
            danger: self.change.takes_away(),
        }
    }

    /// Who uses it at the moment: what an operator should know before an act that takes something away.
    fn in_use(&self) -> (Icon, String) {
        let line = match &self.hospital.last_active {
            Some(when) => format!("Last used {}.", when.inline().text),
            None => "Nobody has used it yet.".to_owned(),
        };
        (Icon("clock"), line)
    }

    fn when_suspended(&self) -> Vec<(Icon, String)> {
        let people = words::counted(self.hospital.users, "person", "people");
        let now = match self.signed_in {
            0 => String::new(),
            n => format!(" Whoever is signed in now ({}) is refused within a second.", words::count(n)),
        };
        let records = match self.hospital.patients {
            0 => String::new(),
            n => {
                format!(
                    "{} untouched, and nobody there can open them. ",
                    words::counted(n, "patient record stays", "patient records stay")
                )
            }
        };
        let mut lines = vec![
            (Icon("users"), format!("{people} can no longer sign in.{now}")),
            (Icon("database"), format!("{records}Nothing is deleted.")),
            self.in_use(),
        ];
        if self.hospital.status == TenantStatus::Active {
            lines.push((Icon("alert-triangle"), self.who_is_there()));
        }
        lines.push((Icon("mail"), "Its administrators have a mail about it.".to_owned()));
        lines.push((Icon("arrow-back-up"), "You can activate the hospital again at any time.".to_owned()));
        lines
    }

    /// Patients first: a suspended hospital cannot chart them.
    fn who_is_there(&self) -> String {
        let way = match self.hospital.restricted {
            true => "The hospital is restricted: it can care for them and see them out first.",
            false => "Restricting the hospital first lets it care for them and see them out.",
        };
        match self.patients_here {
            Some(0) => "No patient is checked in or with a doctor at this moment.".to_owned(),
            Some(n) => {
                let patients = words::counted(n, "patient is", "patients are");
                format!(
                    "{patients} there now, checked in or with a doctor. Nobody could chart them any more. {way}"
                )
            }
            None => format!("Patients may be there now, whom nobody could chart any more. {way}"),
        }
    }

    fn when_activated(&self) -> Vec<(Icon, String)> {
        let mut lines = Vec::new();
        if self.becomes == TenantStatus::Active {
            let people = words::counted(self.hospital.users, "person", "people");
            lines.push((Icon("users"), format!("{people} can sign in at once.")));
            if self.hospital.status == TenantStatus::Pending {
                let line = "Its e-mail address is not confirmed. You vouch for the hospital instead.";
                lines.push((Icon("mail"), line.to_owned()));
            }
            if self.hospital.restricted {
                let line = "It was restricted before it was suspended, and stays so until you lift that.";
                lines.push((Icon("hand-stop"), line.to_owned()));
            }
        } else {
            let line = "The suspension ends. Its e-mail address was not confirmed before, so it waits for that again.";
            lines.push((Icon("mail"), line.to_owned()));
        }
        if self.hospital.patients > 0 {
            let records = words::counted(self.hospital.patients, "patient record is", "patient records are");
            lines.push((Icon("database"), format!("{records} there as before.")));
        }
        lines
    }

    fn when_restricted(&self) -> Vec<(Icon, String)> {
        let people = words::counted(self.hospital.users, "person", "people");
        let still = format!("{people} can still sign in, read, chart, discharge and export.");
        let waits =
            "New patients, bookings, accounts, departments, roles and shares are refused within a second.";
        vec![
            (Icon("hand-stop"), waits.to_owned()),
            (Icon("ambulance"), "Emergencies and births are registered as always.".to_owned()),
            (Icon("users"), still),
            self.in_use(),
            (Icon("mail"), "Its administrators have a mail about it, and each page says so.".to_owned()),
            (Icon("arrow-back-up"), "You can lift the restriction at any time.".to_owned()),
        ]
    }

    fn when_rejected() -> Vec<(Icon, String)> {
        vec![
            (Icon("mail"), "Nobody confirmed its e-mail address, so nobody has worked there.".to_owned()),
            (Icon("trash"), "The hospital is removed, with its account and its links.".to_owned()),
            (Icon("lock-open"), "Its licence number and its address are free for somebody else.".to_owned()),
            (
                Icon("alert-triangle"),
                "This cannot be undone: the hospital would have to sign up again.".to_owned(),
            ),
        ]
    }

    fn when_lifted(&self) -> Vec<(Icon, String)> {
        vec![
            (
                Icon("circle-check"),
                "New patients, bookings and accounts are possible again within a second.".to_owned(),
            ),
            (Icon("mail"), "Its administrators have a mail about it.".to_owned()),
        ]
    }
}

/// `GET /console/hospitals/{id}/reset-admin-password`; the POST to the same address mails the link. Field:
/// `admin_email`.
#[derive(Debug, Template)]
#[template(path = "platform/hospitals/pages/reset.html")]
pub struct HospitalResetPage {
    pub shell: Shell,
    pub hospital: HospitalRow,
    /// Addresses of its administrators.
    pub administrators: Vec<Choice>,
    /// Development and mail sandbox: told once, after it was set.
    pub temporary_password: Option<String>,
    pub form: FormState,
}

impl HospitalResetPage {
    fn question(&self) -> Confirm<'_> {
        let hint = "The link goes to this address and is not shown here.";
        let hours = Purpose::SetPassword.lifetime_hours();
        let mut lines = vec![
            (Icon("mail"), format!("The administrator gets a link that works once, within {hours} hours.")),
            (Icon("key"), "The present password works until a new one is chosen.".to_owned()),
        ];
        if matches!(self.hospital.status, TenantStatus::Suspended | TenantStatus::Inactive) {
            let line = "While the hospital is stopped the link opens nothing. Activate the hospital first.";
            lines.push((Icon("ban"), line.to_owned()));
        }
        Confirm {
            ask: "Mail a password link to the administrator of",
            what: self.hospital.name.clone(),
            consequences: lines,
            note: format!("Licence {}", self.hospital.license_number),
            fields: vec![self.form.select("admin_email", "Administrator", &self.administrators).hint(hint)],
            action: format!("{}/reset-admin-password", self.hospital.base),
            back: ("/console/hospitals", "Leave it as it is"),
            verb: "Mail the link",
            busy: "Mailing…",
            icon: Icon("mail"),
            danger: false,
        }
    }
}

/// `GET /console/hospitals/{id}/reset-admin-mfa`; the POST to the same address does it. Fields: `admin_email`, `reason`.
#[derive(Debug, Template)]
#[template(path = "platform/hospitals/pages/second_step.html")]
pub struct HospitalSecondStepPage {
    pub shell: Shell,
    pub hospital: HospitalRow,
    /// Addresses of its administrators who have a second step.
    pub administrators: Vec<Choice>,
    pub form: FormState,
}

impl HospitalSecondStepPage {
    fn question(&self) -> Confirm<'_> {
        let line = |icon: Icon, text: &str| (icon, text.to_owned());
        let hint =
            "All administrators read it in their mail. Kept in the platform's audit and the hospital's.";
        Confirm {
            ask: "Reset two-step sign-in for the administrator of",
            what: self.hospital.name.clone(),
            consequences: vec![
                line(
                    Icon("shield-off"),
                    "Whoever knows the password signs in with it alone. Make sure who asks for it, by another way than \
                     e-mail.",
                ),
                line(Icon("users"), "All sessions of the account end within a second."),
                line(Icon("mail"), "All administrators of the hospital have a mail about it."),
            ],
            note: format!("Licence {}", self.hospital.license_number),
            fields: vec![
                self.form.select("admin_email", "Administrator", &self.administrators),
                self.form.text("reason", "Reason").hint(hint).max(500),
            ],
            action: format!("{}/reset-admin-mfa", self.hospital.base),
            back: ("/console/hospitals", "Leave it as it is"),
            verb: "Reset two-step sign-in",
            busy: "Resetting…",
            icon: Icon("device-mobile-off"),
            danger: true,
        }
    }
}
