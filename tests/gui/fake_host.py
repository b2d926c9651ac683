"""FakeHost: in the engine's place for the window: takes its commands and answers with telemetry of plausible music.

It has the same doors as `engine.supervision.host.EngineHost` (send, close, a callback for telemetry), but no process,
thread or clock of its own: `advance(now)` lets the music go on to that moment. Its music is that of `fake_music`; what
it refuses is in `fake_refusals`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from musiclstm.engine.live.takes import Takes
from musiclstm.engine.performer.modes import NOBODY, mode_of
from musiclstm.engine.performer.person import Person
from musiclstm.engine.performer.steering import Steering
from musiclstm.errors import MusicLSTMError, UsageError
from musiclstm.music.note import Part
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.controls import KEPT_BY_RESET, Value
from tests.gui.fake_music import METERS, PARTS, RANGES, FakeMusic
from tests.gui.fake_refusals import check


class FakeHost(FakeMusic):
    """sent: every command, in order. Time is whatever `advance` is told, in seconds."""

    def __init__(
        self, emit: Callable[[telemetry.Telemetry], None], layers: int = 2, units: int = 192, seed: int = 1
    ) -> None:
        super().__init__(emit, layers, units, seed)
        self.session = "now"
        self.sent: list[commands.Command] = []
        self.closed = False
        self._sections: set[str] = set()
        self._chain = self._letter = ""
        self._songs: list[str] = []
        self._removed = 0, ""
        parts = tuple(Part(*each, *reach) for each, reach in zip(PARTS, RANGES, strict=True))
        self._steering = Steering(Vocabulary(parts=parts))
        self.values = self._steering.values
        self._takes = Takes()
        self.midi_learn: str | None = None
        self._knobs: dict[str, str] = {}  # what each target is mapped to
        self.playing = self.held = self.loop = False
        self._meter = telemetry.MeterChanged(0.0, 4, 4)
        self.tempo = 96.0
        self._time = 0.0
        self._person: dict[int, int] = {}
        self._slots: dict[str, float] = {}
        self._models: list[tuple[float, str]] = []  # where each began
        self.output, self.sync = "synth", "internal"
        self.input: str | None = None
        self.output_alive = True
        self._said = 0.0
        self._forgotten = False
        self._mode = mode_of(self._steering, 4.0, 0.0)
        self._sign = NOBODY

    # ---- the host's doors ------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._emit(telemetry.PortsChanged(("Keystation 49 MIDI 1",), ("Keystation 49 MIDI 1", "FluidSynth")))
        self._load("chorales")
        self._report_parts()
        self.status()

    def _loaded(self, name: str) -> telemetry.Loaded:
        size = (self._layers, self._units)
        return telemetry.Loaded(name, name.title(), PARTS, 36, 81, *size, "beats", 4.0, meters=METERS)

    def close(self) -> None:
        self.closed = True

    def send(self, command: commands.Command) -> None:
        self.sent.append(command)
        try:
            self._carry_out(command)
        except MusicLSTMError as error:
            if isinstance(command, commands.SetMeter):
                self._emit(self._meter)
            self._emit(telemetry.Notice(str(error)))
        self.status()

    def _carry_out(self, command: commands.Command) -> None:
        check(self, command)
        match command:
            case commands.Play():
                self.playing, self._time = True, self.now
            case commands.Stop() | commands.Panic():
                self._end_sounding()
                self.playing = False if isinstance(command, commands.Stop) else self.playing
            case commands.Hold(on):
                self.held = on
            case commands.SetTempo(tempo):
                self.tempo = tempo
            case commands.SetControl(name, value):
                self._set(name, value)
            case commands.Reset():
                odd = not self._steering.in_style()
                for name, value in list(self.values.items()):
                    if name not in KEPT_BY_RESET and value != self._steering.default(name):
                        self._set(name, self._steering.default(name))
                if odd:
                    self._forgotten = True
                    self._jump("reset")
            case commands.SetPart(part):
                unheard = self._steering.unheard()
                try:
                    self._steering.set_part(part, self._steering.parts[part].changed(command))
                    for other in sorted((unheard ^ self._steering.unheard()) - {part}):
                        self.report_part(other)
                finally:
                    self.report_part(part)
            case commands.SetMeter(numerator, denominator):
                self._meter = telemetry.MeterChanged(-(-self._beat // 4) * 4, numerator, denominator)
                self._emit(self._meter)
            case commands.End(bars, _, _):
                self._end(bars)
            case commands.Loop(start, end):
                self._loop(start, end)
            case commands.LoopLast(bars):
                last = self._beat // 4 * 4
                self._loop(max(0.0, last - 4 * bars), last if bars else 0.0)
            case commands.PlayerNote(pitch, velocity, _channel):
                self._person_plays(pitch, velocity)
            case commands.Back(bars):
                self._bring_back(self._beat - 4 * bars)
                self._jump("back")
            case commands.GoTo(beat):
                self._bring_back(beat)
                self._jump("back")
            case commands.Return(slot):
                self._bring_back(self._slots[slot])
                self._jump("bookmark")
            case commands.SetBookmark(slot, beat):
                self._slots[slot] = self._beat if beat is None else beat
                self._emit(telemetry.BookmarkSet(slot, self._slots[slot], self._model_at(self._slots[slot]).title()))
            case commands.Morph():
                self._jump("morph")
            case commands.Forget():
                self._forgotten = True
                self._jump("forget")
            case commands.Undo():
                self._forgotten = False
                self._jump("undo")
            case commands.StoreSection(letter):
                self._sections.add(letter)
                self._form(self._letter or letter)  # the one that plays goes on
            case commands.Section(letter):
                self._form(self._letter, letter)
            case commands.AddSong(title):
                self._songs.append(title)
                self._form(self._letter)
            case commands.RenameSong(number, title):
                self._songs[number - 1] = title
                self._form(self._letter)
            case commands.MoveSong(number, place):
                self._songs.insert(place - 1, self._songs.pop(number - 1))
                self._form(self._letter)
            case commands.RemoveSong(number):
                self._removed = number - 1, self._songs.pop(number - 1)
                self._form(self._letter)
            case commands.RestoreSong():
                self._songs.insert(*self._removed)
                self._form(self._letter)
            case commands.SetChain(text):
                self._chain = text
                self._form(self._letter)
            case commands.Learn(target):
                before, self.midi_learn = self.midi_learn, target
                for each in (before, target):
                    if each is not None:
                        self._report_control(each)
            case commands.Unlearn(target):
                self._knobs.pop(target, None)
                self._report_control(target)
            case commands.Watch():
                self.watch = command
            case commands.SaveTake(file, _minutes):
                self._emit(telemetry.Saved(str(self._takes.file(file, confirmed=True))))
            case commands.SaveBars(file=file) | commands.SaveLastBars(file=file) | commands.Capture(file):
                self._emit(telemetry.Saved(str(self._takes.file(file, confirmed=True))))
            case commands.BesideDaw(on):
                self.output, self.input, self.sync = (
                    ("virtual", "virtual", "midi") if on else ("synth", None, "internal")
                )
            case commands.Hear(heard):
                self._hear(heard)
            case commands.SetTakesFolder(folder):
                self._takes.set_folder(folder)
            case commands.OpenOutput(name, _latency):
                self.output = name
            case commands.OpenInput(name):
                self.input = name
            case commands.SetSync(source, _port, _send):
                self.sync = source
            case commands.LoadModel(name):
                self._end_sounding()
                self._load(name)
                self._steering.load(self._steering.vocabulary, {})
                self._report_parts()
                self._jump("model")
            case _:
                pass

    def _form(self, letter: str, coming: str = "") -> None:
        """This section plays, and that one comes in four bars."""
        self._letter = letter
        sections, until = tuple(sorted(self._sections)), self._beat // 4 * 4 + 16 if coming else None
        self._songs = self._songs or ["Song"]
        self._emit(
            telemetry.FormChanged(
                tuple(self._songs), 0, sections, self._chain, 0, letter, self._beat // 4 * 4, coming, until
            )
        )

    def _load(self, name: str) -> None:
        self._models.append((self._beat, name))
        self._emit(self._loaded(name))

    def _model_at(self, beat: float) -> str:
        return next((name for begin, name in reversed(self._models) if begin <= beat), self._models[0][1])

    def _bring_back(self, beat: float) -> None:
        """The model plays that played then."""
        name = self._model_at(beat)
        if name != self._models[-1][1]:
            self._end_sounding()
            self._load(name)
            self._report_parts()

    def _set(self, name: str, value: Value) -> None:
        resting = self._steering.resting()
        self._steering.set(name, value)
        self._report_control(name)
        for part in sorted(resting ^ self._steering.resting()):
            self.report_part(part)
        self._mode = mode_of(self._steering, 4.0, self._beat)
        self._replan()

    def _hear(self, file: str | None) -> None:
        if file is not None and not Path(file).is_file():
            raise UsageError("There is no such file.")
        self.playing = self.playing and file is None
        self._emit(telemetry.Heard(file, 0.0, 60.0 if file else 0.0))

    def report_part(self, part: int) -> None:
        s = self._steering.parts[part]
        limits = *self._steering.range_of(part), s.polyphony, s.longest, s.transpose
        volume = 100 if s.volume is None else s.volume
        heard = volume, s.mute, s.solo, self._steering.silent(part)
        program = s.program
        self._emit(
            telemetry.PartChanged(
                part, s.mode, s.channel, s.port or None, program, *limits, s.source, s.punch_in, *heard
            )
        )

    def _report_parts(self) -> None:
        for part in range(len(PARTS)):
            self.report_part(part)

    def _report_control(self, target: str) -> None:
        knob = None if self.midi_learn == target else self._knobs.get(target)
        self._emit(telemetry.ControlChanged(target, self._steering.value(target), knob))

    def knob(self, number: int, position: float) -> None:
        """The person moves a knob of a MIDI keyboard."""
        self._emit(telemetry.Traffic(f"CC {number} {round(127 * position)}"))
        if self.midi_learn is not None:
            target, self.midi_learn = self.midi_learn, None
            self._knobs[target] = f"CC {number} ch 1"
            self._report_control(target)

    def crash(self) -> None:
        self._sounding.clear()
        self._queue.clear()
        self._emit(telemetry.Exited(-9, True))
        self._emit(
            telemetry.Notice(
                "The engine stopped unexpectedly; it restarts and continues where it was.", details="exit code -9"
            )
        )
        self._emit(self._loaded("chorales"))
        self._report_parts()
        for slot, beat in self._slots.items():
            self._emit(telemetry.BookmarkSet(slot, beat, self._model_at(beat).title()))

    def lose_port(self) -> None:
        self.output_alive = False
        self._emit(telemetry.Notice(f"{self.output} went away; it is taken back when it returns.", serious=True))
        self.status()

    # ---- music -----------------------------------------------------------------------------------------------------

    def advance(self, now: float) -> None:
        """Let time pass to `now` (seconds)."""
        if self.playing:
            self._beat += (now - self._time) * self.tempo / 60
            if not self.held:
                self._plan()
            self._play()
        self.now = self._time = now
        sign = self._mode.sign(self._beat, Person()) if self.playing else NOBODY
        if sign != self._sign:
            self._sign = sign
            self._emit(telemetry.TurnChanged(sign.who, sign.until))
        if now >= self._said + 0.1:
            self._said = now
            self.status()

    def status(self) -> None:
        self._emit(
            telemetry.Status(
                time=self.now,
                beat=self._beat,
                tempo=self.tempo,
                playing=self.playing,
                mode=str(self.values["mode"]),
                sync=self.sync,
                locked=self.sync == "internal",
                output=self.output,
                output_alive=self.output_alive,
                input=self.input,
                input_alive=self.input is not None,
                lateness_median=0.2,
                lateness_p99=0.6,
                step=0.3,
                held=self.held,
                part_modes=tuple("muted" if part.mute else "auto" for part in self._steering.parts),
            )
        )

    def _loop(self, start: float, end: float) -> None:
        if end > start:
            self._jump("back")
            self._emit(telemetry.LoopChanged(start, end))
            self.loop = True
        elif self.loop:
            self._emit(telemetry.LoopChanged())
            self.loop = False

    def _end(self, bars: int) -> None:
        self._emit(telemetry.EndChanged(self._beat + 4.0 * bars if bars and self.playing else None))

    def _jump(self, reason: str) -> None:
        # Beats go on as with the real engine: only the memory goes elsewhere.
        self._emit(telemetry.Withdrawn(self._beat))
        self._end_sounding()
        self._queue.clear()
        self._planned_to = [self._beat] * len(PARTS)
        self._emit(telemetry.Jumped(self._beat, reason))

    def _person_plays(self, pitch: int, velocity: int) -> None:
        if velocity:
            self._person[pitch] = self._next_id
            self._next_id += 1
        number = self._person[pitch] if velocity else self._person.pop(pitch, -1)
        self._emit(telemetry.Played(number, self._beat, 0, pitch, velocity, self.now, self.now, by_person=True))
