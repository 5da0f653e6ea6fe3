//! A server on this machine, and what is fetched from it.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// A server that gives each of its connections the same answer, and the requests that it heard.
async fn server(answer: Vec<u8>) -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (told, heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (answer, told) = (answer.clone(), told.clone());
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n")
                    && stream.read_buf(&mut request).await.is_ok_and(|count| count > 0)
                {}
                let _gone = told.send(String::from_utf8_lossy(&request).into_owned());
                let _broken = stream.write_all(&answer).await;
            });
        }
    });
    (address, heard)
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}connection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn is_never(fetched: &Fetched) -> bool {
    matches!(fetched, Fetched::Never(_))
}

#[test]
fn an_address_is_secure_public_and_names_nobody() {
    let outside = Rule::default();
    for fit in [
        "https://a.example/1.jpg",
        "https://a.example:443/1.jpg?size=2#part",
        "https://1.1.1.1/x",
        "https://[2606:4700::1]/x",
    ] {
        assert!(outside.read(fit).is_ok(), "{fit}");
    }
    let read = outside.read("https://a.example/a b#part").unwrap();
    assert_eq!(read.as_str(), "https://a.example/a%20b");
    for unfit in [
        "",
        "picture.jpg",
        "//a.example/1.jpg",
        "http://a.example/1.jpg",
        "ftp://a.example/1",
        "file:///etc/passwd",
        "data:image/png;base64,AA",
        "https://",
        "https://ada:secret@a.example/1.jpg",
        "https://ada@a.example/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
    ] {
        assert!(outside.read(unfit).is_err(), "{unfit}");
    }
    for missed in
        ["http://a.example/1.jpg", "https://a.example:8443/1.jpg", "https://a.example:22/", "http://a.example:443/"]
    {
        assert!(matches!(outside.read(missed), Err(Unasked::Missed(_))), "{missed}: a report is not lost for it");
    }
    assert!(matches!(outside.read("http://127.0.0.1/"), Err(Unasked::Unfit(_))));
    let near = Rule { near: true };
    assert!(near.read("http://127.0.0.1:8080/1.jpg").is_ok());
    assert!(near.read("http://10.0.0.1/1.jpg").is_err(), "what is near is this machine alone");
}

#[tokio::test]
async fn what_is_there_is_fetched_with_nothing_of_ours() {
    let (address, mut heard) = server(answer("200 OK", "content-type: text/html\r\n", b"whatever")).await;
    let fetched = Fetcher::new(true).fetch(&format!("http://{address}/1.jpg?size=2")).await;
    assert_eq!(fetched, Fetched::Content(b"whatever".to_vec()), "what it is said to be is not believed");
    let request = heard.recv().await.unwrap().to_lowercase();
    assert!(request.starts_with("get /1.jpg?size=2 http/1.1\r\n"), "{request}");
    let mut names: Vec<&str> = request.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0)).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "host"], "{request}");
}

#[tokio::test]
async fn nothing_of_this_machine_is_asked_by_whatever_name() {
    let (address, mut heard) = server(answer("200 OK", "", b"secret")).await;
    let outside = Fetcher::new(false);
    let port = address.port();
    for name in [
        format!("https://127.0.0.1:{port}/"),
        format!("https://localhost:{port}/"),
        format!("http://localhost:{port}/"),
    ] {
        let fetched = outside.fetch(&name).await;
        assert!(is_never(&fetched), "{name}: {fetched:?}");
    }
    // A name that leads here is barred where the connection is made, whatever the address looks like.
    let uri: Uri = format!("http://localhost:{port}/").parse().unwrap();
    assert!(matches!(connect(Rule::default(), &uri).await, Err(Unreached::Barred)));
    let uri: Uri = format!("http://[::ffff:127.0.0.1]:{port}/").parse().unwrap();
    assert!(matches!(connect(Rule::default(), &uri).await, Err(Unreached::Barred)));
    assert!(heard.try_recv().is_err(), "nobody came");
    let unknown = Unreached::Unknown(io::ErrorKind::NotFound.into());
    assert_eq!(unanswered(&Unreached::Barred), unanswered(&unknown), "nobody lists the names of our network");
}

#[tokio::test]
async fn redirects_are_not_followed_and_refusals_are_final() {
    let (target, mut heard) = server(answer("200 OK", "", b"secret")).await;
    let location = format!("location: http://{target}/\r\n");
    for (status, headers, is_final) in [
        ("302 Found", location.as_str(), true),
        ("301 Moved Permanently", location.as_str(), true),
        ("404 Not Found", "", true),
        ("204 No Content", "", true),
        ("429 Too Many Requests", "", false),
        ("503 Service Unavailable", "", false),
    ] {
        let (address, _) = server(answer(status, headers, b"")).await;
        let fetched = Fetcher::new(true).fetch(&format!("http://{address}/")).await;
        assert_eq!(is_never(&fetched), is_final, "{status}: {fetched:?}");
        assert!(!matches!(fetched, Fetched::Content(_)), "{status}: {fetched:?}");
    }
    assert!(heard.try_recv().is_err(), "nobody was led elsewhere");
}

#[tokio::test]
async fn what_is_too_large_or_breaks_off_is_no_picture() {
    let (large, _) = server(answer("200 OK", "", &[7; 2_000])).await;
    let fetcher = Fetcher { most_bytes: 1_999, ..Fetcher::new(true) };
    let fetched = fetcher.fetch(&format!("http://{large}/")).await;
    assert!(is_never(&fetched), "{fetched:?}");
    let endless = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".iter().copied().chain([7; 2_000]).collect();
    let (endless, _) = server(endless).await;
    let fetched = fetcher.fetch(&format!("http://{endless}/")).await;
    assert!(is_never(&fetched), "without a length, too: {fetched:?}");
    let (broken, _) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort".to_vec()).await;
    let fetched = fetcher.fetch(&format!("http://{broken}/")).await;
    assert!(matches!(fetched, Fetched::Later(_)), "{fetched:?}");
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let fetched = fetcher.fetch(&format!("http://{closed}/")).await;
    assert!(matches!(fetched, Fetched::Later(_)), "{fetched:?}");
}
