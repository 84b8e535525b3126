//! A value, written the one way: blanks where they help, a list over several lines where its
//! author began one, and everything in it as it was.

use super::scan::quoted;

/// A value taken apart as far as its look goes.
#[derive(Clone, Debug)]
enum Node {
    /// Text, a number, a date: as it was written.
    Plain(String),
    List(List),
    /// `{ key = value }` on one line: keys as they were written.
    Table(Vec<(String, Self)>),
}

#[derive(Clone, Debug, Default)]
struct List {
    items: Vec<Item>,
    /// Comments before the closing bracket.
    tail: Vec<String>,
    /// It was begun on one line and ended on another.
    tall: bool,
}

#[derive(Clone, Debug)]
struct Item {
    above: Vec<String>,
    node: Node,
    behind: Option<String>,
}

/// `value` as it should stand at `indent` columns; as it is where it cannot be taken apart.
pub(super) fn formatted(value: &str, indent: usize) -> String {
    let mut reader = Reader { rest: value };
    match reader.node() {
        Some(node) if reader.rest.trim().is_empty() => written(&node, indent),
        Some(_) | None => value.to_owned(),
    }
}

/// The comments in a value.
pub(super) fn comments(value: &str) -> Option<Vec<String>> {
    let mut all = Vec::new();
    let mut rest = value;
    while let Some(c) = rest.chars().next() {
        let end = match c {
            '"' | '\'' => quoted(rest, c)?,
            '#' => {
                let end = rest.find('\n').unwrap_or(rest.len());
                all.push(rest.get(..end)?.trim_end().to_owned());
                end
            }
            c => c.len_utf8(),
        };
        rest = rest.get(end..)?;
    }
    Some(all)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
    }

    fn take(&mut self, bytes: usize) -> Option<String> {
        let (taken, rest) = (self.rest.get(..bytes)?, self.rest.get(bytes..)?);
        self.rest = rest;
        Some(taken.to_owned())
    }

    fn eat(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn node(&mut self) -> Option<Node> {
        self.blanks();
        match self.rest.chars().next()? {
            quote @ ('"' | '\'') => {
                let end = quoted(self.rest, quote)?;
                self.take(end).map(Node::Plain)
            }
            '[' => self.list().map(Node::List),
            '{' => self.table(),
            _ => {
                let end = self.rest.find([',', ']', '}', '\n', '#']);
                let text = self.take(end.unwrap_or(self.rest.len()))?;
                Some(Node::Plain(text.trim_end().to_owned()))
            }
        }
    }

    fn list(&mut self) -> Option<List> {
        self.eat('[');
        let mut list = List::default();
        let mut above: Vec<String> = Vec::new();
        // Whether the item before is still open to a comment behind it.
        let mut same_line = false;
        loop {
            self.blanks();
            match self.rest.chars().next()? {
                ']' => {
                    self.eat(']');
                    list.tail = above;
                    return Some(list);
                }
                '\n' => {
                    self.eat('\n');
                    list.tall = true;
                    same_line = false;
                }
                '#' => {
                    let end = self.rest.find('\n')?;
                    let comment = self.take(end)?.trim_end().to_owned();
                    match list.items.last_mut() {
                        Some(item) if same_line && item.behind.is_none() => {
                            item.behind = Some(comment);
                        }
                        Some(_) | None => above.push(comment),
                    }
                }
                ',' => {
                    self.eat(',');
                }
                _ => {
                    let above = std::mem::take(&mut above);
                    let node = self.node()?;
                    list.items.push(Item { above, node, behind: None });
                    same_line = true;
                }
            }
        }
    }

    /// None where it goes over several lines, or has comments: it stays as it is then.
    fn table(&mut self) -> Option<Node> {
        self.eat('{');
        let mut entries = Vec::new();
        loop {
            self.blanks();
            match self.rest.chars().next()? {
                '}' => {
                    self.eat('}');
                    return Some(Node::Table(entries));
                }
                ',' => {
                    self.eat(',');
                }
                '\n' | '#' => return None,
                _ => {
                    let key = self.key()?;
                    let node = self.node()?;
                    entries.push((key, node));
                }
            }
        }
    }

    /// A key of an inline table, up to and with its `=`.
    fn key(&mut self) -> Option<String> {
        let mut key = String::new();
        loop {
            self.blanks();
            match self.rest.chars().next()? {
                quote @ ('"' | '\'') => {
                    let end = quoted(self.rest, quote)?;
                    key.push_str(&self.take(end)?);
                }
                '=' => {
                    self.eat('=');
                    return (!key.is_empty()).then_some(key);
                }
                '\n' | '#' | ',' | '{' | '}' | '[' | ']' => return None,
                c => {
                    key.push(c);
                    self.take(c.len_utf8())?;
                }
            }
        }
    }
}

fn written(node: &Node, indent: usize) -> String {
    match node {
        Node::Plain(text) => text.clone(),
        Node::List(list) => of_list(list, indent),
        Node::Table(entries) if entries.is_empty() => "{}".to_owned(),
        Node::Table(entries) => {
            let pairs: Vec<String> = entries
                .iter()
                .map(|(key, node)| format!("{key} = {}", written(node, indent)))
                .collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

fn of_list(list: &List, indent: usize) -> String {
    let commented = list.items.iter().any(|item| item.behind.is_some());
    if !list.tall && !commented && list.tail.is_empty() {
        let items: Vec<String> =
            list.items.iter().map(|item| written(&item.node, indent)).collect();
        return format!("[{}]", items.join(", "));
    }
    if list.items.is_empty() && list.tail.is_empty() {
        return "[]".to_owned();
    }
    let inner = indent + 2;
    let pad = " ".repeat(inner);
    let mut out = String::from("[\n");
    for item in &list.items {
        for comment in &item.above {
            out.push_str(&format!("{pad}{comment}\n"));
        }
        out.push_str(&format!("{pad}{},", written(&item.node, inner)));
        if let Some(comment) = &item.behind {
            out.push_str(&format!(" {comment}"));
        }
        out.push('\n');
    }
    for comment in &list.tail {
        out.push_str(&format!("{pad}{comment}\n"));
    }
    out.push_str(&" ".repeat(indent));
    out.push(']');
    out
}
