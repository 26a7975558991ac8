//! What was done, by whom, to which record. Written in the transaction of the act.

use serde_json::{Map, Value};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::kernel::ids::{Entity, UserId};

/// One audit row. A required argument of `commit`.
#[derive(Debug, Clone)]
pub struct Audit {
    pub(super) kind: &'static str,
    pub(super) entity: Option<&'static str>,
    pub(super) entity_id: Option<Uuid>,
    pub(super) detail: Option<Value>,
    /// Who did it, where nobody was signed in yet.
    pub(super) by: Option<Uuid>,
    /// May the row be lost if the server crashes within a second? Views only.
    pub(super) lossy: bool,
    /// An earlier row tells of this already: it gets none.
    pub(super) is_told: bool,
    /// Further rows of the same act, each about a record of its own.
    pub(super) also: Vec<Self>,
}

impl Audit {
    fn on<E: Entity>(kind: &'static str, id: E) -> Self {
        let (entity, entity_id) = (Some(E::KIND), Some(id.uuid()));
        Self {
            kind,
            entity,
            entity_id,
            detail: None,
            by: None,
            lossy: false,
            is_told: false,
            also: Vec::new(),
        }
    }

    #[must_use]
    pub fn created<E: Entity>(id: E) -> Self {
        Self::on("created", id)
    }

    #[must_use]
    pub fn updated<E: Entity>(id: E) -> Self {
        Self::on("updated", id)
    }

    /// A named act on a record, for example `suspended`.
    #[must_use]
    pub fn did<E: Entity>(verb: &'static str, id: E) -> Self {
        Self::on(verb, id)
    }

    /// Somebody opened this record.
    #[must_use]
    pub fn viewed<E: Entity>(id: E) -> Self {
        Self { lossy: true, ..Self::on("viewed", id) }
    }

    /// Somebody saw a list with `count` records of this kind.
    #[must_use]
    pub fn listed(entity: &'static str, count: usize) -> Self {
        let detail = Some(serde_json::json!({ "count": count }));
        Self {
            kind: "listed",
            entity: Some(entity),
            entity_id: None,
            detail,
            by: None,
            lossy: true,
            is_told: false,
            also: Vec::new(),
        }
    }

    /// Somebody took `count` records of this kind away in a file. Durable: the file is out of our hands.
    #[must_use]
    pub fn exported(entity: &'static str, format: &'static str, count: usize) -> Self {
        let detail = Some(serde_json::json!({ "count": count, "format": format }));
        Self {
            kind: "exported",
            entity: Some(entity),
            entity_id: None,
            detail,
            by: None,
            lossy: false,
            is_told: false,
            also: Vec::new(),
        }
    }

    /// Who did it, for an act that begins without a session: signing in.
    #[must_use]
    pub fn by(mut self, person: UserId) -> Self {
        self.by = Some(person.0);
        self
    }

    /// Names of the fields that changed (never their values), or other ids and counts.
    #[must_use]
    pub fn with(mut self, detail: Value) -> Self {
        self.detail = Some(detail);
        self
    }

    /// One act more of a stretch of work that a row tells of already, such as the saves of a text while somebody types: it
    /// gets no row of its own, unless something sensitive was read. What it keeps says itself when. A test lists who may.
    #[must_use]
    pub fn told_before(self) -> Self {
        Self { is_told: true, ..self }
    }

    /// The act also concerns another record, which gets a row of its own: who asks what was done with that one finds it.
    #[must_use]
    pub fn and(mut self, mut other: Self) -> Self {
        self.lossy &= other.lossy;
        self.also.append(&mut other.also);
        self.also.push(other);
        self
    }

    /// Never lost in a crash, and it says this too.
    pub(super) fn durably(mut self, more: Map<String, Value>) -> Self {
        self.lossy = false;
        self.is_told = false;
        self.also = self.also.into_iter().map(|row| row.durably(more.clone())).collect();
        match &mut self.detail {
            Some(Value::Object(detail)) => detail.extend(more),
            detail => *detail = Some(Value::Object(more)),
        }
        self
    }
}

/// The parameters of the insert, in its order.
pub(super) struct RowValues {
    pub id: Uuid,
    pub at: jiff::Timestamp,
    pub action: String,
    pub actor: Option<Uuid>,
    pub ip: Option<std::net::IpAddr>,
    pub request_id: Option<String>,
    pub audit: Audit,
}

impl RowValues {
    pub(super) fn params(&self) -> [&(dyn ToSql + Sync); 10] {
        [
            &self.id,
            &self.at,
            &self.actor,
            &self.action,
            &self.audit.kind,
            &self.audit.entity,
            &self.audit.entity_id,
            &self.audit.detail,
            &self.ip,
            &self.request_id,
        ]
    }
}

pub(super) mod tenant {
    crate::statements! { Tenant;
        hot INSERT(UUID, TIMESTAMPTZ, UUID, TEXT, TEXT, TEXT, UUID, JSONB, INET, TEXT) =
            "insert into audit_events (id, at, actor_id, action, kind, entity, entity_id, detail, ip, request_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    }
}

pub(super) mod platform {
    crate::statements! { Platform;
        hot INSERT(UUID, TIMESTAMPTZ, UUID, TEXT, TEXT, TEXT, UUID, JSONB, INET, TEXT) =
            "insert into public.audit_events (id, at, actor_id, action, kind, entity, entity_id, detail, ip, request_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    }
}
