//! Messages, templates and transports.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::config::{SmtpSettings, SmtpTls};

const ARABIC_CLINIC: &str = r#"A & B "Clinic" <مستشفى النور>"#;

fn settings(sandbox: Option<&str>) -> MailSettings {
    MailSettings {
        backend: MailBackend::Log,
        from: "عيادة HMS <no-reply@hms.example.org>".to_owned(),
        sandbox_recipient: sandbox.map(str::to_owned),
    }
}

fn file_mailer(sandbox: Option<&str>) -> (Mailer, FileTransport, std::path::PathBuf) {
    let folder = std::env::temp_dir().join(format!("hms-mail-{}", MailId::new()));
    let file = FileTransport::new(folder.clone());
    (Mailer::new(Arc::new(file.clone()), &settings(sandbox)), file, folder)
}

fn mail(name: &str) -> Rendered {
    templates::verify_hospital_email(name, "https://hms.example.org/verify-email?token=abc&x=1", 24).unwrap()
}

/// What one SMTP client said: the envelope lines and the data.
#[derive(Default)]
struct Heard {
    envelope: Vec<String>,
    data: String,
    connections: usize,
}

/// A mail server on a free port that answers RCPT with `rcpt`.
async fn sink(rcpt: &'static str) -> (u16, Arc<Mutex<Heard>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Heard::default()));
    let shared = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            shared.lock().unwrap().connections += 1;
            tokio::spawn(serve(stream, rcpt, Arc::clone(&shared)));
        }
    });
    (port, heard)
}

/// One conversation, to its end.
async fn serve(stream: TcpStream, rcpt: &'static str, heard: Arc<Mutex<Heard>>) {
    let (reader, mut writer) = stream.into_split();
    writer.write_all(b"220 sink\r\n").await.unwrap();
    let mut lines = BufReader::new(reader).lines();
    let mut in_data = false;
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match line.as_str() {
            "." if in_data => {
                in_data = false;
                "250 taken"
            }
            _ if in_data => {
                let mut heard = heard.lock().unwrap();
                heard.data.push_str(&line);
                heard.data.push('\n');
                continue;
            }
            "DATA" => {
                in_data = true;
                "354 go on"
            }
            l if l.starts_with("EHLO") => "250-sink\r\n250 8BITMIME",
            l if l.starts_with("RCPT") => rcpt,
            _ => "250 fine",
        };
        if line.starts_with("MAIL") || line.starts_with("RCPT") {
            heard.lock().unwrap().envelope.push(line);
        }
        writer.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
    }
}

fn smtp(port: u16) -> Mailer {
    let smtp = SmtpSettings { host: "127.0.0.1".into(), port, tls: SmtpTls::None, credentials: None };
    Mailer::new(Arc::new(SmtpTransport::new(&smtp).unwrap()), &settings(None))
}

#[tokio::test]
async fn smtp_delivers_and_reuses_its_connection() {
    let (port, heard) = sink("250 known").await;
    let mailer = smtp(port);
    let message = mailer.message(MailId::new(), "ana@example.org", mail(ARABIC_CLINIC));
    mailer.send(&message).await.unwrap();
    // The pool takes a connection back in a task of its own.
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    mailer.send(&message).await.unwrap();
    let heard = heard.lock().unwrap();
    assert_eq!(heard.connections, 1);
    assert!(heard.envelope[0].starts_with("MAIL FROM:<no-reply@hms.example.org>"));
    assert!(heard.envelope[1].starts_with("RCPT TO:<ana@example.org>"));
    assert!(heard.data.contains(&format!("Message-ID: <{}@hms.example.org>", message.id)));
    assert!(
        heard.data.contains("Auto-Submitted: auto-generated") && heard.data.contains("multipart/alternative")
    );
}

#[tokio::test]
async fn smtp_failures_say_whether_to_retry_and_name_no_address() {
    for (answer, permanent) in [
        ("550 5.1.1 ana@example.org unknown", true),
        ("450 4.2.1 ana@example.org busy", false),
        ("535 5.7.8 sign in first, ana@example.org", false),
        ("nonsense for ana@example.org", false),
    ] {
        let (port, _) = sink(answer).await;
        let mailer = smtp(port);
        let error =
            mailer.send(&mailer.message(MailId::new(), "ana@example.org", mail("X"))).await.unwrap_err();
        assert_eq!(matches!(error, MailError::Permanent(_)), permanent, "{answer}: {error}");
        assert!(!format!("{error} {error:?}").contains('@'));
    }
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let mailer = smtp(nobody);
    let error = mailer.send(&mailer.message(MailId::new(), "ana@example.org", mail("X"))).await.unwrap_err();
    assert_eq!(error, MailError::Temporary("the mail server could not be reached".into()));
}

#[tokio::test]
async fn starttls_is_never_given_up() {
    let (port, heard) = sink("250 known").await;
    let smtp = SmtpSettings { host: "127.0.0.1".into(), port, tls: SmtpTls::StartTls, credentials: None };
    let mailer = Mailer::new(Arc::new(SmtpTransport::new(&smtp).unwrap()), &settings(None));
    let error = mailer.send(&mailer.message(MailId::new(), "ana@example.org", mail("X"))).await.unwrap_err();
    assert!(matches!(error, MailError::Temporary(_)), "{error}");
    assert!(heard.lock().unwrap().envelope.is_empty());
}

#[tokio::test]
async fn a_name_or_an_address_cannot_add_a_header() {
    let (mailer, _, folder) = file_mailer(None);
    for name in
        ["X\r\nBcc: spy@evil.example", "X\nBcc: spy@evil.example\n\nbody", "X\u{2028}Bcc: spy@evil.example"]
    {
        let mut message = mailer.message(MailId::new(), "ana@example.org", mail(name));
        message.subject = format!("Hello {name}");
        mailer.send(&message).await.unwrap();
        let eml = std::fs::read_to_string(folder.join(format!("{}.eml", message.id))).unwrap();
        let (head, _) = eml.split_once("\r\n\r\n").unwrap();
        assert!(head.lines().all(|l| !l.trim_start().to_lowercase().starts_with("bcc")), "{head}");
        assert_eq!(head.matches("\r\nTo: ").count(), 1);
    }
    for to in [
        "ana@example.org\r\nBcc: spy@evil.example",
        "ana@example.org, spy@evil.example",
        "<ana@example.org>",
        "Ana <ana@example.org>",
        "\"a b\"@example.org",
        "",
    ] {
        let message = mailer.message(MailId::new(), to, mail("X"));
        let error = mailer.send(&message).await.unwrap_err();
        assert!(matches!(error, MailError::Permanent(_)) && !error.to_string().contains('@'), "{to}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn files_are_private_and_listed_newest_first() {
    use std::os::unix::fs::PermissionsExt;
    let (mailer, files, folder) = file_mailer(None);
    assert!(files.list().await.unwrap().is_empty());
    let first = mailer.message(MailId::new(), "ana@example.org", mail(ARABIC_CLINIC));
    std::thread::sleep(std::time::Duration::from_millis(2));
    let second = mailer.message(MailId::new(), "ben@example.org", mail("B"));
    mailer.send(&second).await.unwrap();
    mailer.send(&first).await.unwrap();
    assert_eq!(files.list().await.unwrap(), [second, first.clone()]);
    assert_eq!(files.read(first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(files.read(MailId::new()).await.unwrap(), None);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join(format!("{}.eml", first.id)))), (0o700, 0o600));
    assert!(!format!("{first:?}").contains('@'));
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn the_sandbox_redirects_every_mail() {
    let (mailer, files, folder) = file_mailer(Some("test@hms.example.org"));
    let message = mailer.message(MailId::new(), "ana@example.org", mail("X"));
    mailer.send(&message).await.unwrap();
    let sent = files.read(message.id).await.unwrap().unwrap();
    assert_eq!(
        (sent.to.as_str(), sent.original_to.as_deref()),
        ("test@hms.example.org", Some("ana@example.org"))
    );
    let eml = std::fs::read_to_string(folder.join(format!("{}.eml", message.id))).unwrap();
    assert!(
        eml.contains("\r\nTo: test@hms.example.org\r\n")
            && eml.contains("X-HMS-Original-To: ana@example.org\r\n")
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn any_transport_can_stand_behind_the_mailer() {
    struct Counting(AtomicUsize);
    impl Transport for Counting {
        fn name(&self) -> &'static str {
            "counting"
        }
        fn send<'a>(&'a self, _: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Box::pin(async { Ok(()) })
        }
    }
    let counting = Arc::new(Counting(AtomicUsize::new(0)));
    let mailer = Mailer::new(counting.clone(), &settings(None));
    mailer.send(&mailer.message(MailId::new(), "ana@example.org", mail("X"))).await.unwrap();
    assert_eq!((mailer.transport(), counting.0.load(Ordering::SeqCst)), ("counting", 1));
    let config = Config::read(|name| match name {
        "HMS_HOME" => Some("/tmp/hms-none".to_owned()),
        _ => None,
    });
    assert!(Mailer::from_config(&config.unwrap()).unwrap().files().is_some());
}

#[test]
fn names_are_escaped_isolated_and_short() {
    let rendered = mail(ARABIC_CLINIC);
    assert_eq!(rendered.subject, format!("Confirm your e-mail address for {ARABIC_CLINIC}"));
    assert!(
        rendered
            .html
            .contains("<bdi><strong>A &#38; B &#34;Clinic&#34; &#60;مستشفى النور&#62;</strong></bdi>"),
        "{}",
        rendered.html
    );
    assert!(rendered.html.contains(r#"href="https://hms.example.org/verify-email?token=abc&#38;x=1""#));
    assert!(rendered.text.contains(&format!("\u{2068}{ARABIC_CLINIC}\u{2069}")), "text is not escaped");
    assert!(rendered.text.contains("\nhttps://hms.example.org/verify-email?token=abc&x=1\n"));
    assert!(rendered.text.contains("24 hours") && !rendered.html.contains("<script"));

    let long = mail(&"ण".repeat(255));
    assert!(long.subject.ends_with('…') && long.subject.chars().count() < 120);
    let hostile =
        templates::set_password("<img src=x onerror=alert(1)>\nBuy now", "https://a.org/x\"y", 1).unwrap();
    assert!(
        !hostile.html.contains("<img")
            && hostile.html.contains("x&#34;y")
            && hostile.text.contains("1 hour.")
    );
    let neutral = templates::address_in_use("https://hms.example.org/sign-in").unwrap();
    assert!(neutral.html.contains("already has an account") && neutral.text.contains("/sign-in"));
}
