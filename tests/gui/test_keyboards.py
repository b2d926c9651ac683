"""Notes played with the letters of the computer keyboard and with the mouse."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from musiclstm.gui.keyboard.typing_keyboard import place_of
from musiclstm.protocol import commands
from musiclstm.protocol.telemetry import Played
from tests.gui.conftest import Bench
from tests.gui.hands import press

Key = Qt.Key


# Scan codes of a PC's keys, and Apple's key codes, as their makers list them.
PC = {"Q": 0x10, "W": 0x11, "E": 0x12, "R": 0x13, "T": 0x14, "Y": 0x15, "U": 0x16, "I": 0x17, "O": 0x18, "P": 0x19}
PC |= {"A": 0x1E, "S": 0x1F, "D": 0x20, "F": 0x21, "G": 0x22, "H": 0x23, "J": 0x24, "K": 0x25, "L": 0x26}
PC |= {"Z": 0x2C, "X": 0x2D, "C": 0x2E, "V": 0x2F, "B": 0x30, "N": 0x31, "M": 0x32}
APPLE = {"A": 0x00, "S": 0x01, "D": 0x02, "F": 0x03, "H": 0x04, "G": 0x05, "Z": 0x06, "X": 0x07, "C": 0x08, "V": 0x09}
APPLE |= {"B": 0x0B, "Q": 0x0C, "W": 0x0D, "E": 0x0E, "R": 0x0F, "Y": 0x10, "T": 0x11, "O": 0x1F, "U": 0x20}
APPLE |= {"I": 0x22, "P": 0x23, "L": 0x25, "J": 0x26, "K": 0x28, "N": 0x2D, "M": 0x2E}


def key_event(kind: QEvent.Type, letter: str, scan: int, virtual: int) -> QKeyEvent:
    """As the system sends it: the letter that the layout has there, and which key it was."""
    return QKeyEvent(kind, ord(letter), Qt.KeyboardModifier.NoModifier, scan, virtual, 0, letter.lower())


class TestKeyboards:
    def test_notes_while_the_music_stands_light_their_keys_and_are_in_no_bar(self, bench: Bench) -> None:
        """They were drawn at beats that were still to come, over what played there later."""
        views = bench.window.views

        def pitches(number: int, beat: float) -> list[int]:
            """Those in the roll once this key was played."""
            bench.box.put(Played(number, beat, 0, 62, 80, 0.0, 0.0, by_person=True))
            bench.bridge.fetch()
            assert 62 in views._sounding_colours()
            bench.box.put(Played(number, beat + 1, 0, 62, 0, 0.0, 0.0, by_person=True))
            bench.bridge.fetch()
            assert 62 not in views._sounding_colours()
            return [note.pitch for note in views.notes.between(0, 999) if note.by_person]

        bench.window.press("play")
        bench.run(2.0)
        bench.window.press("play")
        bench.run(0.2)
        assert not pitches(7001, bench.host._beat + 8)
        bench.window.press("play")
        bench.run(0.2)
        assert pitches(7002, bench.host._beat) == [62]

    def test_typing_plays_notes_with_their_ends(self, bench: Bench) -> None:
        roll = bench.window.views.roll
        roll.setFocus()
        QTest.keyPress(roll, Key.Key_A)
        QTest.keyPress(roll, Key.Key_E)
        QTest.keyRelease(roll, Key.Key_A)
        QTest.keyRelease(roll, Key.Key_E)
        notes = [(c.pitch, c.velocity > 0) for c in bench.host.sent if isinstance(c, commands.PlayerNote)]
        assert notes == [(60, True), (63, True), (60, False), (63, False)]

    def test_an_octave_change_ends_what_is_held(self, bench: Bench) -> None:
        roll = bench.window.views.roll
        QTest.keyPress(roll, Key.Key_A)
        press(roll, Key.Key_X)
        QTest.keyRelease(roll, Key.Key_A)
        QTest.keyPress(roll, Key.Key_A)
        QTest.keyRelease(roll, Key.Key_A)
        notes = [(c.pitch, c.velocity > 0) for c in bench.host.sent if isinstance(c, commands.PlayerNote)]
        assert notes == [(60, True), (60, False), (72, True), (72, False)]

    @pytest.mark.parametrize(
        ("platform", "scan", "virtual"),
        [
            ("linux", lambda place: PC[place] + 8, ord),
            ("win32", lambda place: PC[place], ord),
            ("darwin", lambda _place: 0, lambda place: APPLE[place]),
        ],
    )
    def test_a_key_counts_by_its_place(
        self, platform: str, scan: Callable[[str], int], virtual: Callable[[str], int]
    ) -> None:
        for letters in ("QWERTYUIOPASDFGHJKLZXCVBNM", "QWERTZUIOPASDFGHJKLYXCVBNM", "AZERTYUIOPQSDFGHJKLWXCVBN,"):
            for place, letter in zip("QWERTYUIOPASDFGHJKLZXCVBNM", letters, strict=True):
                event = key_event(QEvent.Type.KeyPress, letter, scan(place), virtual(place))
                if (platform, place) != ("darwin", "A"):  # known on a Mac's own screen alone
                    assert place_of(event, platform) == place
        # A program that types says the letter alone, and keys beside the letters are no letters.
        assert place_of(key_event(QEvent.Type.KeyPress, "Y", 0, 0), platform) == "Y"
        assert place_of(key_event(QEvent.Type.KeyPress, "A", 200, 200), platform) is None

    @pytest.mark.skipif(sys.platform != "linux", reason="scan codes as Linux gives them")
    @pytest.mark.parametrize("letters", ["QSDF", "ASDF", "ФЫВА"])
    def test_typing_lies_in_one_piece_on_every_layout(self, bench: Bench, letters: str) -> None:
        roll = bench.window.views.roll
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            for place, letter in zip("ASDF", letters, strict=True):
                QApplication.sendEvent(roll, key_event(kind, letter, PC[place] + 8, ord(letter)))
        notes = [(c.pitch, c.velocity > 0) for c in bench.host.sent if isinstance(c, commands.PlayerNote)]
        assert notes == [(pitch, down) for down in (True, False) for pitch in (60, 62, 64, 65)]
        assert bench.window.keys.typing.labels["A"] == letters[0]
        assert bench.window.views.keyboard.letters[60] == letters[0]

    @pytest.mark.skipif(sys.platform != "linux", reason="scan codes as Linux gives them")
    def test_a_note_ends_though_the_layout_changes_while_its_key_is_down(self, bench: Bench) -> None:
        roll = bench.window.views.roll
        QApplication.sendEvent(roll, key_event(QEvent.Type.KeyPress, "Y", PC["Y"] + 8, 0))
        QApplication.sendEvent(roll, key_event(QEvent.Type.KeyRelease, "Z", PC["Y"] + 8, 0))
        notes = [(c.pitch, c.velocity > 0) for c in bench.host.sent if isinstance(c, commands.PlayerNote)]
        assert notes == [(68, True), (68, False)]

    def test_typing_can_be_turned_off(self, bench: Bench) -> None:
        bench.window.press("typing")
        press(bench.window.views.roll, Key.Key_A)
        assert not bench.sent(commands.PlayerNote)

    def test_the_mouse_plays_and_slides(self, bench: Bench) -> None:
        keyboard = bench.window.views.keyboard

        def at(pitch: int) -> QPoint:
            return (keyboard.rectangle(pitch).bottomLeft() + QPointF(4, -4)).toPoint()

        QTest.mousePress(keyboard, Qt.MouseButton.LeftButton, pos=at(60))
        move = QPointF(at(62))
        keyboard._strike(move)
        QTest.mouseRelease(keyboard, Qt.MouseButton.LeftButton, pos=at(62))
        notes = [(c.pitch, c.velocity > 0) for c in bench.host.sent if isinstance(c, commands.PlayerNote)]
        assert notes == [(60, True), (60, False), (62, True), (62, False)]

    def test_every_key_is_where_it_is_drawn(self, bench: Bench) -> None:
        keyboard = bench.window.views.keyboard
        for pitch in range(keyboard._low, keyboard._high):
            inside = keyboard.rectangle(pitch).bottomLeft() + QPointF(2, -3)
            assert keyboard.pitch_at(inside) == pitch

    def test_bars_glide_to_what_is_expected(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(2)
        keyboard = bench.window.views.keyboard
        assert keyboard._shown.sum() == pytest.approx(1.0, abs=0.3)
