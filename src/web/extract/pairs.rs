//! `name=value&…`, of forms and query strings: decoded strictly, never with replacement characters.

use serde::de::DeserializeOwned;

use crate::kernel::{AppError, Problem};

use super::shape::wrong_shape;

pub(super) enum Blank {
    Kept,
    Absent,
}

pub(super) fn parse_pairs<T: DeserializeOwned>(
    encoded: &str,
    blank: Blank,
    malformed: &'static str,
) -> Result<T, AppError> {
    if !is_percent_encoded_utf8(encoded) {
        return Err(Problem::bad_request("malformed_encoding", malformed).into());
    }
    let tidy = match blank {
        Blank::Kept => std::borrow::Cow::Borrowed(encoded),
        Blank::Absent => url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(
                url::form_urlencoded::parse(encoded.as_bytes()).filter(|(_, value)| !value.is_empty()),
            )
            .finish()
            .into(),
    };
    let pairs = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(tidy.as_bytes()));
    serde_path_to_error::deserialize(pairs)
        .map_err(|e| wrong_shape(&e.path().clone(), &e.into_inner().to_string()))
}

/// True if every `%` starts a byte and the bytes are UTF-8. (The usual parser replaces what is not.)
fn is_percent_encoded_utf8(encoded: &str) -> bool {
    let mut bytes = encoded.bytes();
    let mut decoded = Vec::with_capacity(encoded.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let digit =
            |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        let (Some(high), Some(low)) = (digit(bytes.next()), digit(bytes.next())) else { return false };
        decoded.push(high << 4 | low);
    }
    std::str::from_utf8(&decoded).is_ok()
}
