//! Whether a line fits a pattern, for the part of regular expressions that log checks are
//! written in. It understands characters, `.`, classes (`[0-9]`, `[^ ]`, `[[:digit:]]`,
//! `\d \w \s` and their opposites), `^`, `$`, `\b`, groups with `|`, and the repeats
//! `* + ? {2} {2,} {2,5}`, lazy ones too. Whatever else there is (looking ahead or back, back
//! references, flags, named groups) it does not understand, and then it does not judge.

use std::collections::BTreeSet;

/// Whether `line` has a part that fits; none when the pattern is not understood, or is too
/// much work.
pub(super) fn fits(pattern: &str, line: &str) -> Option<bool> {
    let mut parser = Parser { rest: pattern.chars().collect(), at: 0 };
    let whole = parser.choices(0)?;
    if parser.at < parser.rest.len() {
        return None;
    }
    let line: Vec<char> = line.chars().collect();
    let anywhere: BTreeSet<usize> = (0..=line.len()).collect();
    let mut run = Run { line: &line, fuel: 200_000 };
    Some(!run.choices(&whole, &anywhere)?.is_empty())
}

type Choices = Vec<Vec<Item>>;

#[derive(Debug)]
struct Item {
    what: What,
    least: u32,
    most: Option<u32>,
}

#[derive(Debug)]
enum What {
    Any,
    One(char),
    Class { not: bool, parts: Vec<Part> },
    Begin,
    End,
    Edge,
    Group(Choices),
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Range(char, char),
    Digit(bool),
    Word(bool),
    Space(bool),
    Letter,
    Upper,
    Lower,
    Punctuation,
}

impl Part {
    fn has(self, c: char) -> bool {
        match self {
            Self::Range(from, to) => (from..=to).contains(&c),
            Self::Digit(yes) => c.is_ascii_digit() == yes,
            Self::Word(yes) => is_word(c) == yes,
            Self::Space(yes) => c.is_whitespace() == yes,
            Self::Letter => c.is_alphabetic(),
            Self::Upper => c.is_uppercase(),
            Self::Lower => c.is_lowercase(),
            Self::Punctuation => c.is_ascii_punctuation(),
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Groups deeper than this are nobody's log check.
const DEEPEST: u32 = 20;

/// Reads a pattern; every `None` is something it does not understand.
struct Parser {
    rest: Vec<char>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn eat(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    fn choices(&mut self, depth: u32) -> Option<Choices> {
        let mut choices = vec![Vec::new()];
        while let Some(c) = self.peek() {
            match c {
                ')' if depth > 0 => return Some(choices),
                '|' => {
                    self.at += 1;
                    choices.push(Vec::new());
                }
                _ => {
                    let what = self.what(depth)?;
                    let (least, most) = self.repeat()?;
                    choices.last_mut()?.push(Item { what, least, most });
                }
            }
        }
        (depth == 0).then_some(choices)
    }

    fn what(&mut self, depth: u32) -> Option<What> {
        match self.next()? {
            '.' => Some(What::Any),
            '^' => Some(What::Begin),
            '$' => Some(What::End),
            '[' => self.class(),
            '(' => {
                if self.eat('?') && !self.eat(':') || depth >= DEEPEST {
                    return None;
                }
                let inner = self.choices(depth + 1)?;
                self.eat(')').then_some(What::Group(inner))
            }
            '\\' => self.escape(),
            ')' | '*' | '+' | '?' | '{' => None,
            c => Some(What::One(c)),
        }
    }

    fn escape(&mut self) -> Option<What> {
        let c = self.next()?;
        if c == 'b' {
            return Some(What::Edge);
        }
        if let Some(part) = class_of(c) {
            return Some(What::Class { not: false, parts: vec![part] });
        }
        literal(c).map(What::One)
    }

    fn class(&mut self) -> Option<What> {
        let not = self.eat('^');
        let mut parts = Vec::new();
        // A bracket that comes first is meant as one.
        if self.eat(']') {
            parts.push(Part::Range(']', ']'));
        }
        loop {
            let from = match self.next()? {
                ']' => return Some(What::Class { not, parts }),
                '[' if self.peek() == Some(':') => {
                    parts.push(self.named()?);
                    continue;
                }
                '\\' => {
                    let c = self.next()?;
                    if let Some(part) = class_of(c) {
                        parts.push(part);
                        continue;
                    }
                    literal(c)?
                }
                c => c,
            };
            let range = self.peek() == Some('-')
                && self.rest.get(self.at + 1).is_some_and(|c| *c != ']');
            let to = if range {
                self.at += 1;
                match self.next()? {
                    '\\' => literal(self.next()?)?,
                    c => c,
                }
            } else {
                from
            };
            parts.push(Part::Range(from, to));
        }
    }

    /// `[:digit:]`, after its bracket.
    fn named(&mut self) -> Option<Part> {
        let rest: String = self.rest.get(self.at..)?.iter().collect();
        let (name, _) = rest.strip_prefix(':')?.split_once(":]")?;
        self.at += name.chars().count() + 3;
        match name {
            "digit" => Some(Part::Digit(true)),
            "space" | "blank" => Some(Part::Space(true)),
            "alnum" => Some(Part::Word(true)),
            "alpha" => Some(Part::Letter),
            "upper" => Some(Part::Upper),
            "lower" => Some(Part::Lower),
            "punct" => Some(Part::Punctuation),
            _ => None,
        }
    }

    fn repeat(&mut self) -> Option<(u32, Option<u32>)> {
        let found = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.counted(),
            Some(_) | None => return Some((1, Some(1))),
        };
        self.at += 1;
        // How greedy it is changes what is matched, never whether.
        self.eat('?');
        Some(found)
    }

    fn counted(&mut self) -> Option<(u32, Option<u32>)> {
        let rest: String = self.rest.get(self.at + 1..)?.iter().collect();
        let (inner, _) = rest.split_once('}')?;
        self.at += inner.chars().count() + 2;
        self.eat('?');
        match inner.split_once(',') {
            None => inner.parse().ok().map(|times| (times, Some(times))),
            Some((least, "")) => Some((least.parse().ok()?, None)),
            Some((least, most)) => Some((least.parse().ok()?, Some(most.parse().ok()?))),
        }
    }
}

fn class_of(c: char) -> Option<Part> {
    match c {
        'd' => Some(Part::Digit(true)),
        'D' => Some(Part::Digit(false)),
        'w' => Some(Part::Word(true)),
        'W' => Some(Part::Word(false)),
        's' => Some(Part::Space(true)),
        'S' => Some(Part::Space(false)),
        _ => None,
    }
}

/// What an escaped character stands for; letters and digits mean more than themselves.
fn literal(c: char) -> Option<char> {
    match c {
        't' => Some('\t'),
        'n' => Some('\n'),
        c if c.is_alphanumeric() => None,
        c => Some(c),
    }
}

/// Follows all ways through a pattern at once: where each part can end, from where it can
/// begin. That takes as long as the pattern times the line, however it is written.
struct Run<'l> {
    line: &'l [char],
    /// How many more positions may be looked at.
    fuel: u32,
}

impl Run<'_> {
    fn choices(
        &mut self,
        choices: &Choices,
        from: &BTreeSet<usize>,
    ) -> Option<BTreeSet<usize>> {
        let mut ends = BTreeSet::new();
        for choice in choices {
            let mut at = from.clone();
            for item in choice {
                at = self.item(item, at)?;
            }
            ends.extend(at);
        }
        Some(ends)
    }

    fn item(&mut self, item: &Item, mut at: BTreeSet<usize>) -> Option<BTreeSet<usize>> {
        for _ in 0..item.least {
            at = self.once(&item.what, &at)?;
            if at.is_empty() {
                return Some(at);
            }
        }
        let mut all = at.clone();
        let mut times = item.least;
        while item.most.is_none_or(|most| times < most) {
            let next = self.once(&item.what, &at)?;
            at = next.difference(&all).copied().collect();
            if at.is_empty() {
                break;
            }
            all.extend(&at);
            times += 1;
        }
        Some(all)
    }

    fn once(&mut self, what: &What, from: &BTreeSet<usize>) -> Option<BTreeSet<usize>> {
        let cost = u32::try_from(from.len()).ok()?.saturating_add(1);
        self.fuel = self.fuel.checked_sub(cost)?;
        if let What::Group(inner) = what {
            return self.choices(inner, from);
        }
        Some(from.iter().filter_map(|at| self.step(what, *at)).collect())
    }

    fn step(&self, what: &What, at: usize) -> Option<usize> {
        let here = self.line.get(at).copied();
        let takes = |yes: bool| yes.then_some(at + 1);
        match what {
            What::Any => takes(here.is_some()),
            What::One(c) => takes(here == Some(*c)),
            What::Class { not, parts } => {
                takes(here.is_some_and(|c| parts.iter().any(|part| part.has(c)) != *not))
            }
            What::Begin => (at == 0).then_some(at),
            What::End => here.is_none().then_some(at),
            What::Edge => {
                let before = at.checked_sub(1).and_then(|before| self.line.get(before));
                let word = |c: Option<char>| c.is_some_and(is_word);
                (word(before.copied()) != word(here)).then_some(at)
            }
            // Groups are gone into where they stand.
            What::Group(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_log_checks_are_written_in_is_understood() {
        for (pattern, line, want) in [
            ("backup completed", "02:00 backup completed", Some(true)),
            ("^backup", "02:00 backup", Some(false)),
            ("done$", "done ", Some(false)),
            ("^2026-[0-9]{2}-[0-9]{2} .*done", "2026-01-31 02:00 done", Some(true)),
            ("[0-9]{8}.*done", "done 20260131", Some(false)),
            (r"\d{4}\.\d+ (GB|MB)", "2026.5 MB", Some(true)),
            (r"\bok\b", "tokens", Some(false)),
            (r"^\S+ \[[^\]]*\] (ok|well)?$", "a [b] ", Some(true)),
            ("[[:digit:]]+s", "took 900s", Some(true)),
            ("[]x]", "]", Some(true)),
            ("a.?b", "ab", Some(true)),
            ("a+?b", "aab", Some(true)),
            ("(a|b)*c", "ababc", Some(true)),
            ("^(a{2,3})$", "a", Some(false)),
            ("", "", Some(true)),
            ("(?i)done", "DONE", None),
            ("(?<=a)b", "ab", None),
            (r"(a)\1", "aa", None),
            ("a{", "a{", None),
            ("*a", "a", None),
            ("(a", "a", None),
            ("a)", "a", None),
        ] {
            assert_eq!(fits(pattern, line), want, "{pattern} on {line}");
        }
    }

    #[test]
    fn a_pattern_that_is_too_much_work_is_not_judged() {
        let deep = format!("{}a{}", "(".repeat(200), ")".repeat(200));
        assert_eq!(fits(&deep, "a"), None);
        let wide = "((((a{1000}){1000}){1000}){1000})";
        assert_eq!(fits(wide, &"a".repeat(3000)), None);
        assert_eq!(fits("(a*)*b", &"a".repeat(300)), Some(false));
    }

    proptest! {
        #[test]
        fn nothing_written_as_a_pattern_panics(pattern in r"[a-c.*+?|()\[\]{}0-9,^$\\:-]{0,24}", line in "[a-c0-9 ]{0,12}") {
            fits(&pattern, &line);
        }

        #[test]
        fn a_line_fits_itself(line in "[a-z0-9 :-]{0,40}") {
            prop_assert_eq!(fits(&line, &line), Some(true));
        }
    }
}
