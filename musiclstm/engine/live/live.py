"""Live: the engine of an instrument that plays. It wires clock, scheduler, performer, ports, journal and OSC together.

One thread, the engine's, owns the performer; it sleeps until a command or a note arrives, or the performer has to plan
further. The dispatch thread (`scheduler`) sends, background threads do what takes long; other threads only add calls to
the inbox.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from queue import Empty, SimpleQueue

from musiclstm import paths
from musiclstm.engine.clock.base import Change, ClockChange, InternalClock
from musiclstm.engine.clock.switch import SwitchClock
from musiclstm.engine.live.background import Background
from musiclstm.engine.live.command_router import CommandRouter
from musiclstm.engine.live.connections import Connections
from musiclstm.engine.live.devices import Devices
from musiclstm.engine.live.faults import Faults
from musiclstm.engine.live.file_player import FilePlayer
from musiclstm.engine.live.heartbeat import Heartbeat
from musiclstm.engine.live.models import Models
from musiclstm.engine.live.pads import Pads
from musiclstm.engine.live.primer import Primer
from musiclstm.engine.live.recovery_recorder import RecoveryRecorder
from musiclstm.engine.live.reporter import Reporter
from musiclstm.engine.live.restart import RecoveryStore
from musiclstm.engine.live.rewriter import Rewriter
from musiclstm.engine.live.set_lists import SetLists
from musiclstm.engine.live.start_options import checked
from musiclstm.engine.live.status import StatusMeter
from musiclstm.engine.live.sync import Sync
from musiclstm.engine.live.takes import Takes
from musiclstm.engine.live.waiting_commands import WaitingCommands
from musiclstm.engine.live.waiting_messages import WaitingMessages
from musiclstm.engine.performer.performer import Performer
from musiclstm.engine.recording.keep import Keep
from musiclstm.engine.scheduler.scheduler import Scheduler, Sent
from musiclstm.engine.supervision.pipe import Start
from musiclstm.engine.supervision.shared_memory import SharedMemory
from musiclstm.music import midi_message
from musiclstm.protocol import commands, telemetry

log = logging.getLogger(__name__)

_STATUS_INTERVAL = 0.1  # seconds, of the heartbeat too
_POLL_INTERVAL = 1.0
_TEMPO = 120.0
_STALE = 0.5
"""Seconds that a person's note may wait. In a flood, as of two instruments that answer each other, Stop would otherwise
wait behind more notes than can be played."""


class Live:
    """command, end: from any thread. run: once, in the thread that is to own everything.

    ended: set when all is closed. send: receives the telemetry for the host, from any thread.
    """

    def __init__(self, start: Start, shared: SharedMemory, send: Callable[[telemetry.Telemetry], None]) -> None:
        self.ended = threading.Event()
        self._shared = shared
        self._session_name = start.session
        self._store = RecoveryStore(shared)
        recovered = self._store.read() if start.resume else None
        options, problems = checked(recovered.options if recovered else start.options)
        self._options = options
        self._subscribers = recovered.subscribers if recovered else ()
        self._clock = SwitchClock(InternalClock(recovered.tempo if recovered else options.tempo or _TEMPO))
        self._reporter = Reporter(send, self._clock, resumed=start.resume)
        for text in problems:
            self._reporter.problem(text)
        self._faults = Faults(self._reporter.problem)
        self._heartbeat = Heartbeat(shared, start.acknowledged)
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        call_later, problem = self._inbox.put, self._reporter.problem
        self._arrived = WaitingMessages(call_later, lambda arrived: self._receive(*arrived))
        opener, saver = Background("opener", call_later, problem), Background("saver", call_later, problem)
        reader, poller = Background("reader", call_later, problem), Background("poller", call_later, log.info)
        rewriter = Background("rewriter", call_later, problem)  # a search takes longer than a take may wait
        self._background = (opener, saver, reader, poller, rewriter)
        self._scheduler = Scheduler(
            self._clock,
            ledger=shared.ledger,
            on_sent=self._sent,
            on_fault=lambda text: self._reporter.emit(telemetry.Notice(text)),
        )
        self._connections = Connections(
            self._scheduler,
            opener,
            poller,
            receive=self._input_arrived,
            receive_clock=self._clock_arrived,
            emit=self._reporter.emit,
            on_rerouted=lambda: call_later(self._models.reroute),
            on_main_found=lambda: call_later(self._sync.send_again),
            on_input_gone=lambda: call_later(self._release_keys),
            soundfont=options.soundfont,
        )
        self._clock.subscribe(self._clock_changed)
        self._sync = Sync(self._clock, self._scheduler, self._connections)
        devices = Devices(self._clock, self._scheduler, self._connections, self._sync, self._reporter)
        self._models = Models(
            options, recovered, devices, opener, carry_out=self._carry_out, on_started=self._performer_started
        )
        self._primer = Primer(self._models, opener, reader, self._reporter.emit, self._carry_out)
        self._rewriter = Rewriter(self._models, rewriter, self._reporter.emit)
        self._takes = Takes(options.takes)
        self._file_player = FilePlayer(
            self._scheduler,
            reader,
            self._reporter.emit,
            call_later=call_later,
            on_stopped=lambda: call_later(self._models.send_programs),
        )
        self._set_lists = SetLists(
            self._models,
            opener,
            saver,
            emit=self._reporter.emit,
            problem=problem,
            carry_out=self._carry_out,
        )
        self._router = CommandRouter(
            options,
            recovered,
            devices,
            self._models,
            saver,
            primer=self._primer,
            takes=self._takes,
            file_player=self._file_player,
            rewriter=self._rewriter,
            set_lists=self._set_lists,
            on_changed=self._changed,
            on_fault=self._mend,
            shut_down=self._shut_down,
        )
        self._recorder = RecoveryRecorder(
            self._store, options, devices, self._models, router=self._router, takes=self._takes
        )
        self._pads = Pads(call_later, problem, command=self._carry_out, key=self._press)
        self._reporter.hearer = self._pads.hear
        self._meter = StatusMeter(devices)
        self._running = True
        self._orphaned = False
        self._tick_at = self._status_at = self._poll_at = 0.0

    # ---- from other threads ----------------------------------------------------------------------------------------

    def command(self, command: commands.Command) -> None:
        """Carry out a command of the host's."""
        self._inbox.put(partial(self._acknowledge, command))

    def unreadable(self) -> None:
        """A command of the host's cannot be read: it is acknowledged, so that it is not sent again."""
        self._inbox.put(self._heartbeat.acknowledge)

    def end(self, *, orphaned: bool = False) -> None:
        """End the notes, then everything else. orphaned: the host died, so nobody else deletes the shared memory."""
        self._inbox.put(partial(self._shut_down, orphaned=orphaned))

    def _input_arrived(self, message: bytes, time: float) -> None:
        if midi_message.has_channel(message):
            self._arrived.put((message, time))
        elif self._connections.clock_is_input:
            self._sync.feed(message, time)

    def _clock_arrived(self, message: bytes, time: float) -> None:
        self._sync.feed(message, time)

    def _clock_changed(self, change: ClockChange) -> None:
        if change.change is Change.START:  # the first notes are due at once
            self._inbox.put(lambda: None)

    def _sent(self, sent: Sent) -> None:
        if self._models.performer is not None:
            self._models.performer.sent(sent)
        self._reporter.record_sent(sent)

    # ---- the engine's thread ---------------------------------------------------------------------------------------

    def run(self) -> None:
        """Play until `end` or `Shutdown`."""
        clean = False
        try:
            self._begin()
            while self._running:
                self._turn()
            clean = True
        finally:
            self._finish(clean=clean)

    def _begin(self) -> None:
        options = self._options
        keep = Keep(options.keep_days, None if options.keep_gib is None else options.keep_gib * 2**30)
        self._reporter.open_journal(paths.journal(options.journal), self._session_name, keep)
        if options.osc is not None:
            scripted = WaitingCommands(self._inbox.put, self._carry_out)
            self._reporter.open_osc(options.osc, scripted.put, self._subscribers, self._store.mark_changed)
        self._scheduler.start()
        self._connections.latencies.update(options.latencies)
        self._connections.pedals.update(options.pedals)
        self._connections.open_output(options.output, options.latency)
        self._connections.open_input(options.input)
        self._router.restore_sync()
        # After the ports, which open in the same background thread: the first notes need them.
        self._models.load(options.model)

    def _turn(self) -> None:
        """Make one call of the inbox, or wait until something else is due, and do what is due."""
        wait = min(self._tick_at, self._status_at) - time.perf_counter()
        call: Callable[[], None] | None = None
        with suppress(Empty):
            call = self._inbox.get(timeout=max(0.0, wait))
        try:
            if call is not None:
                call()
            self._do_what_is_due(time.perf_counter())
        except Exception as error:
            # An error of ours must not silence the instrument.
            log.exception("a fault while playing")
            self._mend(error)

    def _do_what_is_due(self, now: float) -> None:
        performer = self._models.performer
        self._tick_at = now + _STATUS_INTERVAL
        if performer is not None:
            self._tick_at = self._tick(performer, now)
        self._clock.settle()
        if self._clock.running:  # also when a leader starts it
            self._file_player.stop()
        if now >= self._status_at:
            self._status_at = now + _STATUS_INTERVAL
            self._heartbeat.beat()
            if performer is not None:
                self._reporter.emit(self._meter.status(performer, now))
        if now >= self._poll_at:
            self._poll_at = now + _POLL_INTERVAL
            self._connections.poll()

    def _mend(self, error: Exception) -> None:
        """Play on after an error, wherever it came from. Raises EngineError if that does not help."""
        self._faults.add(error)
        if self._models.performer is not None:
            try:
                self._models.performer.mend(time.perf_counter())
            except Exception as another:
                log.exception("a fault while it was mended")
                self._faults.add(another)

    def _tick(self, performer: Performer, now: float) -> float:
        before = performer.events
        then = performer.tick(now)
        self._sync.set_bar(performer.bar)
        self._meter.add_step(performer.events - before, time.perf_counter() - now)
        self._recorder.record(performer, now)
        return then

    def _release_keys(self) -> None:
        if self._models.performer is not None:
            self._models.performer.release_keys(time.perf_counter())

    def _press(self, target: str) -> None:
        if self._models.performer is not None:
            self._models.performer.press(target, time.perf_counter())

    def _receive(self, message: bytes, arrived: float) -> None:
        performer = self._models.performer
        if performer is not None:
            if time.perf_counter() - arrived > _STALE and performer.starts_note(message):
                return
            performer.received(message, arrived)
        # Afterwards, because it wakes a thread that needs the interpreter, and the person waits for an answer.
        self._reporter.record_input(message, arrived)

    def _acknowledge(self, command: commands.Command) -> None:
        self._heartbeat.acknowledge()
        # The host's own: a person chose the file of a take in a dialog.
        self._router.carry_out(command, confirmed=True)

    def _carry_out(self, command: commands.Command) -> None:
        self._router.carry_out(command)

    def _performer_started(self) -> None:
        self._router.performer_started()
        self._set_lists.resumed()

    def _changed(self) -> None:
        self._store.mark_changed()
        self._status_at = 0.0

    def _shut_down(self, *, orphaned: bool = False) -> None:
        self._orphaned = orphaned
        self._running = False

    def _finish(self, *, clean: bool) -> None:
        """End the notes first, then what takes time."""
        with ExitStack() as last:  # in reverse order, and each one even if another fails
            last.callback(self.ended.set)
            for background in self._background:
                last.callback(background.close)
            if self._orphaned:
                last.callback(self._shared.delete)
            # Nobody could save the take of an orphan, so it is offered for recovery.
            last.callback(self._reporter.close, clean=clean and not self._orphaned)
            last.callback(self._connections.close)
            last.callback(self._pads.close)
            last.callback(self._primer.close)
            last.callback(self._rewriter.close)
            last.callback(self._sync.close)
            last.callback(self._scheduler.close)
            last.callback(self._file_player.close)
