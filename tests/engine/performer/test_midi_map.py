from pathlib import Path

import pytest

from musiclstm.engine.performer.midi_map import Learnt, Trigger, Turned
from musiclstm.errors import UsageError

CC21 = bytes((0xB0, 21, 127))
NOTE36 = bytes((0x99, 36, 100))


def test_a_trigger_says_what_it_is_and_is_read_back() -> None:
    for text in ("CC 21 ch 1", "note 36 ch 10", "note 0 ch 16", "CC 119 ch any"):
        assert str(Trigger.parse(text)) == text
    assert Trigger.parse("cc 21  CH 1") == Trigger("CC", 21, 0)
    for text in ("CC 21", "CC 128 ch 1", "note 1 ch 17", "note 1 ch 0", "pitch 3 ch 1"):
        with pytest.raises(ValueError, match=r"like|no MIDI"):
            Trigger.parse(text)


def test_what_is_learnt_turns_its_control_and_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "learnt.toml"
    learnt = Learnt(path)
    assert learnt.heard(CC21) is None
    learnt.wait_for("time.temperature")
    assert learnt.heard(CC21) == ["time.temperature"]
    assert learnt.heard(bytes((0xB0, 21, 0))) == Turned("time.temperature", "CC", 0.0, pressed=False)
    assert learnt.heard(bytes((0xB1, 21, 0))) is None  # another channel

    again = Learnt(path)
    assert again.problem is None
    assert again.text("time.temperature") == "CC 21 ch 1"
    assert '"time.temperature" = "CC 21 ch 1"' in path.read_text()


def test_a_note_off_is_not_learnt_and_a_note_presses_once(tmp_path: Path) -> None:
    learnt = Learnt(tmp_path / "learnt.toml")
    learnt.wait_for("panic")
    assert learnt.heard(bytes((0x89, 36, 0))) is None
    assert learnt.heard(NOTE36) == ["panic"]
    assert learnt.heard(bytes((0x89, 36, 0))) == Turned("panic", "note", 0.0, pressed=False)
    assert learnt.heard(NOTE36) == Turned("panic", "note", 100 / 127, pressed=True)


def test_a_button_that_sends_ccs_presses_once_each_time() -> None:
    learnt = Learnt()
    learnt.wait_for("play")
    learnt.heard(CC21)
    pressed = []
    for value in (0, 127, 100, 0, 127):
        turned = learnt.heard(bytes((0xB0, 21, value)))
        assert isinstance(turned, Turned)
        pressed.append(turned.pressed)
    assert pressed == [False, True, False, False, True]


def test_a_knob_learnt_again_is_taken_from_its_old_target(tmp_path: Path) -> None:
    learnt = Learnt(tmp_path / "learnt.toml")
    for target in ("density", "swing"):
        learnt.wait_for(target)
        changed = learnt.heard(CC21)
        assert isinstance(changed, list)
        assert changed[0] == target
    assert learnt.text("density") is None
    assert learnt.text("swing") == "CC 21 ch 1"
    assert Learnt(learnt.path).targets() == ["swing"]
    learnt.forget("swing")
    assert Learnt(learnt.path).targets() == []
    assert learnt.heard(CC21) is None


def test_a_persons_own_lines_and_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "learnt.toml"
    path.write_text('# my pedals\n"play" = "CC 64 ch any"\n"later.thing" = "CC 3 ch 1"\n"panic" = "nonsense"\n')
    learnt = Learnt(path)
    assert "panic" in (learnt.problem or "")
    assert isinstance(learnt.heard(bytes((0xB5, 64, 127))), Turned)
    learnt.wait_for("density")
    learnt.heard(CC21)
    text = path.read_text()
    assert "# my pedals" in text
    assert '"later.thing" = "CC 3 ch 1"' in text
    assert '"panic" = "nonsense"' in text


def test_a_file_that_is_not_toml_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "learnt.toml"
    path.write_text('"play" = "CC 64 ch 1\n')
    learnt = Learnt(path)
    assert learnt.problem
    learnt.wait_for("density")
    assert learnt.heard(CC21) == ["density"]
    assert path.read_text() == '"play" = "CC 64 ch 1\n'


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing called"):
        Learnt().wait_for("coffee")
