//! An external database over TCP: TLS as `sslmode` says, and the certificate is always verified.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::PathBuf;

use hms::db::embedded::{Options, Server};
use hms::db::{Target, boot};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::sync::OnceCell;

use crate::harness::pg_bin;

static SERVER: OnceCell<TlsServer> = OnceCell::const_new();

/// A PostgreSQL that takes nothing but TLS from the network, with the certificate of a CA that nobody knows.
pub struct TlsServer {
    home: PathBuf,
    port: u16,
    /// Kept until the process ends; then it stops by itself.
    server: Server,
}

impl TlsServer {
    /// One for all tests.
    pub async fn get() -> &'static Self {
        SERVER.get_or_init(Self::start).await
    }

    async fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let home = std::env::temp_dir().join(format!("hms-it-{}", std::process::id())).join("tls");
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (certificate, key) = (home.join("server.crt"), home.join("server.key"));
        let extra = [
            ("listen_addresses", "localhost".to_owned()),
            ("fsync", "off".to_owned()),
            ("ssl_cert_file", certificate.display().to_string()),
            ("ssl_key_file", key.display().to_string()),
        ];
        let options = Options {
            path: std::env::var_os("PATH"),
            bin: pg_bin(),
            extra: extra
                .map(|(k, v)| (k.to_owned(), v))
                .into_iter()
                .chain([("port".to_owned(), port.to_string())])
                .collect(),
            ..Options::new(home.join("postgres"))
        };
        // The thread that starts it has to outlive every test.
        let server = std::thread::spawn(move || Server::start_or_attach(options)).join().unwrap().unwrap();
        std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o755)).unwrap();

        let ca_key = KeyPair::generate().unwrap();
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        std::fs::write(home.join("ca.crt"), ca.self_signed(&ca_key).unwrap().pem()).unwrap();
        let leaf_key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&leaf_key, &Issuer::new(ca, ca_key)).unwrap();
        std::fs::write(&certificate, leaf.pem()).unwrap();
        std::fs::write(&key, leaf_key.serialize_pem()).unwrap();
        let owner = std::fs::metadata(server.socket_dir()).unwrap();
        for file in [&certificate, &key] {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
            chown(file, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let rules = "local all all scram-sha-256\nhostssl all all localhost scram-sha-256\n";
        std::fs::write(home.join("postgres/data/pg_hba.conf"), rules).unwrap();
        let this = Self { home, port, server };
        let inside = this.inside("postgres");
        let client = inside.connect(inside.superuser.as_ref().unwrap()).await.unwrap();
        client.batch_execute("alter system set ssl = on").await.unwrap();
        client.batch_execute("select pg_reload_conf()").await.unwrap();
        crate::harness::eventually("the server speaks TLS", async || {
            let asked = this.target("require", true);
            asked.connect(&asked.app).await.is_ok()
        })
        .await;
        this
    }

    /// By its socket.
    fn inside(&self, database: &str) -> Target {
        let host = self.server.socket_dir().display().to_string().replace('/', "%2F");
        let way = |login| -> secrecy::SecretString { self.url(login, &host, database, "").into() };
        let mut target = Target::external(&way("hms_app"), Some(&way("hms_owner"))).unwrap();
        target.superuser = Some(Target::external(&way("postgres"), None).unwrap().app);
        target
    }

    /// The file of the CA that signed its certificate.
    pub fn ca(&self) -> String {
        self.home.join("ca.crt").display().to_string()
    }

    pub fn url(&self, login: &str, host: &str, database: &str, query: &str) -> String {
        let password = match login {
            "postgres" => self.server.password().to_owned(),
            login => self.server.secret(login).unwrap(),
        };
        format!("postgresql://{login}:{password}@{host}:{}/{database}?{query}", self.port)
    }

    /// A new database with the usual two logins: reached by TLS, by these URLs, and by a superuser behind the scenes.
    pub async fn database(&self, name: &str) -> (Target, [String; 2], tokio_postgres::Config) {
        let inside = self.inside(name);
        boot::create_database(&inside, |login| Ok(self.server.secret(login)?)).await.unwrap();
        let query = format!("sslmode=verify-full&sslrootcert={}", self.ca());
        let urls = ["hms_app", "hms_owner"].map(|login| self.url(login, "localhost", name, &query));
        let target = Target::external(&urls[0].clone().into(), Some(&urls[1].clone().into())).unwrap();
        (target, urls, inside.superuser.unwrap())
    }

    fn target(&self, mode: &str, knows_ca: bool) -> Target {
        let root = if knows_ca { format!("&sslrootcert={}", self.ca()) } else { String::new() };
        let url = self.url("postgres", "localhost", "postgres", &format!("sslmode={mode}{root}"));
        Target::external(&url.into(), None).unwrap()
    }
}

/// The port of something that answers as a PostgreSQL without TLS does when it is asked for TLS.
pub fn server_without_tls() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client.read_exact(&mut [0; 8]).unwrap();
        client.write_all(b"N").unwrap();
    });
    port
}

#[tokio::test]
async fn tls_is_used_as_asked_and_a_strange_certificate_is_refused() {
    let server = TlsServer::get().await;
    for (mode, knows_ca, encrypted) in [
        ("disable", true, None),
        ("prefer", true, Some(true)),
        ("require", true, Some(true)),
        ("verify-full", true, Some(true)),
        ("require", false, None),
        ("prefer", false, None),
    ] {
        let asked = server.target(mode, knows_ca);
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
        assert_eq!(answer, encrypted, "sslmode={mode}, CA known: {knows_ca}");
    }
}
