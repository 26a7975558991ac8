//! Who opened a record that is kept from them: for those who review it. Nothing about the patient.

use askama::Template;

use super::{Rendered, isolated, rendered, short};
use crate::kernel::AppError;

/// Tell who reviews openings that `who` opened a record of `hospital` with a reason, at `when`, and of `others` that were
/// opened before: a sentence of ours, or nothing. Names no patient.
///
/// # Errors
/// Only if a template fails to render, which no input can cause.
pub fn record_opened(
    hospital: &str,
    who: &str,
    when: &str,
    others: &str,
    link: &str,
) -> Result<Rendered, AppError> {
    let (hospital, who) = (&short(hospital), &short(who));
    let title = format!("A record was opened with a reason at {hospital}");
    rendered(
        title.clone(),
        &RecordOpenedText { hospital: &isolated(hospital), who: &isolated(who), when, others, link },
        &RecordOpenedHtml { title: &title, hospital, who, when, others, link },
    )
}

/// Tell who reviews openings how many there were at `hospital` since the last mail.
///
/// # Errors
/// Only if a template fails to render, which no input can cause.
pub fn records_opened(hospital: &str, openings: i64, link: &str) -> Result<Rendered, AppError> {
    let hospital = &short(hospital);
    let title = match openings {
        1 => format!("A record was opened with a reason at {hospital}"),
        many => format!("{many} records were opened with a reason at {hospital}"),
    };
    rendered(
        title.clone(),
        &RecordsOpenedText { hospital: &isolated(hospital), openings, link },
        &RecordsOpenedHtml { title: &title, hospital, openings, link },
    )
}

#[derive(Template)]
#[template(path = "mail/templates/record_opened.txt")]
struct RecordOpenedText<'a> {
    hospital: &'a str,
    who: &'a str,
    when: &'a str,
    others: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/record_opened.html")]
struct RecordOpenedHtml<'a> {
    title: &'a str,
    hospital: &'a str,
    who: &'a str,
    when: &'a str,
    others: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/records_opened.txt")]
struct RecordsOpenedText<'a> {
    hospital: &'a str,
    openings: i64,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/records_opened.html")]
struct RecordsOpenedHtml<'a> {
    title: &'a str,
    hospital: &'a str,
    openings: i64,
    link: &'a str,
}
