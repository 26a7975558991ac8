//! What the question before an account is stopped says about the work that would be left behind.

use crate::clinic::staff::StillOpen;
use crate::identity::actor::Actor;
use crate::kernel::ids::UserId;
use crate::web::layout::Icon;
use crate::web::words;

/// Pages on which the person who asks can look at it, or settle it first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ways {
    look: bool,
    settle: bool,
}

impl Ways {
    pub(super) fn of(actor: &Actor) -> Self {
        Self { look: actor.holds("appointments:view"), settle: actor.holds("appointments:update_status") }
    }

    /// Address and words.
    pub(super) fn links(self, id: UserId, open: StillOpen) -> Vec<(String, &'static str)> {
        let list = |status: &str| format!("/appointments?doctor={id}&when=all&status={status}");
        [
            (self.look && open.bookings > 0, list("SCHEDULED"), "See the bookings"),
            (self.settle && open.bookings > 0, format!("/doctors/{id}/leave"), "Record an absence first"),
            (self.look && open.waiting > 0, list("CHECKED_IN"), "See who waits"),
            (self.look && open.consultations > 0, list("IN_CONSULTATION"), "See the open consultations"),
        ]
        .into_iter()
        .filter_map(|(is_there, href, label)| is_there.then_some((href, label)))
        .collect()
    }
}

/// Each with its number.
pub(super) fn lines(open: StillOpen) -> Vec<(Icon, String)> {
    let booked = words::counted(open.bookings, "booking", "bookings");
    let waiting = words::counted(open.waiting, "patient waits", "patients wait");
    let begun = words::counted(open.consultations, "consultation is", "consultations are");
    let drafts = words::counted(open.drafts, "note is", "notes are");
    [
        (
            open.bookings,
            Icon("calendar-event"),
            format!("{booked} to come. None moves by itself: an absence moves, cancels and tells."),
        ),
        (open.waiting, Icon("users"), format!("{waiting} for this doctor at the moment.")),
        (open.consultations, Icon("stethoscope"), format!("{begun} not finished.")),
        (
            open.drafts,
            Icon("file-text"),
            format!("{drafts} not signed. Only their author sees and signs them, so ask first."),
        ),
    ]
    .into_iter()
    .filter_map(|(number, icon, line)| (number > 0).then_some((icon, line)))
    .collect()
}
