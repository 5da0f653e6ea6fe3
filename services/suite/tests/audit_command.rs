//! The program itself: what `pathfinder audit verify` answers to an operator, and with which status it ends.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use pathfinder::Suite;
use pathfinder::config::{Config, Entry, Store};
use pathfinder_identity::config::SignInFlags;
use pathfinder_kit::seal::Contacts;
use pathfinder_kit::telemetry::LogFormat;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(20);

/// A data folder in which the suite has run once.
async fn used_folder() -> TempDir {
    let folder = TempDir::with_prefix("pathfinder-audit-").expect("a temporary folder can be made");
    let any = "127.0.0.1:0".parse().expect("an address");
    let config = Config {
        listen: any,
        entry: Entry::default(),
        store: Store::Folder(folder.path().to_owned()),
        demo: false,
        grpc: [any; 4],
        clock_offset: None,
        otlp_endpoint: None,
        log_format: LogFormat::Text,
        contacts: Contacts::default(),
        photos: None,
        sign_in: SignInFlags { outbox_folder: Some(folder.path().join("outbox")), ..SignInFlags::default() },
        tls: None,
    };
    let shutdown = CancellationToken::new();
    let suite = Suite::start(&config, &pathfinder::deps(&config), shutdown.clone()).await.expect("the suite starts");
    shutdown.cancel();
    let finished = tokio::time::timeout(PATIENCE, suite.finished()).await.expect("the suite stops in time");
    finished.expect("the suite stops without a failure");
    folder
}

/// Runs the program; answers its status and what it said.
fn verify(folder: &Path, flags: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pathfinder"));
    for (variable, _) in std::env::vars().filter(|(variable, _)| variable.starts_with("PATHFINDER_")) {
        command.env_remove(variable);
    }
    let output = command.args(["audit", "verify", "--data-dir"]).arg(folder).args(flags).output();
    let output = output.expect("the program can be run");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.code(), said.concat())
}

#[tokio::test]
async fn the_program_says_what_it_found_and_ends_accordingly() {
    let nothing = TempDir::with_prefix("pathfinder-audit-").expect("a temporary folder can be made");
    let (status, said) = verify(nothing.path(), &[]);
    assert_eq!((status, said.matches("there is no database at").count()), (Some(1), 4), "{said}");

    let folder = used_folder().await;
    let (early, late) = (folder.path().join("early.txt"), folder.path().join("late.txt"));
    let (early, late) = (early.display().to_string(), late.display().to_string());
    let (status, said) = verify(folder.path(), &["--heads", &early, "--names"]);
    assert_eq!((status, said.matches(" whole").count()), (Some(0), 4), "a verdict for each service: {said}");
    assert!(said.contains("Names that were erased: none"), "{said}");

    // Of a chain that has gone since.
    let id = "01a20004-ecd1-7000-a2fd-c2cad3e6f190";
    let kept = std::fs::read_to_string(&early).expect("the heads were kept");
    std::fs::write(&early, format!("{kept}boards {id} 7 {}\n", "0a".repeat(32))).expect("a file can be written");
    let (status, said) = verify(folder.path(), &["--since", &early, "--heads", &late]);
    let line = format!("boards: partnership {id}, position 7: an entry stood here when the heads were kept");
    assert!(status == Some(1) && said.contains(&line) && said.contains("1 fault"), "it says `{line}`: {said}");
    let kept = std::fs::read_to_string(&late).expect("the heads were kept");
    assert!(kept.contains("; 1 fault was found."), "the file says how the trail was: {kept}");

    let (status, said) = verify(folder.path(), &["--since", "nowhere.txt", "--heads", &late]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("nowhere.txt cannot be read") && said.contains("late.txt is there already"), "{said}");
}
