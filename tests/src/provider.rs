//! An OpenID Connect provider that vouches for whomever the test names. It knows nobody itself: the code that it would have given to the
//! browser says who came back, and the token that it gives for the code says the same.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pathfinder_kit::clock::{Clock as _, SystemClock};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// As which the installation is registered.
pub const CLIENT_ID: &str = "pathfinder";
/// The secret of the registration; it signs the tokens.
pub const CLIENT_SECRET: &str = "the secret of a registration of the tests";

/// A provider on a free port. It stops when dropped.
pub struct Provider {
    /// Its issuer.
    pub issuer: String,
    serving: JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Provider {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// When no port is free.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let named = issuer.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let issuer = named.clone();
                tokio::spawn(async move { answer(stream, &issuer).await });
            }
        });
        Self { issuer, serving }
    }

    /// The code with which the account `subject` comes back, vouched for with `email`, which is verified or not.
    #[must_use]
    pub fn code(subject: &str, email: &str, is_verified: bool, nonce: &str) -> String {
        let who = json!({"sub": subject, "email": email, "email_verified": is_verified, "nonce": nonce});
        URL_SAFE_NO_PAD.encode(who.to_string())
    }
}

/// Answers one request; a connection that breaks is the test's to notice.
async fn answer(stream: TcpStream, issuer: &str) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    stream.read_line(&mut first).await.ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(told) = line.strip_prefix("content-length:") {
            length = told.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let (status, answer) = match first.split(' ').nth(1)? {
        "/.well-known/openid-configuration" => ("200 OK", published(issuer)),
        "/keys" => ("200 OK", json!({"keys": []})),
        "/token" => ("200 OK", token(issuer, &String::from_utf8(body).ok()?)?),
        _ => ("404 Not Found", json!({})),
    };
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    stream.write_all(format!("{head}{answer}").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

fn published(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["HS256"],
    })
}

/// The tokens for a code.
fn token(issuer: &str, form: &str) -> Option<Value> {
    let code = form.split('&').find_map(|pair| pair.strip_prefix("code="))?;
    let code = percent_decode_str(code).decode_utf8().ok()?;
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(code.as_bytes()).ok()?).ok()?;
    let now = SystemClock::default().now().timestamp();
    for (name, value) in
        [("iss", json!(issuer)), ("aud", json!(CLIENT_ID)), ("iat", json!(now)), ("exp", json!(now + 60))]
    {
        claims[name] = value;
    }
    let key = EncodingKey::from_secret(CLIENT_SECRET.as_bytes());
    let id_token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).ok()?;
    Some(json!({"access_token": "opens nothing", "token_type": "Bearer", "expires_in": 60, "id_token": id_token}))
}
