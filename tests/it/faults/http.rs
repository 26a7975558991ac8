//! A client that knows the difference between a refusal, a request that never left and one that was cut off.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longer than any answer may take: 30 seconds are HMS's own limit for a request.
const HANGS: Duration = Duration::from_secs(45);

pub const REGISTER: &str = "/api/v1/patients/quick-register";

/// What the front desk asks.
pub fn patient(name: &str) -> Value {
    json!({
        "first_name": name, "phone_primary": "+919822012345", "gender": "FEMALE", "city": "Pune", "age_only": 30,
    })
}

/// What became of a request.
#[derive(Debug)]
pub enum Said {
    Reply(Reply),
    /// Nobody listened: nothing was sent.
    NotSent,
    /// The connection broke before the answer was whole.
    CutOff,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub json: Value,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }
}

impl Said {
    #[track_caller]
    pub fn reply(self) -> Reply {
        match self {
            Self::Reply(reply) => reply,
            other => panic!("no reply: {other:?}"),
        }
    }

    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Reply(reply) => Some(reply.status),
            _ => None,
        }
    }
}

/// A program that talks to one `hms serve`, signed in or not.
#[derive(Debug, Clone)]
pub struct Client {
    pub address: SocketAddr,
    pub token: Option<String>,
}

impl Client {
    pub fn at(address: SocketAddr) -> Self {
        Self { address, token: None }
    }

    pub async fn sign_in(address: SocketAddr, email: &str, password: &str) -> Self {
        let form = serde_urlencoded::to_string([("username", email), ("password", password)]).unwrap();
        let kind = "application/x-www-form-urlencoded";
        let said =
            Self::at(address).send("POST", "/api/v1/auth/login", &[("content-type", kind)], &form).await;
        let reply = said.reply();
        assert_eq!(reply.status, 200, "{}", reply.json);
        Self { address, token: Some(reply.json["access_token"].as_str().unwrap().to_owned()) }
    }

    /// The same person at another instance.
    pub fn on(&self, address: SocketAddr) -> Self {
        Self { address, token: self.token.clone() }
    }

    pub async fn get(&self, path: &str) -> Said {
        self.send("GET", path, &[], "").await
    }

    pub async fn json(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Said {
        let headers = [&[("content-type", "application/json")], headers].concat();
        self.send(method, path, &headers, &body.to_string()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Said {
        self.json("POST", path, &[], body).await
    }

    /// Register a patient of this name at the front desk.
    pub async fn register(&self, name: &str, headers: &[(&str, &str)]) -> Said {
        self.json("POST", REGISTER, headers, &patient(name)).await
    }

    /// One request on a connection of its own. Panics if there is no end to it.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Said {
        let asked = self.ask(method, path, headers, body);
        tokio::time::timeout(HANGS, asked).await.unwrap_or_else(|_| panic!("{method} {path} hangs"))
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Said {
        let Ok(mut stream) = TcpStream::connect(self.address).await else { return Said::NotSent };
        let request =
            format!("{}content-length: {}\r\n\r\n{body}", self.head(method, path, headers), body.len());
        if stream.write_all(request.as_bytes()).await.is_err() {
            return Said::CutOff;
        }
        let mut bytes = Vec::new();
        // An error after the whole answer does not take it back.
        let _ = stream.read_to_end(&mut bytes).await;
        read(&bytes).map_or(Said::CutOff, Said::Reply)
    }

    /// The lines before the length of the body.
    pub fn head(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> String {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        if let Some(token) = &self.token {
            head.push_str(&format!("authorization: Bearer {token}\r\n"));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head
    }
}

/// The answer, if it is whole.
pub fn read(bytes: &[u8]) -> Option<Reply> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut reply = Reply { status, head, json: Value::Null };
    let body = &bytes[end + 4..];
    if let Some(length) = reply.header("content-length") {
        let length: usize = length.parse().ok()?;
        if body.len() < length {
            return None;
        }
    }
    reply.json = serde_json::from_slice(body).unwrap_or(Value::Null);
    Some(reply)
}
