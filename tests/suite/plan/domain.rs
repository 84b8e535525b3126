//! What a plan can still do when a place is lost: on the shipped plans, on the procedures
//! as they were written, and on a small plan changed in one place.

use std::path::Path;

use warroom::{
    driver::vocabulary,
    model::{Estimate, Span},
    plan::{
        self, Env, Loaded,
        domain::{self, Finish, Loss, Met, Reach, Report, SignIn, Verdict},
    },
};

use super::read;

fn as_written(name: &str) -> Loaded {
    let path = format!("tests/plans/as-written/{name}.toml");
    plan::load(Path::new(&path), &vocabulary(), &Env::new())
}

fn judged(loaded: &Loaded, lose: &[&str], reach: &Reach) -> Report {
    let plan = loaded.seen().unwrap();
    let words: Vec<String> = lose.iter().map(|word| (*word).to_owned()).collect();
    domain::judge(plan, &Loss::of(plan, &words).unwrap(), reach)
}

fn lose(loaded: &Loaded, places: &[&str]) -> Report {
    judged(loaded, places, &Reach::new())
}

/// Steps of a runbook by what becomes of them: `cannot`, `moot`, `unknown`.
fn steps(report: &Report, runbook: &str, word: &str) -> Vec<String> {
    let found = report.runbooks.iter().find(|one| one.id.as_str() == runbook).unwrap();
    let is = |verdict: &Verdict| match verdict {
        Verdict::Runs => "runs",
        Verdict::Moot(_) => "moot",
        Verdict::Cannot(_) => "cannot",
        Verdict::Unknown(_) => "unknown",
    };
    let steps = found.steps.iter().filter(|step| is(&step.verdict) == word);
    steps.map(|step| step.id.to_string()).collect()
}

fn why(report: &Report, runbook: &str, step: &str) -> String {
    let found = report.runbooks.iter().find(|one| one.id.as_str() == runbook).unwrap();
    let step = found.steps.iter().find(|one| one.id.as_str() == step).unwrap();
    match &step.verdict {
        Verdict::Runs => String::new(),
        Verdict::Moot(why) | Verdict::Cannot(why) | Verdict::Unknown(why) => {
            why.join("; ")
        }
    }
}

#[test]
fn route53_is_changed_in_us_east_1_and_nowhere_else() {
    // The procedure of each that leaves us-east-1, and the steps it cannot run.
    // MyApp's goes on without it, as it says.
    for (name, runbook, cannot, exit_code) in [
        ("myapp", "emergency-failover", vec!["dns"], 1),
        ("ecommerce", "dr-activation", vec!["dns"], 2),
    ] {
        let report = lose(&as_written(name), &["us-east-1"]);
        assert_eq!(steps(&report, runbook, "cannot"), cannot, "{name}");
        let told = why(&report, runbook, "dns");
        assert!(told.contains("control plane of route53 lives in us-east-1"), "{told}");
        assert!(told.contains("routing controls"), "{told}");
        assert_eq!(report.exit_code(), exit_code, "{name}");
    }
    let embedded = |name: &str| {
        let found = plan::EMBEDDED.iter().find(|(known, _)| *known == name).unwrap();
        plan::load_embedded(name, found.1, &vocabulary(), &Env::new())
    };
    // A region no site is in takes the switch of traffic along.
    let report = lose(&embedded("mycomputer"), &["us-east-1"]);
    assert!(report.runbooks.iter().all(|runbook| !runbook.leaves));
    assert_eq!(steps(&report, "multi-region-failover", "cannot"), ["shift"]);
    assert!(report.blind.iter().any(|blind| blind.what == "shares of api"));
    // Its own region does not.
    let report = lose(&embedded("mycomputer"), &["eu-west-1"]);
    assert_eq!(steps(&report, "multi-region-failover", "cannot"), [""; 0]);
    let way_out = report.runbooks.iter().find(|one| one.leaves).unwrap();
    assert_eq!(way_out.finish, Finish::Yes);
}

#[test]
fn what_the_procedures_as_written_leave_open_is_unknown_and_not_fine() {
    let report = lose(&as_written("lecture"), &["eu-central-1"]);
    // As it is written, the failover goes on only when the region it leaves answers.
    assert_eq!(steps(&report, "regional-failover", "cannot"), ["check-primary"]);
    assert_eq!(steps(&report, "regional-failover", "unknown"), ["repoint"]);
    assert!(report.blind.iter().any(|blind| blind.what == "probe s3-versioning"));
    // A kubectl without a context goes nobody knows where.
    let report = lose(&as_written("ecommerce"), &["us-east-1"]);
    assert!(why(&report, "dr-activation", "scale-orders").contains("no context"));
    assert!(why(&report, "dr-activation", "promote").contains("no region"));
    assert!(why(&report, "dr-activation", "smoke").contains("stands in no plan"));
    let waits = report.runbooks.iter().find(|one| one.leaves).unwrap();
    let verified = waits.steps.iter().find(|one| one.id.as_str() == "verified").unwrap();
    assert_eq!(verified.behind, Some("dns".into()));
}

#[test]
fn every_plan_is_judged_for_every_place_it_has() {
    for name in ["lecture", "myapp", "ecommerce", "mycomputer", "learning-portal"] {
        let loaded = as_written(name);
        let plan = loaded.seen().unwrap();
        for site in &plan.sites {
            let report = lose(&loaded, &[site.id.as_str()]);
            let text = domain::human(&report, Some(80));
            assert!(text.starts_with("LOSING"), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            let json = domain::json(&report);
            assert_eq!(json["exit"], report.exit_code());
            // Every step says what it calls and where that is.
            for runbook in &plan.runbooks {
                let calls = domain::calls(plan, runbook);
                assert_eq!(calls.len(), runbook.steps().count());
                let mut all = calls.values().flatten();
                assert!(all.all(|call| !call.at.told().is_empty()));
            }
        }
    }
}

/// The small plan in two regions, changed, and all of it that is said of the failover.
fn shop(edits: &[(&str, &str)], append: &str) -> Loaded {
    let mut text = read("tests/plans/good/shop.toml")
        .replacen("id = \"east\"", "id = \"east\"\nregion = \"eu-west-1\"", 1)
        .replacen("id = \"west\"", "id = \"west\"\nregion = \"eu-central-1\"", 1);
    for (from, to) in edits {
        assert!(text.contains(from), "`{from}` is not there");
        text = text.replacen(from, to, 1);
    }
    text += append;
    let loaded =
        plan::load_embedded("shop", &[("plan.toml", &text)], &vocabulary(), &Env::new());
    let told = plan::human(&loaded.problems, &loaded.sources, false);
    assert!(loaded.seen().is_some(), "{told}");
    loaded
}

fn takes(p50: i64, p95: i64) -> Reach {
    let takes = Estimate { p50: Span::mins(p50), p95: Span::mins(p95) };
    Reach::from([(("failover".into(), "shop".into()), takes)])
}

#[test]
fn a_fence_of_what_is_lost_is_a_persons_word() {
    let plan = shop(&[], "");
    for place in ["east", "eu-west-1"] {
        let report = judged(&plan, &[place], &takes(12, 20));
        assert_eq!(steps(&report, "failover", "moot"), ["fence"]);
        assert_eq!(steps(&report, "failover", "cannot"), [""; 0]);
        assert_eq!(report.exit_code(), 0, "{}", domain::human(&report, None));
    }
    // Written as a call, it is the same.
    let fence = "do = \"fence\"\nresource = \"db\"\nside = \"east\"";
    let call = "aws = { service = \"rds\", operation = \"StopDBInstance\", \
                region = \"eu-west-1\", params = { DBInstanceIdentifier = \"shop-db\" } }";
    let report = lose(&shop(&[(fence, call)], ""), &["east"]);
    assert_eq!(steps(&report, "failover", "moot"), ["fence"]);
    // A snapshot of it is not: nobody gets that afterwards.
    let report = lose(&shop(&[("do = \"fence\"", "do = \"snapshot\"")], ""), &["east"]);
    assert_eq!(steps(&report, "failover", "cannot"), ["fence"]);
    assert_eq!(report.exit_code(), 2);
    let spared = ("do = \"fence\"", "do = \"snapshot\"\noptional = true");
    let report = judged(&shop(&[spared], ""), &["east"], &takes(12, 20));
    assert_eq!(report.exit_code(), 0, "{}", domain::human(&report, None));
}

#[test]
fn the_way_back_needs_both_sides() {
    let report = lose(&shop(&[], ""), &["west"]);
    assert_eq!(steps(&report, "failback", "cannot"), ["rebuild"]);
    // Nobody goes back from where nobody is: in normal operation that leaves nothing.
    assert!(report.runbooks.iter().all(|one| !one.leaves));
    assert_eq!(report.exit_code(), 1, "the standby is gone");
}

#[test]
fn losing_the_standby_is_told_and_what_the_next_loss_costs() {
    let of = |edits: &[(&str, &str)], append: &str| {
        lose(&shop(edits, append), &["west"]).services.remove(0)
    };
    let alone = of(&[], "");
    assert_eq!(
        alone.met,
        Met::Exposed { without: vec!["db".into(), "app".into(), "www".into()] }
    );
    assert!(!alone.data[0].kept, "{}", alone.data[0].why);
    assert!(alone.data[0].why.contains("a loss of east costs everything"));
    let text = domain::human(&lose(&shop(&[], ""), &["west"]), None);
    assert!(text.contains("NO STANDBY") && text.contains("RPO AT RISK"), "{text}");
    // A young backup in a third place keeps the promise; one beside the writer does not.
    let backup = |site: &str| {
        format!(
            "\n[[site]]\nid = \"north\"\n\n[[backup]]\nid = \"b\"\ncovers = [\"db\"]\n\
             interval = \"5m\"\nsites = [\"{site}\"]\n"
        )
    };
    assert!(of(&[], &backup("north")).data[0].kept);
    assert!(!of(&[], &backup("east")).data[0].kept);
    // A third side is a standby.
    let third = "side.west.instance = \"shop-db-west\"\n\
                 side.north.instance = \"shop-db-north\"";
    let edits = [("side.west.instance = \"shop-db-west\"", third)];
    let with = of(&edits, "\n[[site]]\nid = \"north\"\n");
    assert_eq!(with.met, Met::Exposed { without: vec!["app".into(), "www".into()] });
}

#[test]
fn what_has_one_place_is_lost_with_it_and_its_scenario_says_what_to_do() {
    let hall = "\n[[site]]\nid = \"hall\"\nname = \"Dublin hall (own)\"\nrole = \"dr\"\n\
                state = \"active\"\n\n[[resource]]\nid = \"hsm\"\nkind = \"hsm\"\n\
                site = \"hall\"\n\n[[probe]]\nid = \"reach\"\nkind = \"tcp\"\n\
                host = \"hsm.internal\"\nport = 9004\nresource = \"hsm\"\n\
                \n[[probe]]\nid = \"lag\"\nkind = \"sql\"\nsite = \"hall\"\n\
                host = \"db.internal\"\nsql = \"SELECT 1;\"\n\
                \n[[probe]]\nid = \"age\"\nkind = \"postgres\"\nsite = \"hall\"\n\
                critical = \"> 900\"\n";
    let uses = [("uses = [\"db\",", "uses = [\"hsm\", \"db\",")];
    let report = lose(&shop(&uses, hall), &["hall"]);
    assert_eq!(report.services[0].met, Met::Nothing);
    assert_eq!(report.services[0].loses, ["hsm".into()]);
    let what = |all: &[domain::Blind]| -> Vec<String> {
        all.iter().map(|one| one.what.clone()).collect()
    };
    let blind = what(&report.blind);
    assert_eq!(blind, ["probe lag", "probe age"], "values nobody gets");
    assert_eq!(what(&report.down), ["probe reach"], "it says that it is gone");
    let text = domain::human(&report, None);
    assert!(text.contains("No scenario of the plan is this loss."), "{text}");
    // A service that does not use it stays as it is.
    assert_eq!(lose(&shop(&[], hall), &["hall"]).services[0].met, Met::Untouched);
    // By its name, and by what it says it loses: its runbook then brings the service back.
    let runbook = "\n[[runbook]]\nid = \"escrow\"\nkind = \"response\"\nrto = \"4h\"\n\
                   services = [\"shop\"]\nscenarios = [\"gone\"]\n\n[[runbook.step]]\n\
                   id = \"keys\"\nmanual = \"Bring the shares.\"\n";
    for named in ["name = \"The Dublin hall is lost\"", "loses = [\"hall\"]"] {
        let scenario = format!("\n[[scenario]]\nid = \"gone\"\n{named}\n");
        let loaded = shop(&uses, &format!("{hall}{scenario}{runbook}"));
        let takes = Estimate { p50: Span::mins(70), p95: Span::mins(140) };
        let reach = Reach::from([(("escrow".into(), "shop".into()), takes)]);
        let report = judged(&loaded, &["hall"], &reach);
        assert_eq!(report.scenarios[0].runbooks, ["escrow".into()], "{named}");
        // The runbook's own promise counts in its run.
        let rto = Span::mins(240);
        assert_eq!(
            report.services[0].met,
            Met::Yes { by: "escrow".into(), takes, rto },
            "{named}"
        );
        assert!(lose(&loaded, &["west"]).scenarios.is_empty(), "{named}");
    }
    // A queue holds what nobody has worked on yet; one that stands by is missed by nobody.
    let queue = |role: &str| {
        let queue = "\n[[resource]]\nid = \"jobs\"\nkind = \"sqs\"\nsite = \"east\"\n";
        let uses =
            [("uses = [\"db\",", "uses = [\"jobs\", \"db\","), ("id = \"east\"", role)];
        lose(&shop(&uses, queue), &["east"]).services.remove(0)
    };
    let lost = queue("id = \"east\"\nstate = \"active\"");
    let jobs = lost.data.iter().find(|data| data.of.as_str() == "jobs").unwrap();
    assert!(!jobs.kept && jobs.why.contains("stays in east"), "{}", jobs.why);
    assert!(!queue("id = \"east\"\nstate = \"standby\"").loses.contains(&"jobs".into()));
}

#[test]
fn steps_have_the_numbers_they_have_in_a_run() {
    let call = "[[runbook.step]]\nid = \"ready\"\ncheck = \"west\"";
    let looped = "[[runbook.step]]\nid = \"ready\"\nshell = \"echo\"\n\
                  for_each = [\"a\", \"b\"]";
    let report = lose(&shop(&[(call, looped)], ""), &["east"]);
    let numbers: Vec<&str> =
        report.runbooks[0].steps.iter().map(|step| step.number.as_str()).collect();
    assert_eq!(numbers, ["1-2", "3", "4", "5", "6", "7", "8", "9"]);
    assert_eq!(plan::spans(&[1, 2, 3, 7, 9, 10]), "1-3, 7, 9-10");
}

#[test]
fn an_eye_that_goes_blind_blocks_and_one_that_says_down_does_not() {
    let probe = |keys: &str| format!("\n[[probe]]\nid = \"eye\"\n{keys}\n");
    let http = "kind = \"http\"\nurl = \"https://x.example.com/\"\n";
    let cases = [
        // Keys of the probe, how the step wants it, whether the step can be run.
        (format!("{http}vantage = \"a machine in eu-west-1\""), "", false),
        (format!("{http}vantage = \"a machine in eu-north-1\""), "", true),
        (format!("{http}site = \"east\""), "", false),
        (format!("{http}site = \"east\""), "\ncontinue_if = \"failed\"", true),
        ("kind = \"cloudwatch\"\nmetric = { namespace = \"AWS/RDS\", name = \"ReplicaLag\", \
          region = \"eu-west-1\" }".to_owned(), "", false),
        ("kind = \"cloudwatch\"\nmetric = { namespace = \"AWS/RDS\", name = \"ReplicaLag\", \
          region = \"eu-central-1\" }".to_owned(), "", true),
        ("kind = \"http\"\nurl = \"https://db.eu-west-1.shop.example.com/\"".to_owned(), "", false),
        ("kind = \"log\"\nfile = \"/x\"\nhost = \"box\"".to_owned(), "", false),
    ];
    let host = "\n[[host]]\nid = \"box\"\nsite = \"east\"\nvia = [\"ssh\", \"box\"]\n";
    for (keys, wants, runs) in cases {
        let step = format!("check = \"eye\"{wants}");
        let edits = [("check = \"west\"", step.as_str())];
        let report = lose(&shop(&edits, &(probe(&keys) + host)), &["east"]);
        let cannot = steps(&report, "failover", "cannot");
        assert_eq!(cannot.is_empty(), runs, "{keys} {wants}: {cannot:?}");
    }
    // CloudFront's metrics exist in one region, wherever it is asked.
    let keys = "kind = \"cloudwatch\"\nmetric = { namespace = \"AWS/CloudFront\", \
                name = \"Requests\", region = \"eu-central-1\" }";
    let report = lose(&shop(&[], &probe(keys)), &["us-east-1"]);
    assert!(report.blind.iter().any(|blind| blind.what == "probe eye"));
}

#[test]
fn who_cannot_sign_in_cannot_decide() {
    let ways = "\n[[access]]\nid = \"sso\"\nregion = \"eu-west-1\"\n\
                \n[[access]]\nid = \"bastion\"\nsite = \"west\"\nneeds = [\"sso\"]\n\
                \n[[access]]\nid = \"keys\"\nkind = \"keys\"\n";
    let by = |ada: &str, ben: &str| {
        let person = |id: &str, way: &str| {
            let old = format!("id = \"{id}\"\nroles");
            (old, format!("id = \"{id}\"\nsign_in = [\"{way}\"]\nroles"))
        };
        let (ada, ben) = (person("ada", ada), person("ben", ben));
        let edits = [(ada.0.as_str(), ada.1.as_str()), (ben.0.as_str(), ben.1.as_str())];
        lose(&shop(&edits, ways), &["east"])
    };
    let lost = by("sso", "bastion");
    let told: Vec<&SignIn> = lost.people.iter().map(|person| &person.sign_in).collect();
    assert!(matches!(told[..], [SignIn::Lost(_), SignIn::Lost(_)]), "{told:?}");
    let text = domain::human(&lost, None);
    assert!(text.contains("bastion cannot do without: sso runs in eu-west-1"), "{text}");
    assert!(
        why(&lost, "failover", "go").contains("nobody who can be commander can sign in")
    );
    assert_eq!(lost.exit_code(), 2);
    // One is enough.
    let one = by("sso", "keys");
    assert_eq!(one.people[1].sign_in, SignIn::By("keys".to_owned()));
    assert_eq!(steps(&one, "failover", "cannot"), [""; 0]);
    // The plan's own way, for who does not say.
    let edits = [("owner = \"Shop team\"", "owner = \"Shop team\"\nsign_in = [\"sso\"]")];
    let all = lose(&shop(&edits, ways), &["east"]);
    assert!(all.people.iter().all(|one| matches!(one.sign_in, SignIn::Lost(_))));
    let none = lose(&shop(&[], ""), &["east"]);
    assert!(none.people.iter().all(|one| one.sign_in == SignIn::Unsaid));
}

#[test]
fn a_channel_that_is_lost_is_replaced_or_nobody_is_told() {
    let step =
        "\n[[runbook.step]]\nid = \"tell\"\nnotify = \"gone\"\nchannel = \"chat\"\n";
    let chat = "\n[[channel]]\nid = \"chat\"\nkind = \"slack\"\nsite = \"east\"\n";
    let phone = "\n[[channel]]\nid = \"phone\"\nkind = \"phone-bridge\"\n\
                 fallback_for = \"chat\"\n";
    let back = "[[runbook]]\nid = \"failback\"";
    let with = format!("{step}\n{back}");
    let edits = [(back, with.as_str())];
    let report = lose(&shop(&edits, chat), &["east"]);
    assert_eq!(steps(&report, "failover", "cannot"), ["tell"]);
    let report = lose(&shop(&edits, &format!("{chat}{phone}")), &["east"]);
    assert_eq!(steps(&report, "failover", "cannot"), [""; 0]);
    assert_eq!(report.channels[0].instead.as_deref(), Some("phone"));
}

#[test]
fn an_objective_is_met_in_time_and_with_its_data_or_not() {
    let met =
        |reach: &Reach| judged(&shop(&[], ""), &["east"], reach).services[0].met.clone();
    assert!(matches!(met(&takes(12, 20)), Met::Yes { .. }));
    assert!(matches!(met(&takes(25, 40)), Met::Perhaps { .. }));
    assert!(matches!(met(&takes(31, 40)), Met::Late { .. }));
    assert!(matches!(met(&Reach::new()), Met::Unknown { .. }));
    // What is not lost is not lost.
    let report = lose(&shop(&[], ""), &["eu-north-1"]);
    assert_eq!(report.services[0].met, Met::Untouched);
    let data = |edits: &[(&str, &str)], append: &str| {
        let report = lose(&shop(edits, append), &["east"]);
        report.services[0].data[0].kept
    };
    let kind = "kind = \"rds-replica\"";
    let copies = format!("{kind}\nreplication = {{ kind = \"snapshot-copy\" }}");
    let zero = ("rpo = \"5m\"", "rpo = \"0s\"");
    let sync =
        format!("{kind}\nreplication = {{ kind = \"streaming\", mode = \"sync\" }}");
    let backup =
        |keys: &str| format!("\n[[backup]]\nid = \"b\"\ncovers = [\"db\"]\n{keys}\n");
    assert!(data(&[], ""), "a replica that is behind no more than the promotion allows");
    assert!(!data(&[zero], ""));
    assert!(data(&[zero, (kind, &sync)], ""));
    assert!(!data(&[(kind, &copies)], ""));
    let there = backup("interval = \"5m\"\nsites = [\"west\"]");
    assert!(data(&[(kind, &copies)], &there));
    assert!(!data(&[(kind, &copies)], &backup("interval = \"5m\"\nsites = [\"east\"]")));
    assert!(!data(&[(kind, &copies)], &backup("interval = \"6m\"\nsites = [\"west\"]")));
}

#[test]
fn a_place_nobody_knows_is_refused_by_name() {
    let loaded = shop(&[], "");
    let plan = loaded.seen().unwrap();
    let told = Loss::of(plan, &["eats".to_owned()]).unwrap_err();
    assert!(told.contains("`eats`") && told.contains("east, eu-central-1"), "{told}");
    // A region of the cloud is known although the plan has nothing in it.
    assert!(Loss::of(plan, &["us-east-1".to_owned()]).is_ok());
    // Two sites of one region: losing one of them is not losing the region.
    let same = [("region = \"eu-central-1\"", "region = \"eu-west-1\"")];
    let loaded = shop(&same, "");
    let loss = Loss::of(loaded.seen().unwrap(), &["east".to_owned()]).unwrap();
    assert!(loss.site(&"east".into()) && !loss.region("eu-west-1"));
    let loss = Loss::of(loaded.seen().unwrap(), &["eu-west-1".to_owned()]).unwrap();
    assert!(loss.site(&"east".into()) && loss.site(&"west".into()));
}
