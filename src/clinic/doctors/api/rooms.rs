//! `/rooms`

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, patch_with, post_with};
use aide::transform::TransformOperation;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{Audit, Authorized};
use crate::app::App;
use crate::clinic::departments::DepartmentId;
use crate::clinic::doctors::{self, Room, RoomChanges, RoomId, Update, View};
use crate::kernel::AppError;
use crate::web::openapi::{header, op, refuses};
use crate::web::{Created, IfMatch, Json, Path, Query, Reply};

const ETAG: &str = "The room's version, for `If-Match`.";

pub(super) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/rooms", get_with(list, op("rooms.list", "List the rooms")))
        .api_route("/rooms", post_with(create, creates))
        .api_route("/rooms/{room_id}", patch_with(change, changes))
}

fn creates(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    refuses(op("rooms.create", "Add a room"), &["rooms.name_taken", "doctors.no_department"])(operation)
        .with(header(201, "ETag", ETAG))
}

fn changes(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    const CODES: &[&str] = &["rooms.name_taken", "doctors.no_department", "doctors.version_conflict"];
    refuses(op("rooms.update", "Change a room, or take it out of use"), CODES)(operation)
        .description(
            "A field that is left out stays. A room is not removed: with `is_active` false nothing new uses it, and what \
             was done there keeps its name.",
        )
        .with(header(200, "ETag", ETAG))
}

/// A room in which patients are seen.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Room")]
struct RoomView {
    id: RoomId,
    name: String,
    department_id: Option<DepartmentId>,
    department: Option<String>,
    /// One that is not is chosen for nothing new.
    is_active: bool,
    /// For `If-Match`, or `version` in a PATCH.
    version: i32,
    created_at: Timestamp,
}

impl From<Room> for RoomView {
    fn from(room: Room) -> Self {
        Self {
            id: room.id,
            name: room.name,
            department_id: room.department_id,
            department: room.department,
            is_active: room.is_active,
            version: room.version,
            created_at: room.created_at,
        }
    }
}

#[derive(Deserialize, JsonSchema)]
struct ListRooms {
    /// `true`: only those in use.
    is_active: Option<bool>,
}

async fn list(tx: Authorized<View>, Query(query): Query<ListRooms>) -> Result<Json<Vec<RoomView>>, AppError> {
    let rooms = doctors::rooms(&tx, query.is_active == Some(true)).await?;
    let rooms =
        rooms.into_iter().filter(|room| query.is_active.is_none_or(|wanted| wanted == room.is_active));
    let views: Vec<RoomView> = rooms.map(RoomView::from).collect();
    tx.commit(Audit::listed("room", views.len()), Json(views)).await
}

/// A room to be added.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AddRoom {
    #[schemars(required, length(min = 1, max = 50))]
    name: Option<String>,
    department_id: Option<DepartmentId>,
}

fn shown<const STATUS: u16>(room: Room) -> Reply<RoomView, STATUS> {
    let version = room.version;
    Reply::<RoomView, STATUS>::new(room.into()).etag(version)
}

async fn create(tx: Authorized<Update>, Json(body): Json<AddRoom>) -> Result<Created<RoomView>, AppError> {
    let changes = RoomChanges {
        name: body.name.as_deref(),
        department_id: body.department_id.map(Some),
        is_active: None,
    };
    let room = doctors::create_room(&tx, &changes).await?;
    tx.commit(Audit::created(room.id), shown(room)).await
}

/// What is to become of a room. Other keys are ignored.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangeRoom {
    #[schemars(length(min = 1, max = 50))]
    name: Option<String>,
    department_id: Option<DepartmentId>,
    /// `false`: nothing new uses it.
    is_active: Option<bool>,
    /// The version that was read and changed, instead of `If-Match`.
    version: Option<i64>,
}

async fn change(
    tx: Authorized<Update>,
    Path(id): Path<RoomId>,
    IfMatch(tag): IfMatch,
    Json(body): Json<ChangeRoom>,
) -> Result<Reply<RoomView>, AppError> {
    let changes = RoomChanges {
        name: body.name.as_deref(),
        department_id: body.department_id.map(Some),
        is_active: body.is_active,
    };
    let expected: Vec<i64> = [tag, body.version].into_iter().flatten().collect();
    let (room, audit) = doctors::change_room(&tx, id, &changes, &expected).await?;
    tx.commit(audit, shown(room)).await
}
