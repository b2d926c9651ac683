"""What painting costs while it plays: frame time and share of one core of the roll and of the memory view.

The real widgets, 1,000 notes in view and a state frame for every event of two layers of 512 units, scrolling at 60
frames a second. A frame is everything the window's process does for it: moving the axis, painting, and copying the
picture to the screen. With a DISPLAY that is the X server's; else `QT_QPA_PLATFORM=offscreen`.

    python -m tests.benchmarks.painting [--seconds 10] [--scale 2]
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

NOTES = 1000  # in view
WIDTH, HEIGHT = 1280, 800
WARM = 1.0  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--scale", type=float, default=1.0, help="device pixels for each pixel")
    options = parser.parse_args()
    os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    if not os.environ.get("DISPLAY"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QSettings, qVersion
    from PySide6.QtWidgets import QApplication

    from musiclstm.engine.supervision.host import Library
    from musiclstm.gui.bridge import Bridge
    from musiclstm.gui.look.appearance import Look
    from musiclstm.gui.mailbox import Mailbox
    from musiclstm.gui.settings import Settings
    from musiclstm.gui.window import Window
    from tests.gui.fake_host import FakeHost

    app = QApplication([])
    box = Mailbox()
    host = FakeHost(box.put, units=512)
    host.tempo, host.dense = 120.0, 2.8
    store = QSettings(str(Path(tempfile.mkdtemp()) / "settings.ini"), QSettings.Format.IniFormat)
    library = Library(Path(tempfile.mkdtemp()))
    window = Window(Bridge(host, box), Settings(store), Look(app, "dark"), ["chorales"], library=library)
    window.resize(WIDTH, HEIGHT)
    window.show()
    host.now = host._time = time.perf_counter()
    host.start()
    window.press("play")
    roll, lanes, views = window.views.roll, window.views.lanes, window.views

    # A past to look at, as it would have come: without painting.
    start = host.now
    for step in range(2400):
        host.advance(start + step * 0.05)
        window.bridge.fetch()
    views.axis.advance(host._beat)
    for _ in range(6):
        seen = sum(1 for _note in views.notes.between(views.axis.left_beat, views.axis.right_beat))
        views.axis.zoom(seen / NOTES)
    seen = sum(1 for _note in views.notes.between(views.axis.left_beat, views.axis.right_beat))
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Qt {qVersion()}, "
        f"{app.platformName()}, {roll.width()}×{roll.height()} at scale {options.scale:g}, {seen} notes in view"
    )

    def run(name: str, memory: bool, keyboard: bool) -> None:
        views.show_memory(memory)
        views.show_keyboard(keyboard)
        app.processEvents()
        # What the engine says is made beforehand: its cost is not the window's.
        steps = round((WARM + options.seconds) * 60)
        script = []
        for _ in range(steps):
            host.advance(host.now + 1 / 60)
            script.append((host.now, box.take()))
        frames: list[float] = []
        late, cost = 0, 0.0
        begin = due = time.perf_counter()
        for step, (now, messages) in enumerate(script):
            if step == round(WARM * 60):  # tiles are made once after a change of size
                frames, late, cost = [], 0, time.process_time()
                begin = due = time.perf_counter()
            due += 1 / 60
            wait = due - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            elif wait < -1 / 60:
                late += 1
                due = time.perf_counter()
            before = time.perf_counter()
            for message in messages:
                box.put(message)
            views._clock = lambda now=now: now  # type: ignore[misc]
            window.bridge.fetch()
            views._tick()
            app.processEvents()
            frames.append(time.perf_counter() - before)
        took = time.perf_counter() - begin
        share = (time.process_time() - cost) / took
        frames.sort()
        print(
            f"{name:26} {len(frames) / took:5.1f} frames/s  frame median {1e3 * statistics.median(frames):5.2f} ms, "
            f"p99 {1e3 * frames[int(0.99 * len(frames))]:5.2f} ms, CPU {100 * share:5.1f} % of a core, {late} late"
        )

    views._timer.stop()
    views._wake = lambda: None  # type: ignore[method-assign]
    run("roll", memory=False, keyboard=False)
    run("roll and keyboard", memory=False, keyboard=True)
    run("roll and memory", memory=True, keyboard=False)
    run("roll, memory and keyboard", memory=True, keyboard=True)
    _ = lanes
    window.close()
    _finish(app.quit)


def _finish(quit_app: Callable[[], None]) -> None:
    quit_app()
    sys.stdout.flush()


if __name__ == "__main__":
    main()
