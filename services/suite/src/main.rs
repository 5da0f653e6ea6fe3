//! The program `pathfinder`.

fn main() -> std::process::ExitCode {
    pathfinder::cli::main()
}
