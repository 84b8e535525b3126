//! The one way a plan is written: keys in the order the language describes them, one blank
//! line before each table, lists indented by two. Comments stay with what they stand above
//! or behind; blank lines within a table divide its keys into groups that stay apart. Never
//! changes what a file means: what comes out is read and compared before it is handed on.

mod scan;
mod value;

use scan::{Entry, Head, Line};

use super::language::{FileRow, Open, RunbookRow, Table, TableDef, Ty};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `plan.toml`, or a plan in one file.
    Plan,
    /// One of `runbooks/`.
    Runbook,
}

impl FileKind {
    /// By a file's name within its plan.
    pub fn of(name: &str) -> Self {
        if name.starts_with("runbooks/") { Self::Runbook } else { Self::Plan }
    }

    const fn root(self) -> &'static TableDef {
        match self {
            Self::Plan => FileRow::DEF,
            Self::Runbook => RunbookRow::DEF,
        }
    }
}

/// `text` as it should be written.
///
/// # Errors
/// When it is no TOML, or cannot be written anew without changing it.
pub fn format(text: &str, kind: FileKind) -> Result<String, String> {
    let before: toml::Table =
        toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let broken = || "it cannot be written anew without changing it".to_owned();
    let lines = scan::lines(text).ok_or_else(broken)?;
    let out = written(&blocks(lines), kind);
    let after: toml::Table = toml::from_str(&out).ok().ok_or_else(broken)?;
    let sorted = |text: &str| {
        let mut all = scan::comments(text)?;
        all.sort();
        Some(all)
    };
    let same = before == after && sorted(text).is_some() && sorted(text) == sorted(&out);
    if same { Ok(out) } else { Err(broken()) }
}

/// A heading with what stands above it, and the keys under it.
#[derive(Debug, Default)]
struct Block {
    above: Vec<String>,
    head: Option<Head>,
    groups: Vec<Group>,
}

/// Keys without a blank line between them, each with the comments right above it; then
/// comments nothing follows.
#[derive(Debug, Default)]
struct Group {
    entries: Vec<(Vec<String>, Entry)>,
    tail: Vec<String>,
}

impl Group {
    const fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.tail.is_empty()
    }
}

fn blocks(lines: Vec<Line>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut block = Block::default();
    let mut group = Group::default();
    let mut above: Vec<String> = Vec::new();
    for line in lines {
        match line {
            Line::Comment(comment) => above.push(comment),
            Line::Entry(entry) => {
                group.entries.push((std::mem::take(&mut above), entry));
            }
            Line::Blank => close(&mut block, &mut group, &mut above),
            Line::Head(head) => {
                // Comments right above a heading are its own.
                let own = std::mem::take(&mut above);
                close(&mut block, &mut group, &mut above);
                let next = Block { above: own, head: Some(head), groups: Vec::new() };
                blocks.push(std::mem::replace(&mut block, next));
            }
        }
    }
    close(&mut block, &mut group, &mut above);
    blocks.push(block);
    blocks
}

fn close(block: &mut Block, group: &mut Group, above: &mut Vec<String>) {
    group.tail = std::mem::take(above);
    if !group.is_empty() {
        block.groups.push(std::mem::take(group));
    }
}

fn written(blocks: &[Block], kind: FileKind) -> String {
    let mut out = String::new();
    for block in blocks {
        let def = match &block.head {
            None => Some(kind.root()),
            Some(head) => table(kind.root(), &head.path),
        };
        if !out.is_empty() && (block.head.is_some() || !block.groups.is_empty()) {
            out.push('\n');
        }
        for comment in &block.above {
            out.push_str(&format!("{comment}\n"));
        }
        if let Some(head) = &block.head {
            let path = head.path.join(".");
            let name =
                if head.many { format!("[[{path}]]") } else { format!("[{path}]") };
            out.push_str(&behind(&name, head.comment.as_ref()));
        }
        for (at, group) in block.groups.iter().enumerate() {
            if at > 0 {
                out.push('\n');
            }
            of_group(&mut out, group, def);
        }
    }
    out
}

fn of_group(out: &mut String, group: &Group, def: Option<&'static TableDef>) {
    let mut entries: Vec<&(Vec<String>, Entry)> = group.entries.iter().collect();
    // A stable sort: what the language does not tell apart stays as it was.
    entries.sort_by_key(|(_, entry)| def.map_or(0, |def| rank(def, entry)));
    for (above, entry) in entries {
        for comment in above {
            out.push_str(&format!("{comment}\n"));
        }
        let line =
            format!("{} = {}", entry.key.join("."), value::formatted(&entry.value, 0));
        out.push_str(&behind(&line, entry.comment.as_ref()));
    }
    for comment in &group.tail {
        out.push_str(&format!("{comment}\n"));
    }
}

fn behind(line: &str, comment: Option<&String>) -> String {
    match comment {
        Some(comment) => format!("{line} {comment}\n"),
        None => format!("{line}\n"),
    }
}

/// The place of a key in its table, twice over, so that there is room between two. What the
/// table is open to stands where its reader looks for it; notes of one's own stand last.
fn rank(def: &TableDef, entry: &Entry) -> usize {
    let key = entry.key.first().map_or("", |key| key.trim_matches(['"', '\'']));
    let place = |key: &str| def.columns.iter().position(|column| column.key == key);
    if let Some(at) = place(key) {
        return at * 2;
    }
    let after = match def.open {
        _ if key.starts_with("x_") => None,
        Open::No => None,
        Open::Kind => place("primary"),
        Open::Side => return 0,
        Open::Verb => place("side"),
    };
    after.map_or(def.columns.len() * 2, |at| at * 2 + 1)
}

/// The table a heading opens.
fn table(root: &'static TableDef, path: &[String]) -> Option<&'static TableDef> {
    let mut def = root;
    let mut keys = path.iter().map(|key| key.trim_matches(['"', '\'']));
    while let Some(key) = keys.next() {
        let column = def.columns.iter().find(|column| column.key == key)?;
        def = inner((column.ty)(), &mut keys)?;
    }
    Some(def)
}

fn inner(ty: Ty, keys: &mut dyn Iterator<Item = &str>) -> Option<&'static TableDef> {
    if let Ty::List(of) = ty {
        return inner(*of, keys);
    }
    if let Ty::Map(of) = ty {
        // Of a table of tables the next key is the name of one.
        return keys.next().and_then(|_| inner(*of, keys));
    }
    if let Ty::Either(short, long) = ty {
        return inner(*long, keys).or_else(|| inner(*short, keys));
    }
    ty.table()
}
