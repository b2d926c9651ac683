"""What is sent when, what can be cancelled, and which notes end."""

import threading
import time
from math import inf

import pytest

from musiclstm.engine.clock.base import InternalClock, ManualClock
from musiclstm.engine.ports.ledger import NoteLedger
from musiclstm.engine.scheduler.output_queue import REASSERT
from musiclstm.engine.scheduler.scheduler import Entry, Scheduler, Sent
from musiclstm.errors import PortError
from tests.engine.fakes import RecordingPort
from tests.waiting import wait_for


def on(pitch: int, channel: int = 0) -> bytes:
    return bytes((0x90 | channel, pitch, 64))


def off(pitch: int, channel: int = 0) -> bytes:
    return bytes((0x80 | channel, pitch, 0))


class Stage:
    """A scheduler in manual time, at 60 BPM, so that beats are seconds."""

    def __init__(self, *ports: RecordingPort, commit: float = 0.003) -> None:
        self.clock = ManualClock(60)
        self.ports = ports or (RecordingPort(),)
        self.sent: list[Sent] = []
        self.faults: list[str] = []
        self.ledger = NoteLedger()
        self.scheduler = Scheduler(
            self.clock,
            self.ports,
            ledger=self.ledger,
            on_sent=self.sent.append,
            on_fault=self.faults.append,
            commit=commit,
        )
        self.clock.start()

    def heard(self, port: int = 0) -> list[tuple[float, bytes]]:
        return [(round(moment, 9), message) for moment, message in self.ports[port].sent]


class LatePort(RecordingPort):
    """Needs messages early and may lose some, like a JACK port."""

    lead = 0.25
    lossy = True


class BrokenPort(RecordingPort):
    """Fails while `broken`."""

    broken = True

    def send(self, message: bytes, time: float) -> None:
        if self.broken:
            raise PortError(f"{self.name} is broken")
        super().send(message, time)


def test_messages_are_sent_in_order_at_their_beats() -> None:
    stage = Stage()
    stage.scheduler.put(2, off(60))
    stage.scheduler.put(1, on(60))
    stage.scheduler.put(2, on(62))
    stage.scheduler.run_until(1.5)
    assert stage.heard() == [(1, on(60))]
    stage.scheduler.run_until(10)
    assert stage.heard() == [(1, on(60)), (2, off(60)), (2, on(62))]
    assert stage.clock.now() == 10
    assert [(each.due, each.time) for each in stage.sent] == [(1, 1), (2, 2), (2, 2)]


def test_overdue_messages_are_sent_at_once() -> None:
    stage = Stage()
    stage.scheduler.run_until(5)
    stage.scheduler.put(3, on(60))
    stage.scheduler.run_until(5)
    assert stage.heard() == [(5, on(60))]
    assert stage.scheduler.lateness().median == 0


def test_a_new_tempo_moves_the_queue() -> None:
    stage = Stage()
    stage.scheduler.put(4, on(60))
    stage.scheduler.run_until(2)
    stage.clock.set_tempo(120)
    stage.scheduler.run_until(9)
    assert stage.heard() == [(3, on(60))]


def test_nothing_is_sent_while_the_clock_is_stopped() -> None:
    stage = Stage()
    stage.scheduler.put(1, on(60))
    stage.clock.stop()
    stage.scheduler.run_until(5)
    assert stage.heard() == []
    stage.clock.start(0.5)
    stage.scheduler.run_until(9)
    assert stage.heard() == [(5.5, on(60))]


def test_latency_lead_and_nudge_shift_messages() -> None:
    stage = Stage(RecordingPort(), LatePort())
    stage.scheduler.set_output(0, stage.ports[0], latency=0.125)
    stage.scheduler.put(1, on(60), port=0)
    stage.scheduler.put(1, on(60), port=1)
    stage.scheduler.run_until(0.75)
    # A quarter of a second early, with the time it is for.
    assert (stage.heard(0), stage.heard(1)) == ([], [(1, on(60))])
    stage.scheduler.run_until(1)
    assert stage.heard(0) == [(0.875, on(60))]
    stage.scheduler.set_nudge(-0.5)
    stage.scheduler.put(3, off(60), port=0)
    stage.scheduler.run_until(3)
    assert stage.heard(0)[1:] == [(2.375, off(60))]


def test_cancelling_leaves_committed_messages() -> None:
    stage = Stage(commit=0.5)
    for beat in (1.0, 1.25, 1.5, 1.75, 1.75, 3.0):
        stage.scheduler.put(beat, on(60), id=round(beat * 4))
    stage.scheduler.run_until(1)
    assert stage.scheduler.commit_beat() == pytest.approx(1.5)
    assert [entry.id for entry in stage.scheduler.cancel_from(0)] == [7, 7, 12]
    assert [entry.id for entry in stage.scheduler.pending()] == [5, 6]
    assert stage.scheduler.cancel_from(0) == []


def test_cancelling_from_a_beat_leaves_earlier_messages() -> None:
    stage = Stage()
    entries = [Entry(beat, on(60), port, id=number) for number, (beat, port) in enumerate([(2, 1), (1, 0), (2, 0)])]
    stage.scheduler.put_all(entries)
    assert [entry.id for entry in stage.scheduler.cancel_from(2)] == [0, 2]
    assert [entry.id for entry in stage.scheduler.pending()] == [1]


def test_while_the_clock_is_stopped_everything_can_be_cancelled() -> None:
    stage = Stage()
    stage.scheduler.put(0.0001, on(60))
    stage.clock.stop()
    assert stage.scheduler.commit_beat() == -inf
    assert len(stage.scheduler.cancel_from(-inf)) == 1


def test_a_note_off_without_a_note_is_not_sent() -> None:
    stage = Stage()
    for beat, message in enumerate([off(60), on(60), off(60), off(60), on(62), on(62), bytes((0x90, 62, 0))]):
        stage.scheduler.put(beat, message)
    assert stage.scheduler.send_now(off(50)) is None
    stage.scheduler.run_until(9)
    assert [message for _, message in stage.heard()] == [on(60), off(60), on(62), on(62), bytes((0x90, 62, 0))]
    assert stage.scheduler.sounding() == [(0, 0, 62, 1)]
    assert list(stage.ledger.sounding()) == [(0, 0, 62, 1)]


def test_send_now_sends_at_once() -> None:
    stage = Stage()
    stage.scheduler.run_until(2)
    sent = stage.scheduler.send_now(on(60, 3), id=5, part=2)
    assert sent == Sent(Entry(2, on(60, 3), 0, 5, 2), 2, 2)
    assert stage.sent == [sent]


def test_ended_notes_have_the_id_of_their_note_on() -> None:
    stage = Stage()
    stage.scheduler.put(0, on(60), id=7, part=1)
    stage.scheduler.put(0, on(60), id=8, part=2)
    stage.scheduler.put(1, off(60), id=8)
    stage.scheduler.run_until(2)
    stage.scheduler.stop()
    last = stage.sent[-1]
    assert (last.entry.message, last.entry.id, last.entry.part, last.time) == (off(60), 7, 1, 2)


def test_stop_empties_the_queue_and_ends_all_notes() -> None:
    stage = Stage()
    stage.scheduler.put(0, on(60))
    stage.scheduler.put(5, off(60), id=4)
    stage.scheduler.run_until(1)
    assert [entry.id for entry in stage.scheduler.stop()] == [4]
    assert stage.heard()[-1] == (1, off(60))
    assert stage.scheduler.pending() == []


def test_panic_reaches_every_channel_of_every_port() -> None:
    stage = Stage(RecordingPort(), RecordingPort())
    stage.scheduler.send_now(on(60, 4), port=1)
    stage.scheduler.panic()
    for port in (0, 1):
        messages = [message for _, message in stage.heard(port)]
        for channel in range(16):
            for controller in (120, 123):
                assert bytes((0xB0 | channel, controller, 0)) in messages
    assert stage.heard(1)[1] == (0, off(60, 4))


def test_a_new_output_gets_the_messages_and_the_old_ones_notes_end() -> None:
    stage = Stage()
    stage.scheduler.send_now(on(60))
    stage.scheduler.put(1, off(60))
    stage.scheduler.put(1, on(62))
    other = RecordingPort("other")
    assert stage.scheduler.set_output(0, other) is stage.ports[0]
    assert not stage.ports[0].closed
    stage.scheduler.run_until(2)
    assert stage.heard() == [(0, on(60)), (0, off(60))]
    assert other.sent == [(1, on(62))]
    assert stage.ledger.port(0) == "other"


def test_the_end_of_a_note_that_has_ended_already_ends_no_other() -> None:
    """As of a drum that sounds when the output changes, and is hit again at once: the second stayed on."""
    stage = Stage()
    for note, begin, end in ((1, 1, 3), (2, 2.5, 4)):
        stage.scheduler.put(begin, on(60), id=note)
        stage.scheduler.put(end, off(60), id=note)
    stage.scheduler.run_until(2)
    stage.scheduler.set_output(0, stage.ports[0])
    stage.scheduler.run_until(9)
    assert stage.heard() == [(1, on(60)), (2, off(60)), (2.5, on(60)), (4, off(60))]
    assert [each.entry.id for each in stage.sent] == [1, 1, 2, 2]


def test_only_a_lossy_output_gets_note_offs_again() -> None:
    stage = Stage(LatePort())
    stage.scheduler.put(1, on(60))
    stage.scheduler.put(2, off(60))
    stage.scheduler.put(9, on(72))
    stage.scheduler.run_until(2.5)
    stage.scheduler.run_until(8)
    ends = [moment for moment, message in stage.heard() if message == off(60)]
    assert ends[0] == 2
    assert len(ends) == 1 + len(REASSERT)
    assert all(end >= 2 + later for end, later in zip(ends[1:], REASSERT, strict=True))
    assert len(stage.sent) == 2


def test_a_repeated_note_off_does_not_end_a_new_note() -> None:
    stage = Stage(LatePort())
    stage.scheduler.put(1, on(60))
    stage.scheduler.put(2, off(60))
    stage.scheduler.put(2 + REASSERT[0] / 2, on(60))
    stage.scheduler.run_until(8)
    assert [message for _, message in stage.heard()] == [on(60), off(60), on(60)]


def test_a_pedal_that_comes_up_is_told_again_unless_it_moves() -> None:
    stage = Stage(LatePort())
    for controller in (64, 66):
        stage.scheduler.send_now(bytes((0xB0, controller, 127)))
        stage.scheduler.send_now(bytes((0xB0, controller, 0)))
    stage.scheduler.run_until(0.1)
    stage.scheduler.send_now(b"\xb0\x42\x7f")
    for moment in (0.3, 1.1, 2, 8):
        stage.scheduler.run_until(moment)
    assert [message for _, message in stage.heard()].count(b"\xb0\x40\x00") == 1 + len(REASSERT)
    assert [message for _, message in stage.heard() if message[1] == 66] == [
        b"\xb0\x42\x7f",
        b"\xb0\x42\x00",
        b"\xb0\x42\x7f",
    ]


def test_what_a_panic_ends_is_told_again() -> None:
    stage = Stage(LatePort())
    stage.scheduler.send_now(on(60))
    stage.scheduler.send_now(b"\xb3\x40\x7f")
    stage.scheduler.panic()
    before = len(stage.heard())
    for moment in (0.3, 1.1, 2):
        stage.scheduler.run_until(moment)
    again = {message for _, message in stage.heard()[before:]}
    assert {off(60), b"\xb3\x40\x00"} <= again
    # But not what would end the notes that begin afterwards.
    assert not {message for message in again if message[0] & 0xF0 == 0xB0 and message[1] >= 120}


def test_a_failing_port_is_reported_once_and_its_notes_end() -> None:
    port = BrokenPort("flute")
    stage = Stage(port)
    stage.scheduler.put(0, on(60))
    stage.scheduler.put(1, on(62))
    stage.scheduler.run_until(1)
    assert stage.faults == ["flute is broken"]
    port.broken = False
    stage.scheduler.put(2, on(64))
    stage.scheduler.run_until(2)
    port.broken = True
    stage.scheduler.stop()
    assert stage.faults == ["flute is broken"] * 2
    assert stage.scheduler.sounding() == []


@pytest.mark.parametrize("message", [b"", b"\x90\x3c", b"\x80", b"\xb0\x40", b"\x3c\x40", b"\xf0\x7e", b"\xe0\x00\x80"])
def test_an_incomplete_message_is_rejected(message: bytes) -> None:
    stage = Stage()
    with pytest.raises(ValueError, match="complete"):
        stage.scheduler.put(0, message)
    with pytest.raises(ValueError, match="complete"):
        stage.scheduler.send_now(message)


@pytest.mark.parametrize("port", [-1, 8])
def test_there_are_eight_outputs(port: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 7"):
        Stage().scheduler.put(0, on(60), port=port)


@pytest.mark.parametrize(("before", "after"), [(300.0, 20.0), (120.0, 60.0), (20.0, 300.0)])
def test_what_is_nudged_over_a_change_of_tempo_keeps_its_time(before: float, after: float) -> None:
    """At 20 BPM after 300, half a beat came at once and counted as a second late."""
    stage = Stage()
    stage.clock.set_tempo(before)
    stage.scheduler.set_nudge(0.1)
    beats = [beat / 16 for beat in range(96)]
    for number, beat in enumerate(beats):
        stage.scheduler.put(beat, on(number), id=number)
    begin, change = stage.clock.timeline.time_at(0), stage.clock.timeline.time_at(4)
    stage.scheduler.run_until(change)
    stage.clock.set_tempo(after)
    stage.scheduler.run_until(change + 10)
    wanted = [begin + 60 / before * min(beat, 4) + 60 / after * max(0, beat - 4) + 0.1 for beat in beats]
    heard = [moment for moment, _ in stage.heard()]
    assert heard == pytest.approx(wanted[: len(heard)], abs=1e-6)
    assert len(heard) > 64
    assert stage.scheduler.lateness().late == 0


def test_a_repeated_message_does_not_catch_up_after_a_jump() -> None:
    stage = Stage()
    stage.scheduler.put_repeating(0, 0.25, b"\xf8")
    stage.scheduler.run_until(0.9)
    assert len(stage.heard()) == 4
    stage.clock.start(1000)
    stage.scheduler.run_until(1.85)
    assert 8 <= len(stage.heard()) <= 10


# -- with the dispatch thread


def test_the_thread_sends_in_order_and_not_too_early() -> None:
    clock, port = InternalClock(600), RecordingPort()
    sent: list[Sent] = []
    done = threading.Event()

    def note(each: Sent) -> None:
        sent.append(each)
        if len(sent) == 40:
            done.set()

    scheduler = Scheduler(clock, [port], on_sent=note)
    scheduler.start()
    clock.start()
    for number in range(20):
        scheduler.put(number / 4 + 0.1, off(60 + number % 3), id=number)
        scheduler.put(number / 4, on(60 + number % 3), id=number)
    assert done.wait(10)
    scheduler.close()
    assert [message[0] for _, message in port.sent] == [0x90, 0x80] * 20
    assert all(each.time >= each.due for each in sent)
    assert scheduler.lateness().median > 0


def test_the_thread_wakes_for_an_earlier_message() -> None:
    clock, port = InternalClock(60), RecordingPort()
    scheduler = Scheduler(clock, [port])
    scheduler.start()
    clock.start()
    scheduler.put(1000, on(60))
    time.sleep(0.05)
    scheduler.put(0, on(61))
    wait_for(lambda: len(port.sent) == 1)
    clock.set_tempo(1e7)
    wait_for(lambda: len(port.sent) == 2)
    scheduler.close()
    assert [message for _, message in port.sent] == [on(61), on(60), off(61), off(60)]


def test_the_thread_survives_a_failing_callback() -> None:
    clock, port = InternalClock(60), RecordingPort()

    def fail(each: Sent) -> None:
        if each.entry.message == on(60):
            raise RuntimeError("not its day")

    scheduler = Scheduler(clock, [port], on_sent=fail)
    scheduler.start()
    clock.start()
    scheduler.put(0, on(60))
    scheduler.put(0.1, off(60))
    wait_for(lambda: len(port.sent) == 2)
    scheduler.close()


def test_the_thread_repeats_note_offs() -> None:
    clock, port = InternalClock(60), LatePort()
    scheduler = Scheduler(clock, [port])
    scheduler.start()
    clock.start()
    scheduler.send_now(on(60))
    scheduler.send_now(off(60))
    wait_for(lambda: len(port.sent) == 4)
    scheduler.close()
    assert [message for _, message in port.sent] == [on(60), off(60), off(60), off(60)]


def test_closing_repeats_note_offs_at_once() -> None:
    clock, port = InternalClock(60), LatePort()
    scheduler = Scheduler(clock, [port])
    scheduler.start()
    clock.start()
    scheduler.send_now(on(60))
    scheduler.close()
    assert [message for _, message in port.sent] == [on(60), off(60), off(60)]


def test_closing_ends_all_notes() -> None:
    clock, port = InternalClock(60), RecordingPort()
    scheduler = Scheduler(clock, [port])
    scheduler.start()
    clock.start()
    scheduler.send_now(on(60))
    scheduler.put(1000, off(60))
    scheduler.close()
    scheduler.close()
    assert [message for _, message in port.sent] == [on(60), off(60)]
    assert not port.closed
