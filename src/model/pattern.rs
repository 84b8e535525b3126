//! Patterns of plans: regular expressions, as a parameter's `pattern` and a log probe's have
//! them. The common part of what `grep -E` takes; matched with a bound on the work, so that
//! no pattern and no line can hold anybody up. Pure.
//!
//! There are: `.` `[a-z]` `[^a-z]` `^` `$` `\b` `\d` `\w` `\s` and their opposites, `( | )`,
//! and `*` `+` `?` `{2}` `{2,}` `{2,5}` after a piece.

/// Comparisons one match may take before it counts as one that never ends.
const WORK: u32 = 200_000;

/// How deep pieces may stand within pieces while one match is tried.
const DEEPEST: u32 = 800;

/// As often as there are.
const MOST: u32 = u32::MAX;

/// A pattern that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Branch>);

type Branch = Vec<Node>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Char(char),
    Any,
    /// Ranges, and whether everything else is meant.
    Class(Vec<(char, char)>, bool),
    Start,
    End,
    /// The edge of a word.
    Edge,
    Group(Vec<Branch>),
    Repeat(Box<Self>, u32, u32),
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    #[error("`{0}` is never closed")]
    Open(char),
    #[error("`{0}` closes nothing")]
    Stray(char),
    #[error("`{0}` has nothing before it to repeat")]
    Nothing(char),
    #[error("`\\{0}` is not known here")]
    Escape(char),
    #[error("it ends with a single `\\`")]
    Half,
}

impl Pattern {
    /// # Errors
    /// [`BadPattern`] with what is wrong.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let mut reader = Reader { rest: text.chars().peekable() };
        let branches = reader.branches()?;
        match reader.rest.next() {
            Some(stray) => Err(BadPattern::Stray(stray)),
            None => Ok(Self(branches)),
        }
    }

    /// Whether it is found anywhere in `text`. None: finding out takes too long.
    pub fn finds(&self, text: &str) -> Option<bool> {
        let text: Vec<char> = text.chars().collect();
        let mut run = Run { text: &text, work: WORK, depth: 0 };
        for at in 0..=text.len() {
            if run.branches(&self.0, at, &mut |_, _| true) {
                return Some(true);
            }
            if run.work == 0 {
                return None;
            }
        }
        Some(false)
    }
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
}

impl Reader<'_> {
    fn branches(&mut self) -> Result<Vec<Branch>, BadPattern> {
        let mut branches = vec![Vec::new()];
        while let Some(c) = self.rest.peek().copied() {
            match c {
                ')' => break,
                '|' => {
                    self.rest.next();
                    branches.push(Vec::new());
                }
                _ => {
                    let node = self.piece()?;
                    branches.last_mut().into_iter().for_each(|it| it.push(node.clone()));
                }
            }
        }
        Ok(branches)
    }

    fn piece(&mut self) -> Result<Node, BadPattern> {
        let mut node = self.atom()?;
        while let Some(c) = self.rest.peek().copied() {
            let (least, most) = match c {
                '*' => (0, MOST),
                '+' => (1, MOST),
                '?' => (0, 1),
                '{' => match self.count() {
                    Some(count) => count,
                    None => break,
                },
                _ => break,
            };
            if c != '{' {
                self.rest.next();
            }
            node = Node::Repeat(Box::new(node), least, most);
        }
        Ok(node)
    }

    /// `{2}`, `{2,}` or `{2,5}`; anything else is a brace.
    fn count(&mut self) -> Option<(u32, u32)> {
        let mut ahead = self.rest.clone();
        ahead.next();
        let inner: String = ahead.by_ref().take_while(|c| *c != '}').collect();
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let count = match inner.split_once(',') {
            None => number(&inner).map(|n| (n, n)),
            Some((least, "")) => number(least).map(|least| (least, MOST)),
            Some((least, most)) => number(least).zip(number(most)),
        }?;
        self.rest = ahead;
        Some(count)
    }

    fn atom(&mut self) -> Result<Node, BadPattern> {
        Ok(match self.rest.next() {
            None => return Err(BadPattern::Half),
            Some('.') => Node::Any,
            Some('^') => Node::Start,
            Some('$') => Node::End,
            Some('[') => self.class()?,
            Some('(') => {
                let mut ahead = self.rest.clone();
                if (ahead.next(), ahead.next()) == (Some('?'), Some(':')) {
                    self.rest = ahead;
                }
                let inner = self.branches()?;
                match self.rest.next() {
                    Some(')') => Node::Group(inner),
                    Some(_) | None => return Err(BadPattern::Open('(')),
                }
            }
            Some(c @ ('*' | '+' | '?')) => return Err(BadPattern::Nothing(c)),
            Some('\\') => self.escape()?,
            Some(c) => Node::Char(c),
        })
    }

    fn escape(&mut self) -> Result<Node, BadPattern> {
        let c = self.rest.next().ok_or(BadPattern::Half)?;
        Ok(match c {
            'b' => Node::Edge,
            'n' => Node::Char('\n'),
            't' => Node::Char('\t'),
            _ => match named(c) {
                Some(ranges) => Node::Class(ranges, c.is_ascii_uppercase()),
                None if c.is_ascii_alphanumeric() => return Err(BadPattern::Escape(c)),
                None => Node::Char(c),
            },
        })
    }

    fn class(&mut self) -> Result<Node, BadPattern> {
        let open = || BadPattern::Open('[');
        let not = self.rest.next_if_eq(&'^').is_some();
        let mut ranges = Vec::new();
        // A bracket that comes first is one of the characters.
        if self.rest.next_if_eq(&']').is_some() {
            ranges.push((']', ']'));
        }
        loop {
            let mut from = match self.rest.next().ok_or_else(open)? {
                ']' => return Ok(Node::Class(ranges, not)),
                c => c,
            };
            if from == '\\' {
                from = self.rest.next().ok_or_else(open)?;
                if let Some(more) = named(from).filter(|_| from.is_ascii_lowercase()) {
                    ranges.extend(more);
                    continue;
                }
            }
            let mut ahead = self.rest.clone();
            let to = match (ahead.next(), ahead.next()) {
                (Some('-'), Some(to)) if to != ']' => {
                    self.rest = ahead;
                    to
                }
                _ => from,
            };
            ranges.push((from, to));
        }
    }
}

/// What `\d`, `\w` and `\s` stand for; their capitals for everything else.
fn named(c: char) -> Option<Vec<(char, char)>> {
    Some(match c.to_ascii_lowercase() {
        'd' => vec![('0', '9')],
        'w' => vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')],
        's' => vec![(' ', ' '), ('\t', '\r')],
        _ => return None,
    })
}

/// What is asked once a piece has been matched up to a place.
type Then<'t> = &'t mut dyn FnMut(&mut Run<'_>, usize) -> bool;

struct Run<'a> {
    text: &'a [char],
    work: u32,
    depth: u32,
}

impl Run<'_> {
    fn branches(&mut self, branches: &[Branch], at: usize, then: Then<'_>) -> bool {
        branches.iter().any(|branch| self.sequence(branch, at, then))
    }

    fn sequence(&mut self, nodes: &[Node], at: usize, then: Then<'_>) -> bool {
        match nodes.split_first() {
            None => then(self, at),
            Some((first, rest)) => {
                self.node(first, at, &mut |run, at| run.sequence(rest, at, then))
            }
        }
    }

    fn node(&mut self, node: &Node, at: usize, then: Then<'_>) -> bool {
        if self.work == 0 || self.depth >= DEEPEST {
            self.work = 0;
            return false;
        }
        self.work -= 1;
        self.depth += 1;
        let found = match node {
            Node::Group(branches) => self.branches(branches, at, then),
            Node::Repeat(node, least, most) => {
                if matches!(**node, Node::Group(_) | Node::Repeat(..)) {
                    self.repeat((node, *least, *most), at, then)
                } else {
                    self.row((node, *least, *most), at, then)
                }
            }
            Node::Char(_)
            | Node::Any
            | Node::Class(..)
            | Node::Start
            | Node::End
            | Node::Edge => self.end(node, at).is_some_and(|end| then(self, end)),
        };
        self.depth -= 1;
        found
    }

    /// Where a piece that can fit in one way only ends, if it fits.
    fn end(&self, node: &Node, at: usize) -> Option<usize> {
        let here = self.text.get(at).copied();
        let one = |is: bool| (is && here.is_some()).then_some(at + 1);
        match node {
            Node::Char(c) => one(here == Some(*c)),
            Node::Any => one(here != Some('\n')),
            Node::Class(ranges, not) => {
                let within = |c: char| ranges.iter().any(|(a, z)| (*a..=*z).contains(&c));
                one(here.is_some_and(within) != *not)
            }
            Node::Start => (at == 0).then_some(at),
            Node::End => (at == self.text.len()).then_some(at),
            Node::Edge => {
                let before = at.checked_sub(1).is_some_and(|before| self.is_word(before));
                (self.is_word(at) != before).then_some(at)
            }
            Node::Group(_) | Node::Repeat(..) => None,
        }
    }

    /// A row of single characters: the longest first, without going deeper.
    fn row(
        &mut self,
        (node, least, most): (&Node, u32, u32),
        at: usize,
        then: Then<'_>,
    ) -> bool {
        let mut ends = vec![at];
        while ends.len() <= usize::try_from(most).unwrap_or(usize::MAX) {
            let last = ends.last().copied().unwrap_or(at);
            match self.end(node, last) {
                Some(end) if end > last => ends.push(end),
                // What takes no room stands as often as is wanted.
                Some(_) => return then(self, at),
                None => break,
            }
        }
        let enough = |taken: usize| taken >= usize::try_from(least).unwrap_or(usize::MAX);
        let fitting = ends.iter().enumerate().rev().filter(|(taken, _)| enough(*taken));
        for (_, end) in fitting {
            if self.work == 0 {
                return false;
            }
            self.work -= 1;
            if then(self, *end) {
                return true;
            }
        }
        false
    }

    /// As many as there are, and fewer when the rest then fits.
    fn repeat(
        &mut self,
        (node, least, most): (&Node, u32, u32),
        at: usize,
        then: Then<'_>,
    ) -> bool {
        let again = |run: &mut Run<'_>, next: usize, then: Then<'_>| {
            // One that took nothing would go on for ever.
            let moved = next > at || least > 0;
            moved && run.repeat((node, least.saturating_sub(1), most - 1), next, then)
        };
        let more =
            most > 0 && self.node(node, at, &mut |run, next| again(run, next, then));
        more || (least == 0 && then(self, at))
    }

    fn is_word(&self, at: usize) -> bool {
        let c = self.text.get(at);
        c.is_some_and(|c| c.is_alphanumeric() || *c == '_')
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_finds_what_grep_finds() {
        for (pattern, text, found) in [
            ("^Z[A-Z0-9]+$", "Z07551303", true),
            ("^Z[A-Z0-9]+$", "z07551303", false),
            ("backup completed", "02:00 backup completed", true),
            ("^2026-11-21 .*completed$", "2026-11-21 02:00 completed", true),
            ("(a|bc)+d", "xabcad", true),
            ("(a|bc)+d", "xbad-c", true),
            ("^(?:ab){2,3}$", "ababab", true),
            ("^(?:ab){2,3}$", "abababab", false),
            (r"\b\d{4}\b", "in 2026.", true),
            (r"\b\d{4}\b", "12345", false),
            ("[^a-c]", "abc", false),
            ("[]x]", "]", true),
            ("a{b", "a{b", true),
            (r"\.sql\.gz$", "latest.sql.gz", true),
            (r"\.sql\.gz$", "latest-sql-gz", false),
            ("(a*)*$", "aaab", true),
            ("", "anything", true),
            ("[[:x:]]", "x]", true),
            ("^.*z$", &("x".repeat(5000) + "z"), true),
            ("^.{3}$", "abc", true),
            ("^.{3}$", "abcd", false),
        ] {
            let pattern = Pattern::parse(pattern).unwrap();
            assert_eq!(pattern.finds(text), Some(found), "{pattern:?} in {text}");
        }
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for (text, why) in [
            ("(a", BadPattern::Open('(')),
            ("a)", BadPattern::Stray(')')),
            ("[a", BadPattern::Open('[')),
            ("*a", BadPattern::Nothing('*')),
            ("a\\", BadPattern::Half),
            (r"\q", BadPattern::Escape('q')),
        ] {
            assert_eq!(Pattern::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn a_pattern_that_would_never_end_ends() {
        for text in ["(a|a)*(a|a)*(a|a)*b", "((a*)*)*b", "(()){900}{900}b"] {
            let pattern = Pattern::parse(text).unwrap();
            assert_eq!(pattern.finds(&"a".repeat(60)), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_pattern_and_no_text_panics(pattern in "[a(|)*+?{},\\[\\]^$.\\\\b0-9-]{0,12}", text in "[ab0 ]{0,12}") {
            if let Ok(pattern) = Pattern::parse(&pattern) {
                pattern.finds(&text);
            }
        }
    }
}
