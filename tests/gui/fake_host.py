"""FakeHost: in the engine's place for the window: takes its commands and answers with telemetry of plausible music.

It has the same doors as `engine.host.EngineHost` (send, close, a callback for telemetry), but no process, thread or
clock of its own: `advance(now)` lets the music go on to that moment. Four voices walk a scale; notes are planned a
beat ahead and withdrawn when something is steered; state frames come from a small LSTM with random weights, so that
their numbers hang together.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np

from musiclstm.engine.live.takes import Takes
from musiclstm.engine.performer.modes import NOBODY, mode_of
from musiclstm.engine.performer.person import Person
from musiclstm.engine.performer.steering import Steering
from musiclstm.errors import MusicLSTMError, UsageError
from musiclstm.model.modelfile import find
from musiclstm.music.note import Part
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.protocol import check, commands, telemetry
from musiclstm.protocol.actions import ACTIONS, SLOTS
from musiclstm.protocol.controls import BY_NAME, KEPT_BY_RESET, Value, split
from musiclstm.protocol.limits import MAX_BPM, MAX_LATENCY, MAX_SEED, MIN_BPM
from musiclstm.protocol.modes import SYNC_SOURCES

PARTS = (("Soprano", 52, 0), ("Alto", 52, 1), ("Tenor", 52, 2), ("Bass", 52, 3))
RANGES = ((60, 81), (53, 76), (45, 69), (36, 64))
SCALE = (0, 2, 4, 5, 7, 9, 11)
CENTRES = (72, 65, 58, 48)
HORIZON = 1.5
METERS = ((4, 4), (3, 4), (6, 4), (2, 4), (6, 8), (2, 2), (3, 2), (9, 8))  # of the chorales


class FakeHost:
    """sent: every command, in order. Time is whatever `advance` is told, in seconds."""

    def __init__(
        self, emit: Callable[[telemetry.Telemetry], None], layers: int = 2, units: int = 192, seed: int = 1
    ) -> None:
        self.session = "now"
        self.sent: list[commands.Command] = []
        self.closed = False
        self._sections: set[str] = set()
        self._chain = self._letter = ""
        self._songs: list[str] = []
        self._removed = 0, ""
        self._emit = emit
        self._dice = random.Random(seed)
        self._layers, self._units = layers, units
        weights = np.random.default_rng(seed)
        self._weights = weights.normal(0, 2.4 / np.sqrt(units), (layers, 4, units, units)).astype(np.float32)
        self._inputs = weights.normal(0, 1.0, (layers, 4, units, 4)).astype(np.float32)
        self._cell = np.zeros((layers, units), np.float32)
        self._hidden = np.zeros((layers, units), np.float32)
        parts = tuple(Part(*each, *reach) for each, reach in zip(PARTS, RANGES, strict=True))
        self._steering = Steering(Vocabulary(parts=parts))
        self.values = self._steering.values
        self._takes = Takes()
        self.midi_learn: str | None = None
        self.watch = commands.Watch()
        self.playing = self.held = self.loop = False
        self.tempo = 96.0
        self.now = self._time = 0.0
        self._beat = 0.0
        self._planned_to = [0.0] * len(PARTS)
        self._step = [0] * len(PARTS)
        self._next_id = 1
        self._queue: list[tuple[float, int, int, int, int]] = []  # beat, order (off 0, on 1), id, part, pitch
        self._sounding: dict[int, tuple[int, int]] = {}
        self._person: dict[int, int] = {}
        self._slots: dict[str, float] = {}
        self._models: list[tuple[float, str]] = []  # where each began
        self.output, self.sync = "synth", "internal"
        self.input: str | None = None
        self.output_alive = True
        self.dense = 1.0
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
            self._emit(telemetry.Notice(str(error)))
        self.status()

    def _check(self, command: commands.Command) -> None:
        """Refuses what the engine refuses; `test_contract` holds both against each other."""
        refuse = check.problem(command)
        match command:
            case _ if refuse:
                pass
            case commands.SetTempo(tempo) if not MIN_BPM <= tempo <= MAX_BPM:
                refuse = "The tempo is out of range."
            case commands.Seed(seed) if not 0 <= seed <= MAX_SEED:
                refuse = "The seed is out of range."
            case commands.OpenOutput(_, latency) | commands.SetLatency(_, latency) if not abs(latency) <= MAX_LATENCY:
                refuse = "The latency is out of range."
            case commands.PlayerNote(pitch, velocity, channel) if not (
                0 <= pitch <= 127 and 0 <= velocity <= 127 and 0 <= channel <= 15
            ):
                refuse = "There is no such note."
            case commands.SetSync(source, port, _) if source not in SYNC_SOURCES or (source == "midi" and not port):
                refuse = "There is no such clock."
            case commands.Learn(str(target)) if target not in ACTIONS and (
                split(target)[1] not in BY_NAME or not self._steering.players.control(target)
            ):
                refuse = "There is nothing of that name to map."
            case commands.SetBookmark(slot, _) if slot not in tuple(SLOTS):
                refuse = "There is no such bookmark."
            case commands.Undo() if not self._forgotten:
                refuse = "Nothing was forgotten."
            case commands.Return(slot) if slot not in self._slots:
                refuse = "That bookmark is not set."
            case commands.Morph(start, end, _) if not {start, end} <= self._slots.keys():
                refuse = "A bookmark is not set."
            case commands.Morph(start, end, _) if self._model_at(self._slots[start]) != self._model_at(
                self._slots[end]
            ):
                refuse = "They are of two models."
            case commands.Back(bars) if not bars > 0:
                refuse = "Back goes back by a number of bars above 0."
            case commands.SetMeter(numerator, denominator) if (numerator, denominator) not in METERS:
                refuse = "The model does not know this time signature."
            case commands.End(bars, _, _) if not 0 <= bars <= 64 or (bars and not self.playing):
                refuse = "Nothing plays that could end."
            case commands.Loop(start, end) if end > start and self._beat < 4:
                refuse = "There is no bar yet."
            case commands.LoopLast(bars) if bars > 0 and self._beat < 4:
                refuse = "There is no bar yet."
            case commands.LoadModel(name):
                find(name)
            case commands.SetPart(part, source=source) if not (
                0 <= part < len(PARTS) and (source is None or -1 <= source < len(PARTS))
            ):
                refuse = "There is no such part."
            case commands.SaveBars(start, end) if not end > start:
                refuse = "Bars to save end after they begin."
            case commands.SaveLastBars(bars) if bars < 1:
                refuse = "At least one bar is saved."
            case commands.SaveTake(_, minutes) if minutes is not None and not minutes > 0:
                refuse = "The minutes must be above 0."
        if refuse:
            raise UsageError(refuse)

    def _carry_out(self, command: commands.Command) -> None:
        self._check(command)
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
                try:
                    self._steering.set_part(part, self._steering.parts[part].changed(command))
                    for other in range(len(PARTS)) if command.solo is not None else ():
                        if other != part:
                            self.report_part(other)
                finally:
                    self.report_part(part)
            case commands.SetMeter(numerator, denominator):
                self._emit(telemetry.MeterChanged(-(-self._beat // 4) * 4, numerator, denominator))
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
                self._form(letter)
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
                self.midi_learn = target
            case commands.Unlearn(target):
                self._emit(telemetry.ControlChanged(target, self._steering.value(target), None))
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
        self._emit(telemetry.ControlChanged(name, self._steering.value(name)))
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

    def knob(self, number: int, position: float) -> None:
        """The person moves a knob of a MIDI keyboard."""
        self._emit(telemetry.Traffic(f"CC {number} {round(127 * position)}"))
        if self.midi_learn is not None:
            target, self.midi_learn = self.midi_learn, None
            self._emit(telemetry.ControlChanged(target, self._steering.value(target), f"CC {number} ch 1"))

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

    def _plan(self) -> None:
        for part in range(len(PARTS)):
            while self._planned_to[part] < self._beat + HORIZON:
                beat = self._planned_to[part]
                length = self._dice.choice((0.5, 1.0, 1.0, 1.0, 2.0)) / self.dense
                self._step[part] = max(-4, min(4, self._step[part] + self._dice.choice((-2, -1, -1, 1, 1, 2))))
                octave, degree = divmod(self._step[part], 7)
                pitch = CENTRES[part] + 12 * octave + SCALE[degree]
                number, self._next_id = self._next_id, self._next_id + 1
                velocity = self._dice.randrange(50, 110)
                surprise = self._dice.expovariate(0.5)
                self._emit(telemetry.Planned(number, beat, part, pitch, velocity, None, surprise))
                self._emit(telemetry.PlanEnded(number, beat + length))
                self._queue += [(beat, 1, number, part, pitch), (beat + length, 0, number, part, pitch)]
                self._planned_to[part] = beat + length
                self._frame(beat, part, pitch, surprise)
        self._queue.sort()

    def _frame(self, beat: float, part: int, pitch: int, surprise: float) -> None:
        if self.watch.memory:
            x = np.array([part / 2 - 1, (pitch - 60) / 12, np.sin(beat * np.pi / 2), np.cos(beat * np.pi)], np.float32)
            gates = np.zeros((self._layers, 3, self._units), np.float32)
            for layer in range(self._layers):
                sums = self._weights[layer] @ self._hidden[layer] + self._inputs[layer] @ x
                forget, into, out = 1 / (1 + np.exp(-(sums[:3] + np.array([[1.5], [-0.5], [0.0]]))))
                self._cell[layer] = forget * self._cell[layer] + into * np.tanh(sums[3])
                self._hidden[layer] = out * np.tanh(self._cell[layer])
                gates[layer] = forget, into, out
            half = np.float16
            self._emit(
                telemetry.StateFrame(
                    beat, self._cell.astype(half), self._hidden.astype(half), gates.astype(half), surprise
                )
            )
        if self.watch.expectation:
            chances = np.zeros(128, np.float32)
            for centre in CENTRES:
                for step in SCALE:
                    chances[centre + step - 5] = self._dice.random() ** 6
            self._emit(telemetry.Expectation(chances / chances.sum()))

    def _play(self) -> None:
        while self._queue and self._queue[0][0] <= self._beat:
            beat, on, number, part, pitch = self._queue.pop(0)
            if on:
                self._sounding[number] = (part, pitch)
            elif self._sounding.pop(number, None) is None:
                continue
            velocity = 40 + pitch % 70 if on else 0
            self._emit(telemetry.Played(number, beat, part, pitch, velocity, self.now, self.now))

    def _end_sounding(self) -> None:
        for number, (part, pitch) in self._sounding.items():
            self._emit(telemetry.Played(number, self._beat, part, pitch, 0, self.now, self.now))
        self._queue = [entry for entry in self._queue if entry[2] not in self._sounding]
        self._sounding.clear()

    def _replan(self) -> None:
        """What is planned and has not begun is withdrawn and planned again."""
        self._emit(telemetry.Withdrawn(self._beat))
        self._queue = [entry for entry in self._queue if entry[2] in self._sounding]
        ends = {entry[3]: entry[0] for entry in self._queue}
        self._planned_to = [ends.get(part, self._beat) for part in range(len(PARTS))]

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
