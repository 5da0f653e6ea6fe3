//! The issues service on its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    pathfinder_kit::program::main::<pathfinder_issues::Issues>()
}
