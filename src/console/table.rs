//! The rows of the command table. A new command is one row here and one function in
//! `update`.
//!
//! Lower case looks or writes to our own log; upper case leads or changes the world; what
//! is rare and severe has no key at all. No Alt, no chord an editor, shell or multiplexer
//! uses, no editing key (`keymap` tests it).

use super::{
    command::{Command, Reach},
    msg::Key::{
        self, BackTab, Char, Ctrl, Down, End, Enter, Esc, F1, Home, Left, PageDown,
        PageUp, Right, Tab, Up,
    },
    update::{act, browse, lead, log, reach, scene, talk, values},
};

/// Every command, in the order help shows them.
pub const COMMANDS: &[Command] = &[
    row("hold", "!", &[Char('!')], Reach::Hold, act::hold)
        .label("HOLD")
        .takes("[reason]"),
    row("execute", "X", &[Char('X')], Reach::World, act::execute)
        .label("execute")
        .when(act::can_execute),
    row("retry", "R", &[Char('R')], Reach::World, act::execute)
        .label("try again")
        .when(act::can_retry),
    row("skip", "S", &[Char('S')], Reach::World, act::skip)
        .label("skip step")
        .when(act::can_skip),
    row("undo", "U", &[Char('U')], Reach::World, act::undo)
        .label("put back")
        .when(act::can_undo),
    row("approve", "P", &[Char('P')], Reach::World, act::approve)
        .label("approve")
        .when(act::can_approve),
    row("arm", "A", &[Char('A')], Reach::Lead, lead::arm)
        .label("arm or disarm")
        .takes("[reason]")
        .when(lead::can_arm),
    row("seat", "T", &[Char('T')], Reach::Lead, lead::seat)
        .label("take or hand over a seat")
        .takes("commander|operator|scribe|liaison [person]")
        .when(lead::is_open),
    row("tick", "Space", &[Char(' ')], Reach::Log, log::tick)
        .label("tick")
        .when(log::can_tick),
    row("note", "n", &[Char('n')], Reach::Log, log::note)
        .label("note")
        .takes("[text]")
        .when(lead::is_declared),
    row("decide", "d", &[Char('d')], Reach::Log, log::decide)
        .label("decision")
        .takes("[words]")
        .when(lead::is_open),
    row("poll", "p", &[Char('p')], Reach::Log, talk::poll)
        .label("strong objections?")
        .takes("[proposal, answer or result]")
        .when(talk::can_talk),
    row("task", "t", &[Char('t')], Reach::Log, talk::task)
        .label("task for one person")
        .takes("[@name 5m text | done NUMBER words]")
        .when(talk::can_talk),
    row("take-back", "u", &[Char('u')], Reach::Log, talk::take_back)
        .label("take back")
        .when(talk::can_take_back),
    row("correct", "e", &[Char('e')], Reach::Log, talk::correct)
        .label("correct an entry")
        .takes("[text]")
        .when(talk::can_correct),
    row("ack", "a", &[Char('a')], Reach::Log, log::acknowledge)
        .label("seen")
        .when(log::has_alarm),
    row("respond", "m", &[Char('m')], Reach::Log, reach::respond)
        .label("I am on it")
        .takes("[words]")
        .when(reach::can_respond),
    row("contacted", "c", &[Char('c')], Reach::Log, reach::contacted)
        .label("somebody outside was reached")
        .takes("[NUMBER words]")
        .when(reach::can_contact),
    row("escalated", "i", &[Char('i')], Reach::Log, reach::escalated)
        .label("a stage of the escalation was told")
        .takes("[STAGE words]")
        .when(reach::can_escalate),
    row("shelve", "s", &[Char('s')], Reach::Log, log::shelve)
        .label("shelve alarm")
        .when(log::has_alarm),
    row("readout", "r", &[Char('r')], Reach::Look, browse::readout).label("read-out"),
    row("look", "v", &[Char('v')], Reach::Look, scene::look)
        .label("look at everything now")
        .when(scene::can_look),
    row("copy", "y", &[Char('y')], Reach::Look, browse::copy).label("copy row"),
    row("details", "Enter", &[Enter], Reach::Look, browse::details).label("open"),
    row("back", "Esc", &[Esc], Reach::Look, browse::back).label("back"),
    row("close-pane", "q", &[Char('q')], Reach::Look, browse::quit).label("close"),
    row("zoom", "z", &[Char('z')], Reach::Look, browse::zoom).label("zoom pane"),
    row("wall", "w", &[Char('w')], Reach::Look, scene::wall)
        .label("big clocks")
        .when(scene::can_wall),
    row("kinds", "f", &[Char('f')], Reach::Look, scene::kinds).label("kinds of entries"),
    row("lane", "o", &[Char('o')], Reach::Look, scene::lane)
        .label("one lane or all")
        .takes("[TENANT|all]")
        .when(scene::has_lanes),
    row("fold", ".", &[Char('.')], Reach::Look, browse::fold).label("show OK rows"),
    row("main", "1", &[Char('1')], Reach::Look, browse::main).label("plan"),
    row("regions", "2", &[Char('2')], Reach::Look, browse::regions).label("regions"),
    row("timeline", "3", &[Char('3')], Reach::Look, browse::timeline).label("timeline"),
    row("people", "4", &[Char('4')], Reach::Look, browse::people)
        .label("tasks and people"),
    row("promises", "5", &[Char('5')], Reach::Look, browse::promises)
        .label("promises, holds, lanes"),
    moves("next-pane", "Tab l", &[Tab, Char('l'), Right], browse::next_pane),
    moves("last-pane", "S-Tab h", &[BackTab, Char('h'), Left], browse::last_pane),
    moves("down", "j", &[Char('j'), Down], browse::down),
    moves("up", "k", &[Char('k'), Up], browse::up),
    moves("page-down", "PgDn", &[PageDown], browse::page_down),
    moves("page-up", "PgUp", &[PageUp], browse::page_up),
    moves("top", "g", &[Char('g'), Home], browse::top),
    moves("bottom", "G", &[Char('G'), End], browse::bottom),
    moves("evidence-down", "J", &[Char('J')], scene::evidence_down),
    moves("evidence-up", "K", &[Char('K')], scene::evidence_up),
    row("filter", "/", &[Char('/')], Reach::Look, browse::filter)
        .label("filter")
        .takes("[text]"),
    row("palette", ":", &[Char(':')], Reach::Look, browse::palette).label("commands"),
    row("help", "?", &[Char('?'), F1], Reach::Look, browse::help).label("help"),
    row("declare", "", &[], Reach::Lead, lead::declare)
        .label("declare an incident")
        .takes("[reason]")
        .when(lead::can_declare),
    row("ask", "", &[], Reach::Lead, lead::ask_for_yes)
        .label("ask for approval")
        .when(lead::can_ask),
    row("solo", "", &[], Reach::World, lead::solo)
        .label("go alone, after a wait")
        .takes("[reason]")
        .when(lead::can_ask),
    row("override", "", &[], Reach::World, lead::accept)
        .label("accept a check by name")
        .takes("[check]")
        .when(lead::can_override),
    row("rule", "", &[], Reach::World, lead::rule)
        .label("say what became of it")
        .takes("done|not-done [reason]")
        .when(lead::can_rule),
    row("resume", "", &[], Reach::World, lead::resume)
        .label("lift HOLD")
        .when(lead::is_held),
    row("abort", "", &[], Reach::World, lead::abort)
        .label("no further step, ever")
        .takes("[reason]")
        .when(lead::is_open),
    row("end-hold", "", &[], Reach::World, lead::end_hold)
        .label("end the hold of a phase early")
        .takes("[reason]")
        .when(lead::can_end_hold),
    row("severity", "", &[], Reach::Log, lead::severity)
        .label("say how bad it is")
        .takes("P1 [reason]")
        .when(lead::has_severities),
    row("impact", "", &[], Reach::Log, lead::impact)
        .label("when the impact began")
        .takes("HH:MM:SS [reason]")
        .when(lead::is_open),
    row("close", "", &[], Reach::Lead, lead::close)
        .label("close the incident")
        .takes("[summary]")
        .when(lead::can_close),
    row("set", "", &[], Reach::Lead, values::give)
        .label("give a value of the run")
        .takes("[NAME[=VALUE]]")
        .when(values::can_give),
    row("take-over", "", &[], Reach::Lead, lead::take_over)
        .label("run this incident from here")
        .when(lead::can_take_over),
    row("speed", "", &[], Reach::Look, lead::speed)
        .label("speed of the drill")
        .takes("1..60")
        .when(lead::is_drill),
    row("theme", "", &[], Reach::Look, scene::theme).label("other colours").takes("NAME"),
    row("step", "", &[], Reach::Look, scene::step)
        .label("move to a step")
        .takes("NUMBER"),
    row("q", "Ctrl-C", &[Ctrl('c')], Reach::Look, browse::leave).label("leave"),
    row("suspend", "Ctrl-Z", &[Ctrl('z')], Reach::Look, browse::suspend)
        .label("back to the shell for now"),
];

const fn row(
    name: &'static str,
    key: &'static str,
    keys: &'static [Key],
    reach: Reach,
    run: fn(&mut super::Model, super::command::Call<'_>) -> Vec<super::Effect>,
) -> Command {
    Command {
        name,
        takes: "",
        keys,
        key,
        label: name,
        reach,
        repeats: false,
        enabled: always,
        run,
    }
}

const fn moves(
    name: &'static str,
    key: &'static str,
    keys: &'static [Key],
    run: fn(&mut super::Model, super::command::Call<'_>) -> Vec<super::Effect>,
) -> Command {
    Command { repeats: true, ..row(name, key, keys, Reach::Look, run) }
}

impl Command {
    const fn label(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    const fn takes(self, takes: &'static str) -> Self {
        Self { takes, ..self }
    }

    const fn when(self, enabled: fn(&super::Model) -> Result<(), String>) -> Self {
        Self { enabled, ..self }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the table's signature: some rows refuse")]
fn always(_: &super::Model) -> Result<(), String> {
    Ok(())
}
