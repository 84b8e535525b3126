//! A runbook drawn three ways: all of it is there, and what a plan wrote stays text.

use proptest::prelude::*;
use warroom::{
    driver::vocabulary,
    engine::outlook,
    model::{Procedure, StepId},
    plan::{
        self, Env,
        graph::{Graph, dot, svg, text},
        page::Page,
    },
};

use super::{check, read, whole};

/// Every runbook that ships with the program, as one run of it.
fn procedures() -> Vec<Procedure> {
    let mut all = Vec::new();
    for (name, files) in plan::EMBEDDED {
        let plan = whole(plan::load_embedded(name, files, &vocabulary(), &Env::new()));
        all.extend(plan.runbooks.iter().filter_map(|one| plan.procedure(&one.id)));
    }
    // One with lanes and holds.
    let academy = whole(check(&read("tests/plans/good/academy.toml")));
    all.extend(academy.runbooks.iter().filter_map(|one| academy.procedure(&one.id)));
    all
}

fn drawn(procedure: &Procedure) -> Graph<'_> {
    let ahead = outlook(procedure);
    let steps = procedure.runbook.steps();
    Graph {
        runbook: &procedure.runbook,
        critical: ahead.critical.into_iter().collect(),
        takes: steps.map(|step| (step.id.clone(), "~5m".to_owned())).collect(),
        total: "~20m".to_owned(),
    }
}

/// Elements of XML, checked for balance; the texts between them.
fn elements(xml: &str) -> (usize, Vec<String>) {
    let (mut open, mut count, mut texts) = (Vec::new(), 0, Vec::new());
    let mut rest = xml;
    while let Some((between, after)) = rest.split_once('<') {
        texts.push(between.to_owned());
        let (tag, tail) = after.split_once('>').expect("a tag that ends");
        // No value of an attribute holds a bracket or a stray quote.
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        count += 1;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name.to_owned()), "{tag}");
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap().to_owned());
        }
        rest = tail;
    }
    assert!(open.is_empty(), "never closed: {open:?}");
    let bare = |text: &&String| {
        let parts = text.split('&').skip(1);
        parts
            .into_iter()
            .all(|part| part.split(';').next().is_some_and(|name| name.len() < 5))
    };
    assert!(texts.iter().all(|text| bare(&text)), "an `&` that is no entity");
    (count, texts)
}

#[test]
fn every_runbook_is_drawn_whole_in_each_of_three_ways() {
    for procedure in procedures() {
        let graph = drawn(&procedure);
        let runbook = &procedure.runbook;
        let steps: Vec<&StepId> = runbook.steps().map(|step| &step.id).collect();
        let edges: usize = runbook.steps().map(|step| step.needs.len()).sum();
        let page = text(&graph, Page::new(Some(80)));
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
        let picture = svg(&graph);
        let (_, texts) = elements(&picture);
        let digraph = dot(&graph);
        for id in &steps {
            assert!(digraph.contains(&format!("\"{id}\" [label=")), "{id}");
        }
        assert_eq!(picture.matches("<g>").count(), steps.len());
        assert_eq!(picture.matches("<path").count(), edges, "{}", runbook.id);
        assert_eq!(digraph.matches(" -> ").count(), edges);
        // The path is marked the same everywhere.
        let marked = graph.critical.len();
        assert_eq!(page.lines().filter(|line| line.starts_with("  *  ")).count(), marked);
        assert_eq!(
            texts
                .iter()
                .filter(|text| text.starts_with("* ") && !text.starts_with("* and"))
                .count(),
            marked
        );
        assert_eq!(
            picture,
            svg(&drawn(&procedure)),
            "the same runbook, the same picture"
        );
    }
}

#[test]
fn a_step_stands_to_the_right_of_all_it_waits_for() {
    for procedure in procedures() {
        let picture = svg(&drawn(&procedure));
        for path in picture.lines().filter(|line| line.starts_with("<path")) {
            let numbers: Vec<usize> = path
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|number| number.parse().ok())
                .collect();
            // `M x y C ... x y`: it ends to the right of where it began.
            assert!(numbers[0] < numbers[6], "{path}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_a_plan_wrote_is_text_and_nothing_else(raw in "[<>&\"'\\\\/;a-c\n\u{1}\u{202e}é-]{0,30}") {
        let mut procedure = procedures().swap_remove(0);
        let words = warroom::model::Text::clean(&raw);
        procedure.runbook.name = words.clone();
        for phase in &mut procedure.runbook.phases {
            phase.name = words.clone();
            for step in &mut phase.steps {
                step.name = words.clone();
            }
        }
        let graph = drawn(&procedure);
        elements(&svg(&graph));
        let digraph = dot(&graph);
        // Outside of quoted strings nothing of it is left.
        let (mut inside, mut escaped, mut bare) = (false, false, String::new());
        for c in digraph.chars() {
            match (inside, escaped, c) {
                (true, true, _) => escaped = false,
                (true, false, '\\') => escaped = true,
                (true, false, '"') | (false, _, '"') => inside = !inside,
                (true, false, _) => {}
                (false, _, c) => bare.push(c),
            }
        }
        prop_assert!(!inside, "{digraph}");
        prop_assert!(!bare.contains(['<', '&', '\'', 'é']), "{bare}");
        let page = text(&graph, Page::new(Some(80)));
        let hidden = page.contains(['\u{1}', '\u{202e}']);
        prop_assert!(!hidden);
    }
}
