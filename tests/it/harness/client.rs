//! Programs and browsers that talk to the router.

use std::net::SocketAddr;
use std::sync::Mutex;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, header};
use serde_json::Value;
use tower::ServiceExt as _;

use super::codes;
use super::files::{Part, multipart};
use super::watch;

/// The origin of our own pages.
const OURS: &str = "http://hms.test";

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub bytes: Vec<u8>,
    /// Null if the body is not JSON.
    pub json: Value,
}

impl Reply {
    /// A header's text, blank if it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// The value of a field of a form on the page.
    pub fn field(&self, name: &str) -> &str {
        let start =
            self.text.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name}: {}", self.text));
        let rest = &self.text[start..];
        let rest = &rest[rest.find("value=\"").unwrap() + 7..];
        &rest[..rest.find('"').unwrap()]
    }

    /// The problem's one sentence.
    pub fn detail(&self) -> &str {
        self.json["detail"].as_str().unwrap_or_else(|| panic!("no problem: {} {}", self.status, self.text))
    }
}

async fn send(router: &Router, request: Request<Body>) -> Reply {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let json = serde_json::from_str(&text).unwrap_or(Value::Null);
    let reply =
        Reply { status: parts.status.as_u16(), headers: parts.headers, text, bytes: bytes.to_vec(), json };
    codes::are_told(&method, &path, &reply);
    reply
}

/// A program with a bearer token, or with none.
#[derive(Clone)]
pub struct Client {
    router: Router,
    pub token: Option<String>,
    /// What `/auth/login` answered.
    pub login: Value,
    email: String,
    password: String,
}

impl Client {
    pub fn new(router: Router, token: Option<String>) -> Self {
        Self { router, token, login: Value::Null, email: String::new(), password: String::new() }
    }

    pub async fn sign_in(router: Router, email: &str, password: &str) -> Self {
        let mut client = Self::new(router, None);
        let reply = client.form("/api/v1/auth/login", &[("username", email), ("password", password)]).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        client.token = Some(reply.json["access_token"].as_str().unwrap().to_owned());
        client.login = reply.json;
        email.clone_into(&mut client.email);
        password.clone_into(&mut client.password);
        client
    }

    /// The same person, signed in once more.
    pub async fn again(&self) -> Self {
        Self::sign_in(self.router.clone(), &self.email, &self.password).await
    }

    /// The same credentials on another instance's router.
    pub fn on(&self, router: &Router) -> Self {
        Self { router: router.clone(), ..self.clone() }
    }

    pub fn request(&self, method: Method, path: &str) -> Call<'_> {
        watch::note_query(path);
        let mut builder = Request::builder().method(method).uri(path);
        if let Some(token) = &self.token {
            builder = builder.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        Call { router: &self.router, builder, body: Body::empty() }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path).send().await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.request(Method::POST, path).json(body).send().await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.request(Method::PATCH, path).json(body).send().await
    }

    /// A urlencoded POST.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.request(Method::POST, path).form(fields).send().await
    }

    /// The same person at a browser, signed in by the page.
    pub async fn browser(&self) -> Browser {
        let browser = Browser::new(self.router.clone());
        let reply =
            browser.submit("/sign-in", &[("username", &self.email), ("password", &self.password)]).await;
        assert_eq!(reply.status, 303, "{}", reply.text);
        browser
    }
}

/// A request in the making.
pub struct Call<'a> {
    router: &'a Router,
    builder: axum::http::request::Builder,
    body: Body,
}

impl Call<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    pub fn json(self, body: &Value) -> Self {
        watch::note_all(body);
        self.raw("application/json", body.to_string())
    }

    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        fields.iter().for_each(|(name, text)| watch::note(name, text));
        self.raw("application/x-www-form-urlencoded", serde_urlencoded::to_string(fields).unwrap())
    }

    /// A form with these parts.
    pub fn parts(self, parts: &[Part<'_>]) -> Self {
        let (content_type, body) = multipart(parts);
        self.raw(&content_type, body)
    }

    /// A form with this file.
    pub fn file(self, bytes: &[u8]) -> Self {
        self.parts(&[Part::file(bytes)])
    }

    pub fn raw(mut self, content_type: &str, body: impl Into<Body>) -> Self {
        self.builder = self.builder.header(header::CONTENT_TYPE, content_type);
        self.body = body.into();
        self
    }

    pub async fn send(self) -> Reply {
        self.from("127.0.0.1").await
    }

    /// From another address of the network.
    pub async fn from(self, ip: &str) -> Reply {
        let mut request = self.builder.body(self.body).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(ip.parse().unwrap(), 40_000)));
        send(self.router, request).await
    }
}

/// A browser: keeps cookies, asks for HTML, says where a form comes from.
pub struct Browser {
    router: Router,
    cookies: Mutex<Vec<(String, String)>>,
}

impl Browser {
    pub fn new(router: Router) -> Self {
        Self { router, cookies: Mutex::default() }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None, OURS).await
    }

    /// Send a form of our own page, without following the redirect.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.submit_from(OURS, path, fields).await
    }

    /// Send a form of our own page with these parts.
    pub async fn upload(&self, path: &str, parts: &[Part<'_>]) -> Reply {
        self.upload_from(OURS, path, parts).await
    }

    /// The same from a page of another site.
    pub async fn upload_from(&self, origin: &str, path: &str, parts: &[Part<'_>]) -> Reply {
        self.call(Method::POST, path, Some(multipart(parts)), origin).await
    }

    /// Send a form from a page of another site.
    pub async fn submit_from(&self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        fields.iter().for_each(|(name, text)| watch::note(name, text));
        let body = serde_urlencoded::to_string(fields).unwrap().into_bytes();
        let form = ("application/x-www-form-urlencoded".to_owned(), body);
        self.call(Method::POST, path, Some(form), origin).await
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().iter().find(|(n, _)| n == name).map(|(_, v)| v.clone())
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.lock().unwrap();
        cookies.retain(|(n, _)| n != name);
        cookies.push((name.to_owned(), value.to_owned()));
    }

    async fn call(&self, method: Method, path: &str, form: Option<(String, Vec<u8>)>, origin: &str) -> Reply {
        watch::note_query(path);
        let cookies: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(n, v)| format!("{n}={v}")).collect();
        let mut builder = Request::builder().method(method).uri(path).header(header::ACCEPT, "text/html");
        builder = builder.header(header::HOST, "hms.test");
        if !cookies.is_empty() {
            builder = builder.header(header::COOKIE, cookies.join("; "));
        }
        let body = match form {
            Some((content_type, body)) => {
                builder = builder.header(header::ORIGIN, origin).header(header::CONTENT_TYPE, content_type);
                Body::from(body)
            }
            None => Body::empty(),
        };
        let mut request = builder.body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_001))));
        let reply = send(&self.router, request).await;
        for cookie in reply.headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.lock().unwrap().retain(|(n, _)| n != name);
            } else {
                self.set_cookie(name, value);
            }
        }
        reply
    }
}
