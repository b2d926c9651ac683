"""Other music for bars: asked for from the window, heard, kept, undone and saved."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from musiclstm.gui.dialogs.rewrite import RewriteDialog, fit_words
from musiclstm.protocol import commands
from musiclstm.protocol.telemetry import Heard, Jumped, Notice, Rewritten
from tests.gui.conftest import Bench


@pytest.fixture
def dialog(bench: Bench) -> RewriteDialog:
    bench.window.press("play")
    bench.run(14)
    bench.window.press("rewrite")
    return cast("RewriteDialog", bench.window.findChild(RewriteDialog))


def found(bench: Bench, dialog: RewriteDialog) -> None:
    dialog.look.click()
    asked = cast("commands.Rewrite", bench.sent(commands.Rewrite)[-1])
    assert not dialog.look.isEnabled()
    bench.box.put(Rewritten(asked.start, asked.end, 100.0, ("one.mid", "two.mid"), (90.0, 120.0)))
    bench.run(0.1)


def test_without_a_whole_bar_there_is_nothing_to_rewrite(bench: Bench) -> None:
    bench.window.press("rewrite")
    bench.run(0.1)
    assert "no whole bar" in bench.window.line.text
    assert bench.window.findChild(RewriteDialog) is None


def test_it_is_heard_kept_and_undone(bench: Bench, dialog: RewriteDialog) -> None:
    assert "bars" in dialog.words.text().lower()
    assert not dialog.keep.isEnabled()
    found(bench, dialog)
    assert [button.text() for button in dialog.choices.buttons()] == [
        "1: fits better than what was played",
        "2: fits less well than what was played",
    ]
    dialog.hear.click()
    assert bench.sent(commands.Hear)[-1] == commands.Hear("one.mid")
    bench.box.put(Heard("one.mid", 0.0, 9.0))
    bench.run(0.1)
    assert dialog.hear.text() == "Stop"
    bench.box.put(Heard(None))
    dialog.choices.button(1).click()
    before = dialog._beat
    dialog.keep.click()
    assert bench.sent(commands.Prime)[-1] == commands.Prime("two.mid")
    bench.run(2)
    dialog.undo.click()
    assert bench.sent(commands.GoTo)[-1] == commands.GoTo(before)
    assert not dialog.undo.isEnabled()


def test_a_crash_ends_what_is_heard_and_leaves_nothing_to_undo(bench: Bench, dialog: RewriteDialog) -> None:
    bench.window.press("play")  # stops
    found(bench, dialog)
    dialog.keep.click()
    bench.box.put(Heard("one.mid", 0.0, 9.0))
    bench.run(0.5)
    assert dialog.hear.text() == "Stop"
    assert bench.window.line.text.startswith("You hear a take")
    bench.host.crash()
    bench.run(0.5)
    assert dialog.hear.text() == "Hear"
    assert not dialog.undo.isEnabled()
    assert bench.window.line._state.startswith("Ready to play")  # once the crash has been said


def test_going_elsewhere_leaves_nothing_to_undo(bench: Bench, dialog: RewriteDialog) -> None:
    found(bench, dialog)
    dialog.keep.click()
    assert dialog.undo.isEnabled()
    bench.box.put(Jumped(9.0, "back", 3.0))
    bench.run(0.1)
    assert not dialog.undo.isEnabled()


def test_one_part_alone(bench: Bench, dialog: RewriteDialog) -> None:
    dialog.part.setCurrentIndex(dialog.part.findText("Alto"))
    dialog.look.click()
    assert cast("commands.Rewrite", bench.sent(commands.Rewrite)[-1]).part == 1


def test_a_failure_gives_the_button_back(bench: Bench, dialog: RewriteDialog) -> None:
    dialog.look.click()
    asked = cast("commands.Rewrite", bench.sent(commands.Rewrite)[-1])
    bench.box.put(Notice("Something else.", serious=True))
    bench.run(0.1)
    assert not dialog.look.isEnabled()
    bench.box.put(Notice("No other music was found for these bars.", serious=True))
    bench.box.put(Rewritten(asked.start, asked.end, 0.0, (), ()))
    bench.run(0.1)
    assert dialog.look.isEnabled()
    assert "No other music" in bench.window.line.text


def test_what_is_found_is_shown_also_after_a_notice_of_something_else(bench: Bench, dialog: RewriteDialog) -> None:
    """A port was unplugged during the search: its proposals never came."""
    dialog.look.click()
    asked = cast("commands.Rewrite", bench.sent(commands.Rewrite)[-1])
    bench.box.put(Notice("My Synth disconnected; it reconnects automatically.", serious=True))
    bench.run(0.1)
    bench.box.put(Rewritten(asked.start, asked.end, 100.0, ("one.mid",), (90.0,)))
    bench.run(0.1)
    assert dialog._files == ("one.mid",)
    assert dialog.keep.isEnabled()


def test_a_proposal_that_is_saved_says_so_and_no_box_stands_in_the_way(bench: Bench, tmp_path: Path) -> None:
    proposal, line = tmp_path / "proposal.mid", bench.window.line
    proposal.write_bytes(b"MThd")
    bench.window.dialogs._copy(str(proposal), str(tmp_path / "kept.mid"))
    assert line.text == "Saved kept.mid."
    bench.window.dialogs._copy(str(proposal), str(tmp_path / "nowhere" / "kept.mid"))
    assert "cannot be written" in line.text


def test_how_well_it_fits_is_said_in_words() -> None:
    assert fit_words(100, 100).startswith("fits as well")
    assert fit_words(94, 100).startswith("fits better")
    assert fit_words(106, 100).startswith("fits less")
