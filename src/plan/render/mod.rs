//! Problems as people and programs read them: the source line, what is wrong, what to
//! write instead.

mod machine;

use annotate_snippets::{
    AnnotationKind, Level as Heading, Origin, Renderer, Snippet, renderer::DecorStyle,
};

use super::{
    lint::{Check, LintDef, lints},
    problem::{Level, Problem},
    source::Sources,
};
pub use machine::{github, sarif};

use crate::model::text::is_unsafe;

/// All `problems`, one block each, then a line that counts them. Errors come last: nearest
/// to where the eye is.
pub fn human(problems: &[Problem], sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut out = String::new();
    let of = |level| problems.iter().filter(move |problem| problem.level == level);
    for problem in of(Level::Warning).chain(of(Level::Error)) {
        out.push_str(&block(problem, sources, &renderer));
        out.push_str("\n\n");
    }
    out.push_str(&verdict(problems));
    out.push('\n');
    out.extend(untried(problems));
    out
}

/// All `problems` for programs: `{"problems": [...]}`.
pub fn json(problems: &[Problem]) -> serde_json::Value {
    serde_json::json!({ "problems": problems })
}

/// Every rule, one line each.
pub fn list() -> String {
    let mut out = String::new();
    for LintDef { id, name, level, doc, .. } in lints() {
        out.push_str(&format!("{id:<18} {:<8} {name:<28} {doc}\n", level.word()));
    }
    out
}

/// Every rule for programs: `{"lints": [{id, name, level, doc}]}`.
pub fn list_json() -> serde_json::Value {
    let one = |def: &LintDef| {
        serde_json::json!({
            "id": def.id,
            "name": def.name,
            "level": def.level,
            "doc": def.doc,
        })
    };
    serde_json::json!({ "lints": lints().map(one).collect::<Vec<_>>() })
}

/// One rule in full, by its id or its name; case does not count.
pub fn explain(rule: &str) -> Option<String> {
    let named = |def: &&LintDef| {
        def.id.eq_ignore_ascii_case(rule) || def.name.eq_ignore_ascii_case(rule)
    };
    let LintDef { id, name, level, doc, mend, .. } = lints().find(named)?;
    Some(format!("{id} {name} ({})\n\n{doc}\n\nTo mend it: {mend}\n", level.word()))
}

/// `2 errors, 1 warning`, or that there are none.
pub fn verdict(problems: &[Problem]) -> String {
    let count = |level| problems.iter().filter(|problem| problem.level == level).count();
    match (count(Level::Error), count(Level::Warning)) {
        (0, 0) => "no problems found".to_owned(),
        (0, warnings) => many(warnings, "warning"),
        (errors, 0) => many(errors, "error"),
        (errors, warnings) => {
            format!("{}, {}", many(errors, "error"), many(warnings, "warning"))
        }
    }
}

/// What a runbook that cannot be read keeps from being found: said once, below the count.
fn untried(problems: &[Problem]) -> Option<String> {
    let reading = |problem: &&Problem| {
        let shape = problem.lint.starts_with("P-") && problem.lint != "P-waiver";
        // A step whose script does nothing could be read all the same.
        let empty = problem.lint == "L24" && problem.at.as_str().split('.').count() < 4;
        problem.level == Level::Error && (shape || empty || problem.lint == "L92")
    };
    let named = problems.iter().filter(reading).filter_map(|problem| {
        let rest = problem.at.as_str().strip_prefix("runbook.")?;
        rest.split('.').next()
    });
    let named: std::collections::BTreeSet<&str> = named.collect();
    if named.is_empty() {
        return None;
    }
    let named: Vec<&str> = named.into_iter().collect();
    let whole: Vec<&str> = lints()
        .filter(|def| matches!(def.check, Check::Runbooks(_)))
        .map(|def| def.id)
        .collect();
    Some(format!(
        "note: no rule is tried on a runbook that cannot be read ({}), and {} are tried on \
         none until all can: mend these first, then check again\n",
        named.join(", "),
        whole.join(", ")
    ))
}

fn many(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn block(problem: &Problem, sources: &Sources, renderer: &Renderer) -> String {
    let heading = match problem.level {
        Level::Error => Heading::ERROR,
        Level::Warning => Heading::WARNING,
    };
    let title = heading.primary_title(problem.message.as_str()).id(problem.lint);
    let help = Heading::HELP.message(problem.help.as_str());
    let line = problem.spot.and_then(|spot| sources.line(spot));
    let group = if let Some((line, start, end)) = line {
        let (shown, start, end) = visible(line, start, end);
        let mark = AnnotationKind::Primary.span(start..end).label(problem.at.as_str());
        let snippet = Snippet::source(shown)
            .line_start(problem.line as usize)
            .path(problem.file.as_str())
            .annotation(mark);
        title.element(snippet).element(help)
    } else {
        title.element(Origin::path(problem.file.as_str())).element(help)
    };
    let group = match &problem.waived {
        Some(waived) => group.element(Heading::NOTE.message(waived.as_str())),
        None => group,
    };
    renderer.render(&[group])
}

/// `line` with nothing in it that could drive a terminal, and where `start..end` is now.
fn visible(line: &str, start: usize, end: usize) -> (String, usize, usize) {
    let part = |from, to| {
        let text: &str = line.get(from..to).unwrap_or_default();
        text.chars()
            .map(|c| match c {
                '\t' => ' ',
                c if is_unsafe(c) => '\u{FFFD}',
                c => c,
            })
            .collect::<String>()
    };
    let (before, marked, after) =
        (part(0, start), part(start, end), part(end, line.len()));
    let begin = before.len();
    let finish = begin + marked.len();
    (before + &marked + &after, begin, finish)
}
