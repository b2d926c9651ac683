"""How long from the command to the window, and to the first note: the program as a person starts it, cold each time.

A new process each time; its window is timed when it has painted, its first note when it was sent. The clock is the
machine's monotonic one, which all processes share. With a DISPLAY on that screen, else offscreen.

    python -m tests.benchmarks.startup [--times 5] [--out null]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHILD = """
import sys, time
from musiclstm.gui import app
running = app.start(app._parser().parse_args(sys.argv[1:]))
from PySide6.QtCore import QTimer
from musiclstm.protocol.telemetry import Played
window = running.window
shown, played = [], []
roll = window.views.roll
paint = roll.paintEvent
def painted(event):
    paint(event)
    shown.append(time.perf_counter())
roll.paintEvent = painted
def notes(messages):
    played.extend(m.time for m in messages if isinstance(m, Played))
    if played and shown:
        print(shown[0], played[0], "torch" in sys.modules, flush=True)
        window.close()
        running.app.quit()
window.bridge.notes.connect(notes)
QTimer.singleShot(20000, running.app.quit)
running.app.exec()
running.host.close()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--out", default="null")
    options = parser.parse_args()
    windows, notes = [], []
    for _ in range(options.times):
        with tempfile.TemporaryDirectory() as home:
            window, note, torch = once(Path(home), options.out)
        windows.append(window)
        notes.append(note)
        print(f"window {window:.2f} s, first note {note:.2f} s{', torch imported!' if torch else ''}", flush=True)
        time.sleep(1.0)
    print(f"median: window {statistics.median(windows):.2f} s, first note {statistics.median(notes):.2f} s")


def once(home: Path, output: str) -> tuple[float, float, bool]:
    places = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "STATE")}
    screen = {} if os.environ.get("DISPLAY") else {"QT_QPA_PLATFORM": "offscreen"}
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "--out", output, "--play"],
        env=os.environ | places | screen,
        capture_output=True,
        text=True,
        check=True,
    )
    shown, played, torch = done.stdout.split()
    return float(shown) - begin, float(played) - begin, torch == "True"


if __name__ == "__main__":
    main()
