//! The code after the password, and one's own two-step sign-in.

use std::convert::Infallible;

use aide::OperationInput;
use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::{Enrolment, MfaError, Proof};
use crate::access::{Frame, Public, SignedIn};
use crate::app::App;
use crate::identity::actor::SessionKind;
use crate::identity::secret::Opaque;
use crate::kernel::{AppError, Problem};
use crate::platform::sessions;
use crate::web::layout::{Public as PublicFrame, *};
use crate::web::openapi::op;
use crate::web::{Form, Page, PageWithStatus, Query, SeeOther, words};

const LABELS: &[(&str, &str)] = &[("code", "Code"), ("password", "Your password")];
const ACCOUNT: &str = "/account/mfa";

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/sign-in/code",
            get_with(code_form, op("pages.mfa.code_form", "The code after the password")),
        )
        .api_route("/sign-in/code", post_with(code, op("pages.mfa.code", "Sign in with the code")))
        .api_route(ACCOUNT, get_with(show, op("pages.mfa.show", "One's own two-step sign-in")))
        .api_route("/account/mfa/begin", post_with(begin, op("pages.mfa.begin", "Begin to set it up")))
        .api_route("/account/mfa/confirm", post_with(confirm, op("pages.mfa.confirm", "Switch it on")))
        .api_route("/account/mfa/codes", post_with(renew, op("pages.mfa.codes", "Other recovery codes")))
        .api_route("/account/mfa/off", post_with(switch_off, op("pages.mfa.off", "Switch it off")))
}

// ---------------------------------------------------------------------------------- signing in

/// `GET /sign-in/code`, and the 401 answers to its POST. Fields: `code`, `next`.
#[derive(Debug, Template)]
#[template(path = "platform/mfa/pages/code.html")]
struct CodePage {
    public: PublicFrame,
    form: FormState,
    /// It took too long, or there were too many wrong codes: back to the password.
    over: bool,
}

/// The sign-in that this browser has half done, by its cookie.
struct Owed(Option<Opaque>);

impl FromRequestParts<App> for Owed {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self(app.cookie.read_owed(&parts.headers)))
    }
}

impl OperationInput for Owed {}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Way {
    /// A local path to go to afterwards.
    next: String,
    done: String,
}

async fn code_form(_: Public, frame: Frame, Owed(owed): Owed, Query(way): Query<Way>) -> Response {
    if owed.is_none() {
        return SeeOther("/sign-in".to_owned()).into_response();
    }
    let form = FormState::new().with("next", way.next);
    Page(CodePage { public: frame.public(), form, over: false }).into_response()
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct CodeForm {
    code: String,
    next: String,
}

async fn code(
    public: Public,
    frame: Frame,
    Owed(owed): Owed,
    Form(form): Form<CodeForm>,
) -> Result<Response, AppError> {
    let Some(owed) = owed else { return Ok(SeeOther("/sign-in".to_owned()).into_response()) };
    let clear = public.app.cookie.clear_owed();
    let problem = match super::sign_in(&public, &owed, SessionKind::Web, &form.code).await {
        Ok(opened) => {
            let arrived = sessions::arrive(&public.app, &opened, &form.next).await?;
            return Ok(also(arrived, clear));
        }
        Err(AppError::Problem(problem)) => problem,
        Err(other) => return Err(other),
    };
    let may_try_again = problem.code == Problem::from_error(MfaError::SignInRefused).code;
    let state = FormState::new().with("next", form.next).refused(&problem.errors, problem.detail);
    let page = CodePage { public: frame.public(), form: state, over: !may_try_again };
    let reply = PageWithStatus(problem.status, page).into_response();
    Ok(if may_try_again { reply } else { also(reply, clear) })
}

fn also(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}

// ---------------------------------------------------------------------------------- one's own

/// `GET /account/mfa`, and what its forms answer. Fields: `code`, `password`, `next`.
#[derive(Debug, Template)]
#[template(path = "platform/mfa/pages/account.html")]
struct AccountPage {
    shell: Shell,
    form: FormState,
    state: State,
    /// Nothing else opens before it is set up.
    required: bool,
    email: String,
}

/// What there is to see.
#[derive(Debug)]
enum State {
    Off,
    Begun {
        enrolment: Enrolment,
        asks_password: bool,
    },
    /// Since when, and how many recovery codes are left.
    On {
        since: String,
        left: i64,
    },
    /// Told once.
    Codes(Vec<String>),
}

async fn show(me: SignedIn, frame: Frame, Query(way): Query<Way>) -> Result<Page<AccountPage>, AppError> {
    let state = state(&me).await?;
    Ok(Page(page(&me, &frame, state, FormState::new().with("next", way.next))))
}

async fn state(me: &SignedIn) -> Result<State, AppError> {
    let standing = super::standing(me).await?;
    if let Some(since) = standing.since {
        let zone = me.actor.tenant.as_ref().map_or(TimeZone::UTC, |tenant| tenant.zone.clone());
        let since = words::date(since.to_zoned(zone).date());
        return Ok(State::On { since, left: standing.codes_left });
    }
    let begun = if standing.begun { super::begun(me).await? } else { None };
    Ok(match begun {
        Some(enrolment) => State::Begun { enrolment, asks_password: super::asks_password(me).await? },
        None => State::Off,
    })
}

fn page(me: &SignedIn, frame: &Frame, state: State, form: FormState) -> AccountPage {
    AccountPage {
        shell: frame.shell(&me.actor),
        form,
        required: me.actor.owes_second_factor && !matches!(state, State::On { .. } | State::Codes(_)),
        state,
        email: me.actor.email.clone(),
    }
}

/// The page again, with what was wrong.
async fn refused(
    me: &SignedIn,
    frame: &Frame,
    form: FormState,
    problem: Problem,
) -> Result<Response, AppError> {
    let status = match problem.status {
        StatusCode::BAD_REQUEST => StatusCode::UNPROCESSABLE_ENTITY,
        other => other,
    };
    let state = state(me).await?;
    let page = page(me, frame, state, form.refused(&problem.errors, problem.detail));
    Ok(PageWithStatus(status, page).into_response())
}

async fn begin(me: SignedIn, Form(way): Form<Way>) -> Result<SeeOther, AppError> {
    match super::begin(&me).await {
        // Asked for twice, or on already: the page says how it stands.
        Ok(_) | Err(AppError::Problem(_)) => Ok(SeeOther(back(&way.next))),
        Err(other) => Err(other),
    }
}

fn back(next: &str) -> String {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    if next.is_empty() { ACCOUNT.to_owned() } else { format!("{ACCOUNT}?next={next}") }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct FirstCodeForm {
    code: String,
    password: String,
    next: String,
}

async fn confirm(
    public: Public,
    me: SignedIn,
    frame: Frame,
    Form(form): Form<FirstCodeForm>,
) -> Result<Response, AppError> {
    let next = if SeeOther::is_ours(&form.next) { form.next } else { String::new() };
    let password = told(form.password).map(SecretString::from);
    match super::confirm(&public, &me, &form.code, password.as_ref()).await {
        Ok(codes) => {
            let form = FormState::new().with("next", next);
            Ok(Page(page(&me, &frame, State::Codes(codes), form)).into_response())
        }
        Err(AppError::Problem(problem)) => {
            refused(&me, &frame, FormState::new().with("next", next), problem).await
        }
        Err(other) => Err(other),
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ProofForm {
    password: String,
    code: String,
}

fn told(text: String) -> Option<String> {
    (!text.trim().is_empty()).then_some(text)
}

impl From<ProofForm> for Proof {
    fn from(form: ProofForm) -> Self {
        Self { password: told(form.password).map(SecretString::from), code: told(form.code) }
    }
}

async fn renew(
    public: Public,
    me: SignedIn,
    frame: Frame,
    Form(form): Form<ProofForm>,
) -> Result<Response, AppError> {
    match super::renew_codes(&public, &me, &form.into()).await {
        Ok(codes) => Ok(Page(page(&me, &frame, State::Codes(codes), FormState::new())).into_response()),
        Err(AppError::Problem(problem)) => refused(&me, &frame, FormState::new(), problem).await,
        Err(other) => Err(other),
    }
}

async fn switch_off(
    public: Public,
    me: SignedIn,
    frame: Frame,
    Form(form): Form<ProofForm>,
) -> Result<Response, AppError> {
    match super::switch_off(&public, &me, &form.into()).await {
        Ok(()) => Ok(SeeOther(format!("{ACCOUNT}?done=mfa-off")).into_response()),
        Err(AppError::Problem(problem)) => refused(&me, &frame, FormState::new(), problem).await,
        Err(other) => Err(other),
    }
}
