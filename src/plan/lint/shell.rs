//! A shell's script as the commands it is made of: enough of its grammar to tell which
//! programs it starts, with which words, and what runs into what. Nothing is run, and
//! nothing here knows what a command does.

/// Commands that run into one another: `a | b | c`; a command alone is a pipe of one.
pub(in crate::plan::lint) type Pipe = Vec<Command>;

/// One program and its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::plan::lint) struct Command {
    /// Values given for this command alone: `LANG=C sort`.
    pub env: Vec<String>,
    /// The program first; quotes are gone, `$` stays as written.
    pub words: Vec<String>,
}

/// Words of the shell itself that stand before a command.
const BEFORE: &[&str] = &[
    "if", "then", "else", "elif", "do", "while", "until", "!", "time", "sudo", "env",
    "exec", "{", "export", "local", "nohup",
];

/// Every command of a script, those of its `$( )` included.
pub(in crate::plan::lint) fn pipes(script: &str) -> Vec<Pipe> {
    let mut reader = Reader { rest: script.chars().collect(), ..Reader::default() };
    reader.rest.reverse();
    reader.read();
    let mut all = reader.pipes;
    for inner in reader.inner {
        all.extend(pipes(&inner));
    }
    all
}

#[derive(Debug, Default)]
struct Reader {
    /// What is still to be read, the next last.
    rest: Vec<char>,
    word: Option<String>,
    command: Vec<String>,
    pipe: Pipe,
    pipes: Vec<Pipe>,
    /// Scripts within the script.
    inner: Vec<String>,
}

impl Reader {
    fn read(&mut self) {
        while let Some(c) = self.rest.pop() {
            match c {
                '\\' => self.escaped(),
                '\'' => self.quoted(),
                '"' => self.double(),
                '`' => {
                    let script = self.until('`');
                    self.push_str(&format!("`{script}`"));
                    self.inner.push(script);
                }
                '$' if self.rest.last() == Some(&'(') => self.substitute(),
                '$' if self.rest.last() == Some(&'{') => {
                    let name = self.until('}');
                    self.push_str(&format!("${name}}}"));
                }
                '#' if self.word.is_none() => {
                    while self.rest.last().is_some_and(|c| *c != '\n') {
                        self.rest.pop();
                    }
                }
                // `2>&1` and `&>` are words.
                '&' if self.redirects() => self.push(c),
                '|' if self.rest.last() != Some(&'|') => self.end_command(),
                '|' | '&' | ';' | '\n' | '(' | ')' => self.end_pipe(c),
                _ if c.is_whitespace() => self.end_word(),
                _ => self.push(c),
            }
        }
        self.end_pipe('\n');
    }

    fn redirects(&self) -> bool {
        self.rest.last() == Some(&'>')
            || self.word.as_ref().is_some_and(|word| word.ends_with('>'))
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn push_str(&mut self, text: &str) {
        self.word.get_or_insert_default().push_str(text);
    }

    fn escaped(&mut self) {
        match self.rest.pop() {
            Some('\n') | None => {}
            Some(c) => self.push(c),
        }
    }

    fn quoted(&mut self) {
        let text = self.until('\'');
        self.push_str(&text);
    }

    fn double(&mut self) {
        self.push_str("");
        while let Some(c) = self.rest.pop() {
            match c {
                '"' => return,
                '\\' => self.escaped(),
                '$' if self.rest.last() == Some(&'(') => self.substitute(),
                _ => self.push(c),
            }
        }
    }

    /// `$( )`: stays in its word as it is, and is a script of its own besides.
    fn substitute(&mut self) {
        self.rest.pop();
        let (mut depth, mut script) = (1, String::new());
        while let Some(c) = self.rest.pop() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            script.push(c);
        }
        self.push_str(&format!("$({script})"));
        self.inner.push(script);
    }

    fn until(&mut self, end: char) -> String {
        let mut text = String::new();
        while let Some(c) = self.rest.pop().filter(|c| *c != end) {
            text.push(c);
        }
        text
    }

    fn end_word(&mut self) {
        self.command.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        let mut words = std::mem::take(&mut self.command).into_iter().peekable();
        let mut command = Command::default();
        while let Some(word) = words.next_if(|word| is_before(word)) {
            if word.contains('=') {
                command.env.push(word);
            }
        }
        command.words = words.collect();
        if !command.words.is_empty() || !command.env.is_empty() {
            self.pipe.push(command);
        }
    }

    fn end_pipe(&mut self, c: char) {
        self.end_command();
        if matches!(c, '|' | '&') && self.rest.last() == Some(&c) {
            self.rest.pop();
        }
        let pipe = std::mem::take(&mut self.pipe);
        if !pipe.is_empty() {
            self.pipes.push(pipe);
        }
    }
}

fn is_before(word: &str) -> bool {
    let named = word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    named || BEFORE.contains(&word)
}

impl Command {
    /// The program without the way to it.
    pub(in crate::plan::lint) fn program(&self) -> &str {
        let mut words = self.words.iter().map(String::as_str);
        let mut first = words.next().unwrap_or_default();
        // `sudo -u postgres pg_dump`: who runs it is no program.
        while ["-u", "--user", "-g"].contains(&first) {
            words.next();
            first = words.next().unwrap_or_default();
        }
        first.rsplit('/').next().unwrap_or_default()
    }

    pub(in crate::plan::lint) fn has(&self, word: &str) -> bool {
        self.words.iter().any(|one| one == word)
    }

    /// What an option is given: `--region us-west-2`, `--region=us-west-2`.
    pub(in crate::plan::lint) fn option(&self, name: &str) -> Option<&str> {
        let joined = |word: &String| {
            let rest = word.strip_prefix(name)?.strip_prefix('=')?;
            Some(rest.len())
        };
        let mut words = self.words.iter();
        while let Some(word) = words.next() {
            if word == name {
                return words.next().map(String::as_str);
            }
            if let Some(length) = joined(word) {
                return word.get(word.len() - length..);
            }
        }
        None
    }

    /// As people would write it.
    pub(in crate::plan::lint) fn line(&self) -> String {
        self.words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(script: &str) -> Vec<String> {
        let joined =
            |pipe: &Pipe| pipe.iter().map(Command::line).collect::<Vec<_>>().join(" | ");
        pipes(script).iter().map(joined).collect()
    }

    #[test]
    fn a_script_is_told_apart_into_its_commands() {
        for (script, want) in [
            ("aws s3 ls x | sort | tail -n 1", &["aws s3 ls x | sort | tail -n 1"][..]),
            ("a && b; c || d\ne", &["a", "b", "c", "d", "e"]),
            (
                "case \"$F\" in *.gz) gunzip -c \"$F\" | x ;; *) y ;; esac",
                &["case $F in *.gz", "gunzip -c $F | x", "*", "y", "esac"],
            ),
            (
                "NAME=$(aws rds describe) use \"a b|c\" # d",
                &["use a b|c", "aws rds describe"],
            ),
            (
                "if ! ready; then kubectl get pods; fi",
                &["ready", "kubectl get pods", "fi"],
            ),
            ("echo '$(no)' \\\n more", &["echo $(no) more"]),
            ("a >x 2>&1 && b &> y & c", &["a >x 2>&1", "b &> y", "c"]),
            ("", &[]),
            (
                "psql -h ${DB_HOST} < \"${file%.gz}\"",
                &["psql -h ${DB_HOST} < ${file%.gz}"],
            ),
        ] {
            assert_eq!(lines(script), want, "{script}");
        }
    }

    #[test]
    fn options_are_found_however_they_are_written() {
        let found = pipes("X=1 aws --region=us-west-2 rds wait y --output text");
        let command = found.first().and_then(|pipe| pipe.first()).unwrap();
        assert_eq!(command.option("--region"), Some("us-west-2"));
        assert_eq!(command.option("--output"), Some("text"));
        assert_eq!(command.option("--profile"), None);
        assert_eq!(command.env, ["X=1"]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_fall_over(script in "[a-z$(){}|&;'\"`\\\\#= \n]{0,60}") {
            pipes(&script);
        }
    }
}
