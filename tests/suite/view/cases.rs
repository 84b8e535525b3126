//! What a person may look at: one case a state.

use std::sync::Arc;

use warroom::{
    console::{
        Model,
        model::{Arming, Confirm, ConfirmStage, Overlay, PreviewState},
        view::pages,
    },
    model::{Call, Mode, Moment, Preview, Span, StepId, Text},
    room::{Executor, JournalHealth, Snapshot},
};

use crate::fixture::{self, Story, WEST, World, at};

/// What a person looks at.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) story: Option<Story>,
    pub(crate) world: World,
    pub(crate) now: Moment,
    pub(crate) mode: Mode,
    pub(crate) prepare: fn(&mut Model),
}

impl Case {
    pub(crate) fn model(&self, size: (u16, u16)) -> Model {
        let snapshot = fixture::snapshot(self.story.as_ref(), self.world, self.now);
        let mut model = fixture::model(self.mode, snapshot, size);
        (self.prepare)(&mut model);
        model
    }
}

pub(crate) fn live(name: &'static str, story: Story, world: World, now: &str) -> Case {
    let (story, now, mode) = (Some(story), at(now), Mode::Live);
    Case { name, story, world, now, mode, prepare: |_| {} }
}

pub(crate) fn armed(model: &mut Model) {
    model.arming = Arming::Armed { until: model.now + Span::secs(692) };
}

pub(crate) fn snapshot_of(model: &mut Model, change: impl FnOnce(&mut Snapshot)) {
    let mut snapshot = model.snapshot.as_ref().clone();
    change(&mut snapshot);
    model.snapshot = Arc::new(snapshot);
}

/// Opens the dialog of `step`, half typed, all pages seen.
pub(crate) fn confirming(
    model: &mut Model,
    step: &str,
    token: &str,
    preview: PreviewState,
) {
    armed(model);
    let now = model.now;
    model.overlay = Some(Overlay::Confirm(Confirm {
        step: StepId::new(step),
        undo: false,
        opened_at: now - Span::secs(12),
        live_at: now - Span::secs(11),
        last_key_at: now - Span::secs(3),
        typed: token.chars().take(4).collect(),
        token: token.to_owned(),
        shown: String::new(),
        preview,
        page: 0,
        seen: 0,
        pages: 0,
        stage: ConfirmStage::Typing,
        notice: None,
    }));
}

pub(crate) fn confirm_of(model: &mut Model) -> &mut Confirm {
    match &mut model.overlay {
        Some(Overlay::Confirm(confirm)) => confirm,
        _ => panic!("no dialog"),
    }
}

pub(crate) fn page_count(model: &Model) -> usize {
    match &model.overlay {
        Some(Overlay::Confirm(confirm)) => pages(model, confirm),
        _ => panic!("no dialog"),
    }
}

pub(crate) fn promotion() -> Preview {
    Preview {
        calls: vec![Call {
            line: Text::clean(
                "aws rds promote-read-replica --region us-west-2 \
                 --db-instance-identifier ecommerce-db-dr",
            ),
        }],
        changes: vec![
            (
                Text::clean("db in us-west-2"),
                Text::clean("replica of ecommerce-db"),
                Text::clean("standalone writer"),
            ),
            (
                Text::clean("writer"),
                Text::clean("us-east-1 (fenced)"),
                Text::clean("us-west-2"),
            ),
        ],
        irreversible: Some(Text::clean(
            "Cannot be undone. The way back is a new replica in us-east-1 and a failback.",
        )),
        objections: Vec::new(),
        already: false,
    }
}

pub(crate) fn call(line: &str, change: (&str, &str, &str)) -> Preview {
    Preview {
        calls: vec![Call { line: Text::clean(line) }],
        changes: vec![(
            Text::clean(change.0),
            Text::clean(change.1),
            Text::clean(change.2),
        )],
        ..Preview::default()
    }
}

pub(crate) fn open_t4(model: &mut Model) {
    confirming(model, "promote", "LIVE us-west-2", PreviewState::Ready(promotion()));
}

pub(crate) fn open_t3(model: &mut Model) {
    let line = "aws route53 change-resource-record-sets --hosted-zone-id Z0123456789 \
                --change-batch file:///dev/stdin";
    let preview = call(line, ("shop.example", "100% us-east-1", "100% us-west-2"));
    confirming(model, "shift", WEST, PreviewState::Ready(preview));
}

pub(crate) fn open_t2(model: &mut Model) {
    let line = "aws eks update-nodegroup-config --region us-west-2 --cluster-name shop \
                --nodegroup-name web --scaling-config desiredSize=9";
    let preview = call(line, ("desired nodes", "3", "9"));
    confirming(model, "scale", "y", PreviewState::Ready(preview));
    confirm_of(model).typed = String::new();
}

/// Just before step 4.
pub(crate) fn fenced(mode: Mode) -> Story {
    let mut story = fixture::prepared(mode);
    story.records.truncate(14);
    story
}

#[rustfmt::skip]
pub(crate) fn cases() -> Vec<Case> {
    use fixture as f;
    let live_at = |name, story, world, now, prepare| Case { prepare, ..live(name, story, world, now) };
    let (m, t) = (Mode::Live, "03:13:36");
    vec![
        Case { name: "watching", story: None, world: World::Calm, now: at("02:41:07"), mode: m, prepare: |_| {} },
        live("declared", f::declared(m), World::Down, "02:58:20"),
        live_at("mid_run", f::approved(m), World::Fenced, t, armed),
        live_at("running", f::promoting(m), World::Fenced, "03:15:07", |model| {
            armed(model);
            snapshot_of(model, |snapshot| {
                let line = Text::clean("modifying; still a replica");
                Arc::make_mut(&mut snapshot.progress).insert("promote".into(), line);
            });
        }),
        live_at("confirm_t4", f::approved(m), World::Fenced, "03:13:48", open_t4),
        live_at("confirm_t4_blocked", f::prepared(m), World::Fenced, t, |model| {
            open_t4(model);
            confirm_of(model).preview = PreviewState::Waiting;
        }),
        live_at("confirm_abort_window", f::approved(m), World::Fenced, "03:13:58", |model| {
            open_t4(model);
            let until = model.now + Span::millis(3200);
            confirm_of(model).stage = ConfirmStage::AbortWindow { until };
        }),
        live_at("confirm_t3", f::promoted(m), World::Promoted, "03:21:10", open_t3),
        live_at("strip_t2", fenced(m), World::Fenced, "03:06:10", open_t2),
        live("hold", f::held(m), World::Fenced, t),
        live("in_doubt", f::doubted(m), World::Fenced, "03:15:02"),
        live("failed", f::failed(m), World::Fenced, "03:17:02"),
        live("finished", f::finished(m), World::West, "03:25:00"),
        Case { mode: Mode::Drill, ..live_at("drill", f::approved(Mode::Drill), World::Fenced, t, |model| {
            armed(model);
            snapshot_of(model, |snapshot| snapshot.speed = 10);
            model.pace = 10;
        }) },
        live_at("read_only", f::approved(m), World::Fenced, t, |model| model.session.read_only = true),
        live_at("journal_fails", f::approved(m), World::Fenced, t, |model| {
            armed(model);
            let why = Text::clean("disk full");
            let since = at("03:13:30");
            snapshot_of(model, |snapshot| snapshot.journal = JournalHealth::Failing { why, since });
        }),
        live_at("elsewhere", f::approved(m), World::Fenced, t, |model| {
            let holder = Text::clean("A.Roy on bastion-1, pid 4711");
            let executor = Executor::Elsewhere { holder, silent: Span::secs(2) };
            snapshot_of(model, |snapshot| snapshot.executor = executor);
        }),
    ]
}
