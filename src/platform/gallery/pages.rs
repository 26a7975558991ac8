//! The pages of the gallery, and the answers that its moving parts ask for.

use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::samples::{self, Person};
use crate::access::{Frame, Public};
use crate::app::App;
use crate::kernel::{AppError, Problem};
use crate::web::layout::{Public as PublicFrame, *};
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Query, SeeOther};

const LABELS: &[(&str, &str)] = &[("name", "Name"), ("email", "E-mail address"), ("agree", "Consent")];

/// `GET /dev/gallery`
#[derive(Template)]
#[template(path = "platform/gallery/pages/gallery.html")]
struct GalleryPage {
    public: PublicFrame,
    form: FormState,
    sexes: Vec<Choice>,
    tabs: Vec<Tab>,
    people: Vec<Person>,
    heads: [SortHead; 2],
    pager: Pager,
    progress: Progress,
    timeline: Timeline,
    options: Options,
}

/// `GET /dev/gallery/banner`
#[derive(Template)]
#[template(path = "platform/gallery/pages/banner.html")]
struct BannerPage {
    public: PublicFrame,
    banner: Banner,
    tabs: Vec<Tab>,
}

/// `GET /dev/gallery/confirm` and its 422 answer. Field: `typed`.
#[derive(Template)]
#[template(path = "platform/gallery/pages/confirm.html")]
struct ConfirmPage {
    public: PublicFrame,
    form: FormState,
}

/// What a lazy part becomes.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<p class="panel-body" tabindex="-1">Blood pressure 152/92, pulse 96, today at 10:04.</p>"#
)]
struct Later;

/// Out of band: a toast with a way back.
#[derive(Template)]
#[template(ext = "html", source = r#"<div id="toasts" hx-swap-oob="beforeend">{{ toast }}</div>"#)]
struct ToastOnly {
    toast: Toast,
}

/// Nothing takes the place of a row that is gone.
#[derive(Template)]
#[template(ext = "html", source = "")]
struct Nothing;

pub(super) fn router() -> ApiRouter<App> {
    let confirm = get_with(ask, op("pages.gallery.ask", "Development: the question before an act"))
        .post_with(answer, op("pages.gallery.answer", "Development: the answer to it"));
    ApiRouter::new()
        .api_route("/dev/gallery", get_with(show, op("pages.gallery.show", "Development: every component")))
        .api_route(
            "/dev/gallery/banner",
            get_with(banner, op("pages.gallery.banner", "Development: the head of a record")),
        )
        .api_route("/dev/gallery/confirm", confirm)
        .api_route(
            "/dev/gallery/progress",
            get_with(progress, op("pages.gallery.progress", "Development: how far a task is")),
        )
        .api_route(
            "/dev/gallery/later",
            get_with(later, op("pages.gallery.later", "Development: a part that comes later")),
        )
        .api_route(
            "/dev/gallery/toast",
            post_with(toast, op("pages.gallery.toast", "Development: it worked")),
        )
        .api_route(
            "/dev/gallery/row",
            post_with(row, op("pages.gallery.row", "Development: a row that goes")),
        )
}

/// Only in development: elsewhere these pages do not exist.
fn here(public: &Public) -> Result<(), Problem> {
    if public.app.config.is_production() { Err(Problem::not_found("This page")) } else { Ok(()) }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct View {
    /// Of the timeline: `visits`, `results`.
    kind: String,
    older: String,
    /// How far the task is.
    step: String,
    /// Of the banner: `known`, `none`, `unasked`, `deceased` …
    state: String,
    /// Of the part that comes later: `slow`, `fail`.
    way: String,
}

impl View {
    fn step(&self) -> i64 {
        self.step.parse().unwrap_or(1).clamp(0, 3)
    }

    fn kind(&self) -> &str {
        samples::kinds().iter().find(|kind| kind.value == self.kind).map_or("", |_| &self.kind)
    }
}

async fn show(public: Public, frame: Frame, Query(view): Query<View>) -> Result<Page<GalleryPage>, AppError> {
    here(&public)?;
    let form = FormState::new()
        .with("name", "आरती देशमुख")
        .with("email", "aarti@")
        .with_error("email", "Enter an e-mail address like name@hospital.org.")
        .with_error("agree", "Ask the patient first.");
    Ok(Page(GalleryPage {
        public: frame.public(),
        form,
        sexes: vec![Choice::new("", "Choose"), Choice::new("F", "Female"), Choice::new("M", "Male")],
        tabs: samples::tabs(),
        people: samples::people(),
        heads: samples::heads(),
        pager: samples::pager(),
        progress: samples::progress(view.step()),
        timeline: samples::timeline(view.kind(), view.older == "true"),
        options: Options { found: samples::found() },
    }))
}

async fn banner(
    public: Public,
    frame: Frame,
    Query(view): Query<View>,
) -> Result<Page<BannerPage>, AppError> {
    here(&public)?;
    Ok(Page(BannerPage {
        public: frame.public(),
        banner: samples::banner(&view.state),
        tabs: samples::banner_tabs(&view.state),
    }))
}

async fn progress(public: Public, frame: Frame, Query(view): Query<View>) -> Result<Response, AppError> {
    here(&public)?;
    if !frame.htmx {
        return Ok(SeeOther(format!("/dev/gallery?step={}", view.step())).into_response());
    }
    Ok(Page(samples::progress(view.step())).into_response())
}

async fn later(public: Public, Query(view): Query<View>) -> Result<Page<Later>, AppError> {
    here(&public)?;
    match view.way.as_str() {
        "slow" => tokio::time::sleep(Duration::from_millis(1500)).await,
        "fail" => return Err(Problem::unavailable("This part has no answer, as an example.", 1).into()),
        _ => {}
    }
    Ok(Page(Later))
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Answer {
    /// The name of what is to be deleted.
    typed: String,
}

async fn ask(public: Public, frame: Frame) -> Result<Page<ConfirmPage>, AppError> {
    here(&public)?;
    Ok(Page(ConfirmPage { public: frame.public(), form: FormState::new() }))
}

async fn answer(public: Public, frame: Frame, Form(form): Form<Answer>) -> Result<Response, AppError> {
    here(&public)?;
    if form.typed.trim() == "Riverside" {
        return Ok(SeeOther("/dev/gallery?done=saved".to_owned()).into_response());
    }
    let form =
        FormState::new().with("typed", form.typed).with_error("typed", "Type Riverside, as it is written.");
    let page = ConfirmPage { public: frame.public(), form };
    Ok(PageWithStatus(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

impl ConfirmPage {
    fn question(&self) -> Confirm<'_> {
        Confirm {
            ask: "Delete",
            what: Name::new("Riverside"),
            consequences: vec![
                (Icon("users"), "46 people can no longer sign in.".to_owned()),
                (Icon("database"), "12,480 patient records are deleted and cannot come back.".to_owned()),
            ],
            note: "Licence MH-2031".to_owned(),
            fields: vec![self.form.text("typed", "Type the hospital's name").hint("Riverside")],
            action: "/dev/gallery/confirm".to_owned(),
            back: ("/dev/gallery", "Keep it"),
            verb: "Delete Riverside",
            busy: "Deleting…",
            icon: Icon("trash"),
            danger: true,
        }
    }
}

async fn toast(public: Public, frame: Frame) -> Result<Response, AppError> {
    here(&public)?;
    if !frame.htmx {
        return Ok(SeeOther("/dev/gallery?done=saved".to_owned()).into_response());
    }
    let toast = Toast::new("Row removed.").undo("/dev/gallery/toast", "removing the row");
    Ok(Page(ToastOnly { toast }).into_response())
}

async fn row(public: Public, frame: Frame) -> Result<Response, AppError> {
    here(&public)?;
    if !frame.htmx {
        return Ok(SeeOther("/dev/gallery".to_owned()).into_response());
    }
    Ok(Page(Nothing).into_response())
}
