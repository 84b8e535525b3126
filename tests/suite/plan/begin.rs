//! A first plan: clean for every technology there is, whatever the answers are.

use proptest::prelude::*;
use warroom::{
    driver::vocabulary,
    model::{KindSpec, Noun, Verb},
    plan::{
        self, Env, FileKind, Loaded,
        begin::{Answers, NewFile, Who, begin},
    },
};

fn answers() -> Answers {
    let who =
        |name: &str, contact: &str| Who { name: name.into(), contact: contact.into() };
    Answers {
        organisation: "The Shop".to_owned(),
        regions: ("eu-west-1".to_owned(), "eu-central-1".to_owned()),
        database: "rds-replica".to_owned(),
        compute: "ecs-service".to_owned(),
        traffic: "route53".to_owned(),
        commander: who("A. Okafor", "+44 20 7946 0101"),
        second: who("B. Lind", "+44 20 7946 0102"),
        today: "2026-06-30".parse().unwrap(),
    }
}

fn loaded(files: &[NewFile]) -> Loaded {
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    plan::load_embedded("new", &files, &vocabulary(), &Env::new())
}

fn can(noun: Noun, verb: Verb) -> Vec<KindSpec> {
    let kinds = vocabulary().into_iter();
    kinds.filter(|kind| kind.noun == noun && kind.verbs.contains(&verb)).collect()
}

#[test]
fn a_new_plan_is_clean_for_every_technology() {
    let mut tried = 0;
    for database in can(Noun::Database, Verb::Promote) {
        for compute in can(Noun::Compute, Verb::Scale) {
            for traffic in can(Noun::Traffic, Verb::Shift) {
                let chosen = Answers {
                    database: database.kind.to_owned(),
                    compute: compute.kind.to_owned(),
                    traffic: traffic.kind.to_owned(),
                    ..answers()
                };
                let files = begin(&chosen, &vocabulary()).unwrap();
                let there = loaded(&files);
                let told = plan::human(&there.problems, &there.sources, false);
                let which = [database.kind, compute.kind, traffic.kind].join(", ");
                assert!(there.problems.is_empty(), "{which}:\n{told}");
                for (name, text) in &files {
                    assert!(text.contains('#') && !text.contains("@slug@"), "{name}");
                    assert_eq!(
                        plan::format(text, FileKind::of(name)).as_ref(),
                        Ok(text),
                        "{name} is not written the one way"
                    );
                }
                tried += 1;
            }
        }
    }
    assert!(tried >= 3, "{tried}");
}

#[test]
fn an_answer_that_cannot_be_is_refused_in_words() {
    let refused = |change: fn(&mut Answers)| {
        let mut wrong = answers();
        change(&mut wrong);
        begin(&wrong, &vocabulary()).unwrap_err()
    };
    for (told, change) in [
        (
            "the two regions are the same",
            (|it| it.regions.1 = it.regions.0.clone()) as fn(&mut Answers),
        ),
        ("`us east` is no region", |it| it.regions.0 = "us east".into()),
        ("there is no database `oracle`; there is: rds-replica", |it| {
            it.database = "oracle".into();
        }),
        ("there is no compute `route53`", |it| it.compute = "route53".into()),
    ] {
        let why = refused(change);
        assert!(why.contains(told), "{why}");
    }
}

#[test]
fn two_people_of_one_name_are_two() {
    let mut twins = answers();
    twins.second.name = "C. Okafor".to_owned();
    let files = begin(&twins, &vocabulary()).unwrap();
    let plan = loaded(&files).plan.unwrap();
    let ids: Vec<&str> = plan.people.iter().map(|person| person.id.as_str()).collect();
    assert_eq!(ids, ["okafor", "okafor-2"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_answer_makes_it_anything_but_a_plan(
        organisation in any::<String>(),
        name in "[\"'\\\\@#\n\u{1}a-z\\[\\]=é ]{0,20}",
        contact in "(@commander_text@|@slug@|\"\"\"|\\+1|[a\"#'\n]{1,5})",
    ) {
        let mut odd = answers();
        odd.organisation = organisation;
        odd.commander = Who { name: name.clone(), contact: contact.clone() };
        odd.second = Who { name, contact };
        let files = begin(&odd, &vocabulary()).unwrap();
        let there = loaded(&files);
        let told = plan::human(&there.problems, &there.sources, false);
        prop_assert!(there.seen().is_some(), "{}", told);
        let plan = there.seen().unwrap();
        prop_assert_eq!((plan.people.len(), plan.runbooks.len()), (2, 2));
    }
}
