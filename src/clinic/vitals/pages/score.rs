//! What a set would be scored as, while it is typed. Nothing is written: who opened the form is on record.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::{IntoResponse as _, Response};

use super::form::SetForm;
use super::parts::of_risk;
use crate::access::Authorized;
use crate::clinic::patients::PatientId;
use crate::clinic::vitals::model::{Flag, Measure, Standing};
use crate::clinic::vitals::score::SEVEN;
use crate::clinic::vitals::{self, Record};
use crate::kernel::AppError;
use crate::web::layout::*;
use crate::web::{Form, Page, Path};

/// The score with its parts: `POST /patients/{id}/vitals/preview`, and inside the form.
#[derive(Template)]
#[template(path = "clinic/vitals/pages/_score.html")]
pub(super) struct ScorePart {
    kind: Kind,
    icon: Icon,
    /// "NEWS2 6", "Incomplete", "No NEWS2"
    title: String,
    /// What follows, or why there is none.
    says: String,
    /// Word and points of each part.
    parts: Vec<(&'static str, u8)>,
    /// What is missing for a total.
    missing: Vec<&'static str>,
    /// Word of a measure, and how it stands to what is usual.
    flags: Vec<(&'static str, &'static str)>,
    bmi: Option<String>,
    /// 1 or 2.
    scale: u8,
    table: String,
    /// Values that will be asked about.
    doubts: Vec<String>,
}

impl HtmlSafe for ScorePart {}

impl ScorePart {
    pub(super) fn of(preview: vitals::Preview) -> Self {
        let score = preview.score;
        let (kind, icon) =
            preview.answer.as_ref().map_or((Kind::Neutral, Icon("help-circle")), |(risk, ..)| of_risk(*risk));
        let mut says = preview.answer.map_or_else(String::new, |(_, says, _)| says);
        let title = match score.standing {
            Standing::Scored(total) => format!("NEWS2 {total}"),
            Standing::Incomplete => "NEWS2 incomplete".to_owned(),
            Standing::NotApplicable(why) => {
                says = [why.word().to_owned() + ".", says].join(" ").trim().to_owned();
                "No NEWS2".to_owned()
            }
        };
        if preview.is_pregnant_still {
            says =
                format!("{says} Pregnant, as answered before at this visit: answer again if that is not so.");
            says = says.trim().to_owned();
        }
        let is_scale = !matches!(score.standing, Standing::NotApplicable(_));
        let missing = SEVEN.into_iter().filter(|measure| is_scale && !score.parts.contains_key(measure));
        let unusual =
            score.flags.iter().map(|(measure, flag): (&Measure, &Flag)| (measure.word(), flag.word()));
        Self {
            kind,
            icon,
            title,
            says,
            missing: missing.map(Measure::word).collect(),
            flags: unusual.collect(),
            parts: score.parts.iter().map(|(measure, points)| (measure.word(), *points)).collect(),
            bmi: preview.bmi.map(|bmi| Measure::Bmi.shown(bmi)),
            scale: score.scale,
            table: score.table,
            doubts: preview.doubts.into_iter().map(|doubt| doubt.says).collect(),
        }
    }
}

/// `POST /patients/{patient_id}/vitals/preview`
pub(super) async fn preview(
    tx: Authorized<Record>,
    Path(id): Path<PatientId>,
    Form(form): Form<SetForm>,
) -> Result<Response, AppError> {
    let preview = vitals::preview(&tx, id, &form.told()).await?;
    Ok(Page(ScorePart::of(preview)).into_response())
}
