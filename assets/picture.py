#!/usr/bin/env python3
"""Makes assets/console.svg: the console in a real run of the drill, in a real terminal.

    cargo build --release && python3 assets/picture.py

Needs tmux. Plays `warroom drill` until the dialog of the promotion is open, captures the
pane with its colours and draws it as SVG. Nothing is drawn that the program did not print.
"""

import html
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 120, 40
CELL_W, CELL_H = 8.4, 17
PALETTE = [
    "#1b1f27", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d0d0d0",
    "#5c6370", "#ff8a8a", "#b5e890", "#ffd787", "#8ecbff", "#e0a0ff", "#8be9fd", "#ffffff",
]
INK, PAPER = "#d0d0d0", "#11141a"
TOKEN = re.compile(r"Type  (.+?)  and press Enter")


def tmux(*args):
    command = ["tmux", "-L", "warroom-picture", *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def screen():
    return tmux("capture-pane", "-p", "-t", "w")


def type_line(text, enter=True):
    for letter in text:
        tmux("send-keys", "-t", "w", "-l", letter)
        time.sleep(0.12)
    if enter:
        tmux("send-keys", "-t", "w", "Enter")
    time.sleep(0.8)


def wait_for(wanted, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = screen()
        if wanted(seen):
            return seen
        time.sleep(0.2)
    sys.exit("the console never showed what was waited for:\n" + screen())


def play_until_promotion():
    """One gesture at a time, as the NEXT row asks for it."""
    for _ in range(120):
        seen = screen()
        next_row = next((row for row in seen.splitlines() if row.startswith("NEXT")), "")
        token = TOKEN.search(seen)
        if token and "IRREVERSIBLE" in seen:
            type_line(token.group(1)[:8], enter=False)
            return
        if token:
            type_line(token.group(1), enter=False)
            if f"> {token.group(1)}" in screen():
                tmux("send-keys", "-t", "w", "Enter")
                wait_for(lambda seen: "> " + token.group(1) not in seen)
                wait_for(lambda seen: "STARTS IN" not in seen)
            else:
                tmux("send-keys", "-t", "w", "C-u")
        elif "Esc do nothing" in seen and " y " in seen:
            type_line("y", enter=False)
        elif "press Space" in next_row:
            tmux("send-keys", "-t", "w", "Space")
            time.sleep(0.3)
            type_line("no answer from two places")
        elif "press A" in next_row:
            tmux("send-keys", "-t", "w", "A")
            time.sleep(0.3)
            type_line("region loss")
        elif "press X" in next_row or "X asks" in next_row:
            tmux("send-keys", "-t", "w", "X")
            time.sleep(1.2)
        elif "press R" in next_row:
            tmux("send-keys", "-t", "w", "R")
            time.sleep(1.2)
        else:
            time.sleep(0.5)
    sys.exit("the promotion was never reached:\n" + screen())


def cells(line):
    """(glyph, foreground, background, bold) for each column of a captured line."""
    state = {"fg": None, "bg": None, "bold": False, "reverse": False, "dim": False}
    out = []
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b["):
            apply(state, [int(code or 0) for code in part[2:-1].split(";")])
            continue
        for glyph in re.sub(r"[\x0e\x0f]", "", part):
            fg, bg = state["fg"] or INK, state["bg"] or PAPER
            if state["reverse"]:
                fg, bg = bg, fg
            if state["dim"] and not state["fg"]:
                fg = "#7f848e"
            out.append((glyph, fg, bg, state["bold"]))
    return out


def apply(state, codes):
    codes = iter(codes)
    for code in codes:
        if code == 0:
            state.update(fg=None, bg=None, bold=False, reverse=False, dim=False)
        elif code in (1, 2, 7):
            state[{1: "bold", 2: "dim", 7: "reverse"}[code]] = True
        elif code == 22:
            state.update(bold=False, dim=False)
        elif code == 27:
            state["reverse"] = False
        elif 30 <= code <= 37 or 90 <= code <= 97:
            state["fg"] = PALETTE[code - 30 if code < 90 else code - 82]
        elif 40 <= code <= 47 or 100 <= code <= 107:
            state["bg"] = PALETTE[code - 40 if code < 100 else code - 92]
        elif code in (39, 49):
            state["fg" if code == 39 else "bg"] = None
        elif code in (38, 48):
            ground = "fg" if code == 38 else "bg"
            if next(codes) == 2:
                red, green, blue = next(codes), next(codes), next(codes)
                state[ground] = f"#{red:02x}{green:02x}{blue:02x}"
            else:
                state[ground] = PALETTE[next(codes) % 16]


def draw(lines):
    width, height = COLUMNS * CELL_W + 16, ROWS * CELL_H + 16
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" '
        'font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" '
        'font-size="14" role="img"><title>warroom drill: confirming a promotion</title>',
        f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>',
    ]
    for row, line in enumerate(lines[:ROWS]):
        top = 8 + row * CELL_H
        run = []
        for column, cell in enumerate([*cells(line), None]):
            if run and (cell is None or cell[1:] != run[0][1][1:]):
                out.append(span(run, top))
                run = []
            if cell is not None:
                run.append((column, cell))
    return "\n".join([*out, "</svg>", ""])


def span(run, top):
    column, (_, fg, bg, bold) = run[0]
    text = "".join(cell[0] for _, cell in run)
    left, width = 8 + column * CELL_W, len(text) * CELL_W
    out = ""
    if bg != PAPER:
        out += (
            f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{CELL_H}" '
            f'fill="{bg}"/>'
        )
    if text.strip():
        weight = ' font-weight="bold"' if bold else ""
        out += (
            f'<text x="{left:.1f}" y="{top + 13}" textLength="{width:.1f}" fill="{fg}"{weight} '
            f'xml:space="preserve">{html.escape(text)}</text>'
        )
    return out


def main():
    program = ROOT / "target" / os.environ.get("PROFILE", "release") / "warroom"
    with tempfile.TemporaryDirectory() as home:
        environment = (
            f"TERM=tmux-256color LANG=C.UTF-8 WARROOM_STATE_DIR={home} WARROOM_PERSON=P.Shah"
        )
        tmux(
            "-f", "/dev/null", "new-session", "-d", "-s", "w",
            "-x", str(COLUMNS), "-y", str(ROWS),
            f"{environment} {program} drill --speed 20",
        )
        try:
            wait_for(lambda seen: "NEXT" in seen)
            play_until_promotion()
            picture = tmux("capture-pane", "-e", "-p", "-t", "w").splitlines()
        finally:
            tmux("kill-server")
    (ROOT / "assets" / "console.svg").write_text(draw(picture))


if __name__ == "__main__":
    main()
