//! The program: error and panic reports, the command line, an exit code. Nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    warroom::cli::main()
}
