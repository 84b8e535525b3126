//! `warroom supervise`, which no person calls: the process that runs a step's program and
//! leaves word of its end (see `driver::errands`). Reads no configuration and opens no
//! journal: all it knows stands in its arguments.

use std::{
    collections::BTreeMap,
    io::{Read, stdin, stdout},
    path::PathBuf,
};

use color_eyre::eyre::{Result, WrapErr, bail};
use rustix::fs::{OFlags, fcntl_setfl};

use super::Exit;
use crate::{
    driver::{
        Progress,
        errands::{self, Charge},
    },
    model::{Span, Text},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where the attempt's traces lie
    #[arg(long)]
    dir: PathBuf,
    /// Which attempt
    #[arg(long)]
    key: String,
    /// How long the program may take
    #[arg(long)]
    limit_ms: i64,
    /// How many secrets come by the standard input, as a JSON list
    #[arg(long, default_value_t = 0)]
    masks: usize,
    /// The program and its arguments
    #[arg(last = true, required = true)]
    words: Vec<String>,
}

pub(super) fn run(env: &BTreeMap<String, String>, args: &Args) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .wrap_err("the runtime could not start")?;
    let order = Charge {
        dir: args.dir.clone(),
        key: args.key.clone(),
        limit: Span::millis(args.limit_ms),
        words: args.words.clone(),
        masks: masks(args.masks)?,
    };
    runtime.block_on(errands::supervise(order, env.clone(), &Passing::open()))?;
    Ok(Exit::Ok)
}

/// What must not be left of what the program says. With less than was promised nothing
/// begins: its starter is gone.
fn masks(promised: usize) -> Result<Vec<String>> {
    if promised == 0 {
        return Ok(Vec::new());
    }
    let mut text = String::new();
    stdin().read_to_string(&mut text).wrap_err("nobody said what to mask")?;
    let masks: Vec<String> =
        serde_json::from_str(&text).wrap_err("what to mask was cut short")?;
    if masks.len() == promised { Ok(masks) } else { bail!("what to mask was cut short") }
}

/// Lines for a console that may be stopped, or gone: what it does not take is dropped.
struct Passing;

impl Passing {
    /// A pipe nobody reads must hold up neither the program nor its limit.
    fn open() -> Self {
        fcntl_setfl(stdout(), OFlags::NONBLOCK).ok();
        Self
    }
}

impl Progress for Passing {
    fn say(&self, line: Text) {
        // Shorter than what a pipe takes whole or not at all.
        rustix::io::write(stdout(), format!("{line}\n").as_bytes()).ok();
    }
}
