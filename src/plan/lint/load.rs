//! Where a dump is loaded into, told by the words of a script and by the values it is
//! given. Rules about what is overwritten, and about what users use, ask here.

use std::collections::BTreeMap;

use super::shell::{Command, Pipe, pipes};
use crate::model::Action;

/// One loading of a dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    /// The server it is loaded on; none when that is the machine's own, or unknown.
    pub host: Option<String>,
    /// The database; none when nobody can tell.
    pub database: Option<String>,
    /// Whether the program runs in a container of its own.
    pub inside: bool,
}

/// Programs that load what they are given.
const LOADERS: &[&str] = &["pg_restore", "psql", "mysql", "mariadb"];

/// Programs that hand a dump on.
const HANDS_ON: &[&str] = &[
    "gunzip",
    "gzip",
    "zcat",
    "zstd",
    "xz",
    "lz4",
    "pigz",
    "cat",
    "aws",
    "gpg",
    "age",
    "pg_dump",
    "mysqldump",
];

/// Every dump an action loads into a database.
pub(super) fn loads(action: &Action) -> Vec<Load> {
    let Action::Command(spec) = action else { return Vec::new() };
    let all = if spec.shell {
        spec.argv.last().map(|script| pipes(script)).unwrap_or_default()
    } else {
        vec![vec![Command { words: spec.argv.clone(), env: Vec::new() }]]
    };
    of_pipes(&all, &spec.env)
}

fn of_pipes(all: &[Pipe], env: &BTreeMap<String, String>) -> Vec<Load> {
    let mut found = Vec::new();
    for pipe in all {
        for (index, command) in pipe.iter().enumerate() {
            let fed = index > 0
                && pipe.first().is_some_and(|one| HANDS_ON.contains(&one.program()));
            found.extend(of_command(command, fed, env));
        }
    }
    found
}

fn of_command(
    command: &Command,
    fed: bool,
    env: &BTreeMap<String, String>,
) -> Option<Load> {
    let bare = |word: &String| word.rsplit('/').next().unwrap_or_default().to_owned();
    let at =
        command.words.iter().position(|word| LOADERS.contains(&bare(word).as_str()))?;
    let program = bare(command.words.get(at)?);
    let option = |names: [&str; 2]| {
        names.iter().find_map(|name| command.option(name)).map(str::to_owned)
    };
    let into = option(["-d", "--dbname"]).or_else(|| option(["-D", "--database"]));
    let is_dump = |word: &str| {
        let word = word.to_lowercase();
        word.contains("dump") || word.contains("backup")
    };
    let read = command.words.iter().position(|word| word == "<");
    let read = read.and_then(|at| command.words.get(at + 1));
    let file = option(["-f", "--file"]);
    let asks = ["-c", "--command", "-e", "--execute", "-l", "--list"];
    let asks = asks.iter().any(|flag| command.has(flag));
    let loads = if program == "pg_restore" {
        into.is_some()
    } else {
        let named = read.is_some_and(|file| is_dump(file))
            || file.is_some_and(|file| is_dump(&file));
        named || fed
    };
    (loads && !asks).then(|| Load {
        host: option(["-h", "--host"]).and_then(|host| filled(&host, env)),
        database: into.and_then(|name| filled(&name, env)),
        inside: command.program() != program,
    })
}

/// A word with the variables it is given; none when one of them is given nowhere here.
fn filled(word: &str, env: &BTreeMap<String, String>) -> Option<String> {
    let mut text = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('$') {
        text.push_str(before);
        let (name, tail) = if let Some(inner) = after.strip_prefix('{') {
            inner.split_once('}')?
        } else {
            let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            after.split_at(after.find(|c| !part(c)).unwrap_or(after.len()))
        };
        text.push_str(env.get(name)?);
        rest = tail;
    }
    text.push_str(rest);
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(script: &str) -> Vec<Load> {
        let env = [("DB", "shop"), ("HOST", "db.east"), ("RUN", "7")];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
        of_pipes(&pipes(script), &BTreeMap::from(env))
    }

    #[test]
    fn what_is_loaded_and_where_is_read_off_the_script() {
        let load = |host: &str, database: &str| Load {
            host: Some(host.to_owned()).filter(|host| !host.is_empty()),
            database: Some(database.to_owned()).filter(|name| !name.is_empty()),
            inside: false,
        };
        for (script, want) in [
            (
                "gunzip -c x.gz | psql --host \"$HOST\" --dbname \"$DB\" -q",
                Some(load("db.east", "shop")),
            ),
            (
                "psql -h $HOST -d ${DB}_restored_$RUN -f /tmp/dump.sql",
                Some(load("db.east", "shop_restored_7")),
            ),
            ("sudo -u postgres pg_restore --clean --dbname=shop", Some(load("", "shop"))),
            ("pg_restore -d \"$NAME\" x", Some(load("", ""))),
            (
                "docker compose exec -T db pg_restore --dbname=shop",
                Some(Load { inside: true, ..load("", "shop") }),
            ),
            ("pg_restore --list x.dump", None),
            ("psql -d shop -c 'SELECT 1'", None),
            ("echo 'SELECT 1' | psql -d shop", None),
            ("psql -d shop -f count.sql", None),
        ] {
            assert_eq!(of(script), want.into_iter().collect::<Vec<_>>(), "{script}");
        }
    }
}
