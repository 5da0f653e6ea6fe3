//! From flags to a serving process: the program `pathfinder-gateway`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use pathfinder_kit::program::{bind, refuse, stop_on_signal};
use pathfinder_kit::telemetry;
use tokio_util::sync::CancellationToken;

use crate::{Flags, Settings};

#[derive(Parser)]
#[command(version, about = "The HTTP front door of Pathfinder")]
struct Line {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Subcommand, Clone, Copy)]
enum Task {
    /// Serve until stopped (the default).
    Serve,
    /// Ask the running gateway whether it is alive, and end.
    Healthcheck,
}

/// The `main` of the gateway's binary.
#[must_use]
pub fn main() -> ExitCode {
    let line = Line::parse();
    let settings = match Settings::check(&line.flags) {
        Ok(settings) => settings,
        Err(problems) => return refuse(&problems),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error),
    };
    let outcome = runtime.block_on(async {
        match line.task.unwrap_or(Task::Serve) {
            Task::Serve => serve(&settings).await,
            Task::Healthcheck => crate::health::ask_health(settings.listen).await.map_err(Into::into),
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error),
    }
}

async fn serve(settings: &Settings) -> Result<(), Box<dyn std::error::Error>> {
    let telemetry = telemetry::start("pathfinder-gateway", settings.otlp_endpoint.as_deref(), settings.log_format)?;
    let gateway = crate::build(&settings.config, pathfinder_proto::pool())?;
    let listener = bind(settings.listen).await?;
    let shutdown = CancellationToken::new();
    stop_on_signal(shutdown.clone());
    tracing::info!(address = %settings.listen, "serving");
    let outcome = gateway.run(listener, shutdown.cancelled()).await;
    tokio::task::spawn_blocking(|| telemetry.flush()).await?;
    outcome.map_err(Into::into)
}
