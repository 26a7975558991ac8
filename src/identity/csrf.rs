//! Cross-site request forgery: a browser's unsafe request must come from our own pages.
//!
//! A check of our own rather than tower-http's `csrf` layer, because that one (0.7.1) sees only
//! method and URI when deciding whom to exempt, so it cannot leave bearer requests of the CORS
//! clients alone; and it lets a request pass that has neither `Origin` nor `Sec-Fetch-Site`, which
//! with our cookie no browser sends. The rules are otherwise the same (Go 1.25, no token needed).
//!
//! Invariant: an unsafe request that is authenticated by the cookie, or posts to a page (a forged
//! sign-in would put the victim into the attacker's account), proves that it is same-origin. Proof
//! is `Sec-Fetch-Site: same-origin` or `none`, or an `Origin` that is PUBLIC_URL's (a reverse proxy
//! may rewrite `Host`) or the request's own host. Browsers send `Sec-Fetch-Site` only over https
//! and to localhost; on a plain-http hospital network `Origin` decides. Pages must therefore not
//! be served with `Referrer-Policy: no-referrer`, which turns `Origin` into `null`.

use axum::http::{HeaderMap, Method, Uri, header};
use url::Url;

use super::cookie::SessionCookie;
use crate::kernel::Problem;

/// The check; one per process.
#[derive(Debug, Clone)]
pub struct CsrfGuard {
    cookie: SessionCookie,
    /// As a browser sends it: `https://hms.example.org`.
    public_origin: String,
}

impl CsrfGuard {
    #[must_use]
    pub fn new(public_url: &Url) -> Self {
        Self {
            cookie: SessionCookie::new(public_url),
            public_origin: public_url.origin().ascii_serialization(),
        }
    }

    /// Pass or refuse a request, by its head alone.
    ///
    /// # Errors
    /// 403 `csrf.cross_origin`.
    pub fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let has_cookie = self.cookie.is_sent(headers);
        let is_page = !uri.path().starts_with("/api/");
        if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
            || has_bearer(headers)
            || !(has_cookie || is_page)
        {
            return Ok(());
        }
        let pass = match self.origin(uri, headers) {
            Origin::Ours => true,
            Origin::Foreign => false,
            // No browser. Without a cookie there is nothing to forge.
            Origin::Unknown => !has_cookie,
        };
        if pass {
            Ok(())
        } else {
            Err(Problem::forbidden(
                "csrf.cross_origin",
                "This request did not come from a page of this site. Open the page again and retry.",
            ))
        }
    }

    fn origin(&self, uri: &Uri, headers: &HeaderMap) -> Origin {
        let of = |name: &str| headers.get(name).map(|v| v.as_bytes()).filter(|v| !v.is_empty());
        let origin = of("origin");
        if origin == Some(self.public_origin.as_bytes()) {
            return Origin::Ours;
        }
        match of("sec-fetch-site") {
            Some(b"same-origin" | b"none") => return Origin::Ours,
            Some(_) => return Origin::Foreign,
            None => {}
        }
        let Some(origin) = origin else { return Origin::Unknown };
        let host = uri.authority().map(|a| a.as_str().as_bytes()).or_else(|| of("host"));
        let sender = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
        if sender.is_some() && sender == host { Origin::Ours } else { Origin::Foreign }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Ours,
    Foreign,
    Unknown,
}

/// A bearer token authenticates alone (`access` never falls back to the cookie beside it), and no
/// foreign form can add one. Other schemes do not count: `https://user:pw@host` adds `Basic`.
fn has_bearer(headers: &HeaderMap) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.get(..7))
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOKIE: (&str, &str) = ("cookie", "__Host-hms=x.y");

    fn check(method: &str, uri: &str, headers: &[(&'static str, &str)]) -> bool {
        let guard = CsrfGuard::new(&Url::parse("https://hms.example.org").unwrap());
        let headers = headers.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
        let result = guard.check(&method.parse().unwrap(), &uri.parse().unwrap(), &headers);
        assert!(result.as_ref().is_ok() || result.as_ref().is_err_and(|p| p.code == "csrf.cross_origin"));
        result.is_ok()
    }

    #[test]
    fn our_own_pages_may_post() {
        for proof in [
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "none"),
            ("origin", "https://hms.example.org"),
        ] {
            assert!(check("POST", "/patients", &[COOKIE, proof, ("host", "10.0.0.7:8000")]), "{proof:?}");
        }
        let by_host = [COOKIE, ("origin", "http://192.168.1.5:8000"), ("host", "192.168.1.5:8000")];
        assert!(check("POST", "/patients", &by_host), "plain http in the hospital");
        assert!(check("POST", "http://192.168.1.5:8000/patients", &by_host[..2]), "absolute form, HTTP/2");
    }

    #[test]
    fn foreign_pages_may_not_use_the_cookie() {
        let foreign: [&[(&'static str, &str)]; 8] = [
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("host", "evil.example")],
            &[("origin", "https://evil.example"), ("host", "hms.example.org")],
            &[("origin", "https://hms.example.org.evil.example"), ("host", "hms.example.org")],
            &[("origin", "https://hms.example.org:8443"), ("host", "hms.example.org")],
            &[("origin", "null"), ("host", "hms.example.org")],
            &[],
        ];
        for headers in foreign {
            for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE"] {
                for path in ["/patients", "/api/v1/patients"] {
                    let with_cookie: Vec<_> = headers.iter().copied().chain([COOKIE]).collect();
                    assert!(!check(method, path, &with_cookie), "{method} {path} {headers:?}");
                }
            }
        }
    }

    #[test]
    fn a_forged_sign_in_is_refused_but_a_script_may_post() {
        assert!(!check("POST", "/sign-in", &[("sec-fetch-site", "cross-site")]));
        assert!(check("POST", "/sign-in", &[]));
        assert!(check("POST", "/api/v1/auth/login", &[("sec-fetch-site", "cross-site")]), "a CORS client");
    }

    #[test]
    fn reading_and_bearer_requests_are_free_but_basic_is_no_bearer() {
        let cross = ("sec-fetch-site", "cross-site");
        assert!(check("GET", "/patients", &[COOKIE, cross]));
        assert!(check("POST", "/api/v1/patients", &[COOKIE, cross, ("authorization", "Bearer abc")]));
        assert!(!check("POST", "/api/v1/patients", &[COOKIE, cross, ("authorization", "Basic abc")]));
        assert!(!check("POST", "/api/v1/patients", &[COOKIE, cross, ("authorization", "")]));
    }
}
