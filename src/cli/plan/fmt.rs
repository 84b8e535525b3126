//! `warroom plan fmt`: writes the files of a plan the one way.

use std::{
    fs,
    path::{Path, PathBuf},
};

use color_eyre::eyre::{Result, WrapErr, bail};

use crate::{
    cli::{Exit, say},
    plan::{FileKind, Sources, format},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The plan: a directory with plan.toml and runbooks/, or one file
    plan: PathBuf,
    /// Change nothing: name the files that would be written, and exit 1 when there are any
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: &Args) -> Result<Exit> {
    let (sources, unreadable) = Sources::read(&args.plan);
    if let Some(bad) = unreadable.first() {
        bail!("{}: {}; {}", bad.file, bad.why, bad.help);
    }
    // All files, before any is written: half a plan formatted helps nobody.
    let mut changed: Vec<(&str, String)> = Vec::new();
    for source in &sources.files {
        let anew = match format(&source.text, FileKind::of(&source.name)) {
            Ok(anew) => anew,
            Err(why) => bail!("{}: {why}. Nothing was written", source.shown),
        };
        if anew != source.text {
            changed.push((&source.shown, anew));
        }
    }
    for (path, anew) in &changed {
        if !args.check {
            replace(Path::new(path), anew)?;
        }
        say(path)?;
    }
    Ok(if args.check && !changed.is_empty() { Exit::Failed } else { Exit::Ok })
}

/// Whole or not at all: a disk that is full in the middle leaves the old file.
fn replace(path: &Path, text: &str) -> Result<()> {
    let told = || format!("{} cannot be written", path.display());
    // A link is followed: what it leads to is the file.
    let path = fs::canonicalize(path).wrap_err_with(told)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".fmt");
    let beside = path.with_file_name(name);
    let mode = fs::metadata(&path).wrap_err_with(told)?.permissions();
    let written = fs::write(&beside, text)
        .and_then(|()| fs::set_permissions(&beside, mode))
        .and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written.wrap_err_with(told)
}
