"""FilePlayer: plays a MIDI file as it is, to listen to it. The model neither plays nor remembers any of it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from musiclstm.engine.live.background import Background
from musiclstm.engine.scheduler.scheduler import ASIDE, Scheduler
from musiclstm.engine.system.priority import raise_priority
from musiclstm.errors import UsageError
from musiclstm.files import is_file, is_midi
from musiclstm.music import midi_message
from musiclstm.music.note import Piece, TimeBase
from musiclstm.protocol.telemetry import Heard, Telemetry

_BEGIN = 0.15  # seconds until the first note: instruments load their sounds
_TELL = 0.25  # seconds between two reports
Timed = tuple[float, bytes]


class FilePlayer:
    """Owned by the engine's thread. One file at a time; what sounds of it has ended when `stop` returns.

    reader: reads files. emit: takes telemetry, from any thread. on_stopped: called in the engine's thread when a file
    has ended or was stopped; other programs are on its channels then.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        reader: Background,
        emit: Callable[[Telemetry], None],
        *,
        call_later: Callable[[Callable[[], None]], None],
        on_stopped: Callable[[], None],
    ) -> None:
        self._scheduler = scheduler
        self._reader = reader
        self._emit = emit
        self._call_later = call_later
        self._on_stopped = on_stopped
        self._wanted: str | None = None
        self._player: _Player | None = None

    def hear(self, file: str) -> None:
        """Play this file as soon as it is read. Raises UsageError."""
        if not is_midi(file) or not is_file(file):
            self.stop()
            raise UsageError(f"There is no MIDI file {file} to play.")
        self._silence()  # nothing is said of that: whoever asked would take it for the end of this file
        self._wanted = file
        self._reader.run(partial(_read, file), partial(self._begin, file), partial(self._not_read, file))

    def stop(self) -> None:
        """Does nothing if nothing is heard."""
        self._wanted = None
        if self._silence():
            self._emit(Heard(None))

    def _silence(self) -> bool:
        """Whether something was heard."""
        player, self._player = self._player, None
        if player is not None:
            player.stop()
            self._on_stopped()
        return player is not None

    def close(self) -> None:
        if self._player is not None:
            self._player.stop()

    def _begin(self, file: str, messages: list[Timed]) -> None:
        if self._wanted == file and self._player is None:
            self._player = player = _Player(self._scheduler, file, messages, self._emit)
            player.start(lambda: self._call_later(lambda: self._ended(player)))

    def _ended(self, player: _Player) -> None:
        if self._player is player:
            self.stop()

    def _not_read(self, file: str) -> None:
        if self._wanted == file:
            self._wanted = None
            self._emit(Heard(None))


class _Player:
    """Sends messages at their times, in a thread of its own."""

    def __init__(
        self, scheduler: Scheduler, file: str, messages: list[Timed], emit: Callable[[Telemetry], None]
    ) -> None:
        self._scheduler, self._file, self._messages, self._emit = scheduler, file, messages, emit
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, on_end: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=self._run, args=(on_end,), name="file player", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self, on_end: Callable[[], None]) -> None:
        raise_priority()
        sounding: Counter[tuple[int, int]] = Counter()
        try:
            self._play(sounding)
        finally:
            for channel, pitch in sounding.elements():
                self._scheduler.send_now(midi_message.note_off(channel, pitch), id=ASIDE)
            on_end()

    def _play(self, sounding: Counter[tuple[int, int]]) -> None:
        begun = time.perf_counter() + _BEGIN
        length = self._messages[-1][0] if self._messages else 0.0
        told = 0.0
        for seconds, message in self._messages:
            while (wait := begun + seconds - time.perf_counter()) > 0:
                if self._stopping.wait(min(wait, max(0.0, told - time.perf_counter()))):
                    return
                if time.perf_counter() >= told:
                    told = time.perf_counter() + _TELL
                    self._emit(Heard(self._file, min(max(0.0, time.perf_counter() - begun), length), length))
            if self._stopping.is_set():
                return
            self._scheduler.send_now(message, id=ASIDE)
            if midi_message.is_note(message):
                key = midi_message.channel(message), message[1]
                sounding[key] += 1 if midi_message.is_note_on(message) else -1


def _read(file: str) -> list[Timed]:
    """Its messages by their times in seconds. Raises MidiFileError."""
    from musiclstm.music import midifile  # not needed at start

    return messages_of(midifile.read(file, TimeBase.SECONDS))


def messages_of(piece: Piece) -> list[Timed]:
    """Of a piece in seconds: first the programs, then each note's two ends; of the same moment note-offs come first."""
    found = [(0.0, 0, midi_message.program_change(part.channel, part.program)) for part in piece.parts]
    for note in piece.notes:
        channel = piece.parts[note.part].channel
        found.append((note.onset, 2, midi_message.note_on(channel, note.pitch, min(127, max(1, note.velocity)))))
        found.append((max(note.end, note.onset + 0.001), 1, midi_message.note_off(channel, note.pitch)))
    return [(seconds, message) for seconds, _, message in sorted(found)]
