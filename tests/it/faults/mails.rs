//! A mail server that keeps what it is given, and can be slow about it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::stage::Stage;

/// Whether a mail that was sent whole is answered now.
pub struct MailServer {
    port: u16,
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
    open: watch::Sender<bool>,
    /// Mails that came whole and wait for their answer.
    waiting: watch::Receiver<usize>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
        let (open, opened) = watch::channel(true);
        let (arrived, waiting) = watch::channel(0);
        let all = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (taken, opened, arrived) = (Arc::clone(&all), opened.clone(), arrived.clone());
                tokio::spawn(async move {
                    // A client that goes away in the middle is nothing to us.
                    let _ = speak(stream, &taken, opened, &arrived).await;
                });
            }
        });
        Self { port, taken, open, waiting }
    }

    /// What makes `hms` send its mail here.
    pub fn environment(&self) -> Vec<(String, String)> {
        let variables = [
            ("EMAIL_BACKEND", "smtp".to_owned()),
            ("EMAIL_FROM", "HMS <hms@asha.example>".to_owned()),
            ("SMTP_HOST", "127.0.0.1".to_owned()),
            ("SMTP_PORT", self.port.to_string()),
            ("SMTP_TLS", "none".to_owned()),
        ];
        variables.map(|(k, v)| (k.to_owned(), v)).to_vec()
    }

    /// From now on mails are taken at once, or come whole and are not answered.
    pub fn answers(&self, at_once: bool) {
        self.open.send(at_once).unwrap();
    }

    /// Wait until so many mails came whole and wait.
    pub async fn holds(&self, mails: usize) {
        let mut waiting = self.waiting.clone();
        let arrived = waiting.wait_for(|n| *n >= mails);
        tokio::time::timeout(Duration::from_secs(60), arrived).await.expect("no mail comes").unwrap();
    }

    /// How often each message was taken, by its Message-ID.
    pub fn taken(&self) -> BTreeMap<String, usize> {
        self.taken.lock().unwrap().clone()
    }
}

async fn speak(
    stream: TcpStream,
    taken: &Mutex<BTreeMap<String, usize>>,
    mut opened: watch::Receiver<bool>,
    arrived: &watch::Sender<usize>,
) -> std::io::Result<()> {
    let (from, mut to) = stream.into_split();
    let mut lines = BufReader::new(from).lines();
    to.write_all(b"220 sink\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" | "HELO" => to.write_all(b"250 sink\r\n").await?,
            "DATA" => {
                to.write_all(b"354 go on\r\n").await?;
                let mut id = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    if let Some((name, value)) = line.split_once(':')
                        && name.eq_ignore_ascii_case("message-id")
                    {
                        value.trim().clone_into(&mut id);
                    }
                }
                arrived.send_modify(|n| *n += 1);
                // Whoever hangs up before the answer takes the mail with them.
                tokio::select! {
                    open = opened.wait_for(|open| *open) => drop(open),
                    _ = lines.next_line() => return Ok(()),
                }
                *taken.lock().unwrap().entry(id).or_default() += 1;
                to.write_all(b"250 taken\r\n").await?;
            }
            "QUIT" => return to.write_all(b"221 bye\r\n").await,
            _ => to.write_all(b"250 fine\r\n").await?,
        }
    }
    Ok(())
}

/// Put mails into the outbox and ask for their sending in one transaction, as every act does.
pub async fn queue(stage: &Stage, count: usize) {
    stage
        .sql(&format!(
            "begin;
             create temp table made as select gen_random_uuid() as id from generate_series(1, {count});
             insert into public.mails (id, template, recipient, subject, body_text, body_html)
                select id, 'test', 'asha@example.org', 'Hello', 'Hello', '<p>Hello</p>' from made;
             do $$ begin
                perform graphile_worker.add_job('mail.send', json_build_object('id', id), max_attempts => 12) from made;
             end $$;
             commit"
        ))
        .await;
}

/// How many mails are in this state.
pub async fn count(stage: &Stage, status: &str) -> i64 {
    stage.number(&format!("select count(*) from public.mails where status = '{status}'")).await
}
