"""Pictures of the window for the pages: the real program and its engine, on a screen that nobody sees.

    make screenshots                                   all of them, into resources/screenshots
    python -m tests.screenshots [FOLDER [NAME ...]]

Each picture is made by a process of its own. Settings, journal and takes go to a folder
that is thrown away; a JACK server without a sound card plays.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests import servers

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF

    from musiclstm.gui.app import Running

LARGEST = 300_000  # bytes; a picture beyond it is saved with 256 colours
SEED = 7


@dataclass(frozen=True)
class Picture:
    """play: seconds of music before it. then: what is done after that."""

    name: str
    theme: str = "dark"
    width: int = 1280
    height: int = 800
    play: float = 14.0
    then: str = ""


PICTURES = (
    Picture("playing"),
    Picture("rewound", then="rewound"),
    Picture("memory", then="memory"),
    Picture("parts-light", theme="light", play=8.0, then="parts"),
)


def main() -> None:
    names = [picture.name for picture in PICTURES]
    parser = argparse.ArgumentParser("python -m tests.screenshots", description="Take pictures of the window.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("resources/screenshots"))
    parser.add_argument("names", nargs="*", metavar="name", help=f"{', '.join(names)} (default: all)")
    options = parser.parse_args()
    folder, wanted = options.folder, options.names or names
    if unknown := set(wanted) - set(names):
        parser.error(f"there is no picture {', '.join(sorted(unknown))}")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as log, servers.jack(Path(log) / "screenshots.log") as jack:
        for picture in PICTURES:
            if picture.name in wanted:
                with tempfile.TemporaryDirectory() as home:
                    _in_a_process(picture, folder, Path(home), jack.env)


def _in_a_process(picture: Picture, folder: Path, home: Path, jack: dict[str, str]) -> None:
    places = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    (home / "run").mkdir(mode=0o700)
    own = {"XDG_RUNTIME_DIR": str(home / "run"), "HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run(
        [sys.executable, "-m", "tests.screenshots", "--one", picture.name, str(folder)],
        env=os.environ | jack | places | own,
        check=True,
    )


def _one(picture: Picture, folder: Path) -> None:
    from PySide6.QtCore import QPointF

    from musiclstm.gui import app
    from musiclstm.gui.settings import Settings

    settings = Settings()
    settings.put("look/theme", picture.theme)
    settings.sync()
    running = app.start(app._parser().parse_args(["--out", "synth", "--seed", str(SEED), "--tempo", "88"]))
    window = running.window
    window.resize(picture.width, picture.height)
    _until(running, lambda: window._model != "", 20)
    _pass(running, 0.5)
    if picture.play:
        window.controls.turn("horizon", 4.0)  # more of what is planned is to be seen
        window.press("play")
        _pass(running, picture.play * 0.5)
        window.press("bookmark")
        _pass(running, picture.play * 0.3)
        window.press("bookmark")
        _pass(running, picture.play * 0.2)
    _then(running, picture.then, QPointF)
    _save(running, folder / f"{picture.name}.png")
    window.close()
    running.host.close()


def _then(running: Running, what: str, point: type[QPointF]) -> None:
    window = running.window
    if what == "rewound":
        window.press("back4")
        _pass(running, 1.6)
    elif what == "memory":
        window.views.show_memory(True)
        window.views.splitter.setSizes([220, 360])
        _pass(running, 8.0)
        window.views.lanes.set_pin((0, 40))
        window.views.show_keyboard(False)
        _pass(running, 2.0)
        lane = window.views.lanes.cell_lane(0)
        window.views.lanes._hover = point(lane.width() * 0.55, lane.center().y())
        window.views.memory_box.show_reading(window.views.lanes.reading())
        window.views.gates.explain("forget")
        _pass(running, 0.1)
    elif what == "parts":
        window.panel.tabs.setCurrentIndex(1)
        window.parts.rows[0].unfold.setChecked(True)
        _pass(running, 0.3)


def _pass(running: Running, seconds: float) -> None:
    _until(running, lambda: False, seconds)


def _until(running: Running, ready: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not ready():
        running.app.processEvents()
        time.sleep(0.004)


def _save(running: Running, file: Path) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage

    picture = running.window.grab().toImage()
    picture.save(str(file))
    if file.stat().st_size > LARGEST:
        flags = Qt.ImageConversionFlag.ThresholdDither | Qt.ImageConversionFlag.AvoidDither
        picture.convertToFormat(QImage.Format.Format_Indexed8, flags).save(str(file))
    sys.stdout.write(f"{file} {picture.width()}×{picture.height()} {file.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _one(next(picture for picture in PICTURES if picture.name == sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
