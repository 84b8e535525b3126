//! Who runs it and whether it could begin: what a console that only watches must not get
//! wrong.

use std::sync::Arc;

use warroom::{
    console::Model,
    model::{Mode, Observation, Reading, Span},
    room::Executor,
};

use super::{
    cases::{Case, live, snapshot_of},
    shot::{drawn, lines, look},
};
use crate::fixture::{self, WEST, World, at};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

fn shown(case: &Case, size: (u16, u16), prepare: impl FnOnce(&mut Model)) -> Vec<String> {
    let mut model = case.model(size);
    prepare(&mut model);
    lines(&drawn(&model, &look(), size))
}

fn has(shown: &[String], words: &str) -> bool {
    shown.iter().any(|line| line.contains(words))
}

#[test]
fn a_watcher_is_told_who_runs_it_or_that_nobody_does() {
    let case = live("watched", fixture::prepared(Mode::Live), World::Fenced, "03:13:36");
    let by = |silent| Executor::Elsewhere {
        holder: "anna (pts/11 on bastion-7, pid 20988)".into(),
        silent: Span::secs(silent),
    };
    for (executor, header, next) in [
        (by(2), "RUN BY anna", "runs it"),
        (by(23), "RUN BY anna", "silent 23s: :take-over"),
        (Executor::Left, "NOBODY RUNS IT", "NOBODY RUNS IT: :take-over"),
    ] {
        for size in SIZES {
            let shown = shown(&case, size, |model| {
                snapshot_of(model, |snapshot| snapshot.executor = executor.clone());
            });
            assert!(has(&shown[..4], header), "{size:?} {executor:?} {shown:#?}");
            assert!(has(&shown[4..5], next), "{size:?} {executor:?} {shown:#?}");
            assert!(has(&shown[..4], "ALARMS"), "{shown:#?}");
        }
    }
    let over = live("over", fixture::finished(Mode::Live), World::West, "03:30:00");
    let shown = shown(&over, (80, 24), |model| {
        snapshot_of(model, |snapshot| snapshot.executor = Executor::Here);
    });
    assert!(!has(&shown, "NOBODY RUNS IT"), "{shown:#?}");
}

/// Nothing is declared; what the failover goes to is as `change` says.
fn ready(change: impl Fn(&mut Reading<Observation>)) -> String {
    let case = Case {
        name: "ready",
        story: None,
        world: World::Calm,
        now: at("02:50:00"),
        mode: Mode::Live,
        prepare: |_| {},
    };
    let shown = shown(&case, (120, 40), |model| {
        snapshot_of(model, |snapshot| {
            for ((_, site), reading) in &mut Arc::make_mut(&mut snapshot.evidence).estate
            {
                let of_database =
                    matches!(reading.last, Some((Observation::Database(_), _)));
                if site.as_str() == WEST && of_database {
                    change(reading);
                }
            }
        });
    });
    shown[1].clone()
}

#[test]
fn a_target_that_is_down_or_unseen_is_no_readiness() {
    assert!(ready(|_| {}).contains("READY  "), "{}", ready(|_| {}));
    let unseen = ready(|reading| *reading = Reading::none(reading.max_age));
    assert!(unseen.contains("READINESS UNKNOWN"), "{unseen}");
    let down = ready(|reading| {
        if let Some((Observation::Database(view), _)) = &mut reading.last {
            view.available = false;
        }
    });
    assert!(down.contains("NOT READY"), "{down}");
}
