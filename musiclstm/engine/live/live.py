"""Live: the engine of an instrument that plays. It wires clock, scheduler, performer, ports, journal and OSC together.

One thread owns the performer; it sleeps until a command or a note arrives, or the performer wants to plan on. What
takes long is done by workers. The dispatch thread (`scheduler`) sends; other threads only drop things off here.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue

from musiclstm import paths
from musiclstm.engine.clock.base import InternalClock
from musiclstm.engine.clock.switch import SwitchClock
from musiclstm.engine.live.connections import Connections
from musiclstm.engine.live.osc import OscServer
from musiclstm.engine.live.reporter import Reporter, loaded_of
from musiclstm.engine.live.restart import Keeper, Kept
from musiclstm.engine.live.sync import Sync
from musiclstm.engine.live.worker import Worker
from musiclstm.engine.performer.midi_map import MidiMap
from musiclstm.engine.performer.performer import Performer
from musiclstm.engine.recording.journal import Journal
from musiclstm.engine.recording.take import save_playing
from musiclstm.engine.scheduler.scheduler import Scheduler, Sent
from musiclstm.engine.supervision.pipe import Start
from musiclstm.engine.supervision.shared_memory import SharedMemory
from musiclstm.engine.system.priority import punctual_process
from musiclstm.errors import EngineError, MusicLSTMError
from musiclstm.model.modelfile import open_model
from musiclstm.model.session import Session
from musiclstm.protocol import commands, telemetry

log = logging.getLogger(__name__)

_STATUS = 0.1  # seconds between two Status, and two signs of life
_LOOK = 1.0  # seconds between two looks at the ports there are
_TEMPO = 120.0


class Live:
    """command, end: from any thread. run: in the thread that is to own it all, once."""

    def __init__(self, start: Start, shared: SharedMemory, send: Callable[[telemetry.Telemetry], None]) -> None:
        self.ended = threading.Event()
        self._shared = shared
        self._keeper = Keeper(shared)
        self._kept = kept = self._keeper.read() if start.resume else None
        self._options = kept.options if kept else start.options
        self._watch = kept.watch if kept else commands.Watch()
        self._clock = SwitchClock(InternalClock(kept.tempo if kept else self._options.tempo or _TEMPO))
        self._reporter = Reporter(send, self._clock, resumed=start.resume)
        self._emit, self._problem = self._reporter.emit, self._reporter.problem
        self._session_name = start.session
        self._scheduler = Scheduler(
            self._clock,
            ledger=shared.ledger,
            on_sent=self._sent,
            on_fault=lambda text: self._emit(telemetry.Notice(f"{text}.")),
        )
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        later = self._inbox.put
        self._opener, self._saver = (Worker(name, later, self._problem) for name in ("opener", "saver"))
        self._looker = Worker("looker", later, log.info)
        self._connections = Connections(
            self._scheduler,
            (self._opener, self._looker),
            heard=self._heard,
            clock_heard=self._clock_heard,
            emit=self._emit,
            opened=lambda: later(self._announce),
        )
        self._sync = Sync(self._clock, self._scheduler, self._connections)
        self._osc: OscServer | None = None
        self._performer: Performer | None = None
        self._waiting: list[commands.Command] = []  # for the performer
        self._code: int | None = None
        self._orphaned = False
        self._beats, self._taken = 0, start.acknowledged
        self._tick_at = self._status_at = self._look_at = 0.0
        self._step = self._cpu = 0.0
        self._cpu_mark = (time.perf_counter(), time.process_time())

    # ---- from other threads ----------------------------------------------------------------------------------------

    def command(self, command: commands.Command) -> None:
        """From the host."""

        def take_it() -> None:
            self._taken += 1
            self._shared.write_counters(self._beats, self._taken)
            self._carry_out(command)

        self._inbox.put(take_it)

    def end(self, *, orphaned: bool = False) -> None:
        """End the notes, then everything; orphaned: the host is gone without a word."""

        def end() -> None:
            self._orphaned = orphaned
            self._code = 0

        self._inbox.put(end)

    def _heard(self, message: bytes, time: float) -> None:
        if message and message[0] < 0xF0:
            self._inbox.put(partial(self._received, message, time))

    def _clock_heard(self, message: bytes, time: float) -> None:
        self._sync.feed(message, time)

    def _sent(self, sent: Sent) -> None:
        if self._performer is not None:
            self._performer.sent(sent)

    # ---- the engine's thread ---------------------------------------------------------------------------------------

    def run(self) -> int:
        """Play until told to end; the process's exit code."""
        try:
            self._begin()
            while self._code is None:
                self._turn()
        finally:
            self._finish()
        return self._code or 0

    def _begin(self) -> None:
        options = self._options
        folder = paths.journal(options.journal)
        try:
            journal = Journal(folder, self._session_name, self._problem)
            journal.start()
            self._reporter.keep(journal)
        except EngineError as error:
            self._problem(str(error))
        if options.osc is not None:
            try:
                self._osc = OscServer(options.osc, lambda command: self._inbox.put(partial(self._carry_out, command)))
                self._osc.start()
                self._reporter.listener = self._osc.emit
            except EngineError as error:
                self._problem(str(error))
        for worker in (self._opener, self._looker, self._saver):
            worker.start()
        self._scheduler.start()
        self._connections.open_output(options.output, options.latency)
        self._connections.open_input(options.input)
        if self._kept is not None:
            self._carry_out(self._kept.sync)
        # After the ports, so that nothing is played to nobody.
        self._load(options.model)

    def _turn(self) -> None:
        wait = min(self._tick_at, self._status_at) - time.perf_counter()
        with suppress(Empty):
            self._inbox.get(timeout=max(0.0, wait))()
        now = time.perf_counter()
        self._tick_at = now + _STATUS if self._performer is None else self._tick(self._performer, now)
        if now >= self._status_at:
            self._status_at = now + _STATUS
            self._beats += 1
            self._shared.write_counters(self._beats, self._taken)
            if self._performer is not None:
                self._emit(self._status(self._performer, now))
        if now >= self._look_at:
            self._look_at = now + _LOOK
            self._connections.look()

    def _tick(self, performer: Performer, now: float) -> float:
        before = performer.events
        then = performer.tick(now)
        drawn = performer.events - before
        if drawn > 0:
            self._step += 0.05 * ((time.perf_counter() - now) / drawn * 1000 - self._step)
        if self._keeper.due(performer, now):
            tempo = self._clock.timeline.tempo
            self._keeper.write(Kept(self._options, self._sync.setting, self._watch, tempo, performer.checkpoint()))
        return then

    def _received(self, message: bytes, time: float) -> None:
        if self._performer is not None:
            self._performer.received(message, time)
        # Afterwards, for it wakes a thread that wants the interpreter, and a person waits for an answer.
        if self._reporter.journal is not None:
            self._reporter.journal.write("in", time, message.hex())

    def _announce(self) -> None:
        if self._performer is not None:
            self._performer.send_programs()

    def _carry_out(self, command: commands.Command) -> None:
        try:
            self._do(command)
        except MusicLSTMError as error:
            self._problem(str(error))
        except Exception:
            # A command that cannot be carried out must not end the music.
            log.exception("%s", command)
            self._problem(f"{type(command).__name__} failed; {paths.engine_log()} says why.")
        self._keeper.change()
        self._status_at = 0.0

    def _do(self, command: commands.Command) -> None:
        match command:
            case commands.Shutdown():
                self._code = 0
            case commands.OpenOutput(name, latency):
                self._options = replace(self._options, output=name, latency=latency)
                self._connections.open_output(name, latency)
            case commands.OpenInput(name):
                self._options = replace(self._options, input=name)
                self._connections.open_input(name)
            case commands.SetSync():
                self._set_sync(command)
            case commands.LoadModel(name):
                self._load(name)
            case commands.SaveTake(file, minutes):
                if self._reporter.journal is None:
                    raise EngineError("There is no journal to make a take from.")
                save = partial(save_playing, self._reporter.journal, file, minutes)
                self._saver.do(save, lambda where: self._emit(telemetry.Saved(where)))
            case _ if self._performer is None:
                self._waiting.append(command)
            case _:
                if isinstance(command, commands.Watch):
                    self._watch = command
                self._performer.handle(command, time.perf_counter())

    def _set_sync(self, setting: commands.SetSync) -> None:
        """Another leader begins from rest: nobody knows yet when its next beat comes."""
        playing = self._clock.running and setting.source != self._sync.setting.source
        if playing:
            self._do(commands.Stop())
        try:
            self._sync.set(setting)
        finally:
            if playing:
                self._do(commands.Play())

    # ---- models ----------------------------------------------------------------------------------------------------

    def _load(self, name: str) -> None:
        seed = self._options.seed

        def load() -> Session:
            return Session(open_model(name), secrets.randbits(32) if seed is None else seed)

        self._opener.do(load, partial(self._loaded, name))

    def _loaded(self, name: str, session: Session) -> None:
        self._options = replace(self._options, model=name)
        loaded = loaded_of(name, session)
        if self._performer is None:
            self._first_loaded(session, loaded)
        else:
            self._performer.load(session, loaded)

    def _first_loaded(self, session: Session, loaded: telemetry.Loaded) -> None:
        performer = Performer(
            session,
            self._clock,
            self._scheduler,
            self._emit,
            midi_map=MidiMap(paths.user_settings() / "learnt.toml"),
            request=self._carry_out,
            port_number=self._connections.port_number,
        )
        performer.load(session, loaded)
        options, kept = self._options, self._kept
        play = options.play
        if kept is not None:
            play = kept.checkpoint.playing
            try:
                performer.resume(kept.checkpoint)
            except Exception:
                # Better to go on without its memory than not at all.
                log.exception("the state before the restart")
                self._problem("It goes on, but with an empty memory.")
        elif options.tempo is None:
            self._clock.set_tempo(session.model.tempo)
        self._performer = performer
        initial: list[commands.Command] = [self._watch]
        if kept is None:
            initial += [commands.SetControl(name, value) for name, value in options.controls]
            performer.report_controls()
        punctual_process()
        initial += self._waiting
        self._waiting = []
        for command in (*initial, *([commands.Play()] if play else [])):
            self._carry_out(command)

    # ---- telemetry -------------------------------------------------------------------------------------------------

    def _status(self, performer: Performer, now: float) -> telemetry.Status:
        line, playing = self._clock.timeline, self._clock.running
        lateness = self._scheduler.lateness()
        output, input_ = self._connections.output, self._connections.input
        (wall, spent), process = self._cpu_mark, time.process_time()
        if now - wall > 1:
            self._cpu, self._cpu_mark = (process - spent) / (now - wall), (now, process)
        return telemetry.Status(
            time=now,
            beat=line.beat_at(now) if playing else performer.edge(),
            tempo=line.tempo,
            playing=playing,
            mode=performer.mode,
            sync=self._sync.setting.source,
            locked=self._clock.locked,
            output=self._connections.wanted_output,
            output_alive=output is not None and output.alive,
            input=self._connections.wanted_input,
            input_alive=input_ is not None and input_.alive,
            lateness_median=lateness.median,
            lateness_p99=lateness.p99,
            late=lateness.late,
            step=self._step,
            cpu=self._cpu,
            events=performer.events,
            held=performer.hold,
            person_plays=performer.person_plays,
            part_modes=performer.part_modes,
        )

    # ---- the end ---------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        """The notes first; then whatever takes its time."""
        journal = self._reporter.journal
        with ExitStack() as last:  # backwards, and each whatever becomes of the others
            last.callback(self.ended.set)
            if self._orphaned:
                last.callback(self._shared.delete)
            if journal is not None:
                # A take that nobody could save is offered for recovery.
                last.callback(journal.close, clean=self._code == 0 and not self._orphaned)
            if self._osc is not None:
                last.callback(self._osc.close)
            last.callback(self._connections.close)
            last.callback(self._sync.close)
            last.callback(self._scheduler.close)
