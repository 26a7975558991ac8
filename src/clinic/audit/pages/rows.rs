//! A line of the audit as pages show it.

use jiff::Zoned;
use uuid::Uuid;

use crate::clinic::audit::model::Event;
use crate::web::deeds;
use crate::web::layout::When;

/// One line.
pub(super) struct Row {
    /// "Looked at"
    pub what: String,
    /// "Allergy", "25 patients"
    pub thing: String,
    /// Where that is, if there is a page.
    pub href: Option<String>,
    /// Code and page of the patient whose record it was about.
    pub patient: Option<(String, String)>,
    pub who: String,
    pub at: When,
    /// An address of the network; blank for a task and for the platform.
    pub from: String,
    /// Said where there is no address.
    pub nowhere: &'static str,
    /// Everything else that is known.
    pub lines: Vec<(String, String)>,
    /// Other lists: words and address.
    pub ways: Vec<(&'static str, String)>,
}

impl Row {
    pub(super) fn new(event: Event, now: &Zoned, may_open: bool) -> Self {
        let at = event.at.to_zoned(now.time_zone().clone());
        let way = |name: &str, id: String| format!("/audit?{name}={id}");
        let mut ways = Vec::new();
        ways.extend(event.actor.map(|actor| ("All of this person", way("actor_id", actor.to_string()))));
        ways.extend(
            event.patient.map(|patient| ("Who looked at this record", format!("/patients/{patient}/audit"))),
        );
        let request = event.request_id.as_deref();
        ways.extend(request.map(|id| {
            let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
            ("All of this request", way("request_id", id))
        }));
        let mut lines = event.detail.as_ref().map(deeds::lines).unwrap_or_default();
        lines.push(("Time".to_owned(), at.strftime("%Y-%m-%d %H:%M:%S%.3f %:z").to_string()));
        lines.push(("By way of".to_owned(), event.action.clone()));
        lines.extend(event.entity_id.map(|id| ("Id".to_owned(), id.to_string())));
        lines.extend(event.request_id.clone().map(|id| ("Request".to_owned(), id)));
        let record = event.patient.map(|patient| {
            if may_open { format!("/patients/{patient}") } else { format!("/patients/{patient}/audit") }
        });
        Self {
            what: deeds::verb(&event.kind),
            thing: deeds::thing(event.entity.as_deref(), event.detail.as_ref()),
            href: page_of(event.entity.as_deref(), event.entity_id),
            patient: event.patient_code.zip(record),
            who: match (event.actor, event.actor_name) {
                (_, Some(name)) => name,
                (Some(_), None) => "Somebody who left".to_owned(),
                (None, None) => "HMS itself".to_owned(),
            },
            at: When::moment(&at, now.date()),
            from: event.ip.map_or_else(String::new, |ip| ip.to_string()),
            nowhere: if event.by_platform { "The platform" } else { "This machine" },
            lines,
            ways,
        }
    }
}

/// The page of a thing, or of things of its kind, where there is one. A patient's is told by its code.
fn page_of(entity: Option<&str>, id: Option<Uuid>) -> Option<String> {
    let kind = entity?;
    let list = match kind {
        "user" => "/staff",
        "role" => "/roles",
        "department" => "/departments",
        _ => return list_of(kind).map(str::to_owned),
    };
    Some(id.map_or_else(|| list.to_owned(), |id| format!("{list}/{id}")))
}

fn list_of(kind: &str) -> Option<&'static str> {
    match kind {
        "hospital" => Some("/settings/hospital"),
        "merge" => Some("/patients/merges"),
        "break_glass" => Some("/patients/opened"),
        "checklist_line" => Some("/getting-started"),
        "audit_event" => Some("/audit"),
        "failed_sign_in" => Some("/audit/sign-ins"),
        "denied_attempt" => Some("/audit/denied"),
        _ => None,
    }
}
