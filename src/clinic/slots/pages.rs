//! Pages of doctors: the list with the next free time of each, one doctor, and the search for a free time.

mod doctor;
mod list;
mod search;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use jiff::civil::Date;

use super::Slot;
use super::api::with_offset;
use crate::access::TenantTx;
use crate::app::App;
use crate::clinic::doctors::Doctor;
use crate::web::openapi::op;
use crate::web::words;

const LIST: &str = "/doctors";

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(LIST, get_with(list::show, op("pages.doctors.list", "Doctors")))
        .api_route("/doctors/search", post_with(list::search, op("pages.doctors.search", "Search doctors")))
        .api_route("/doctors/slots", get_with(search::show, op("pages.doctors.slots", "Find a free time")))
        .api_route("/doctors/{user_id}", get_with(doctor::show, op("pages.doctors.show", "A doctor")))
}

/// "Heart failure, Cardiology, Room 3"; what is the same is said once.
fn about(doctor: &Doctor, room: Option<&str>) -> String {
    let department = Some(doctor.department.as_str()).filter(|department| {
        doctor.specialization.as_deref().is_none_or(|word| !word.eq_ignore_ascii_case(department))
    });
    let parts = [doctor.specialization.as_deref(), department, room];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A free time that leads to the form which books it: ids and times only.
struct FreeTime {
    href: String,
    /// `09:15`
    clock: String,
    /// "Today, 09:15"
    moment: String,
    /// With offset.
    iso: String,
    /// "2 more places"
    more: String,
}

impl FreeTime {
    fn new(tx: &TenantTx, slot: &Slot, today: Date) -> Self {
        let at = slot.starts_at.to_zoned(tx.hospital().zone.clone());
        let iso = with_offset(slot, &tx.hospital().zone);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("doctor", &slot.doctor.to_string())
            .append_pair("at", &iso)
            .finish();
        Self {
            href: format!("/appointments/new?{query}"),
            clock: words::clock(&at),
            moment: words::moment(&at, today),
            iso,
            more: match (slot.booked, i64::try_from(slot.overbookings_left).unwrap_or_default()) {
                (0, _) => String::new(),
                (_, left) => words::counted(left, "overbooking left", "overbookings left"),
            },
        }
    }
}
