//! A network between two HTTP servers that loses answers: the server hears every request, and every third answer to each kind of question
//! does not come back. (Of all answers together, it would be the same question's again and again, where questions come in step.)

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// One answer in so many is lost.
const LOST: usize = 3;
/// `GET /open311/v2/tokens`, before the token.
const KIND_PARTS: usize = 4;

/// The network. It goes with the process.
#[derive(Debug, Clone)]
pub struct Lossy {
    address: SocketAddr,
    heard: Heard,
}

/// How many questions of each kind the server heard.
type Heard = Arc<Mutex<BTreeMap<String, usize>>>;

impl Lossy {
    /// In front of a server at `http://host:port`.
    ///
    /// # Panics
    ///
    /// When no port can be had.
    pub async fn before(server: &str) -> Self {
        let server = server.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port can be had");
        let address = listener.local_addr().expect("a listener has an address");
        let network = Self { address, heard: Arc::default() };
        let heard = Arc::clone(&network.heard);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server.clone(), Arc::clone(&heard)));
            }
        });
        network
    }

    /// The address to ask in place of the server's.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests the server heard, and how many answers were lost.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        self.counts_of("")
    }

    /// The same of one kind of question, by its beginning: `POST /open311/v2/requests`. One answer to any three in a row is lost.
    #[must_use]
    pub fn counts_of(&self, begin: &str) -> (usize, usize) {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let of_kind = heard.iter().filter(|(kind, _)| kind.starts_with(begin));
        let counts: Vec<usize> = of_kind.map(|(_, count)| *count).collect();
        (counts.iter().sum(), counts.iter().map(|count| count / LOST).sum())
    }
}

/// One request: the connection ends with its answer, so that each is counted.
async fn pass(mut client: TcpStream, server: String, heard: Heard) {
    let Some(request) = read_request(&mut client).await else { return };
    let Ok(mut upstream) = TcpStream::connect(&server).await else { return };
    if upstream.write_all(&request).await.is_err() {
        return;
    }
    let mut answer = Vec::new();
    if upstream.read_to_end(&mut answer).await.is_err() || answer.is_empty() {
        return;
    }
    if !is_lost(&heard, kind_of(&request)) {
        let _told = client.write_all(&answer).await;
    }
}

fn is_lost(heard: &Heard, kind: String) -> bool {
    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
    let count = heard.entry(kind).or_default();
    *count += 1;
    count.is_multiple_of(LOST)
}

/// What a request asks for: its method, and its address without what is asked for there and without an id.
fn kind_of(request: &[u8]) -> String {
    let end = request.iter().position(|byte| matches!(byte, b'?' | b'\r')).unwrap_or(request.len());
    let first = String::from_utf8_lossy(&request[..end]).into_owned();
    first.split('/').take(KIND_PARTS).collect::<Vec<_>>().join("/")
}

/// A whole request, which asks for its connection to end with the answer.
async fn read_request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    let head_end = loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if client.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&read[..head_end]).into_owned();
    let length = |line: &str| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok();
    let body_length = head.lines().find_map(length).unwrap_or(0);
    while read.len() < head_end + body_length {
        if client.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
    let (first, rest) = head.split_once("\r\n")?;
    let mut request = format!("{first}\r\nconnection: close\r\n{rest}").into_bytes();
    request.extend_from_slice(&read[head_end..]);
    Some(request)
}
