//! Which variables a script asks of its environment: those it reads and sets nowhere. A
//! script that takes some from elsewhere, or that cannot be followed to its end, asks for
//! none. Nothing is run.

use std::collections::BTreeSet;

/// What a shell sets by itself.
const OWN: &[&str] = &[
    "PWD",
    "OLDPWD",
    "IFS",
    "OPTIND",
    "OPTARG",
    "OPTERR",
    "PPID",
    "LINENO",
    "RANDOM",
    "SRANDOM",
    "SECONDS",
    "UID",
    "EUID",
    "HOSTNAME",
    "HOSTTYPE",
    "MACHTYPE",
    "OSTYPE",
    "REPLY",
    "SHELL",
    "SHELLOPTS",
    "SHLVL",
    "FUNCNAME",
    "PIPESTATUS",
    "DIRSTACK",
    "GROUPS",
    "EPOCHSECONDS",
    "EPOCHREALTIME",
    "PS1",
    "PS2",
    "PS3",
    "PS4",
    "TERM",
    "COLUMNS",
    "LINES",
    "MAPFILE",
    "COPROC",
    "COMP_WORDS",
    "COMP_CWORD",
];

/// Commands whose words are names they set.
const SETTERS: &[&str] = &[
    "read",
    "for",
    "select",
    "mapfile",
    "readarray",
    "getopts",
    "local",
    "declare",
    "typeset",
    "export",
    "readonly",
    "unset",
    "printf",
    "let",
];

/// Every name `script` wants of its environment, each once, in the order it is read.
/// With `slots`, `${...}` is the plan's and not the shell's.
pub(in crate::plan::lint) fn wanted(script: &str, slots: bool) -> Vec<String> {
    if is_fed(script) {
        return Vec::new();
    }
    let mut reader = Reader { slots, ..Reader::default() };
    reader.rest = script.chars().rev().collect();
    if !reader.plain(None) {
        return Vec::new();
    }
    let set = set(script);
    let mut once = BTreeSet::new();
    let Reader { used, guarded, .. } = reader;
    used.into_iter()
        .filter(|name| {
            !set.contains(name.as_str())
                && !guarded.contains(name)
                && !OWN.contains(&name.as_str())
                && !name.starts_with("BASH")
        })
        .filter(|name| once.insert(name.clone()))
        .collect()
}

/// Whether it reads another script, or makes one up.
fn is_fed(script: &str) -> bool {
    let mut commands = script.split(['\n', ';', '|', '&', '(', '{']).map(str::trim_start);
    commands.any(|command| {
        let words = ["source ", "eval ", ". ", "then .", "do ."];
        words.iter().any(|word| command.starts_with(word))
    })
}

/// Names a script gives a value anywhere; too many rather than too few.
fn set(script: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for command in script.split(['\n', ';', '|', '&']) {
        let apart = |c: char| c.is_whitespace() || ";|&(){}`\"'".contains(c);
        let mut setting = false;
        for word in command.split(apart).filter(|word| !word.is_empty()) {
            let length = word.find(|c: char| !is_part(c)).unwrap_or(word.len());
            let (name, rest) = word.split_at(length);
            let given = ["=", "+=", "["].iter().any(|sign| rest.starts_with(sign));
            if !name.is_empty() && (given || setting && rest.is_empty()) {
                found.insert(name);
            }
            setting |= SETTERS.contains(&word);
        }
    }
    found
}

const fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// A text whose lines follow: how it ends, and whether the shell leaves it alone.
#[derive(Debug)]
struct Here {
    end: String,
    raw: bool,
}

#[derive(Debug, Default)]
struct Reader {
    /// What is still to be read, the next last.
    rest: Vec<char>,
    slots: bool,
    used: Vec<String>,
    /// Names read with a word for when they are not set.
    guarded: BTreeSet<String>,
    here: Vec<Here>,
}

/// Each reads on to the end of what it is named for, and tells whether there was one.
impl Reader {
    /// Commands, to the end of the script or to the `)` that ends them.
    fn plain(&mut self, end: Option<char>) -> bool {
        let (mut depth, mut before) = (0_u32, '\n');
        while let Some(c) = self.rest.pop() {
            let starts = before.is_whitespace() || ";&|(".contains(before);
            let whole = match c {
                '\\' => self.rest.pop().is_some(),
                '\'' => self.skip('\''),
                '"' => self.double(),
                '$' => self.dollar(false),
                '#' if starts => self.comment(),
                '<' if self.next('<') => self.here(),
                '\n' => self.bodies(),
                '(' if self.next('(') => self.arithmetic(),
                '(' => {
                    depth += 1;
                    true
                }
                ')' if depth == 0 && end.is_some() => return true,
                ')' => {
                    depth = depth.saturating_sub(1);
                    true
                }
                // The `)` of its patterns would end what it stands in.
                'c' if starts && end.is_some() => !self.follows("ase "),
                _ => true,
            };
            if !whole {
                return false;
            }
            before = c;
        }
        end.is_none() && self.here.is_empty()
    }

    fn next(&self, wanted: char) -> bool {
        self.rest.last() == Some(&wanted)
    }

    fn follows(&self, text: &str) -> bool {
        text.chars().eq(self.rest.iter().rev().take(text.len()).copied())
    }

    fn skip(&mut self, end: char) -> bool {
        while let Some(c) = self.rest.pop() {
            if c == end {
                return true;
            }
        }
        false
    }

    fn comment(&mut self) -> bool {
        while self.rest.last().is_some_and(|c| *c != '\n') {
            self.rest.pop();
        }
        true
    }

    /// Text in double quotes.
    fn double(&mut self) -> bool {
        while let Some(c) = self.rest.pop() {
            let whole = match c {
                '"' => return true,
                '\\' => self.rest.pop().is_some(),
                '$' => self.dollar(true),
                _ => true,
            };
            if !whole {
                return false;
            }
        }
        false
    }

    /// What a `$` begins.
    fn dollar(&mut self, quoted: bool) -> bool {
        match self.rest.last().copied() {
            Some('(') => {
                self.rest.pop();
                if self.next('(') { self.arithmetic() } else { self.plain(Some(')')) }
            }
            Some('{') => {
                self.rest.pop();
                if self.slots { self.skip('}') } else { self.braced() }
            }
            // `$'...'`, where a quote may be escaped.
            Some('\'') if !quoted => {
                self.rest.pop();
                while let Some(c) = self.rest.pop().filter(|c| *c != '\'') {
                    if c == '\\' {
                        self.rest.pop();
                    }
                }
                true
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let name = self.name();
                self.used.push(name);
                true
            }
            Some(c) if "@*#?$!-0123456789".contains(c) => self.rest.pop().is_some(),
            Some(_) | None => true,
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.rest.pop_if(|c| is_part(*c)) {
            name.push(c);
        }
        name
    }

    /// `${NAME}` and what may stand beside the name.
    fn braced(&mut self) -> bool {
        let indirect = self.next('!');
        if indirect || self.next('#') {
            self.rest.pop();
        }
        let name = self.name();
        let mut ahead = self.rest.iter().rev();
        let mut sign = ahead.next().copied();
        if sign == Some(':') {
            sign = ahead.next().copied();
        }
        let guards = sign.is_some_and(|sign| "-+=?".contains(sign));
        if guards || indirect {
            self.guarded.insert(name);
        } else if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
            self.used.push(name);
        }
        while let Some(c) = self.rest.pop() {
            let whole = match c {
                '}' => return true,
                '\\' => self.rest.pop().is_some(),
                '"' => self.double(),
                '$' => self.dollar(true),
                _ => true,
            };
            if !whole {
                return false;
            }
        }
        false
    }

    /// `$(( ))`: names in it need no `$`, and are left alone.
    fn arithmetic(&mut self) -> bool {
        while let Some(c) = self.rest.pop() {
            if c == ')' && self.next(')') {
                return self.rest.pop().is_some();
            }
            if c == '$' && !self.dollar(true) {
                return false;
            }
        }
        false
    }

    /// The word that ends lines to come; `<<<` has none.
    fn here(&mut self) -> bool {
        self.rest.pop();
        if self.next('<') {
            return self.rest.pop().is_some();
        }
        let blank = |c: &mut char| *c == '-' || *c == ' ';
        while self.rest.pop_if(blank).is_some() {}
        let ends = |c: &mut char| !c.is_whitespace() && !";|&)<>".contains(*c);
        let mut word = String::new();
        while let Some(c) = self.rest.pop_if(ends) {
            word.push(c);
        }
        let raw = word.contains(['\'', '"', '\\']);
        let end = word.replace(['\'', '"', '\\'], "");
        self.here.push(Here { end, raw });
        true
    }

    /// The lines of all texts that were announced.
    fn bodies(&mut self) -> bool {
        for Here { end, raw } in std::mem::take(&mut self.here) {
            let mut body: Vec<char> = Vec::new();
            loop {
                if self.rest.is_empty() {
                    return false;
                }
                let mut line = String::new();
                while let Some(c) = self.rest.pop().filter(|c| *c != '\n') {
                    line.push(c);
                }
                if line.trim_start_matches('\t') == end {
                    break;
                }
                body.extend(line.chars().chain(['\n']));
            }
            if !raw && !self.text(body) {
                return false;
            }
        }
        true
    }

    /// Text the shell puts values into, without quotes.
    fn text(&mut self, mut body: Vec<char>) -> bool {
        body.reverse();
        let after = std::mem::replace(&mut self.rest, body);
        let mut whole = true;
        while let Some(c) = self.rest.pop().filter(|_| whole) {
            match c {
                '\\' => {
                    self.rest.pop();
                }
                '$' => whole = self.dollar(true),
                _ => {}
            }
        }
        self.rest = after;
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_script_reads_and_never_sets_it_wants() {
        for (script, want) in [
            ("aws x --since \"$START_TIME\"", &["START_TIME"][..]),
            ("echo $A ${B} ${#C} ${D%.gz} ${E:1}", &["A", "B", "C", "D", "E"]),
            ("A=1; echo $A; for b in 1 2; do echo $b; done; read -r c <f; echo $c", &[]),
            ("echo ${A:-x} $A ${B+y} ${C:?no} ${!D}", &[]),
            ("awk '{print $NF}'; jq \"select(\\$x)\"; echo \\$Y", &[]),
            ("x=\"$(curl \"$URL\" | sed 's/$A/b/')\" && echo \"$x\"", &["URL"]),
            ("cat <<EOF\n$A 'it' $(date +\"$B\")\nEOF\necho $C", &["A", "B", "C"]),
            ("cat <<'EOF'\n$A\nEOF\ncat <<-E2 <<<x\n\t$B\n\tE2\n", &["B"]),
            ("echo $1 $@ $# $? $$ $! ${1} ${@:2} $((x + $N)) $PWD", &["N"]),
            ("# $A\nx#$B $'it\\'s $C'", &["B"]),
            (". ./settings; echo $A", &[]),
            ("echo \"unfinished $A", &[]),
            ("while IFS= read -r line; do f \"$line\"; done < <(g)", &[]),
            ("f() { local n=$1; echo $n; }; (( i << 2 )); echo $i", &["i"]),
        ] {
            assert_eq!(wanted(script, false), want, "{script}");
        }
        assert_eq!(wanted("echo ${slot} $A", true), ["A"]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_fall_over(script in "[a-zA-Z$(){}|&;'\"`\\\\#=<!: \n]{0,60}") {
            wanted(&script, false);
            wanted(&script, true);
        }
    }
}
