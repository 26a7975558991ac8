//! Pages of patients: list and search, one patient, registering, changing contact details.
//!
//! A search text may name a patient, so it is posted to `/patients/search` and never part of a URL.
//! Without a text the handler redirects to `GET /patients?gender=…&registered=…&page=…`; with htmx
//! (`HX-Request`) it answers [`PatientRows`] alone and sends `HX-Push-Url` (the URL without text).

mod born;
mod edit;
mod edit_form;
mod family;
mod labels;
mod list;
mod new;
mod parts;
mod profile;
mod reveal;
mod show;

pub use born::{age_of, day_of, parse as parse_birth, written as written_birth};
pub use family::{Arrived, Family};
pub use labels::{LABELS, label};
pub use list::{SearchForm, period_of};
pub use parts::{acts, banner, href, tabs};
pub use profile::{ConsentLine, Profile, consent_lines};
pub use show::{Arrival, show};

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use askama::filters::HtmlSafe;

pub use choices::{answers, sexes};
use new::BORN_HINT;
pub use new::{Advice, NewForm, Question, at_page, fault, register};

use super::Rule;
pub use super::filter::code_of;
use crate::app::App;

use crate::web::layout::*;
use crate::web::openapi::op;
use crate::web::words;

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/patients", get_with(list::list, op("pages.patients.list", "Patients")))
        .api_route(
            "/patients/search",
            post_with(list::search, op("pages.patients.search", "Search patients")),
        )
        .api_route(
            "/patients/open",
            post_with(list::open, op("pages.patients.open", "Open a record by its code")),
        )
        .api_route("/patients/new", get_with(new::form, op("pages.patients.new", "Registration form")))
        .api_route(
            "/patients/new/from",
            post_with(
                new::form_from,
                op("pages.patients.new_from", "Registration form for who was not found"),
            ),
        )
        .api_route(
            "/patients/born",
            post_with(new::understood, op("pages.patients.born", "What a birth is read as")),
        )
        .api_route(
            "/patients/{patient_id}/edit",
            get_with(edit::form, op("pages.patients.edit", "Form for changes")),
        )
        .api_route(
            "/patients/{patient_id}/edit",
            post_with(edit::save, op("pages.patients.save", "Save changes")),
        )
        .api_route(
            "/patients/{patient_id}/reveal",
            post_with(reveal::reveal, op("pages.patients.reveal", "Show one masked value for a while")),
        )
}

/// One line of the list.
#[derive(Debug)]
pub struct PatientRow {
    /// `/patients/{id}`
    pub href: String,
    /// Where the small picture is.
    pub picture: Option<String>,
    pub name: Name,
    pub code: String,
    /// `34 y`
    pub age: String,
    /// Word and letter: [`words::sex`].
    pub sex: (&'static str, &'static str),
    pub phone: Option<MaskedPhone>,
    pub city: Option<String>,
    pub registered: When,
    pub status: Badge,
    /// Kept from the reader, and opens with a reason: phone and city are not told.
    pub is_withheld: bool,
    /// Name, age and sex are told.
    pub is_named: bool,
}

impl PatientRow {
    /// Somebody who comes and goes: most people in the list.
    #[must_use]
    pub fn outpatient() -> Badge {
        Badge::new(Kind::Neutral, Icon("user"), "Outpatient")
    }

    /// Registered today, so perhaps still at the desk.
    #[must_use]
    pub fn new_today() -> Badge {
        Badge::new(Kind::Info, Icon("user-plus"), "New today")
    }

    /// Nobody knows who this is.
    #[must_use]
    pub fn unidentified() -> Badge {
        Badge::new(Kind::Warn, Icon("user-question"), "Unidentified")
    }

    /// For trying things out.
    #[must_use]
    pub fn practice() -> Badge {
        Badge::new(Kind::Active, Icon("school"), "Practice")
    }

    /// Somebody else's: opens with a reason.
    #[must_use]
    pub fn not_yours() -> Badge {
        Badge::new(Kind::Warn, Icon("lock"), "Not your patient")
    }

    #[must_use]
    pub fn deceased() -> Badge {
        Badge::new(Kind::Neutral, Icon("grave-2"), "Deceased")
    }
}

/// The rows with their pager; the part that htmx swaps (`#rows`). Lives inside [`PatientListPage`].
#[derive(Debug, Template)]
#[template(path = "clinic/patients/pages/_rows.html")]
pub struct PatientRows {
    /// What narrows the list at the moment.
    pub chips: Chips,
    pub rows: Vec<PatientRow>,
    /// `Turn::Link("/patients?page=2&gender=FEMALE")`, or with a search text
    /// `Turn::Submit { form: "filters", action: "/patients/search", name: "page", value: "2" }`.
    pub pager: Pager,
    /// What was searched for, if anything.
    pub search: String,
    /// The other filters as they stand, for the export of what is shown.
    pub gender: String,
    pub registered: String,
    pub whose: String,
    /// Whose patients the reader is shown.
    pub rule: Rule,
    /// A text or a filter narrows the list: "no match" and not "none yet".
    pub narrowed: bool,
    /// How many match.
    pub total: i64,
    pub can_register: bool,
}

impl HtmlSafe for PatientRows {}

/// Said to who searched for a whole code and found nobody.
pub const IN_NO_LIST: &str =
    "Some records are in no list. If you hold this code in your hands, open its record with a reason.";

impl PatientRows {
    fn no_match(&self) -> NoMatch {
        let advice = match (self.search.is_empty(), self.can_register) {
            (true, _) => "",
            _ if self.rule == Rule::Own => {
                "Part of a name finds your own patients. Type the whole name or the code to find somebody else’s."
            }
            _ if self.rule == Rule::Department && self.whose.is_empty() => {
                "Part of a name finds patients of your department. Choose “Everybody’s”, or type the whole name or the code."
            }
            (false, true) => {
                "Check the spelling, try part of the name or the phone number, or register a new patient."
            }
            (false, false) => "Check the spelling, or try part of the name or the phone number.",
        };
        NoMatch::new(Icon("user-search"), "patient", self.search.as_str(), "/patients")
            .advice(advice)
            .act("/patients/new", "Register patient", Icon("user-plus"))
            .only_if(self.can_register && self.search.is_empty())
            .by_code(code_of(&self.search), "/patients/open", IN_NO_LIST)
    }
}

/// `GET /patients` and `POST /patients/search`. Fields: `search`, `gender`, `registered`, `whose`.
#[derive(Debug, Template)]
#[template(path = "clinic/patients/pages/list.html")]
pub struct PatientListPage {
    pub shell: Shell,
    /// All patients of the hospital.
    pub registered_total: i64,
    pub registered_today: i64,
    /// Choices of the filter `whose`; empty for who is shown everybody's anyway.
    pub whose: Vec<Choice>,
    pub form: FormState,
    pub list: PatientRows,
}

impl PatientListPage {
    fn facts(&self) -> String {
        let total = words::counted(self.registered_total, "patient", "patients");
        let today = words::count(self.registered_today);
        match self.list.rule {
            Rule::Everybody => format!("{total} registered, {today} today"),
            Rule::Own => format!("{total} of yours, {today} registered today"),
            Rule::Department => format!("{total} of your department, {today} registered today"),
        }
    }

    /// Values of the filter `whose`.
    #[must_use]
    pub fn whose_choices(rule: Rule) -> Vec<Choice> {
        let own = match rule {
            Rule::Everybody => return Vec::new(),
            Rule::Own => "My patients",
            Rule::Department => "My department’s",
        };
        vec![Choice::new("", own), Choice::new("all", "Everybody’s")]
    }

    /// Values of the filter `gender`; blank is any.
    #[must_use]
    pub fn genders() -> Vec<Choice> {
        let codes = ["FEMALE", "MALE", "OTHER", "UNKNOWN"];
        std::iter::once(Choice::new("", "Any"))
            .chain(codes.map(|code| Choice::new(code, words::sex(code).0)))
            .collect()
    }

    /// Values of the filter `registered`; blank is any time. Days of the hospital.
    #[must_use]
    pub fn registered_choices() -> Vec<Choice> {
        [("", "Any time"), ("today", "Today"), ("week", "Past 7 days"), ("month", "Past 30 days")]
            .map(|(value, label)| Choice::new(value, label))
            .into()
    }
}

/// `GET /patients/{id}`
#[derive(Debug, Template)]
#[template(path = "clinic/patients/pages/patient.html")]
pub struct PatientPage<P: Template + HtmlSafe> {
    pub shell: Shell,
    pub banner: Banner,
    /// Parts of the record; none if this is the only one.
    pub tabs: Vec<Tab>,
    /// Just registered: says so, with the code, until the page is left.
    pub just_registered: bool,
    pub arrived: Arrived,
    pub family: Family,
    /// What other capabilities know.
    pub panels: P,
    /// Everything that is recorded, in panels.
    pub profile: Profile,
    pub registered_by: String,
    pub registered_at: When,
    /// The latest change, if there was one.
    pub changed: Option<(String, When)>,
}

/// `GET /patients/new` and the 422 and 409 answers to `POST /patients/new`. Fields: those of [`NewForm`].
#[derive(Debug, Template)]
#[template(path = "clinic/patients/pages/new.html")]
pub struct PatientNewPage<P: Template + HtmlSafe> {
    pub shell: Shell,
    pub form: FormState,
    /// The hospital has as many patients as it may, or may take none for the time: only an emergency goes on.
    pub is_full: bool,
    /// Who looks alike, once that was asked.
    pub panel: Option<P>,
}

/// `GET /patients/{id}/edit` and the 422 and 412 answers to `POST /patients/{id}/edit`.
///
/// A field that the form does not send stays as it is. At a conflict `form` keeps what was typed but has the new
/// `version`, so that saving again is a decision and not an accident.
#[derive(Debug, Template)]
#[template(path = "clinic/patients/pages/edit.html")]
pub struct PatientEditPage {
    pub shell: Shell,
    pub banner: Banner,
    /// `/patients/{id}`
    pub href: String,
    pub form: FormState,
    pub conflict: Option<Conflict>,
    /// May mark the record as confidential, or lift that.
    pub may_restrict: bool,
}

/// Choices of the forms. The first one says that nothing was chosen.
mod choices {
    use super::{Choice, words};
    use crate::clinic::patients::{BLOOD_GROUPS, Confidentiality, Lack};

    #[must_use]
    pub fn sexes() -> Vec<Choice> {
        let codes = ["FEMALE", "MALE", "OTHER", "UNKNOWN"];
        let word = |code| if code == "OTHER" { "Other (X)" } else { words::sex(code).0 };
        std::iter::once(Choice::new("", "Choose"))
            .chain(codes.map(|code| Choice::new(code, word(code))))
            .collect()
    }

    pub(super) fn lacks(first: &str) -> Vec<Choice> {
        let reasons = Lack::ALL.map(|lack| Choice::new(lack.code(), words::lack(lack.code())));
        std::iter::once(Choice::new("", first)).chain(reasons).collect()
    }

    #[must_use]
    pub fn answers() -> Vec<Choice> {
        [("", "Not asked"), ("true", "Agreed"), ("false", "Declined")]
            .map(|(value, word)| Choice::new(value, word))
            .into()
    }

    pub(super) fn blood_groups() -> Vec<Choice> {
        std::iter::once(Choice::new("", "Not known"))
            .chain(BLOOD_GROUPS.map(|group| Choice::new(group, group)))
            .collect()
    }

    pub(super) fn yes_no() -> Vec<Choice> {
        [("false", "No"), ("true", "Yes")].map(|(value, word)| Choice::new(value, word)).into()
    }

    pub(super) fn phones() -> Vec<Choice> {
        [("", "As the number tells"), ("false", "Mobile"), ("true", "Landline: no text messages")]
            .map(|(value, word)| Choice::new(value, word))
            .into()
    }

    pub(super) fn levels() -> Vec<Choice> {
        Confidentiality::ALL
            .map(|level| Choice::new(level.code(), words::confidentiality(level.code())))
            .into()
    }
}

impl<P: Template + HtmlSafe> PatientNewPage<P> {
    /// Is something said, or asked for, in the part of the form that is folded at first?
    fn has_more(form: &FormState) -> bool {
        let folded = ["no_phone_reason", "no_address_reason", "name_alternate", "phone_is_landline"];
        // Where a number or a place is missing, the way out lies there too.
        let asked = folded.into_iter().chain(["phone_primary", "city"]);
        folded.iter().any(|name| !form.value(name).is_empty())
            || asked.into_iter().any(|name| form.error(name).is_some())
    }
}
