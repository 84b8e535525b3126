//! The Python environment the test servers run in: made once per machine, then kept.
//!
//! Owns `target/test-servers/<kind>-<hash>`: the hash is of the pinned requirements and of
//! the Python version, so that a change of either makes a new one. Several test
//! processes may ask at once; a file lock, which dies with its holder, lets one build.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The servers written in Python, each with its own pinned packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// moto, corrected, with faults and a witness.
    Aws,
    /// `MiniStack`, as published.
    Second,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Second => "second",
        }
    }

    pub(super) fn script(self) -> &'static str {
        match self {
            Self::Aws => "aws_emulator.py",
            Self::Second => "second_emulator.py",
        }
    }

    fn requirements(self) -> &'static str {
        match self {
            Self::Aws => "requirements.txt",
            Self::Second => "second_requirements.txt",
        }
    }
}

/// The folder test servers, their environments and their logs live in.
pub(super) fn servers_dir() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| manifest.join("target"), |dir| manifest.join(dir))
        .join("test-servers")
}

/// The folder with the Python sources of the test servers.
pub(super) fn sources_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support")
}

/// The Python of a kind's environment, which is made if there is none.
///
/// # Errors
/// What could not be done, with the output of the command that failed.
pub(super) fn python(kind: Kind) -> Result<PathBuf, String> {
    let requirements = sources_dir().join(kind.requirements());
    let pins = fs::read(&requirements)
        .map_err(|why| format!("cannot read {}: {why}", requirements.display()))?;
    let system = env::var_os("WARROOM_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let version = run(Command::new(&system).arg("--version")).map_err(|why| {
        format!("the wire tests need Python 3 (set WARROOM_TEST_PYTHON): {why}")
    })?;
    let hash = fnv1a(&[&pins, version.as_bytes()].concat());
    let name = format!("{}-{hash:016x}", kind.name());
    let dir = servers_dir().join(&name);
    fs::create_dir_all(servers_dir())
        .map_err(|why| format!("cannot create {}: {why}", servers_dir().display()))?;
    let lock = servers_dir().join(format!("{name}.lock"));
    let lock = File::create(&lock)
        .and_then(|file| file.lock().map(|()| file))
        .map_err(|why| format!("cannot lock {}: {why}", lock.display()))?;
    let made = build(&system, &dir, &requirements);
    drop(lock);
    made.map(|()| dir.join("bin/python"))
}

/// Make the environment, unless the mark says that somebody has. Holds the lock.
fn build(system: &OsString, dir: &Path, requirements: &Path) -> Result<(), String> {
    let complete = dir.join("complete");
    if complete.exists() {
        return Ok(());
    }
    if dir.exists() {
        fs::remove_dir_all(dir)
            .map_err(|why| format!("cannot remove half a {}: {why}", dir.display()))?;
    }
    run(Command::new(system).args(["-m", "venv"]).arg(dir)).map_err(|why| {
        format!("{why}\nOn Debian and Ubuntu the package python3-venv is needed.")
    })?;
    let pip =
        ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"];
    run(Command::new(dir.join("bin/python")).args(pip).arg("-r").arg(requirements))
        .map_err(|why| {
            format!("{why}\nThe wire tests install their emulator from PyPI once.")
        })?;
    fs::write(&complete, "")
        .map_err(|why| format!("cannot mark {}: {why}", dir.display()))
}

/// The output of a command that succeeded, or its words when it failed.
fn run(command: &mut Command) -> Result<String, String> {
    let output =
        command.output().map_err(|why| format!("cannot run {command:?}: {why}"))?;
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        Ok(out.into_owned())
    } else {
        Err(format!("{command:?} failed ({}):\n{out}{err}", output.status))
    }
}

/// FNV-1a, 64 bits: a name, not a seal.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
