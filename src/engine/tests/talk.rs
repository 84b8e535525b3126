//! Given what was said, when somebody says more, then it is written down or refused.

use super::*;

fn poll(proposal: &str) -> Command {
    Command::Say(Say::Poll { proposal: proposal.into() })
}

fn answer(poll: u32, objection: Option<&str>) -> Command {
    Command::Say(Say::Answer { poll, objection: objection.map(Text::from) })
}

fn close(poll: u32) -> Command {
    Command::Say(Say::ClosePoll { poll, outcome: "go".into() })
}

fn give(to: &str, text: &str, within: Span) -> Command {
    Command::Say(Say::GiveTask { to: to.into(), text: text.into(), within })
}

fn finish(task: u32) -> Command {
    Command::Say(Say::FinishTask { task, words: "done".into() })
}

fn correct(entry: u64, text: &str, pressed_at: Moment) -> Command {
    Command::Say(Say::Correct { entry, text: text.into(), pressed_at })
}

const fn take_back(entry: u64) -> Command {
    Command::Say(Say::TakeBack { entry })
}

fn note(text: &str, pressed_at: Moment) -> Command {
    Command::Note { kind: NoteKind::Note, text: text.into(), pressed_at }
}

fn tick(step: &str) -> Command {
    Command::Tick { step: step.into(), observed: "seen".into() }
}

/// Up to the step a person ticks.
fn before_the_tick() -> Case {
    let mut case = Case::declared();
    case.promoted();
    case.ok(&person("op"), case.confirm("script", "west"));
    case.report("script", Report::Acted(Evidenced::default()));
    case
}

#[test]
fn a_poll_is_asked_answered_and_closed_one_at_a_time() {
    let mut case = Case::declared();
    assert_eq!(case.refused(&person("ic"), &answer(1, None)), Refusal::NoOpenPoll);
    assert_eq!(case.refused(&person("ic"), &poll("  ")), Refusal::ReasonMissing);
    case.ok(&person("ic"), poll("promote"));
    let second = case.refused(&person("op"), &poll("wait"));
    assert_eq!(second, Refusal::PollOpen("promote".into()));
    case.ok(&person("op"), answer(1, Some("lag is unknown")));
    case.ok(&person("dba"), answer(1, None));
    let open = case.incident.talk.open_poll().unwrap();
    assert_eq!(open.tally(), "objection by op: lag is unknown");
    // The newest answer of a person counts.
    case.ok(&person("op"), answer(1, None));
    let open = case.incident.talk.open_poll().unwrap();
    assert_eq!(open.tally(), "no strong objections, 2 answered");
    assert_eq!(case.refused(&person("ic"), &close(2)), Refusal::NoOpenPoll);
    case.ok(&person("ic"), close(1));
    assert_eq!(case.incident.talk.open_poll(), None);
    assert_eq!(case.refused(&person("op"), &answer(1, None)), Refusal::NoOpenPoll);
    case.ok(&person("op"), poll("wait"));
    assert_eq!(case.incident.talk.open_poll().unwrap().number, 2);
}

#[test]
fn an_objection_is_words_to_the_commander_and_no_gate() {
    let mut case = Case::declared();
    case.ok(&person("op"), poll("fence"));
    case.ok(&person("ic"), answer(1, Some("wait")));
    case.ok(&person("op"), case.confirm("fence", "east"));
    assert_eq!(*case.state("fence"), StepState::Dispatched);
}

#[test]
fn a_task_has_one_name_a_time_and_an_end() {
    let mut case = Case::declared();
    let five = Span::mins(5);
    for (command, refusal) in [
        (give(" ", "count", five), Refusal::NobodyNamed),
        (give("dba", "", five), Refusal::ReasonMissing),
        (give("dba", "count", Span::ZERO), Refusal::BadLength(Span::ZERO)),
        (finish(1), Refusal::NoSuchTask(1)),
    ] {
        assert_eq!(case.refused(&person("ic"), &command), refusal);
    }
    case.ok(&person("ic"), give("dba", "count lost writes", five));
    case.ok(&person("ic"), give("ops", "warm the cache", Span::mins(1)));
    let open = |case: &Case| -> Vec<u32> {
        case.incident.talk.open_tasks().iter().map(|task| task.number).collect()
    };
    assert_eq!(open(&case), [2, 1], "the first due first");
    assert_eq!(case.incident.talk.tasks[0].due, case.now + five);
    // Over or not, it stays open until somebody says that it is done.
    case.later(600);
    assert_eq!(open(&case), [2, 1]);
    case.ok(&person("ops"), finish(2));
    assert_eq!(open(&case), [1]);
    assert_eq!(case.refused(&person("ops"), &finish(2)), Refusal::NoSuchTask(2));
}

#[test]
fn a_correction_stands_beside_its_entry_also_after_the_end() {
    let mut case = Case::declared();
    let now = case.now;
    case.ok(&person("op"), note("14 tickets", now));
    let entry = case.incident.seq;
    let written = case.records.last().unwrap().clone();
    for bad in [0, entry + 1] {
        let refusal = case.refused(&person("op"), &correct(bad, "15 tickets", now));
        assert_eq!(refusal, Refusal::NoSuchEntry(bad));
    }
    case.ok(
        &person("op"),
        Command::Close { summary: "over".into(), typed: "CLOSE".into() },
    );
    case.ok(&person("ic"), correct(entry, "15 tickets", now));
    assert_eq!(case.records[usize::try_from(entry).unwrap() - 1], written);
    let told = story::sentence(&written, &case.incident);
    assert_eq!(told, format!("14 tickets (corrected: #{})", case.incident.seq));
    let other = case.refused(&person("ic"), &poll("again?"));
    assert_eq!(other, Refusal::Over);
}

#[test]
fn a_note_is_taken_back_once_soon_and_by_its_author() {
    let mut case = Case::declared();
    case.ok(&person("op"), note("wrong window", case.now));
    let entry = case.incident.seq;
    let mine = take_back(entry);
    assert_eq!(case.refused(&person("ic"), &mine), Refusal::NothingToTakeBack);
    let before = case.incident.clone();
    case.later(31);
    let late = Refusal::TooLate(Span::secs(31));
    assert_eq!(case.refused(&person("op"), &mine), late);
    case.now = case.now - Span::secs(1);
    case.incident = before;
    case.ok(&person("op"), mine.clone());
    assert!(case.incident.talk.taken_back.contains(&entry));
    assert_eq!(case.refused(&person("op"), &mine), Refusal::NothingToTakeBack);
    let record = case.records.iter().find(|record| record.seq == entry).unwrap();
    assert_eq!(
        story::sentence(record, &case.incident),
        "(taken back) wrong window",
        "the record stays"
    );
}

#[test]
fn a_tick_taken_back_opens_its_step_and_only_while_nothing_was_built_on_it() {
    let mut case = before_the_tick();
    case.ok(&person("op"), tick("look"));
    let entry = case.incident.seq;
    assert!(matches!(case.state("look"), StepState::Done { .. }));
    let events = case.ok(&person("op"), take_back(entry));
    let step = Some(StepId::from("look"));
    assert_eq!(events, [Event::Spoken { speech: Speech::TakenBack { entry, step } }]);
    assert_eq!(*case.state("look"), StepState::Todo);
    assert_eq!(due(&case.incident), vec![]);
    // Ticked again, as another attempt, and something is built on it.
    let events = case.ok(&person("op"), tick("look"));
    assert!(matches!(events[..], [Event::Intended { attempt: 2, .. }, _]));
    let entry = case.incident.seq;
    case.ok(&person("op"), case.confirm("rest", ""));
    let refusal = case.refused(&person("op"), &take_back(entry));
    assert_eq!(refusal, Refusal::BuiltOn("rest".into()));
}

#[test]
fn only_people_speak() {
    let case = Case::declared();
    assert_eq!(case.refused(&Actor::System, &poll("promote")), Refusal::NotAPerson);
}

/// What is said needs no lease, and what was said reads back as it was written.
#[test]
fn words_come_from_every_console_and_survive_the_disk() {
    let mut case = before_the_tick();
    let now = case.now;
    let said = [
        poll("promote"),
        answer(1, Some("wait")),
        answer(1, None),
        close(1),
        give("dba", "count", Span::mins(5)),
        finish(1),
        correct(1, "another reason", now),
        tick("look"),
        take_back(case.incident.seq + 9),
    ];
    for command in said {
        let spoken = matches!(command, Command::Say(_));
        assert_eq!(command.needs_lease(), !spoken);
        case.ok(&person("op"), command);
    }
    let json = serde_json::to_string(&case.records).unwrap();
    let read: Vec<Record> = serde_json::from_str(&json).unwrap();
    let again = Incident::fold(&case.incident.id, &read).unwrap();
    assert_eq!(again, case.incident);
}
