//! The cookie of a signed-in browser: `<session id>.<secret>`.
//!
//! Invariant: scripts cannot read it, other sites' requests beyond plain links do not carry it
//! (`SameSite=Lax`; [`super::csrf`] is the second wall), and over https its `__Host-` name keeps
//! sub-domains and plain http from setting it.

use axum::http::{HeaderMap, HeaderValue, header};
use url::Url;

use super::secret::Opaque;
use crate::kernel::ids::SessionId;

/// Builds and reads the session cookie. Decided once from PUBLIC_URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionCookie {
    secure: bool,
}

/// How long a browser keeps the cookie of a sign-in that owes its code; the row behind it ends as soon.
const CODE_SECONDS: u32 = 300;

impl SessionCookie {
    /// `__Host-hms` with `Secure` if people come by https, else `hms_session`.
    #[must_use]
    pub fn new(public_url: &Url) -> Self {
        Self { secure: public_url.scheme() == "https" }
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        if self.secure { "__Host-hms" } else { "hms_session" }
    }

    /// Value of a `Set-Cookie` header that signs this browser in for `max_age_seconds`.
    #[must_use]
    pub fn set(self, session: SessionId, secret: &Opaque, max_age_seconds: u32) -> HeaderValue {
        self.build(&format!("{session}.{}", secret.reveal()), max_age_seconds)
    }

    /// Value of a `Set-Cookie` header that removes the cookie.
    #[must_use]
    pub fn clear(self) -> HeaderValue {
        self.build("", 0)
    }

    /// Value of a `Set-Cookie` header for a browser whose person gave the right password and owes the code of the second
    /// step: no other site's request and no link from elsewhere carries it.
    #[must_use]
    pub fn owe_code(self, owed: &str) -> HeaderValue {
        self.build_owed(owed, CODE_SECONDS)
    }

    /// Value of a `Set-Cookie` header that removes that cookie.
    #[must_use]
    pub fn clear_owed(self) -> HeaderValue {
        self.build_owed("", 0)
    }

    /// The sign-in that this browser has half done; it is still to be looked up.
    #[must_use]
    pub fn read_owed(self, headers: &HeaderMap) -> Option<Opaque> {
        values(headers, self.owed_name()).find_map(Opaque::parse)
    }

    fn owed_name(self) -> &'static str {
        if self.secure { "__Host-hms-code" } else { "hms_code" }
    }

    fn build_owed(self, value: &str, max_age_seconds: u32) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!(
            "{}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_seconds}{secure}",
            self.owed_name()
        );
        let mut header = HeaderValue::try_from(text).expect("base64url is header text");
        header.set_sensitive(true);
        header
    }

    fn build(self, value: &str, max_age_seconds: u32) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!(
            "{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_seconds}{secure}",
            self.name()
        );
        let mut header = HeaderValue::try_from(text).expect("a uuid and base64url are header text");
        header.set_sensitive(true);
        header
    }

    /// True if the request has a cookie of this name, whatever it holds.
    #[must_use]
    pub fn is_sent(self, headers: &HeaderMap) -> bool {
        self.values(headers).next().is_some()
    }

    /// Session and secret that the browser claims; the secret is still to be checked.
    #[must_use]
    pub fn read(self, headers: &HeaderMap) -> Option<(SessionId, Opaque)> {
        self.values(headers).find_map(|value| {
            let (session, secret) = value.split_once('.')?;
            Some((session.parse().ok()?, Opaque::parse(secret)?))
        })
    }

    fn values(self, headers: &HeaderMap) -> impl Iterator<Item = &str> {
        values(headers, self.name())
    }
}

fn values<'h>(headers: &'h HeaderMap, wanted: &'static str) -> impl Iterator<Item = &'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(name, _)| *name == wanted)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie(url: &str) -> SessionCookie {
        SessionCookie::new(&Url::parse(url).unwrap())
    }

    fn sent(line: &str) -> HeaderMap {
        [(header::COOKIE, HeaderValue::from_str(line).unwrap())].into_iter().collect()
    }

    #[test]
    fn a_browser_brings_back_what_was_set() {
        for (url, name, secure) in
            [("https://hms.example.org", "__Host-hms", true), ("http://localhost:8000", "hms_session", false)]
        {
            let (session, secret) = (SessionId::new(), Opaque::new());
            let set = cookie(url).set(session, &secret, 3600);
            let text = set.to_str().unwrap();
            assert_eq!(
                text.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure"),
                secure,
                "{text}"
            );
            assert!(
                text.starts_with(name)
                    && text.contains("; Path=/; HttpOnly; SameSite=Lax")
                    && set.is_sensitive()
            );
            let pair = text.split(';').next().unwrap();
            let (id, back) = cookie(url).read(&sent(&format!("theme=dark; {pair}; a=b"))).unwrap();
            assert!(id == session && back.matches(&secret.hash()));
        }
        let clear = cookie("https://a.org").clear();
        assert_eq!(clear.to_str().unwrap(), "__Host-hms=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure");
    }

    #[test]
    fn other_cookies_and_junk_are_no_session() {
        let c = cookie("https://a.org");
        let good = format!("{}.{}", SessionId::new(), Opaque::new().reveal());
        for line in [
            "".to_owned(),
            format!("hms_session={good}"),
            format!("x__Host-hms={good}"),
            "__Host-hms=".to_owned(),
            "__Host-hms=1.2".to_owned(),
            format!("__Host-hms={good}x"),
        ] {
            assert!(c.read(&sent(&line)).is_none(), "{line}");
        }
        assert!(c.is_sent(&sent("__Host-hms=junk")));
        // A junk cookie beside the good one does not sign anyone out.
        assert!(c.read(&sent(&format!("__Host-hms=junk; __Host-hms={good}"))).is_some());
        assert!(c.read(&HeaderMap::new()).is_none());
    }
}
