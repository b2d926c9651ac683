import pytest

from musiclstm.music import midi_message as midi


@pytest.mark.parametrize("channel", range(16))
def test_what_is_put_together_is_taken_apart(channel: int) -> None:
    for message, kind in (
        (midi.note_on(channel, 60, 64), midi.NOTE_ON),
        (midi.note_off(channel, 60), midi.NOTE_OFF),
        (midi.control_change(channel, midi.SUSTAIN, 127), midi.CONTROL_CHANGE),
        (midi.program_change(channel, 19), midi.PROGRAM_CHANGE),
    ):
        assert (midi.kind(message), midi.channel(message)) == (kind, channel)
        assert midi.has_channel(message)
        assert midi.with_channel(message, 15 - channel)[1:] == message[1:]
        assert midi.channel(midi.with_channel(message, 15 - channel)) == 15 - channel


def test_a_note_on_without_velocity_is_a_note_off() -> None:
    assert midi.is_note_on(bytes((0x93, 60, 1)))
    for message in (bytes((0x93, 60, 0)), bytes((0x83, 60, 64))):
        assert midi.is_note(message)
        assert midi.is_note_off(message)
        assert not midi.is_note_on(message)
    assert not midi.is_note(bytes((0xA0, 60, 1)))
    assert not midi.is_note_off(bytes((0xB0, 60, 0)))


def test_system_messages_and_data_alone_have_no_channel() -> None:
    for message in (b"", b"\x40\x40", b"\xf8", b"\xf0\x7e\xf7"):
        assert not midi.has_channel(message)


def test_a_controller_is_a_whole_message() -> None:
    assert midi.is_control_change(bytes((0xB2, 64, 0)), midi.SUSTAIN)
    assert not midi.is_control_change(bytes((0xB2, 65, 0)), midi.SUSTAIN)
    assert not midi.is_control_change(bytes((0xB2, 64)), midi.SUSTAIN)


@pytest.mark.parametrize(
    "text", ["90 3c 40", "c0 05", "d3 7f", "e0 00 40", "f8", "fc", "f2 10 00", "f1 00", "f0 7e 06 01 f7", "bf 7b 00"]
)
def test_a_whole_message(text: str) -> None:
    assert midi.is_whole(bytes.fromhex(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3c",
        "3c 40",
        "90",
        "90 3c",
        "b0 40",
        "90 3c 80",
        "90 ff 40",
        "c0 05 00",
        "c0",
        "f8 00",
        "f0 01",
        "f2 10",
        "f7",
        "f4",
    ],
)
def test_a_cut_or_malformed_message_is_not_whole(text: str) -> None:
    assert not midi.is_whole(bytes.fromhex(text))
