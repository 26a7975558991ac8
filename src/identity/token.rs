//! Access tokens: short-lived JWTs, signed with HMAC-SHA256 and nothing else.
//!
//! Invariant: a token is accepted only if its header names one of *our* keys (`kid`), its
//! algorithm is HS256, its audience is this API and it has not expired by our [`Clock`]. A token
//! proves who signed in; it grants nothing by itself (session and rights are read per request).

use hkdf::Hkdf;
use jiff::{Timestamp, ToSpan};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::kernel::ids::{SessionId, TenantId, UserId, new_uuid};
use crate::kernel::{AppError, Clock};

/// The only audience we issue and accept.
pub const AUDIENCE: &str = "hms-api";

/// Longer tokens are refused unread; ours have about 500 bytes.
pub const MAX_TOKEN_BYTES: usize = 4096;

/// Whom a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    pub user: UserId,
    /// Absent for platform users (super-admin).
    pub tenant: Option<TenantId>,
    pub session: SessionId,
}

/// What a verified token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    pub subject: Subject,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    /// Unique per token.
    pub jti: Uuid,
}

/// A token fresh from [`TokenKeys::issue`].
#[derive(Debug, Clone)]
pub struct IssuedToken {
    pub text: SecretString,
    pub claims: Claims,
}

/// Why a token is refused. The texts are the contract's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("Token has expired. Please log in again.")]
    Expired,
    #[error("Invalid token")]
    Invalid,
}

/// The claims as they travel.
#[derive(Serialize, Deserialize)]
struct Wire {
    sub: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tid: Option<TenantId>,
    /// The reference backend's name for `tid`; written for its clients, never read.
    #[serde(default, skip_serializing_if = "Option::is_none", skip_deserializing)]
    tenant_id: Option<TenantId>,
    sid: SessionId,
    iat: i64,
    exp: i64,
    jti: Uuid,
    aud: String,
}

struct Key {
    id: String,
    signing: EncodingKey,
    verifying: DecodingKey,
}

/// The key ring: signs with the newest key, accepts the previous ones too.
pub struct TokenKeys {
    /// Never empty; the first one signs.
    keys: Vec<Key>,
    lifetime_minutes: u32,
}

impl std::fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ids: Vec<&str> = self.keys.iter().map(|key| key.id.as_str()).collect();
        f.debug_struct("TokenKeys").field("ids", &ids).finish_non_exhaustive()
    }
}

impl Key {
    /// The secret never signs directly: other uses of it derive other keys.
    fn derive(secret: &SecretString) -> Self {
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(Some(b"hms"), secret.expose_secret().as_bytes())
            .expand(b"access token v1", &mut key)
            .expect("32 bytes are within what HKDF-SHA256 can give");
        let id = Sha256::new().chain_update(b"hms key id\0").chain_update(key).finalize();
        Self {
            id: id.iter().take(8).map(|b| format!("{b:02x}")).collect(),
            signing: EncodingKey::from_secret(&key),
            verifying: DecodingKey::from_secret(&key),
        }
    }
}

impl TokenKeys {
    /// Sign with a key made from `secret`; accept keys made from `previous` as well.
    #[must_use]
    pub fn new(secret: &SecretString, previous: &[SecretString], lifetime_minutes: u32) -> Self {
        let keys = std::iter::once(secret).chain(previous).map(Key::derive).collect();
        Self { keys, lifetime_minutes }
    }

    /// Seconds that a new token lives.
    #[must_use]
    pub fn lifetime_seconds(&self) -> u32 {
        self.lifetime_minutes * 60
    }

    /// A new token for `subject`, valid from now.
    ///
    /// # Errors
    /// Only if the signing library fails, which no input can cause.
    pub fn issue(&self, subject: Subject, clock: &Clock) -> Result<IssuedToken, AppError> {
        let key = self.keys.first().ok_or_else(|| AppError::internal("the key ring is empty"))?;
        let issued_at = whole_seconds(clock.now().as_second())?;
        let expires_at = issued_at
            .checked_add(i64::from(self.lifetime_minutes).minutes())
            .map_err(|_| AppError::internal("the clock is beyond the calendar"))?;
        let claims = Claims { subject, issued_at, expires_at, jti: new_uuid() };
        let wire = Wire {
            sub: subject.user,
            tid: subject.tenant,
            tenant_id: subject.tenant,
            sid: subject.session,
            iat: issued_at.as_second(),
            exp: expires_at.as_second(),
            jti: claims.jti,
            aud: AUDIENCE.to_owned(),
        };
        let header = Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::HS256) };
        let text =
            encode(&header, &wire, &key.signing).map_err(|_| AppError::internal("token signing failed"))?;
        Ok(IssuedToken { text: text.into(), claims })
    }

    /// The claims of a token of ours that is valid at `now`.
    ///
    /// # Errors
    /// [`TokenError::Expired`] for a genuine token that is too old, else [`TokenError::Invalid`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Invalid);
        }
        let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
        if header.alg != Algorithm::HS256 || header.crit.is_some() {
            return Err(TokenError::Invalid);
        }
        // `kid` is only ever compared with the ring: it names no file, URL or row.
        let kid = header.kid.ok_or(TokenError::Invalid)?;
        let key = self.keys.iter().find(|key| key.id == kid).ok_or(TokenError::Invalid)?;
        let wire = decode::<Wire>(token, &key.verifying, &rules()).map_err(|_| TokenError::Invalid)?.claims;
        let time = |seconds| Timestamp::from_second(seconds).map_err(|_| TokenError::Invalid);
        let claims = Claims {
            subject: Subject { user: wire.sub, tenant: wire.tid, session: wire.sid },
            issued_at: time(wire.iat)?,
            expires_at: time(wire.exp)?,
            jti: wire.jti,
        };
        if claims.expires_at <= now { Err(TokenError::Expired) } else { Ok(claims) }
    }
}

/// Algorithm and audience pinned. The library would read the system's time, so we compare `exp`.
fn rules() -> Validation {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_audience(&[AUDIENCE]);
    rules.set_required_spec_claims(&["aud", "exp", "sub"]);
    rules.validate_exp = false;
    rules.leeway = 0;
    rules
}

fn whole_seconds(seconds: i64) -> Result<Timestamp, AppError> {
    Timestamp::from_second(seconds).map_err(AppError::internal)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as B64};
    use serde_json::{Value, json};

    use super::*;

    fn keys(secret: &str) -> TokenKeys {
        TokenKeys::new(&secret.into(), &[], 60)
    }

    fn subject() -> Subject {
        Subject { user: UserId::new(), tenant: Some(TenantId::new()), session: SessionId::new() }
    }

    fn part(token: &str, n: usize) -> Value {
        serde_json::from_slice(&B64.decode(token.split('.').nth(n).unwrap()).unwrap()).unwrap()
    }

    /// A token with this header and these claims, properly signed by the ring's first key.
    fn forge(keys: &TokenKeys, header: &Value, claims: &Value) -> String {
        let body = format!("{}.{}", B64.encode(header.to_string()), B64.encode(claims.to_string()));
        let mac =
            jsonwebtoken::crypto::sign(body.as_bytes(), &keys.keys[0].signing, Algorithm::HS256).unwrap();
        format!("{body}.{mac}")
    }

    #[test]
    fn a_token_tells_who_signed_in_and_carries_the_contracts_claims() {
        let (keys, clock, subject) = (keys("one"), Clock::default(), subject());
        let issued = keys.issue(subject, &clock).unwrap();
        let text = issued.text.expose_secret();
        assert_eq!(keys.verify(text, clock.now()), Ok(issued.claims));
        let (header, claims) = (part(text, 0), part(text, 1));
        assert_eq!((header["alg"].as_str(), claims["aud"].as_str()), (Some("HS256"), Some("hms-api")));
        assert_eq!(claims["tenant_id"], claims["tid"]);
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);

        let platform = keys.issue(Subject { tenant: None, ..subject }, &clock).unwrap();
        assert!(part(platform.text.expose_secret(), 1).get("tid").is_none());
    }

    #[test]
    fn it_expires_by_our_clock_to_the_second() {
        let (keys, clock) = (keys("one"), Clock::default());
        let issued = keys.issue(subject(), &clock).unwrap();
        let text = issued.text.expose_secret();
        assert!(keys.verify(text, issued.claims.expires_at - 1.second()).is_ok());
        assert_eq!(keys.verify(text, issued.claims.expires_at), Err(TokenError::Expired));
        clock.shift(3601);
        assert_eq!(keys.verify(text, clock.now()), Err(TokenError::Expired));
    }

    #[test]
    fn rotation_accepts_old_keys_until_they_leave_the_ring() {
        let clock = Clock::default();
        let old = keys("old").issue(subject(), &clock).unwrap();
        let rotated = TokenKeys::new(&"new".into(), &["old".into()], 60);
        assert!(rotated.verify(old.text.expose_secret(), clock.now()).is_ok());
        let fresh = rotated.issue(subject(), &clock).unwrap();
        assert!(keys("new").verify(fresh.text.expose_secret(), clock.now()).is_ok());
        assert_eq!(keys("new").verify(old.text.expose_secret(), clock.now()), Err(TokenError::Invalid));
    }

    #[test]
    fn every_forgery_is_refused() {
        let (keys, clock) = (keys("one"), Clock::default());
        let issued = keys.issue(subject(), &clock).unwrap();
        let text = issued.text.expose_secret();
        let (header, claims) = (part(text, 0), part(text, 1));
        assert!(keys.verify(&forge(&keys, &header, &claims), clock.now()).is_ok(), "the forger itself works");

        let head = |name: &str, value: Value| {
            let mut changed = header.clone();
            changed[name] = value;
            forge(&keys, &changed, &claims)
        };
        let claim = |name: &str, value: Value| {
            let mut changed = claims.clone();
            changed[name] = value;
            forge(&keys, &header, &changed)
        };
        let unsigned = |alg: &str| {
            let header = json!({"alg": alg, "typ": "JWT", "kid": header["kid"]});
            format!("{}.{}.", B64.encode(header.to_string()), text.split('.').nth(1).unwrap())
        };
        let (body, mac) = text.rsplit_once('.').unwrap();
        let other_body = claim("sub", json!(UserId::new()));
        let forgeries = [
            ("none", unsigned("none")),
            ("None", unsigned("None")),
            ("HS256 without signature", unsigned("HS256")),
            ("other HMAC", head("alg", json!("HS512"))),
            ("asymmetric", head("alg", json!("RS256"))),
            ("no kid", forge(&keys, &json!({"alg": "HS256", "typ": "JWT"}), &claims)),
            ("unknown kid", head("kid", json!("0011223344556677"))),
            ("empty kid", head("kid", json!(""))),
            ("kid path", head("kid", json!("../../../../dev/null"))),
            ("kid query", head("kid", json!("x' or '1'='1"))),
            ("kid number", head("kid", json!(1))),
            ("critical extension", head("crit", json!(["exp"]))),
            ("other audience", claim("aud", json!("other-api"))),
            ("no audience", claim("aud", Value::Null)),
            ("no expiry", claim("exp", Value::Null)),
            ("text expiry", claim("exp", json!("never"))),
            ("endless expiry", claim("exp", json!(i64::MAX))),
            ("foreign subject id", claim("sub", json!("1 or 1=1"))),
            ("swapped body", format!("{}.{mac}", other_body.rsplit_once('.').unwrap().0)),
            ("cut signature", format!("{body}.{}", &mac[..mac.len() - 2])),
            ("empty", String::new()),
            ("dots", "..".to_owned()),
            ("not base64", "a b.c d.e f".to_owned()),
            ("other scripts", "आ.शा.🙂".to_owned()),
            ("too long", format!("{text}{}", "A".repeat(MAX_TOKEN_BYTES))),
        ];
        for (name, forgery) in forgeries {
            assert_eq!(keys.verify(&forgery, clock.now()), Err(TokenError::Invalid), "{name}");
        }
        // Signed by someone else who knows our key id.
        let foreign = forge(&self::keys("two"), &header, &claims);
        assert_eq!(keys.verify(&foreign, clock.now()), Err(TokenError::Invalid));
        // An expired forgery is a forgery.
        clock.shift(7200);
        assert_eq!(keys.verify(&foreign, clock.now()), Err(TokenError::Invalid));
    }
}
