from pathlib import Path

import pytest

from musiclstm.engine.performer.midi_map import MappedInput, MidiMap, Trigger
from musiclstm.errors import UsageError

CC21 = bytes((0xB0, 21, 127))
NOTE36 = bytes((0x99, 36, 100))


def test_a_trigger_says_what_it_is_and_is_read_back() -> None:
    for text in ("CC 21 ch 1", "note 36 ch 10", "note 0 ch 16", "CC 119 ch any"):
        assert str(Trigger.parse(text)) == text
    assert Trigger.parse("cc 21  CH 1") == Trigger("CC", 21, 0)
    for text in ("CC 21", "CC 128 ch 1", "note 1 ch 17", "note 1 ch 0", "pitch 3 ch 1", "CC 120 ch 1", "CC 123 ch any"):
        with pytest.raises(ValueError, match=r"like|no MIDI|channel mode"):
            Trigger.parse(text)


def test_a_mapped_knob_turns_its_control_and_the_mapping_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "learnt.toml"
    mapping = MidiMap(path)
    assert mapping.receive(CC21) is None
    mapping.learn("time.temperature")
    assert mapping.receive(CC21) == ["time.temperature"]
    assert mapping.receive(bytes((0xB0, 21, 0))) == MappedInput("time.temperature", "CC", 0.0, pressed=False)
    assert mapping.receive(bytes((0xB1, 21, 0))) is None  # another channel

    again = MidiMap(path)
    assert again.problem is None
    assert again.text("time.temperature") == "CC 21 ch 1"
    assert '"time.temperature" = "CC 21 ch 1"' in path.read_text()


def test_a_note_off_is_not_mapped_and_a_note_presses_once(tmp_path: Path) -> None:
    mapping = MidiMap(tmp_path / "learnt.toml")
    mapping.learn("panic")
    assert mapping.receive(bytes((0x89, 36, 0))) is None
    assert mapping.receive(NOTE36) == ["panic"]
    assert mapping.receive(bytes((0x89, 36, 0))) == MappedInput("panic", "note", 0.0, pressed=False)
    assert mapping.receive(NOTE36) == MappedInput("panic", "note", 100 / 127, pressed=True)


def test_a_button_that_sends_ccs_presses_once_each_time() -> None:
    mapping = MidiMap()
    mapping.learn("play")
    mapping.receive(CC21)
    pressed = []
    for value in (0, 127, 100, 0, 127):
        moved = mapping.receive(bytes((0xB0, 21, value)))
        assert isinstance(moved, MappedInput)
        pressed.append(moved.pressed)
    assert pressed == [False, True, False, False, True]


def parameter(number: int, value: int) -> list[bytes]:
    """An NRPN, as a knob sends it."""
    return [bytes((0xB0, *each)) for each in ((99, number >> 7), (98, number & 127), (6, value), (38, 0))]


def test_no_knob_is_mapped_by_a_part_of_an_nrpn() -> None:
    """Which would then be turned by every knob that sends one."""
    mapping = MidiMap()
    mapping.learn("density")
    first, *others = parameter(260, 64)
    with pytest.raises(UsageError, match="NRPN"):
        mapping.receive(first)
    assert [mapping.receive(each) for each in (*others, *parameter(261, 3))] == [None] * 7
    assert mapping.waiting == "density"
    assert mapping.receive(CC21) == ["density"]
    assert [mapping.receive(each) for each in parameter(260, 64)] == [None] * 4


def test_a_plain_knob_of_that_number_is_mapped_and_no_nrpn_turns_it() -> None:
    mapping = MidiMap()
    mapping.learn("density")
    knob = bytes((0xB0, 6, 127))
    assert mapping.receive(knob) == ["density"]
    assert [mapping.receive(each) for each in parameter(260, 64)] == [None] * 4
    for each in ((101, 127), (100, 127)):  # no parameter any more
        mapping.receive(bytes((0xB0, *each)))
    assert mapping.receive(knob) == MappedInput("density", "CC", 1.0, pressed=False)


def test_a_knob_mapped_again_is_taken_from_its_old_target(tmp_path: Path) -> None:
    mapping = MidiMap(tmp_path / "learnt.toml")
    for target in ("density", "swing"):
        mapping.learn(target)
        changed = mapping.receive(CC21)
        assert isinstance(changed, list)
        assert changed[0] == target
    assert mapping.text("density") is None
    assert mapping.text("swing") == "CC 21 ch 1"
    assert MidiMap(mapping.path).targets() == ["swing"]
    mapping.unlearn("swing")
    assert MidiMap(mapping.path).targets() == []
    assert mapping.receive(CC21) is None


def test_a_persons_own_lines_and_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "learnt.toml"
    path.write_text('# my pedals\n"play" = "CC 64 ch any"\n"later.thing" = "CC 3 ch 1"\n"panic" = "nonsense"\n')
    mapping = MidiMap(path)
    assert "panic" in (mapping.problem or "")
    assert isinstance(mapping.receive(bytes((0xB5, 64, 127))), MappedInput)
    mapping.learn("density")
    mapping.receive(CC21)
    text = path.read_text()
    assert "# my pedals" in text
    assert '"later.thing" = "CC 3 ch 1"' in text
    assert '"panic" = "nonsense"' in text


def test_lines_written_since_it_was_read_stay(tmp_path: Path) -> None:
    """By a person, or by another engine that plays beside this one."""
    path = tmp_path / "learnt.toml"
    path.write_text('"play" = "CC 64 ch any"\n')
    mapping, other = MidiMap(path), MidiMap(path)
    for each, target, message in ((other, "swing", CC21), (mapping, "density", bytes((0xB0, 22, 100)))):
        each.learn(target)
        each.receive(message)
    path.write_text("# mine\n" + path.read_text())
    mapping.unlearn("density")
    assert path.read_text() == '# mine\n"play" = "CC 64 ch any"\nswing = "CC 21 ch 1"\n'
    mapping.learn("density")
    mapping.receive(CC21)  # which turns something else in the file
    assert MidiMap(path).problem is None
    assert MidiMap(path).targets() == ["play", "density"]


def test_a_file_with_a_typing_error_since_it_was_read_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "learnt.toml"
    mapping = MidiMap(path)
    path.write_text('"play" = "CC 64 ch 1\n')
    mapping.learn("density")
    with pytest.raises(UsageError, match="not saved"):
        mapping.receive(CC21)
    assert mapping.text("density") == "CC 21 ch 1"
    assert path.read_text() == '"play" = "CC 64 ch 1\n'


def test_a_file_that_is_not_toml_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "learnt.toml"
    path.write_text('"play" = "CC 64 ch 1\n')
    mapping = MidiMap(path)
    assert mapping.problem
    mapping.learn("density")
    assert mapping.receive(CC21) == ["density"]
    assert path.read_text() == '"play" = "CC 64 ch 1\n'


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(UsageError, match="no control or command"):
        MidiMap().learn("coffee")
