//! From an older version of the language to this one. Each step is a function from text to
//! text, so that comments and order stay as they were.

use toml::de::DeTable;

/// The version of the language there is.
pub const SCHEMA: u64 = super::read::SCHEMA;

/// What became of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Migrated {
    /// It is of the newest version already.
    Current,
    /// The text to put in its place.
    Rewritten(String),
}

/// From version to the one after it, the first from 1 to 2.
const STEPS: &[fn(&str) -> String] = &[];

/// The text of a plan's own file in the newest version of the language.
///
/// # Errors
/// When the version cannot be told, or is newer than this program.
pub fn migrate(text: &str) -> Result<Migrated, String> {
    let doc = DeTable::parse(text).map_err(|error| error.message().to_owned())?;
    let written =
        doc.get_ref().get("schema").and_then(|value| value.get_ref().as_integer());
    let version = written.and_then(|whole| whole.as_str().parse::<u64>().ok());
    let Some(version) = version.filter(|version| *version > 0) else {
        return Err("it has no `schema = 1` that says its version".to_owned());
    };
    if version > SCHEMA {
        return Err(format!(
            "it is of schema {version}; this warroom reads up to {SCHEMA}: use a newer one"
        ));
    }
    let done = usize::try_from(version - 1).unwrap_or(usize::MAX);
    let open = STEPS.get(done..).unwrap_or_default();
    if open.is_empty() {
        return Ok(Migrated::Current);
    }
    Ok(Migrated::Rewritten(open.iter().fold(text.to_owned(), |text, step| step(&text))))
}
