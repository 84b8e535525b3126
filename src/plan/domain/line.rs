//! Which clouds and clusters a command line asks, as far as its words tell. Reads `aws`
//! and `kubectl` wherever they stand in a program's arguments or a script; a program of the
//! organisation's own says nothing about where it goes. Pure.

/// One call found in a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Called {
    Aws { service: String, region: Option<String> },
    Kubectl { context: Option<String> },
}

/// Words after which a command ends in a script.
const ENDS: &[&str] = &[";", "&&", "||", "|", "&", "then", "do", "done", "fi", "else"];

/// All calls of `words`, in their order.
pub(super) fn calls(words: &[String]) -> Vec<Called> {
    let tokens: Vec<String> = words.iter().flat_map(|word| tokens(word)).collect();
    let mut found = Vec::new();
    let mut rest = tokens.as_slice();
    while let Some((word, after)) = rest.split_first() {
        rest = after;
        let end = after.iter().position(|word| ENDS.contains(&word.as_str()));
        let command = after.get(..end.unwrap_or(after.len())).unwrap_or_default();
        match word.as_str() {
            "aws" => found.extend(aws(command)),
            "kubectl" => {
                found.push(Called::Kubectl { context: option(command, "--context") });
            }
            _ => {}
        }
    }
    found
}

fn aws(command: &[String]) -> Option<Called> {
    let mut words = command.iter();
    // Global options may come before the service; each has a value.
    let service = loop {
        let word = words.next()?;
        if !word.starts_with('-') {
            break word;
        }
        if !word.contains('=') {
            words.next();
        }
    };
    let named =
        service.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    named.then(|| Called::Aws {
        service: service.clone(),
        region: option(command, "--region"),
    })
}

/// The value of an option, in either notation.
fn option(command: &[String], name: &str) -> Option<String> {
    let at = command.iter().position(|word| word == name);
    let value = at.and_then(|at| command.get(at + 1)).cloned();
    let joined = || {
        let mut words = command.iter();
        words
            .find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
            .map(str::to_owned)
    };
    value.or_else(joined)
}

/// The words of a script, or of one argument; quotes and separators fall away, a comment
/// is no command.
fn tokens(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for line in text.replace("\\\n", " ").lines() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        if line.starts_with('#') {
            continue;
        }
        let spaced = line
            .replace("&&", " && ")
            .replace("||", " || ")
            .replace(';', " ; ")
            .replace("$(", " ; ")
            .replace(['`', ')'], " ; ");
        for word in spaced.split_whitespace() {
            let bare = word.trim_matches(['"', '\'']);
            if !bare.is_empty() {
                out.push(bare.to_owned());
            }
        }
        // A line ends a command; a single word is a part of one.
        if text.contains('\n') {
            out.push(";".to_owned());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&str], wanted: &[Called]) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(calls(&words), wanted, "{words:?}");
    }

    fn aws(service: &str, region: Option<&str>) -> Called {
        let region = region.map(str::to_owned);
        Called::Aws { service: service.to_owned(), region }
    }

    #[test]
    fn calls_are_found_wherever_they_stand() {
        check(&["./scripts/failover.sh", "us-east-1"], &[]);
        check(
            &["aws", "route53", "change-resource-record-sets"],
            &[aws("route53", None)],
        );
        check(
            &["aws", "--region", "us-west-2", "rds", "promote-read-replica"],
            &[aws("rds", Some("us-west-2"))],
        );
        check(
            &[
                "sh",
                "-euc",
                "id=$(aws rds describe-db-instances --region=eu-west-1)\n\
              # aws iam list-users\nkubectl --context dr get pods && aws s3 ls",
            ],
            &[
                aws("rds", Some("eu-west-1")),
                Called::Kubectl { context: Some("dr".to_owned()) },
                aws("s3", None),
            ],
        );
        check(&["bash", "-c", "echo 'no aws'"], &[]);
    }
}
