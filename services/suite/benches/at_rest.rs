//! How quickly the suite starts on an existing data folder, and how much memory it holds at rest.
//!
//! `cargo bench -p pathfinder --bench at_rest` builds the program in release mode, starts it once to make the data, then
//! starts it again a few times and prints the figures: seconds from the start of the process until `/readyz` answers
//! 200, and the resident set a few seconds later. It judges nothing.

#![allow(clippy::print_stdout, reason = "the figures are printed")]

use std::error::Error;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const STARTS: usize = 5;
const REST: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(120);

struct Figures {
    start_seconds: f64,
    resident_mib: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let program = Path::new(env!("CARGO_BIN_EXE_pathfinder"));
    let folder = tempfile::tempdir()?;
    println!("first start, with the demonstration:");
    print(&measure(program, folder.path())?);
    println!("then {STARTS} starts on the existing data folder:");
    for _ in 0..STARTS {
        print(&measure(program, folder.path())?);
    }
    Ok(())
}

fn measure(program: &Path, folder: &Path) -> Result<Figures, Box<dyn Error>> {
    let (http, grpc) = (free_port(1)?, free_port(4)?);
    let started = Instant::now();
    let mut running = Command::new(program)
        .args(["--listen", &format!("127.0.0.1:{http}"), "--port-base", &grpc.to_string(), "--data-dir"])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let figures = until_ready(http, started).and_then(|start_seconds| {
        sleep(REST);
        Ok(Figures { start_seconds, resident_mib: resident_mib(&running)? })
    });
    running.kill()?;
    running.wait()?;
    figures
}

/// A port with `count - 1` free ones behind it, as far as can be known before they are bound.
fn free_port(count: u16) -> Result<u16, Box<dyn Error>> {
    for _ in 0..100 {
        let first = TcpListener::bind("127.0.0.1:0")?;
        let port = first.local_addr()?.port();
        let last = port.checked_add(count - 1);
        let free = |next: u16| TcpListener::bind(("127.0.0.1", next)).is_ok();
        if last.is_some_and(|last| (port + 1..=last).all(free)) {
            return Ok(port);
        }
    }
    Err("no free ports in a row".into())
}

fn until_ready(port: u16, started: Instant) -> Result<f64, Box<dyn Error>> {
    use std::io::{Read as _, Write as _};
    while started.elapsed() < PATIENCE {
        if let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) {
            stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            if answer.starts_with("HTTP/1.1 200") {
                return Ok(started.elapsed().as_secs_f64());
            }
        }
        sleep(Duration::from_millis(10));
    }
    Err("the suite did not become ready".into())
}

fn resident_mib(running: &Child) -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.id()))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("the system tells no resident set")?;
    let kib: f64 = line.split_whitespace().nth(1).ok_or("the resident set has a figure")?.parse()?;
    Ok(kib / 1024.0)
}

fn print(figures: &Figures) {
    println!("  ready after {:.2} s, {:.0} MiB resident at rest", figures.start_seconds, figures.resident_mib);
}
