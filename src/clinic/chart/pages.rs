//! Pages of a chart: the panel on the patient's page, and for each list a page with its history and a form.

mod change;
mod form;
mod list;
mod panel;
mod parts;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

pub use form::typed_since;
pub use panel::{Panel, panel};

use super::views::{Allergies, Conditions, Shape};
use crate::app::App;
use crate::web::openapi::op;

/// Id and summary of each page.
struct Names {
    show: (&'static str, &'static str),
    add: (&'static str, &'static str),
    none: (&'static str, &'static str),
    edit: (&'static str, &'static str),
    save: (&'static str, &'static str),
    ask: (&'static str, &'static str),
    end: (&'static str, &'static str),
}

pub(super) fn router() -> ApiRouter<App> {
    let allergies = routes::<Allergies>(
        "/patients/{patient_id}/allergies",
        "/patients/{patient_id}/allergies/{allergy_id}",
        &Names {
            show: ("pages.allergies.list", "Allergies of a patient"),
            add: ("pages.allergies.add", "Add an allergy"),
            none: ("pages.allergies.none_known", "No allergy is known"),
            edit: ("pages.allergies.edit", "Form for a change of an allergy"),
            save: ("pages.allergies.change", "Change an allergy"),
            ask: ("pages.allergies.ask_to_end", "Ask before an allergy is entered in error"),
            end: ("pages.allergies.end", "Mark an allergy as entered in error"),
        },
    );
    let conditions = routes::<Conditions>(
        "/patients/{patient_id}/conditions",
        "/patients/{patient_id}/conditions/{condition_id}",
        &Names {
            show: ("pages.conditions.list", "Conditions of a patient"),
            add: ("pages.conditions.add", "Add a condition"),
            none: ("pages.conditions.none_known", "No condition is known"),
            edit: ("pages.conditions.edit", "Form for a change of a condition"),
            save: ("pages.conditions.change", "Change a condition"),
            ask: ("pages.conditions.ask_to_end", "Ask before a condition is entered in error"),
            end: ("pages.conditions.end", "Mark a condition as entered in error"),
        },
    );
    allergies.merge(conditions)
}

fn routes<S: Shape>(list_path: &str, entry_path: &str, names: &Names) -> ApiRouter<App> {
    let (edit_path, end_path) = (format!("{entry_path}/edit"), format!("{entry_path}/entered-in-error"));
    ApiRouter::new()
        .api_route(list_path, get_with(list::show::<S>, op(names.show.0, names.show.1)))
        .api_route(list_path, post_with(list::add::<S>, op(names.add.0, names.add.1)))
        .api_route(
            &format!("{list_path}/none-known"),
            post_with(list::none_known::<S>, op(names.none.0, names.none.1)),
        )
        .api_route(&edit_path, get_with(change::form::<S>, op(names.edit.0, names.edit.1)))
        .api_route(&edit_path, post_with(change::save::<S>, op(names.save.0, names.save.1)))
        .api_route(&end_path, get_with(change::ask::<S>, op(names.ask.0, names.ask.1)))
        .api_route(&end_path, post_with(change::end::<S>, op(names.end.0, names.end.1)))
}
