//! What stands on each paper, and in which size.

use jiff::Zoned;
use serde::Serialize;

use super::code;
use super::model::Wrist;
use crate::clinic::appointments::Appointment;
use crate::clinic::patients::pages::{age_of, written_birth};
use crate::clinic::patients::texts::NONE_KNOWN;
use crate::clinic::patients::{Gender, Patient};
use crate::clinic::profile::{House, LabelSize, Letterhead, ReceiptPaper, Settings};
use crate::kernel::AppError;
use crate::paper::{Template, written};
use crate::web::words;

static TICKET: Template = Template::new(include_str!("ticket.typ"));
static LABEL: Template = Template::new(include_str!("label.typ"));
static TEST: Template = Template::new(include_str!("test.typ"));

/// A number in the queue. Nobody's name, and nothing of why they come.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Ticket {
    hospital: String,
    token: String,
    department: String,
    doctor: String,
    room: Option<String>,
    /// `26 Nov 2026, 10:41`
    given: String,
    /// In millimetres.
    width: u16,
}

fn roll(settings: &Settings) -> u16 {
    match settings.receipt_paper {
        ReceiptPaper::Mm58 => 58,
        ReceiptPaper::Mm80 => 80,
    }
}

fn text(text: &str) -> String {
    written(text).into_owned()
}

impl Ticket {
    /// `None` without a token.
    pub(super) fn of(appointment: &Appointment, head: &Letterhead) -> Option<Self> {
        let token = appointment.token.as_ref()?;
        let given = appointment.stamps.checked_in_at.unwrap_or(appointment.scheduled_at);
        Some(Self {
            hospital: text(head.hospital()),
            token: token.to_string(),
            department: text(&appointment.names.department),
            doctor: text(&appointment.names.doctor),
            room: appointment.names.room.as_deref().map(text),
            given: head.moment(given),
            width: roll(&head.settings),
        })
    }

    /// To see whether printer and size fit.
    pub(super) fn test(head: &Letterhead) -> Self {
        Self {
            hospital: text(head.hospital()),
            token: "T-000".to_owned(),
            department: "Test print".to_owned(),
            doctor: "Nobody is called".to_owned(),
            room: None,
            given: head.moment(head.now.timestamp()),
            width: roll(&head.settings),
        }
    }

    pub(super) fn pdf(&self) -> Result<Vec<u8>, AppError> {
        TICKET.pdf(self, None)
    }
}

/// What is glued or worn: who this is, and no more.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Label {
    /// Begins with what tells this patient apart.
    name: String,
    born: String,
    sex: &'static str,
    code: String,
    /// There are allergies: look at the record.
    allergies: bool,
    qr: String,
    title: &'static str,
    copies: i16,
    /// In millimetres.
    width: u16,
    height: u16,
    /// In points.
    base: f32,
}

/// Width and height in millimetres, and the size of small letters in points.
fn size(label: LabelSize) -> (u16, u16, f32) {
    match label {
        LabelSize::Mm50x25 => (50, 25, 6.0),
        LabelSize::Mm62x29 => (62, 29, 7.0),
        LabelSize::Mm70x37 => (70, 37, 8.5),
        LabelSize::Mm100x50 => (100, 50, 11.5),
    }
}

impl Label {
    pub(super) fn of(patient: &Patient, head: &Letterhead, copies: i16) -> Result<Self, AppError> {
        let (width, height, base) = size(head.settings.label_size);
        let d = &patient.details;
        let allergies = d.known_allergies.as_deref().is_some_and(|text| text != NONE_KNOWN);
        Ok(Self {
            name: text(&patient.label()),
            born: born(patient, &head.now),
            sex: words::sex(d.gender.map_or("", Gender::code)).0,
            code: patient.code.clone(),
            allergies,
            qr: code::svg(&patient.code)?,
            title: "Label",
            copies,
            width,
            height,
            base,
        })
    }

    pub(super) fn test(head: &Letterhead) -> Result<Self, AppError> {
        let (width, height, base) = size(head.settings.label_size);
        Ok(Self {
            name: "Test print".to_owned(),
            born: head.moment(head.now.timestamp()),
            sex: "",
            code: "P-00000".to_owned(),
            allergies: true,
            qr: code::svg("P-00000")?,
            title: "Label",
            copies: 1,
            width,
            height,
            base,
        })
    }

    /// The same for the wrist.
    pub(super) fn around(self, wrist: Wrist) -> Self {
        let (width, base) = match wrist {
            Wrist::Adult => (279, 10.0),
            Wrist::Newborn => (152, 8.5),
        };
        Self { title: "Wristband", copies: 1, width, height: 25, base, ..self }
    }

    pub(super) fn pdf(&self) -> Result<Vec<u8>, AppError> {
        LABEL.pdf(self, None)
    }
}

/// `14 Mar 1992 (34 y)`: an age that was told is never written as a birthday.
fn born(patient: &Patient, now: &Zoned) -> String {
    let (day, age) = (written_birth(&patient.details.birth), age_of(patient, now));
    match day.as_str() {
        "" => "Birth not recorded".to_owned(),
        "unknown" => "Birth unknown".to_owned(),
        day => format!("{day} ({})", age.trim_start_matches("about ")),
    }
}

/// A page of the house's paper, to see whether it fits.
#[derive(Debug, Clone, Serialize)]
pub(super) struct TestPage<'a> {
    house: House<'a>,
    about: &'static str,
    printed: String,
}

impl<'a> TestPage<'a> {
    pub(super) fn of(head: &'a Letterhead, by: &str) -> Self {
        Self {
            house: head.house(),
            about: "A test page: letterhead, foot and edges as they will be on letters.",
            printed: format!("Printed by {}, {}", written(by), head.moment(head.now.timestamp())),
        }
    }

    pub(super) fn pdf(&self, logo: Option<&[u8]>) -> Result<Vec<u8>, AppError> {
        TEST.pdf(self, logo)
    }
}
