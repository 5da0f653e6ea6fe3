//! Who may know whom. The rule of ARCHITECTURE.md, executed: crates by `cargo metadata`, modules by the names that their source uses.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const SERVICES: [&str; 4] = ["pathfinder-boards", "pathfinder-commitments", "pathfinder-issues", "pathfinder-identity"];

/// What each crate may depend on, of ours.
const CRATES: [(&str, &[&str]); 12] = [
    ("pathfinder-terms", &[]),
    ("pathfinder-photos", &[]),
    ("pathfinder-policies", &[]),
    ("pathfinder-proto", &[]),
    ("pathfinder-kit", &["pathfinder-terms", "pathfinder-proto"]),
    ("pathfinder-boards", &["pathfinder-terms", "pathfinder-policies", "pathfinder-proto", "pathfinder-kit"]),
    ("pathfinder-commitments", &["pathfinder-terms", "pathfinder-policies", "pathfinder-proto", "pathfinder-kit"]),
    (
        "pathfinder-issues",
        &["pathfinder-terms", "pathfinder-photos", "pathfinder-policies", "pathfinder-proto", "pathfinder-kit"],
    ),
    ("pathfinder-identity", &["pathfinder-terms", "pathfinder-policies", "pathfinder-proto", "pathfinder-kit"]),
    ("pathfinder-gateway", &["pathfinder-proto", "pathfinder-kit"]),
    (
        "pathfinder",
        &[
            "pathfinder-terms",
            "pathfinder-proto",
            "pathfinder-kit",
            "pathfinder-boards",
            "pathfinder-commitments",
            "pathfinder-issues",
            "pathfinder-identity",
            "pathfinder-gateway",
        ],
    ),
    (
        "pathfinder-tests",
        &["pathfinder-terms", "pathfinder-proto", "pathfinder-kit", "pathfinder-identity", "pathfinder"],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The packages of the workspace, as cargo knows them.
fn packages() -> Vec<Value> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--no-deps", "--format-version", "1", "--offline"]).current_dir(root());
    let output = command.output().expect("cargo can be run");
    assert!(output.status.success(), "cargo knows the workspace: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    metadata["packages"].as_array().expect("a workspace has packages").clone()
}

fn name_of(package: &Value) -> &str {
    package["name"].as_str().unwrap_or_default()
}

#[test]
fn crates_depend_only_on_those_that_the_rule_allows() {
    let packages = packages();
    let ours: BTreeSet<&str> = packages.iter().map(name_of).collect();
    let listed: BTreeSet<&str> = CRATES.iter().map(|(name, _)| *name).collect();
    assert_eq!(ours, listed, "every crate of the workspace stands in the rule, and only those");
    for package in &packages {
        let name = name_of(package);
        let (_, allowed) = CRATES.iter().find(|(listed, _)| *listed == name).expect("compared above");
        let dependencies =
            package["dependencies"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str());
        for dependency in dependencies.filter(|dependency| ours.contains(dependency)) {
            assert!(
                allowed.contains(&dependency),
                "{name} must not depend on {dependency}; it may depend on {allowed:?}"
            );
        }
    }
}

#[test]
fn only_the_gateway_and_the_kit_speak_http() {
    for package in
        packages().iter().filter(|package| !["pathfinder-gateway", "pathfinder-kit"].contains(&name_of(package)))
    {
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let axum = dependencies.filter(|one| one["name"] == "axum").count();
        assert_eq!(axum, 0, "{} must not depend on axum: HTTP is the gateway's", name_of(package));
    }
}

/// One source file.
struct Source {
    /// Its path below the crate, such as `src/domain/action.rs`.
    path: String,
    /// Its lines without comments.
    code: String,
    lines: usize,
}

impl Source {
    fn lies_in(&self, module: &str) -> bool {
        self.path.starts_with(&format!("src/{module}/")) || self.path == format!("src/{module}.rs")
    }

    fn names(&self, word: &str) -> bool {
        let goes_on = |letter: char| letter.is_alphanumeric() || letter == '_';
        let whole =
            |at: usize| !self.code[..at].ends_with(goes_on) && !self.code[at + word.len()..].starts_with(goes_on);
        self.code.match_indices(word).any(|(at, _)| whole(at))
    }
}

/// Every Rust file of the crate in `folder`.
fn sources(folder: &str) -> Vec<Source> {
    let base = root().join(folder);
    let mut files = Vec::new();
    collect(&base, &mut files);
    assert!(!files.is_empty(), "{folder} has Rust files");
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a source file can be read");
        let code: Vec<&str> = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code)).collect();
        let inner = path.strip_prefix(&base).expect("the file lies in the crate").display().to_string();
        Source { path: inner, code: code.join("\n"), lines: text.lines().count() }
    };
    files.into_iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn services() -> impl Iterator<Item = (&'static str, Vec<Source>)> {
    SERVICES.into_iter().map(|name| (name, sources(&format!("services/{}", name.trim_start_matches("pathfinder-")))))
}

#[test]
fn a_domain_knows_nothing_of_ours_but_the_terms_and_does_nothing_with_the_outside() {
    let barred = [
        "pathfinder_kit",
        "pathfinder_proto",
        "pathfinder_boards",
        "pathfinder_commitments",
        "pathfinder_issues",
        "pathfinder_identity",
        "crate::app",
        "crate::store",
        "crate::grpc",
        "crate::worker",
        "crate::error",
        "tokio",
        "futures",
        "sea_orm",
        "tonic",
        "prost",
        "axum",
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "Utc::now",
        "rand",
    ];
    let mut seen = 0;
    for (service, sources) in services() {
        for source in sources.iter().filter(|source| source.lies_in("domain")) {
            seen += 1;
            let named: Vec<_> = barred.iter().filter(|word| source.names(word)).collect();
            let path = &source.path;
            assert!(named.is_empty(), "{service}: {path} must not name {named:?}: a domain is plain values and rules");
        }
    }
    assert!(seen > 20, "the services have domains; {seen} files were read");
}

#[test]
fn rows_stay_in_the_store_messages_in_the_grpc_layer() {
    for (service, sources) in services() {
        for source in
            sources.iter().filter(|source| source.path.starts_with("src/") && !source.path.ends_with("tests.rs"))
        {
            let path = &source.path;
            let rows = source.lies_in("store") || path == "src/error.rs";
            assert!(rows || !source.names("sea_orm"), "{service}: {path} must not name sea_orm: rows stay in store/");
            assert!(
                source.lies_in("store") || !source.names("sea_orm_migration"),
                "{service}: {path} must not name sea_orm_migration"
            );
            let messages = source.lies_in("grpc") || path == "src/lib.rs";
            assert!(
                messages || !source.names("pathfinder_proto"),
                "{service}: {path} must not name pathfinder_proto: messages stay in grpc/"
            );
            assert!(!source.names("axum"), "{service}: {path} must not name axum: HTTP is the gateway's");
        }
    }
}

#[test]
fn layers_call_downwards_only() {
    let rules: [(&str, &[&str]); 3] = [
        ("store", &["crate::app", "crate::grpc", "crate::worker"]),
        ("app", &["crate::grpc", "crate::worker"]),
        ("worker", &["crate::store"]),
    ];
    for (service, sources) in services() {
        for (layer, barred) in rules {
            for source in sources.iter().filter(|source| source.lies_in(layer)) {
                let named: Vec<_> = barred.iter().filter(|word| source.names(word)).collect();
                let (path, rule) = (&source.path, "main → lib → {grpc, worker} → app → {store, domain}");
                assert!(named.is_empty(), "{service}: {path} must not name {named:?}: {rule}");
            }
        }
    }
}

#[test]
fn the_gateway_and_the_kit_name_no_service_crate() {
    for folder in ["gateway", "services/kit", "services/terms"] {
        for source in sources(folder) {
            for service in SERVICES {
                let word = service.replace('-', "_");
                assert!(!source.names(&format!("{word}::")), "{folder}: {} must not name {word}", source.path);
            }
        }
    }
}

#[test]
fn files_are_short_and_a_main_only_starts() {
    for folder in ["proto", "services", "gateway", "tests"] {
        for source in sources(folder) {
            let most = if source.path.ends_with("src/main.rs") { 40 } else { 600 };
            assert!(source.lines <= most, "{folder}/{} has {} lines; it may have {most}", source.path, source.lines);
        }
    }
}
