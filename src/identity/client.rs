//! Where a request comes from, as far as it can be believed.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::HeaderMap;

/// Address of the client behind `trusted_hops` reverse proxies (TRUST_PROXY).
///
/// Each proxy appends the address it was called from to X-Forwarded-For, so the entry that the
/// outermost trusted proxy wrote is the `trusted_hops`-th from the right; anything left of it was
/// sent by the client and is never believed. An entry that cannot be read ends the walk.
#[must_use]
pub fn client_ip(headers: &HeaderMap, peer: IpAddr, trusted_hops: u8) -> IpAddr {
    // Lossy: junk that a client put on the left must not hide what the proxy wrote on the right.
    let lines = headers.get_all("x-forwarded-for").iter().map(|v| String::from_utf8_lossy(v.as_bytes()));
    let joined = lines.collect::<Vec<_>>().join(",");
    let hops = joined.rsplit(',').take(usize::from(trusted_hops)).map_while(|entry| address(entry.trim()));
    hops.last().unwrap_or(peer).to_canonical()
}

/// `1.2.3.4`, `1.2.3.4:567`, `::1` or `[::1]:567`.
fn address(text: &str) -> Option<IpAddr> {
    let socket = || text.parse::<std::net::SocketAddr>().ok().map(|s| s.ip());
    text.parse().ok().or_else(socket).or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}

/// Who counts as one client: an IPv4 address, or the /64 that one IPv6 customer owns.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let client = |lines: &[&str], hops| {
            let value = |line: &str| axum::http::HeaderValue::from_bytes(line.as_bytes()).unwrap();
            let headers = lines.iter().map(|l| ("x-forwarded-for".parse().unwrap(), value(l))).collect();
            client_ip(&headers, "::ffff:10.0.0.1".parse().unwrap(), hops).to_string()
        };
        assert_eq!(client(&["6.6.6.6, 203.0.113.9"], 0), "10.0.0.1", "no proxy: the header is anyone's");
        assert_eq!(client(&["6.6.6.6, 203.0.113.9"], 1), "203.0.113.9", "the left part is the client's word");
        assert_eq!(client(&["6.6.6.6", "203.0.113.9:4711, 10.0.0.2"], 2), "203.0.113.9");
        assert_eq!(client(&["[2001:db8::5]:99"], 1), "2001:db8::5");
        assert_eq!(client(&["203.0.113.9"], 3), "203.0.113.9", "fewer entries than proxies");
        assert_eq!(client(&["203.0.113.9, unknown"], 2), "10.0.0.1", "unreadable: as far as is known");
        assert_eq!(client(&["é,é, 203.0.113.9"], 1), "203.0.113.9", "junk on the left");
        assert_eq!(client(&[], 1), "10.0.0.1");
        assert_eq!(client(&["203.0.113.9,"], 1), "10.0.0.1");
    }
}
