//! The mails we write: subject, plain text and HTML of each.
//!
//! Names that people typed are escaped in HTML, isolated by direction (an Arabic name does not turn
//! the sentence around it), and shortened: a mail to a stranger is no place for a long message
//! that someone put into a "name".

mod opened;

pub use opened::{record_opened, records_opened};

use askama::Template;
use unicode_segmentation::UnicodeSegmentation;

use crate::kernel::AppError;

/// One mail, ready to be addressed.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Letters of a name that a mail shows.
const NAME_LIMIT: usize = 80;

/// Ask the person who registered `hospital` to confirm the address.
///
/// # Errors
/// Only if a template fails to render, which no input can cause.
pub fn verify_hospital_email(hospital: &str, link: &str, valid_hours: u32) -> Result<Rendered, AppError> {
    let hospital = &short(hospital);
    rendered(
        format!("Confirm your e-mail address for {hospital}"),
        &VerifyText { hospital: &isolated(hospital), link, valid_hours },
        &VerifyHtml { title: "Confirm your e-mail address", hospital, link, valid_hours },
    )
}

/// Let a new or returning person of `hospital` choose a password.
///
/// # Errors
/// As [`verify_hospital_email`].
pub fn set_password(hospital: &str, link: &str, valid_hours: u32) -> Result<Rendered, AppError> {
    let hospital = &short(hospital);
    rendered(
        format!("Choose your password for {hospital}"),
        &SetPasswordText { hospital: &isolated(hospital), link, valid_hours },
        &SetPasswordHtml { title: "Choose your password", hospital, link, valid_hours },
    )
}

/// Tell the owner of an address that someone tried to sign up with it. Names nobody: the form
/// cannot be used to send words to a stranger, nor to learn who has an account.
///
/// # Errors
/// As [`verify_hospital_email`].
pub fn address_in_use(sign_in_link: &str) -> Result<Rendered, AppError> {
    rendered(
        "Your e-mail address is already registered".to_owned(),
        &AddressInUseText { link: sign_in_link },
        &AddressInUseHtml { title: "You already have an account", link: sign_in_link },
    )
}

/// Tell an administrator how `hospital` stands now: `what` ends the subject ("is suspended"), `lines` say what that
/// means, `reason` is in the operator's own words.
///
/// # Errors
/// As [`verify_hospital_email`].
pub fn hospital_notice(
    hospital: &str,
    what: &str,
    lines: &[&str],
    reason: Option<&str>,
) -> Result<Rendered, AppError> {
    let hospital = &short(hospital);
    let title = format!("{hospital} {what}");
    let (isolated, reason) = (isolated(hospital), reason.map(crate::kernel::text::tidy));
    let reason = reason.as_deref();
    rendered(
        title.clone(),
        &NoticeText { hospital: &isolated, what, lines, reason },
        &NoticeHtml { title: &title, hospital, what, lines, reason },
    )
}

/// Let somebody who asked for it choose a new password.
///
/// # Errors
/// As [`verify_hospital_email`].
pub fn reset_password(link: &str, valid_hours: u32) -> Result<Rendered, AppError> {
    rendered(
        "Choose a new password for HMS".to_owned(),
        &ResetPasswordText { link, valid_hours },
        &ResetPasswordHtml { title: "Choose a new password", link, valid_hours },
    )
}

/// Tell the owner of an account that it rests after failed sign-ins. `link` leads to where a new password is asked for.
///
/// # Errors
/// As [`verify_hospital_email`].
pub fn account_rests(minutes: u32, link: &str) -> Result<Rendered, AppError> {
    rendered(
        "Sign-in to your HMS account is paused".to_owned(),
        &AccountRestsText { minutes, link },
        &AccountRestsHtml { title: "Sign-in is paused", minutes, link },
    )
}

/// Ask the owner of a new address whether it is theirs.
///
/// # Errors
/// As [`verify_hospital_email`].
pub fn confirm_new_email(link: &str, valid_hours: u32) -> Result<Rendered, AppError> {
    rendered(
        "Confirm your new e-mail address for HMS".to_owned(),
        &NewEmailText { link, valid_hours },
        &NewEmailHtml { title: "Confirm your new e-mail address", link, valid_hours },
    )
}

/// Tell the present address that another one was asked for, masked: a mail may be read by others.
///
/// # Errors
/// As [`verify_hospital_email`].
pub fn email_changes(new_masked: &str, link: &str) -> Result<Rendered, AppError> {
    rendered(
        "Another e-mail address was entered for your HMS account".to_owned(),
        &EmailChangesText { new_masked, link },
        &EmailChangesHtml { title: "Your e-mail address is about to change", new_masked, link },
    )
}

/// Tell the owner of an address, which has an account, that it was entered for another one. Names nobody.
///
/// # Errors
/// As [`verify_hospital_email`].
pub fn email_taken(sign_in_link: &str) -> Result<Rendered, AppError> {
    rendered(
        "Your e-mail address was entered for another account".to_owned(),
        &EmailTakenText { link: sign_in_link },
        &EmailTakenHtml { title: "You already have an account", link: sign_in_link },
    )
}

/// Tell the owner of an account what happened to its second step of signing in: `what` is one of our sentences.
///
/// # Errors
/// As [`verify_hospital_email`].
pub fn second_factor(what: &str, sign_in_link: &str) -> Result<Rendered, AppError> {
    rendered(
        "Two-step sign-in of your account".to_owned(),
        &SecondFactorText { what, link: sign_in_link },
        &SecondFactorHtml { title: "Two-step sign-in of your account", what, link: sign_in_link },
    )
}

fn rendered(subject: String, text: &impl Template, html: &impl Template) -> Result<Rendered, AppError> {
    let text = text.render().map_err(AppError::internal)?;
    let html = html.render().map_err(AppError::internal)?;
    Ok(Rendered { subject, text, html })
}

/// One line, at most 80 letters as people see them.
fn short(name: &str) -> String {
    let line = crate::kernel::text::tidy(name);
    let mut letters = line.graphemes(true);
    let head: String = letters.by_ref().take(NAME_LIMIT).collect();
    if letters.next().is_none() { line } else { format!("{}…", head.trim_end()) }
}

/// First-strong isolate for plain text, what `<bdi>` is in HTML.
fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}

#[derive(Template)]
#[template(path = "mail/templates/verify.txt")]
struct VerifyText<'a> {
    hospital: &'a str,
    link: &'a str,
    valid_hours: u32,
}

#[derive(Template)]
#[template(path = "mail/templates/verify.html")]
struct VerifyHtml<'a> {
    title: &'a str,
    hospital: &'a str,
    link: &'a str,
    valid_hours: u32,
}

#[derive(Template)]
#[template(path = "mail/templates/set_password.txt")]
struct SetPasswordText<'a> {
    hospital: &'a str,
    link: &'a str,
    valid_hours: u32,
}

#[derive(Template)]
#[template(path = "mail/templates/set_password.html")]
struct SetPasswordHtml<'a> {
    title: &'a str,
    hospital: &'a str,
    link: &'a str,
    valid_hours: u32,
}

#[derive(Template)]
#[template(path = "mail/templates/address_in_use.txt")]
struct AddressInUseText<'a> {
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/address_in_use.html")]
struct AddressInUseHtml<'a> {
    title: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/hospital_notice.txt")]
struct NoticeText<'a> {
    hospital: &'a str,
    what: &'a str,
    lines: &'a [&'a str],
    reason: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "mail/templates/hospital_notice.html")]
struct NoticeHtml<'a> {
    title: &'a str,
    hospital: &'a str,
    what: &'a str,
    lines: &'a [&'a str],
    reason: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "mail/templates/reset_password.txt")]
struct ResetPasswordText<'a> {
    link: &'a str,
    valid_hours: u32,
}

#[derive(Template)]
#[template(path = "mail/templates/reset_password.html")]
struct ResetPasswordHtml<'a> {
    title: &'a str,
    link: &'a str,
    valid_hours: u32,
}

#[derive(Template)]
#[template(path = "mail/templates/account_rests.txt")]
struct AccountRestsText<'a> {
    minutes: u32,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/account_rests.html")]
struct AccountRestsHtml<'a> {
    title: &'a str,
    minutes: u32,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/new_email.txt")]
struct NewEmailText<'a> {
    link: &'a str,
    valid_hours: u32,
}

#[derive(Template)]
#[template(path = "mail/templates/new_email.html")]
struct NewEmailHtml<'a> {
    title: &'a str,
    link: &'a str,
    valid_hours: u32,
}

#[derive(Template)]
#[template(path = "mail/templates/email_changes.txt")]
struct EmailChangesText<'a> {
    new_masked: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/email_changes.html")]
struct EmailChangesHtml<'a> {
    title: &'a str,
    new_masked: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/email_taken.txt")]
struct EmailTakenText<'a> {
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/email_taken.html")]
struct EmailTakenHtml<'a> {
    title: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/second_factor.txt")]
struct SecondFactorText<'a> {
    what: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/templates/second_factor.html")]
struct SecondFactorHtml<'a> {
    title: &'a str,
    what: &'a str,
    link: &'a str,
}
