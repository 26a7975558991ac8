//! `/patients/{id}/newborns`.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::audit_of;
use super::model::{Delivery, GivenChild};
use crate::access::Authorized;
use crate::app::App;
use crate::clinic::patients::{self, Gender, PatientId, PatientView, RegisterInNeed};
use crate::kernel::{AppError, FieldErrors};
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, Json, Path, Reply};

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new().api_route("/patients/{patient_id}/newborns", post_with(register, describe))
}

fn describe(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const REFUSALS: &[&str] = &["newborns.order_taken", "newborns.not_a_mother", "patients.merged"];
    refuses(op("newborns.register", "Register the newborns of this mother"), REFUSALS)(operation)
        .with(header(201, "Location", "The child, if it is one."))
        .description(
            "One child by `sex` and `born_at`, or all of one birth by `children`: all are registered, or none. Until it \
             has a name a child is called after its mother (`Girl A`, `Anna Kovac`); a change of the name keeps that \
             one in `former_names`. Phone and address are not copied, the mother becomes the emergency contact, and \
             her confidentiality is the child's. Nobody is refused for the hospital's limit.",
        )
}

/// One child.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Newborn {
    #[schemars(required, with = "Gender")]
    sex: Option<String>,
    /// The moment of birth, with offset: not in the future, at most a year ago.
    #[schemars(required, with = "Timestamp")]
    born_at: Option<String>,
    /// 1 for the first of this birth. Left out: as listed, if all are listed.
    #[schemars(range(min = 1, max = 12))]
    birth_order: Option<i64>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RegisterNewborns {
    /// Of an only child, or of one of several.
    #[schemars(with = "Option<Gender>")]
    sex: Option<String>,
    /// The moment of birth, with offset: not in the future, at most a year ago.
    #[schemars(with = "Option<Timestamp>")]
    born_at: Option<String>,
    /// 1 for the first of this birth; needed for one of several.
    #[schemars(range(min = 1, max = 12))]
    birth_order: Option<i64>,
    /// How many children this birth had.
    #[schemars(range(min = 1, max = 12))]
    multiple: Option<i64>,
    /// Several children of one birth, instead of `sex`, `born_at` and `birth_order`.
    #[schemars(with = "Option<Vec<Newborn>>", length(max = 12))]
    children: Value,
}

impl RegisterNewborns {
    fn given(self) -> Result<Vec<GivenChild>, AppError> {
        let mut errors = FieldErrors::default();
        if self.children.is_null() {
            let only = Newborn { sex: self.sex, born_at: self.born_at, birth_order: self.birth_order };
            return Ok(vec![only.given(str::to_owned)]);
        }
        if self.sex.is_some() || self.born_at.is_some() || self.birth_order.is_some() {
            errors.add("children", "Give one child, or the list of all, not both.");
        }
        let children: Vec<Newborn> = serde_json::from_value(self.children).unwrap_or_else(|_| {
            errors.add("children", "List the children, each with its \"sex\" and \"born_at\".");
            Vec::new()
        });
        errors.finish()?;
        let named = |(at, child): (usize, Newborn)| child.given(|name| format!("children[{at}].{name}"));
        Ok(children.into_iter().enumerate().map(named).collect())
    }
}

impl Newborn {
    fn given(self, name: impl Fn(&str) -> String) -> GivenChild {
        const FORM: &str = "Write the time with its offset, like 2026-03-14T09:30:00+05:30.";
        let born_at = match self.born_at.as_deref().map(str::trim) {
            None | Some("") => Err("This is needed."),
            Some(typed) => typed.parse().map_err(|_| FORM),
        };
        let names = ["sex", "born_at", "birth_order"].map(name);
        GivenChild { sex: self.sex, born_at, birth_order: self.birth_order, names }
    }
}

/// The children that were registered, in their order.
#[derive(Serialize, JsonSchema)]
struct Newborns {
    mother_id: PatientId,
    newborns: Vec<PatientView>,
}

async fn register(
    tx: Authorized<RegisterInNeed>,
    Path(id): Path<PatientId>,
    Json(body): Json<RegisterNewborns>,
) -> Result<Created<Newborns>, AppError> {
    let mother = super::hold_mother(&tx, id).await?;
    let multiple = body.multiple;
    let delivery = Delivery::parse(body.given()?, multiple, &mother, &patients::hospital_now(&tx))?;
    let children = super::register(&tx, &mother, &delivery, None).await?.unwrap_or_default();
    let audit = audit_of(&mother, &children);
    let only = match children.as_slice() {
        [only] => Some(format!("/api/v1/patients/{}", only.id)),
        _ => None,
    };
    let newborns = children.into_iter().map(PatientView::from).collect();
    let reply = Reply::new(Newborns { mother_id: mother.id, newborns });
    let reply = match only {
        Some(location) => reply.location(&location),
        None => reply,
    };
    tx.commit(audit, reply).await
}
