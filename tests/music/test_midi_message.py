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


# Bytes of each message by the MIDI 1.0 specification, tables I and V; system exclusive is as long as it likes.
LENGTHS = (
    dict.fromkeys((*range(128, 192), *range(224, 240)), 3)
    | dict.fromkeys(range(0xC0, 0xE0), 2)
    | {0xF1: 2, 0xF2: 3, 0xF3: 2, 0xF6: 1}
    | dict.fromkeys((0xF8, 0xFA, 0xFB, 0xFC, 0xFE, 0xFF), 1)
)


@pytest.mark.parametrize("status", [each for each in range(256) if each != 0xF0])
def test_a_message_is_as_long_as_its_status_says(status: int) -> None:
    for length in range(1, 5):
        for data in (0, 127):
            message = bytes((status, *[data] * (length - 1)))
            assert midi.is_whole(message) == (length == LENGTHS.get(status))
            for place in range(1, length):
                assert not midi.is_whole(message[:place] + b"\x80" + message[place + 1 :])


@pytest.mark.parametrize("length", range(5))
def test_an_exclusive_message_ends_and_holds_data_alone(length: int) -> None:
    data = bytes((127,)) * length
    assert midi.is_whole(b"\xf0" + data + b"\xf7")
    assert not midi.is_whole(b"\xf0" + data)
    for place in range(length):
        assert not midi.is_whole(b"\xf0" + data[:place] + b"\x80" + data[place + 1 :] + b"\xf7")


def test_controllers_by_their_numbers() -> None:
    """Channel mode messages are 120 to 127, pedals 64 to 69; other kinds are neither, whatever their data."""
    for number in range(128):
        message = midi.control_change(5, number, 1)
        assert midi.is_channel_mode(message) == (number >= 120)
        assert midi.is_pedal(message) == (64 <= number <= 69)
        assert midi.is_control_change(message, number)
        for status in (0x95, 0xA5, 0xC5, 0xE5, 0xF2):
            other = bytes((status, number, 1))
            assert not midi.is_channel_mode(other)
            assert not midi.is_pedal(other)
            assert not midi.is_control_change(other, number)


def test_what_comes_to_rest() -> None:
    """As "Reset All Controllers" does it (RP-015), with all pedals."""
    rest = {1: 0, 11: 127, **dict.fromkeys(range(64, 70), 0), **dict.fromkeys(range(98, 102), 127)}
    for channel in (0, 15):
        for number in range(128):
            wanted = midi.control_change(channel, number, rest[number]) if number in rest else None
            assert midi.at_rest(midi.control_change(channel, number, 33)) == wanted
        assert midi.at_rest(bytes((0xA0 | channel, 61, 33))) == bytes((0xA0 | channel, 61, 0))
        assert midi.at_rest(bytes((0xD0 | channel, 33))) == bytes((0xD0 | channel, 0))
        assert midi.at_rest(bytes((0xE0 | channel, 1, 2))) == bytes((0xE0 | channel, 0, 64))
        for other in (midi.note_on(channel, 1, 33), midi.note_off(channel, 1), midi.program_change(channel, 1)):
            assert midi.at_rest(other) is None


def test_what_is_put_together() -> None:
    assert midi.note_on(3, 60, 64) == b"\x93\x3c\x40"
    assert midi.note_off(3, 60) == b"\x83\x3c\x00"
    assert midi.note_off(3, 60, 64) == b"\x83\x3c\x40"
    assert midi.control_change(3, 64, 127) == b"\xb3\x40\x7f"
    assert midi.program_change(3, 19) == b"\xc3\x13"
    assert midi.with_channel(b"\x93\x3c\x40", 7) == b"\x97\x3c\x40"
    assert midi.with_channel(b"\xcf\x01", 0) == b"\xc0\x01"
