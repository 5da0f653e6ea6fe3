//! The gateway as a program of its own.

fn main() -> std::process::ExitCode {
    pathfinder_gateway::program::main()
}
