//! Lanes, holds and promises on the screen: what somebody who looks once must see.

use std::collections::BTreeMap;

use warroom::{
    console::{
        Model,
        model::{Asking, Overlay, Pane, Prompt, Screen},
    },
    engine::{Event, Watch},
    model::{
        Action, Evidence, Failure, Hold, Lag, Lane, Mode, Observation, PhaseTime,
        ProbeAnswer, Procedure, Service, ServiceBrief, Span, Step, StepId, StorageView,
        Text,
        brief::{Countdown, Level},
    },
};

use super::{
    cases::{Case, live},
    shot::{drawn, lines, look},
    snap,
};
use crate::fixture::{self, Story, World};

fn shown(case: &Case, size: (u16, u16), prepare: impl Fn(&mut Model)) -> Vec<String> {
    let mut model = case.model(size);
    prepare(&mut model);
    lines(&drawn(&model, &look(), size))
}

fn line<'a>(shown: &'a [String], words: &str) -> &'a str {
    let found = shown.iter().find(|line| line.contains(words));
    found.unwrap_or_else(|| panic!("no `{words}` in\n{}", shown.join("\n")))
}

const TENANTS: [&str; 2] = ["acme", "globex"];

/// Every step after the decision once for each tenant.
fn spread(procedure: &mut Procedure) {
    let shared = ["declare", "confirm", "announce"];
    let of = |tenant: &str, id: &StepId| {
        if shared.contains(&id.as_str()) {
            id.clone()
        } else {
            StepId::new(format!("{tenant}.{id}"))
        }
    };
    let mut number = 0;
    for phase in &mut procedure.runbook.phases {
        let steps = std::mem::take(&mut phase.steps).into_iter();
        phase.steps = steps
            .flat_map(|step| {
                let own = !shared.contains(&step.id.as_str());
                let copies = if own { 2 } else { 1 };
                TENANTS.iter().take(copies).map(move |tenant| {
                    let mut copy = Step { id: of(tenant, &step.id), ..step.clone() };
                    let needs = step.needs.iter();
                    copy.needs = if own {
                        needs.map(|id| of(tenant, id)).collect()
                    } else {
                        needs.flat_map(|id| TENANTS.map(|one| of(one, id))).collect()
                    };
                    copy.terms.lane = own.then(|| (*tenant).into());
                    copy.terms.shared = !own;
                    copy
                })
            })
            .collect();
        for step in &mut phase.steps {
            number += 1;
            step.number = number;
        }
    }
    procedure.brief.lanes = TENANTS
        .map(|id| Lane { tenant: id.into(), name: Text::clean(format!("{id} Inc")) })
        .to_vec();
}

/// Both lanes are fenced; scaling failed in the first.
fn one_failed() -> Story {
    let story = fixture::declared(Mode::Live)
        .written(spread)
        .ticked("M.Okafor", "declare", "02:59:02", "bridge open")
        .ticked("P.Shah", "confirm", "03:00:30", "0/3 points")
        .sent("P.Shah", "acme.fence", ("03:05:20", "03:05:24"), "us-east-1")
        .done("acme.fence", "03:06:02", "0 connections")
        .sent("P.Shah", "globex.fence", ("03:05:30", "03:05:34"), "us-east-1")
        .done("globex.fence", "03:06:12", "0 connections")
        .sent("P.Shah", "acme.scale", ("03:06:20", "03:06:24"), "y");
    let failed = Event::Failed {
        step: "acme.scale".into(),
        attempt: 1,
        failure: Failure::NotVerified,
        reason: Text::clean("3 of 9 nodes after 18 minutes"),
    };
    story.by("system", "03:12:20", failed)
}

fn failed_lane() -> Case {
    live("lanes", one_failed(), World::Fenced, "03:13:36")
}

#[test]
fn every_step_says_whose_it_is_and_every_lane_how_far_it_is() {
    let case = failed_lane();
    for size in [(80, 24), (120, 40), (200, 60)] {
        let shown = shown(&case, size, |_| {});
        let strip = line(&shown, "FAILED 5   ");
        assert!(strip.contains("acme") && strip.contains("globex"), "{strip}");
        let rows: Vec<_> =
            shown.iter().filter(|line| line.contains("Scale DR")).collect();
        let of = |name: &str| rows.iter().any(|row| row.contains(name));
        assert!(of("acme") && of("globex"), "{size:?} {rows:#?}");
    }
    let wide = shown(&case, (120, 40), |_| {});
    assert!(line(&wide, "acme 1/6").contains("globex 1/6 next 6"), "{wide:#?}");
    snap("lanes", &case, &look(), (80, 24));
    snap("lanes", &case, &look(), (120, 40));
}

/// With what is to be done by hand written down, and what is to be seen then.
fn instructed() -> Story {
    fixture::declared(Mode::Live).written(|procedure| {
        let mut steps = procedure.runbook.phases.iter_mut().flat_map(|it| &mut it.steps);
        let step = steps.find(|step| step.id.as_str() == "declare").unwrap();
        step.action = Action::Manual {
            text: "Page everybody on the list".into(),
            expect: Some("the bridge is open".into()),
        };
    })
}

/// An operator ticked what nobody could read: a plan that fills the screen left no room.
#[test]
fn what_is_to_be_done_by_hand_is_read_where_it_is_ticked() {
    for size in [(80, 24), (120, 40)] {
        let case = live("instructed", instructed(), World::Down, "02:58:30");
        let asked = shown(&case, size, |model| {
            model.overlay = Some(Overlay::Prompt(Prompt {
                asking: Asking::Observed("declare".into()),
                typed: String::new(),
                suggested: String::new(),
                pressed_at: model.now,
            }));
        });
        let zoomed = shown(&case, size, |model| {
            model.selected = Some("declare".into());
            model.zoomed = true;
        });
        for screen in [asked, zoomed] {
            line(&screen, "By hand: Page everybody on the list");
            assert!(screen.join(" ").contains("the bridge is open"), "{screen:#?}");
        }
    }
}

#[test]
fn a_lane_that_failed_does_not_stand_before_the_others() {
    let case = failed_lane();
    for size in [(60, 16), (80, 24), (120, 40)] {
        let next = shown(&case, size, |_| {});
        let next = line(&next, "NEXT > ");
        assert!(next.contains("6 globex: Scale DR"), "{next}");
        assert!(size.0 < 80 || next.contains("acme FAILED 5"), "{next}");
    }
    // Who looks at the lane in trouble is told what is wrong with it.
    let only = shown(&case, (120, 40), |model| model.lane = Some("acme".into()));
    assert!(line(&only, "NEXT > ").contains("5 acme: Scale DR"), "{only:#?}");
    assert!(line(&only, "1 PLAN").contains("only acme"));
    assert!(!only.iter().any(|line| line.contains("] 6 ") || line.contains("]  6 ")));
    assert!(line(&only, "Confirm primary down").contains("0/3"), "what all share stays");
}

#[test]
fn many_lanes_are_counted_and_those_in_trouble_named() {
    let story = one_failed().written(|procedure| {
        procedure.brief.lanes.extend((0..30).map(|at| Lane {
            tenant: format!("tenant-{at:02}").as_str().into(),
            name: Text::clean(format!("Tenant {at}")),
        }));
    });
    let case = live("many", story, World::Fenced, "03:13:36");
    for size in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        let shown = shown(&case, size, |_| {});
        let strip = line(&shown, "acme FAILED 5");
        assert!(shown.iter().any(|line| line.contains(" lanes")), "{size:?} {strip}");
    }
}

fn probe_answers(model: &mut Model, id: &str, healthy: bool, value: &str) {
    super::cases::snapshot_of(model, |snapshot| {
        let mut seen: Evidence = snapshot.evidence.as_ref().clone();
        let answer = ProbeAnswer { healthy, value: Text::clean(value) };
        for (known, reading) in &mut seen.probes {
            if known.as_str() == id {
                let at = reading.last.as_ref().map_or(snapshot.at, |(_, at)| *at);
                reading.last = Some((answer.clone(), at));
            }
        }
        snapshot.evidence = std::sync::Arc::new(seen);
    });
}

/// A day behind the first phases, with a gate; the one after has a date.
fn guarded(procedure: &mut Procedure) {
    let phases = &mut procedure.runbook.phases;
    phases[1].terms.hold = Some(Hold {
        length: Span::mins(24 * 60),
        gate: vec!["api-west".into(), "browse".into()],
        back: Vec::new(),
    });
    phases[2].terms.not_before = Some(Span::mins(26 * 60));
}

fn holding() -> Story {
    let phase = fixture::procedure().runbook.phases[1].id.clone();
    let began = Event::Watched { phase, watch: Watch::Began };
    fixture::prepared(Mode::Live).written(guarded).by("system", "03:12:40", began)
}

#[test]
fn a_hold_says_how_long_until_when_and_what_its_gates_say() {
    let case = live("hold", holding(), World::West, "04:12:40");
    for size in [(80, 24), (120, 40), (200, 60)] {
        let shown = shown(&case, size, |_| {});
        line(&shown, "HOLD 23h 00m left, until Sun 23 Aug 03:12Z");
    }
    let whole = |prepare: fn(&mut Model)| shown(&case, (120, 40), prepare);
    let five = whole(|model| model.screen = Screen::Promises);
    line(&five, "since Sat 22 Aug 03:12Z, 1h 00m of 1d counted");
    line(&five, "gate api-west: OK 200 in 0.2 s");
    line(&five, "stops while one of them is silent, begins again when one is bad");
    line(&five, ":end-hold ends it early");
    line(&five, "not before Sun 23 Aug 04:58Z");
    let bad = whole(|model| {
        model.screen = Screen::Promises;
        probe_answers(model, "browse", false, "503");
    });
    line(&bad, "gate browse: FAIL 503");
    snap("phase_hold", &case, &look(), (80, 24));
    snap("phase_hold", &case, &look(), (120, 40));
    let full = Case { prepare: |model| model.screen = Screen::Promises, ..case };
    snap("phase_hold_promises", &full, &look(), (80, 24));
}

#[test]
fn a_hold_that_stands_still_or_began_again_says_so() {
    let phase = || fixture::procedure().runbook.phases[1].id.clone();
    let event = |watch| Event::Watched { phase: phase(), watch };
    let paused = event(Watch::Paused { why: Text::clean("browse: no fresh reading") });
    let broken = event(Watch::Broken { why: Text::clean("browse: 503") });
    let over = event(Watch::Passed);
    let ended = event(Watch::Ended { reason: Text::clean("the vendor waits") });
    for (watch, words, more) in [
        (paused, "HOLD STOPPED at 30m 00s of 1d", "browse: no fresh reading"),
        (broken, "HOLD of 1d BEGINS AGAIN", "browse: 503"),
        (over, "hold of 1d over Sat 22 Aug 03:42Z", ""),
        (ended, "hold ended early Sat 22 Aug 03:42Z: the vendor waits", ""),
    ] {
        let story = holding().by("system", "03:42:40", watch);
        let case = live("hold", story, World::West, "04:12:40");
        let shown = shown(&case, (120, 40), |model| model.zoomed = true);
        line(&shown, words);
        line(&shown, more);
    }
    // Another process took over: what nobody watched does not count, and that is said.
    let taken = Event::LeaseTaken { holder: Text::clean("bastion-3"), epoch: 2 };
    let story = holding().by("system", "05:12:40", taken);
    let case = live("hold", story, World::West, "06:12:40");
    let shown = shown(&case, (120, 40), |model| model.zoomed = true);
    line(&shown, "HOLD STOPPED at 0s of 1d");
    line(&shown, "nobody watched since 03:12:40Z");
}

/// Two services of different promises, and what the run itself is measured by.
fn promised(procedure: &mut Procedure) {
    for (service, (rto, rpo)) in procedure.services.iter_mut().zip([(240, 60), (30, 5)]) {
        service.objective.rto = Span::mins(rto);
        service.objective.rpo = Span::mins(rpo);
    }
    let ids: Vec<_> = procedure.services.iter().map(|one| one.id.clone()).collect();
    let said = |tier: &str, order, percent: &str| ServiceBrief {
        tier: Some(Text::clean(tier)),
        order: Some(order),
        availability: Some(Text::clean(percent)),
    };
    procedure.brief.services = BTreeMap::from([
        (ids[0].clone(), said("P1", 2, "99.9")),
        (ids[1].clone(), said("P0", 1, "99.95")),
    ]);
    procedure.brief.countdowns = vec![Countdown {
        level: Level::Runbook,
        of: Text::clean("region-failover"),
        rto: Some(Span::mins(240)),
        rpo: Some(Span::mins(60)),
    }];
}

fn five(story: Story, now: &str, prepare: impl Fn(&mut Model)) -> Vec<String> {
    let case = live("promises", story, World::Fenced, now);
    shown(&case, (80, 24), |model| {
        model.screen = Screen::Promises;
        prepare(model);
    })
}

#[test]
fn every_service_has_its_own_clock_the_tightest_first() {
    let story = || fixture::prepared(Mode::Live).written(promised);
    let services: Vec<Service> = fixture::procedure().services;
    let (late, tight) = (services[0].name.as_str(), services[1].name.as_str());
    // The impact was 02:55:40.
    let shown = five(story(), "03:25:40", |_| {});
    let place = |words: &str| shown.iter().position(|line| line.contains(words)).unwrap();
    assert!(place(&format!(" {tight} ")) < place(&format!(" {late} ")), "{shown:#?}");
    for (name, words) in [
        (tight, ["30m", "LEFT 0:00", "5m", "99.95", "1 P0"]),
        (late, ["4h", "LEFT 3:30:00", "1h", "99.9", "2 P1"]),
    ] {
        let row = line(&shown, &format!(" {name} "));
        assert!(words.iter().all(|word| row.contains(word)), "{row}");
    }
    assert!(line(&shown, "runbook region-failover").contains("LEFT 3:30:00"));
    line(&shown, "counted from impact to verified");
    let after = five(story(), "03:25:41", |_| {});
    assert!(line(&after, &format!(" {tight} ")).contains("OVER 0:01"), "{after:#?}");
    assert!(line(&after, &format!(" {late} ")).contains("LEFT 3:29:59"));
    let case = live("promises", story(), World::Fenced, "03:13:36");
    let case = Case { prepare: |model| model.screen = Screen::Promises, ..case };
    for size in [(80, 24), (120, 40)] {
        snap("promises", &case, &look(), size);
    }
    // Where columns are few, its class gives way, never its name or its clock.
    let pocket = self::shown(&case, (60, 16), |_| {});
    assert!(line(&pocket, &format!(" {tight} ")).contains("LEFT 12:04"), "{pocket:#?}");
}

#[test]
fn lag_past_a_service_s_own_rpo_marks_that_service_alone() {
    let story = || {
        fixture::prepared(Mode::Live).written(|procedure| {
            promised(procedure);
            for service in &mut procedure.services {
                service.uses = vec!["images".into()];
            }
        })
    };
    let services = fixture::procedure().services;
    let tight = services[1].name.to_string();
    for (lag, marked) in [(301, true), (299, false)] {
        let shown = five(story(), "03:13:36", |model| copied(model, lag));
        let row = line(&shown, &format!(" {tight} "));
        assert_eq!(row.contains("AT RISK"), marked, "{row}");
        let other = line(&shown, &format!(" {} ", services[0].name));
        assert!(!other.contains("AT RISK"), "{other}");
    }
}

/// The copy of the images is so many seconds behind, as seen just now.
fn copied(model: &mut Model, lag: i64) {
    super::cases::snapshot_of(model, |snapshot| {
        let mut seen: Evidence = snapshot.evidence.as_ref().clone();
        for ((resource, site), reading) in &mut seen.estate {
            if resource.as_str() == "images" && site.as_str() == fixture::WEST {
                let view = StorageView {
                    replicating: Some(true),
                    lag: Lag::Ok { lag: Span::secs(lag), at: snapshot.at },
                    versioned: Some(true),
                    active: false,
                };
                reading.last = Some((Observation::Storage(view), snapshot.at));
            }
        }
        snapshot.evidence = std::sync::Arc::new(seen);
    });
}

#[test]
fn recovery_out_of_order_and_a_dependency_that_is_down_are_said() {
    let services = fixture::procedure().services;
    let (late, tight) = (services[0].id.clone(), services[1].id.clone());
    let health = |service: &warroom::model::ServiceId, healthy| Event::HealthChanged {
        service: service.clone(),
        healthy: Some(healthy),
        value: Text::clean("seen"),
    };
    let story = fixture::prepared(Mode::Live)
        .written(|procedure| {
            promised(procedure);
            procedure.services[0].depends_on = vec![tight.clone()];
        })
        .by("system", "03:13:00", health(&late, true))
        .by("system", "03:13:01", health(&tight, false));
    let before = five(story, "03:15:00", |_| {});
    line(&before, &format!("impaired: needs {tight}"));
    assert!(!before.iter().any(|line| line.contains("OUT OF ORDER")));
    let story = fixture::prepared(Mode::Live)
        .written(promised)
        .by("system", "03:13:00", health(&late, true))
        .by("system", "03:15:00", Event::ServiceRecovered { service: late.clone() });
    let after = five(story, "03:16:00", |_| {});
    assert!(line(&after, &format!(" {late} ")).contains("MET 19:20"), "{after:#?}");
    line(&after, &format!("OUT OF ORDER: back before {tight}"));
}

#[test]
fn the_screen_of_promises_scrolls_to_its_end_and_no_further() {
    use warroom::console::{
        Msg,
        msg::{Key, Press},
        update,
    };

    let story = holding().written(promised);
    let case = live("promises", story, World::West, "04:12:40");
    let mut model = case.model((60, 16));
    let press = |model: &mut Model, key| {
        let at = model.now + Span::secs(1);
        model.now = at;
        update(model, Msg::Press(Press { key, repeat: false, at }));
    };
    press(&mut model, Key::Char('5'));
    assert_eq!(model.screen, Screen::Promises);
    let seen = |model: &Model| lines(&drawn(model, &look(), (60, 16))).join("\n");
    assert!(!seen(&model).contains(":end-hold"), "{}", seen(&model));
    for _ in 0..60 {
        press(&mut model, Key::Char('j'));
    }
    assert!(seen(&model).contains("not before"), "{}", seen(&model));
    press(&mut model, Key::Char('1'));
    assert_eq!((model.screen, model.pane, model.page), (Screen::Main, Pane::Plan, 0));
}

#[test]
fn a_phase_counts_against_its_time_and_says_when_it_is_late() {
    // Declared 02:58:10; the second phase's first step went out at 03:05:20.
    let timed = |time| {
        fixture::prepared(Mode::Live).written(|procedure| {
            procedure.runbook.phases[1].time = Some(time);
            // It is still open.
            let mut more = procedure.runbook.phases[2].steps.remove(0);
            more.needs = vec!["scale".into()];
            procedure.runbook.phases[1].steps.push(more);
        })
    };
    let seen = |time, now: &'static str, words: &str| {
        let case = live("phases", timed(time), World::Fenced, now);
        let main = shown(&case, (120, 40), |model| model.zoomed = true);
        let heading = line(&main, "PREPARE   ");
        assert!(heading.contains(words), "{heading}");
        let five = five(timed(time), now, |_| {});
        assert!(line(&five, "PREPARE   ").contains(words), "{five:#?}");
    };
    let budget = PhaseTime::Budget(Span::mins(10));
    seen(budget, "03:13:19", "7:59 of 10:00 ");
    seen(budget, "03:15:21", "10:01 of 10:00 OVER");
    let window = PhaseTime::Window(Span::mins(5), Span::mins(15));
    seen(window, "03:13:10", "5:00 to 15:00 after declaring ");
    seen(window, "03:13:11", "5:00 to 15:00 after declaring, LATE by 0:01");
}
