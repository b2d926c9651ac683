"""The counts of sounding notes, also read from outside."""

from hypothesis import given
from hypothesis import strategies as st

from musiclstm.engine.ports.ledger import CHANNELS, PITCHES, PORTS, SIZE, NoteLedger
from musiclstm.music import midi_message

PLACES = st.tuples(st.integers(0, PORTS - 1), st.integers(0, CHANNELS - 1), st.integers(0, PITCHES - 1))


@given(st.lists(st.tuples(PLACES, st.booleans()), max_size=200))
def test_it_counts_notes_that_started_and_did_not_end(steps: list[tuple[tuple[int, int, int], bool]]) -> None:
    memory = bytearray(SIZE)
    ledger = NoteLedger(memoryview(memory))
    counts: dict[tuple[int, int, int], int] = {}
    for place, begins in steps:
        if begins:
            assert ledger.begin(*place)
            counts[place] = counts.get(place, 0) + 1
        else:
            assert ledger.end(*place) is (counts.get(place, 0) > 0)
            counts[place] = max(0, counts.get(place, 0) - 1)
    expected = sorted((*place, count) for place, count in counts.items() if count)
    assert list(ledger.sounding()) == expected
    # The other who maps the same memory sees the same.
    assert list(NoteLedger(memoryview(memory)).sounding()) == expected
    for port in range(PORTS):
        assert list(ledger.sounding(port)) == [each for each in expected if each[0] == port]
    ledger.clear()
    assert not list(ledger.sounding())


MOVES = st.tuples(
    st.integers(0, PORTS - 1), st.integers(0xA0, 0xEF), st.integers(0, PITCHES - 1), st.integers(0, PITCHES - 1)
)


@given(st.lists(MOVES, max_size=100))
def test_it_knows_how_what_was_moved_comes_to_rest(moves: list[tuple[int, int, int, int]]) -> None:
    memory = bytearray(SIZE)
    ledger = NoteLedger(memoryview(memory))
    rests: dict[int, set[bytes]] = {port: set() for port in range(PORTS)}
    for port, *message in moves:
        rest = midi_message.at_rest(bytes(message))
        if rest is not None:
            ledger.move(port, rest)
            rests[port].add(rest)
    other = NoteLedger(memoryview(memory))
    assert [other.moved(port) for port in range(PORTS)] == [sorted(rests[port]) for port in range(PORTS)]
    assert not list(other.sounding())
    ledger.forget_moved(3)
    assert [bool(other.moved(port)) for port in range(PORTS)] == [
        port != 3 and bool(rests[port]) for port in range(PORTS)
    ]
    ledger.clear()
    assert not any(other.moved(port) for port in range(PORTS))


def test_ports_have_names() -> None:
    ledger = NoteLedger()
    ledger.set_port(0, "Orgue à tuyaux:in")
    ledger.set_port(7, "ü" * 300)
    assert ledger.port(0) == "Orgue à tuyaux:in"
    assert ledger.port(7) == "ü" * 256
    assert ledger.port(3) == ""


def test_the_longest_name_of_jack_is_kept_whole() -> None:
    ledger = NoteLedger()
    for name in ("Organ:" + "é" * 157, "x" * 320, "Organ:in", ""):
        ledger.set_port(1, name)
        assert ledger.port(1) == name
    assert (ledger.port(0), ledger.port(2)) == ("", "")


def test_a_count_ends_at_255() -> None:
    ledger = NoteLedger()
    for _ in range(255):
        assert ledger.begin(7, 15, 127)
    assert not ledger.begin(7, 15, 127)
    assert list(ledger.sounding()) == [(7, 15, 127, 255)]
