//! The gateway as a program of its own.

use std::process::ExitCode;

use clap::Parser;
use pathfinder_gateway::{Flags, Settings};
use pathfinder_kit::program::{bind, refuse, stop_on_signal};
use pathfinder_kit::telemetry;
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    let settings = match Settings::check(&Flags::parse()) {
        Ok(settings) => settings,
        Err(problems) => return refuse(&problems),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error),
    };
    match runtime.block_on(serve(&settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error),
    }
}

async fn serve(settings: &Settings) -> Result<(), Box<dyn std::error::Error>> {
    let telemetry = telemetry::start("pathfinder-gateway", settings.otlp_endpoint.as_deref(), settings.log_format)?;
    let gateway = pathfinder_gateway::build(&settings.config, pathfinder_proto::pool())?;
    let listener = bind(settings.listen).await?;
    let shutdown = CancellationToken::new();
    stop_on_signal(shutdown.clone());
    tracing::info!(address = %settings.listen, "serving");
    let outcome = gateway.run(listener, shutdown.cancelled()).await;
    tokio::task::spawn_blocking(|| telemetry.flush()).await?;
    outcome.map_err(Into::into)
}
