"""What the performer reports, whoever reports at the same moment."""

from __future__ import annotations

from collections import deque

from musiclstm.engine.performer.telemetry import TelemetryBuffer
from musiclstm.protocol.telemetry import Notice, Telemetry


class _Switching(deque[Telemetry]):
    """The dispatch thread loses the interpreter just before its message is in, and the answer to the key ends."""

    def __init__(self, buffer: TelemetryBuffer) -> None:
        super().__init__()
        self._buffer = buffer

    def append(self, message: Telemetry) -> None:
        self._buffer._deferring = False
        self._buffer.flush()
        super().append(message)


def test_a_note_that_is_sent_just_when_a_key_has_been_answered_is_reported() -> None:
    """Else it would wait for the next one, which never comes if the engine ends: the note was missing in the take."""
    heard: list[Telemetry] = []
    buffer = TelemetryBuffer(heard.append)
    with buffer.deferred():
        buffer.emit(Notice("first"))
        buffer._deferred = _Switching(buffer)
        buffer.emit(Notice("last note"))
        assert heard == [Notice("last note")]
