//! R10: whatever ends the console, wherever it is in, the terminal is as it was before.

use std::thread;

use rustix::process::{Signal, kill_process};

use crate::terminal::{FATAL, Seat};

/// Where the console is in.
const STATES: [&str; 6] = ["SCREEN", "HELP", "PALETTE", "PROMPT", "LEAVING", "CONFIRM"];

/// What ends it, or stops it for a while.
const ENDS: [&str; 9] = [
    "SIGTERM",
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "a panic",
    "Ctrl-Z and fg",
    "quit",
    "the room closed",
    "hang-up",
];

fn enter(seat: &mut Seat, state: &str) {
    match state {
        "HELP" => seat.press(b"?", state),
        "PALETTE" => seat.press(b":", state),
        "PROMPT" => seat.press(b"n", state),
        "LEAVING" => seat.press(b"\x03", state),
        "CONFIRM" => {
            seat.press(b"A", "PROMPT");
            seat.type_keys(b"why");
            seat.press(b"\r", "ARMED");
            seat.press(b"X", state);
        }
        _ => {}
    }
}

fn signal(seat: &Seat, signal: Signal) {
    kill_process(seat.pid(), signal).unwrap();
}

/// Leaves by hand, from wherever it is.
fn quit(seat: &mut Seat, state: &str) {
    if state != "SCREEN" && state != "LEAVING" {
        seat.press(b"\x1b", "SCREEN");
    }
    if state != "LEAVING" {
        seat.press(b":", "PALETTE");
        seat.type_keys(b"q");
        seat.press(b"\r", "LEAVING");
    }
    seat.press(b"y", "status=");
}

/// To the shell, and back, and then away for good.
fn stopped_and_gone_on(seat: &mut Seat) {
    seat.type_keys(b"\x1a");
    seat.until("the shell", |screen| screen.contents().contains("stopped"));
    seat.assert_given_back("Ctrl-Z");
    seat.type_keys(b"\n");
    seat.until("the console", vt100::Screen::alternate_screen);
    signal(seat, Signal::TERM);
}

fn end(seat: &mut Seat, how: &str, state: &str) {
    match how {
        "SIGTERM" => signal(seat, Signal::TERM),
        "SIGHUP" => signal(seat, Signal::HUP),
        "SIGINT" => signal(seat, Signal::INT),
        "SIGQUIT" => signal(seat, Signal::QUIT),
        "a panic" => seat.resize(FATAL),
        "the room closed" => signal(seat, Signal::USR1),
        "quit" => quit(seat, state),
        "Ctrl-Z and fg" => stopped_and_gone_on(seat),
        other => panic!("{other}"),
    }
}

/// The shell that is there before and after; it hangs up by itself when it is told to.
const SHELL: &str = "set -m; $CONSOLE; status=$?; \
     if [ $status -gt 128 ]; then echo stopped; read _; fg; status=$?; fi; \
     echo status=$status; read _";

fn given_back(how: &str, state: &str) {
    let what = format!("{how} in {state}");
    if how == "hang-up" {
        let mut seat = Seat::open("exec $CONSOLE");
        seat.ready();
        enter(&mut seat, state);
        let mut child = seat.hang_up();
        assert!(child.wait().unwrap().success(), "{what}");
        return;
    }
    let mut seat = Seat::open(SHELL);
    seat.ready();
    enter(&mut seat, state);
    end(&mut seat, how, state);
    seat.until(&format!("the shell again after {what}"), |screen| {
        screen.contents().contains("status=")
    });
    seat.assert_given_back(&what);
    seat.type_keys(b"\n");
    seat.child.wait().unwrap();
}

#[test]
fn every_way_out_of_every_state_gives_the_terminal_back() {
    // One after the other they would take minutes; all at once, two cores do not.
    let all: Vec<(&str, &str)> =
        ENDS.iter().flat_map(|how| STATES.iter().map(|state| (*how, *state))).collect();
    assert_eq!(all.len(), 54);
    for some in all.chunks(6) {
        thread::scope(|scope| {
            for (how, state) in some {
                scope.spawn(move || given_back(how, state));
            }
        });
    }
}
