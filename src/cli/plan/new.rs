//! `warroom plan new`: six questions, and a plan to go on with.

use std::{
    fs::{self, OpenOptions},
    io::{self, BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
};

use color_eyre::eyre::{Result, WrapErr, bail, eyre};

use crate::{
    cli::{Exit, check::today, say},
    config::Config,
    driver::vocabulary,
    model::Noun,
    plan::{
        self,
        begin::{Answers, Who, begin},
    },
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where the plan is written: a directory that is not there yet, or is empty
    #[arg(default_value = "warroom-plan")]
    dir: PathBuf,
    /// 1. Whose plan it is
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    /// 2. The region that serves, and the one that stands by
    #[arg(long, value_name = "PRIMARY,DR")]
    regions: Option<String>,
    /// 3. The kind of database
    #[arg(long, value_name = "KIND")]
    database: Option<String>,
    /// 4. The kind of what serves
    #[arg(long, value_name = "KIND")]
    compute: Option<String>,
    /// 5. The kind of what decides where users go
    #[arg(long, value_name = "KIND")]
    traffic: Option<String>,
    /// 6. Who decides, and who stands in, each with a way to reach them
    #[arg(long, num_args = 2, value_names = ["NAME, CONTACT", "NAME, CONTACT"])]
    people: Option<Vec<String>>,
}

pub(super) fn run(config: &Config, args: &Args) -> Result<Exit> {
    free(&args.dir)?;
    let today =
        today().ok_or_else(|| eyre!("this machine does not know what day it is"))?;
    let asked = io::stdin().is_terminal();
    let answers = answers(args, today, asked)?;
    let files = match begin(&answers, &vocabulary()) {
        Ok(files) => files,
        Err(why) => bail!("{why}. Nothing was written"),
    };
    for (name, text) in &files {
        write(&args.dir.join(name), text)?;
    }
    // What the first line of each file names, for editors.
    let schema = serde_json::to_string_pretty(&plan::schema(&vocabulary()))?;
    write(&args.dir.join("plan.schema.json"), &schema)?;
    let loaded =
        plan::load_as_of(&args.dir, &vocabulary(), config.env.all(), Some(today));
    let dir = args.dir.display();
    say(&format!(
        "{dir} is written: {}. Go on with:\n  \
         warroom check {dir}\n  \
         warroom plan show {dir}\n  \
         warroom drill --plan {dir}",
        plan::verdict(&loaded.problems)
    ))?;
    if !loaded.problems.is_empty() {
        say(&plan::human(&loaded.problems, &loaded.sources, false))?;
    }
    Ok(Exit::Ok)
}

/// Refuses a directory in which something could be overwritten.
fn free(dir: &Path) -> Result<()> {
    let taken = match fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(error).wrap_err_with(|| dir.display().to_string()),
    };
    if taken {
        bail!(
            "{} is not empty, and nothing is ever overwritten: name another directory",
            dir.display()
        );
    }
    Ok(())
}

/// Writes a file that was not there.
fn write(path: &Path, text: &str) -> Result<()> {
    let told = || format!("{} cannot be written", path.display());
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).wrap_err_with(told)?;
    }
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(path).wrap_err_with(told)?;
    file.write_all(text.as_bytes()).wrap_err_with(told)
}

/// The answers given as flags; the others are asked for, where somebody can answer.
fn answers(args: &Args, today: jiff::civil::Date, asked: bool) -> Result<Answers> {
    let mut missing: Vec<&str> = Vec::new();
    let mut get = |given: &Option<String>,
                   flag: &'static str,
                   question: &str,
                   usual: Option<&str>| {
        if let Some(given) = given {
            return Ok(given.clone());
        }
        if asked {
            return ask(question, usual);
        }
        // What has a usual answer need not be given.
        if usual.is_none() {
            missing.push(flag);
        }
        Ok(usual.unwrap_or_default().to_owned())
    };
    let organisation =
        get(&args.organisation, "--organisation", "1. Whose plan is it?", None)?;
    let regions = get(
        &args.regions,
        "--regions",
        "2. Which region serves, and which stands by? (as in eu-west-1,eu-central-1)",
        None,
    )?;
    let database = get(
        &args.database,
        "--database",
        &choice("3. What kind of database?", Noun::Database),
        Some("rds-replica"),
    )?;
    let compute = get(
        &args.compute,
        "--compute",
        &choice("4. What serves?", Noun::Compute),
        Some("ecs-service"),
    )?;
    let traffic = get(
        &args.traffic,
        "--traffic",
        &choice("5. What decides where users go?", Noun::Traffic),
        Some("route53"),
    )?;
    let mut who = |at: usize, question: &str| {
        let given = args.people.as_ref().and_then(|people| people.get(at)).cloned();
        get(&given, "--people", question, None)
    };
    let commander = who(0, "6. Who decides? (name, telephone)")?;
    let second = who(1, "   And who stands in for them? (name, telephone)")?;
    if !missing.is_empty() {
        missing.dedup();
        bail!("nobody is there to be asked: give {}", missing.join(", "));
    }
    let (primary, dr) = regions
        .split_once([',', ' '])
        .ok_or_else(|| eyre!("`{regions}` is one region: write two, with a comma"))?;
    Ok(Answers {
        organisation,
        regions: (primary.trim().to_owned(), dr.trim().to_owned()),
        database,
        compute,
        traffic,
        commander: person(&commander)?,
        second: person(&second)?,
        today,
    })
}

/// `A. Okafor, +1 202 555 0110`.
fn person(answer: &str) -> Result<Who> {
    let (name, contact) = answer.split_once(',').unwrap_or((answer, ""));
    let (name, contact) = (name.trim(), contact.trim());
    if name.is_empty() || contact.is_empty() {
        bail!("`{answer}`: write a name, a comma, and how they are reached");
    }
    Ok(Who { name: name.to_owned(), contact: contact.to_owned() })
}

/// A question with the kinds there are.
fn choice(question: &str, noun: Noun) -> String {
    let kinds = vocabulary();
    let known: Vec<&str> =
        kinds.iter().filter(|kind| kind.noun == noun).map(|kind| kind.kind).collect();
    format!("{question} ({})", known.join(", "))
}

/// Asks until there is an answer; an empty line is the usual one.
fn ask(question: &str, usual: Option<&str>) -> Result<String> {
    let usual_words = usual.map_or_else(String::new, |usual| format!(" [{usual}]"));
    loop {
        say(&format!("{question}{usual_words}"))?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            bail!("the answers ended. Nothing was written");
        }
        let answer = line.trim();
        match (answer.is_empty(), usual) {
            (false, _) => return Ok(answer.to_owned()),
            (true, Some(usual)) => return Ok(usual.to_owned()),
            (true, None) => {}
        }
    }
}
