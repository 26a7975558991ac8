//! An external database over TCP: TLS as `sslmode` says, and the certificate is always verified.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

use hms::db::Target;
use hms::db::embedded::{Options, Server};

#[tokio::test]
async fn tls_is_used_as_asked_and_a_strange_certificate_is_refused() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let home = std::env::temp_dir().join(format!("hms-it-{}", std::process::id())).join("tls");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let extra = [
        ("listen_addresses", "127.0.0.1".to_owned()),
        ("port", port.to_string()),
        ("fsync", "off".to_owned()),
    ];
    let options = Options {
        path: std::env::var_os("PATH"),
        extra: extra.map(|(k, v)| (k.to_owned(), v)).to_vec(),
        ..Options::new(home.join("postgres"))
    };
    let server =
        tokio::task::spawn_blocking(move || Server::start_or_attach(options)).await.unwrap().unwrap();

    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) = (home.join("server.crt"), home.join("server.key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let owner = std::fs::metadata(server.socket_dir()).unwrap();
    for file in [&certificate, &key] {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
        chown(file, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o755)).unwrap();
    let plain = target(&server, port, "disable", "");
    let client = plain.connect(&plain.app).await.unwrap();
    for (name, value) in [("ssl_cert_file", &certificate), ("ssl_key_file", &key)] {
        client.batch_execute(&format!("alter system set {name} = '{}'", value.display())).await.unwrap();
    }
    client.batch_execute("alter system set ssl = on").await.unwrap();
    client.batch_execute("select pg_reload_conf()").await.unwrap();
    let root = home.join("root.crt");
    std::fs::copy(&certificate, &root).unwrap();
    let root = format!("&sslrootcert={}", root.display());
    crate::harness::eventually("the server speaks TLS", async || {
        let asked = target(&server, port, "require", &root);
        asked.connect(&asked.app).await.is_ok()
    })
    .await;

    for (mode, root, encrypted) in [
        ("disable", "", Some(false)),
        ("require", root.as_str(), Some(true)),
        ("verify-full", root.as_str(), Some(true)),
        ("require", "", None),
    ] {
        let asked = target(&server, port, mode, root);
        let answer = match asked.connect(&asked.app).await {
            Ok(client) => Some(
                client
                    .query_one("select ssl from pg_stat_ssl where pid = pg_backend_pid()", &[])
                    .await
                    .unwrap()
                    .get::<_, bool>(0),
            ),
            Err(_) => None,
        };
        assert_eq!(answer, encrypted, "sslmode={mode}, own root: {}", !root.is_empty());
    }
    tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
}

fn target(server: &Server, port: u16, mode: &str, root: &str) -> Target {
    let url =
        format!("postgresql://postgres:{}@localhost:{port}/postgres?sslmode={mode}{root}", server.password());
    Target::external(&url.into(), None).unwrap()
}
