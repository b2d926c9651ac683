"""JACK, by the optional package JACK-Client: messages are sent and received at the exact frame.

RtMidi's JACK backend sends at the next period, so arrival times spread over one period (5.3 ms at 256 frames and
48 kHz), and it ignores the frame at which a message arrived. Here a message is given a period ahead of its time and
written at its frame. The price is a process callback in Python: if another thread of this process keeps the interpreter
for longer than a period, listeners of our ports wait a period longer. So it acquires the interpreter only once a period
(`jack_calls`).
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import logging
import threading
from time import perf_counter
from typing import TYPE_CHECKING, Any

from musiclstm.engine.ports.base import CLIENT, Receive
from musiclstm.engine.ports.jack_calls import Calls, supported
from musiclstm.engine.ports.jack_ports import JackInput, JackOutput
from musiclstm.errors import PortError

if TYPE_CHECKING:
    import jack

log = logging.getLogger(__name__)

_READING = 0.0002
"""Seconds that others need at least to begin reading what we wrote."""

_lock = threading.Lock()
_client: JackClient | None = None


def installed() -> bool:
    """Whether JACK-Client, in a supported version, and JACK itself are installed; no server has to run."""
    try:
        import jack
    except (ImportError, OSError):
        return False
    return supported(jack)


def client() -> JackClient:
    """The one client that all our ports belong to. Raises PortError if JACK-Client, JACK or its server is missing."""
    global _client  # noqa: PLW0603 - JACK has one per process
    with _lock:
        if _client is None or not _client.alive:
            if _client is not None:
                atexit.unregister(_client.close)
                _client.close()
                _client = None
            _client = JackClient()
            # The interpreter must not end while one of JACK's threads uses it or is about to.
            atexit.register(_client.close)
        return _client


class JackClient:
    """Our JACK client: lists, opens and serves the ports. Its methods may be called from any thread."""

    def __init__(self) -> None:
        try:
            import jack

            # By default it writes to the terminal that no server is running.
            jack.set_error_function(lambda message: log.debug("JACK: %s", message))
            jack.set_info_function(lambda message: log.debug("JACK: %s", message))
        except (ImportError, OSError) as error:
            raise PortError("JACK or the Python package JACK-Client is not installed.") from error
        if not supported(jack):
            raise PortError(f"JACK-Client {jack.__version__} is not supported.")
        try:
            self._jack = jack.Client(CLIENT, no_start_server=True)
        except jack.JackError as error:
            raise PortError("No JACK server is running.") from error
        self.calls = Calls(self._jack)
        self.alive = True
        self.rate = self._jack.samplerate
        self.period = self._jack.blocksize / self.rate
        self._served = 0.0  # when the last process callback ended
        # Locked while the ports' buffers are in use, when no port may be unregistered; and to change the two lists,
        # because after a restart of the server every lost port is opened again by a thread of its own.
        self._serving = threading.Lock()
        # One request to the server at a time: libjack mixes up the answers of two.
        self._asking = threading.RLock()
        self._outputs: tuple[JackOutput, ...] = ()
        self._inputs: tuple[JackInput, ...] = ()
        self._jack.set_shutdown_callback(self._shut_down)
        self._jack.set_process_callback(self._process)
        self._jack.set_blocksize_callback(self._new_period)
        self._jack.set_port_registration_callback(self._registered)
        self._jack.activate()

    def outputs(self) -> tuple[str, ...]:
        """Ports of other clients that we can send to."""
        return self._names(inputs=True)

    def inputs(self) -> tuple[str, ...]:
        """Ports of other clients that we can listen to."""
        return self._names(inputs=False)

    def open_output(self, target: str | None) -> JackOutput:
        """Send to `target`, or None: to every client that connects. Raises PortError."""
        with self._translated(f"{target or 'A virtual port'} cannot be opened"):
            port = self._jack.midi_outports.register(self._free_name("out"))
            output = JackOutput(self, port, target)
            # From here on the process callback clears its buffer each period.
            with self._serving:
                self._outputs += (output,)
            self._connect(output, port, target)
            return output

    def open_input(self, source: str | None, receive: Receive) -> JackInput:
        """Listen to `source`, or None: to every client that connects. Raises PortError."""
        with self._translated(f"{source or 'A virtual port'} cannot be opened"):
            port = self._jack.midi_inports.register(self._free_name("in"))
            input_ = JackInput(self, port, source, receive)
            with self._serving:
                self._inputs += (input_,)
            self._connect(input_, source, port)
            return input_

    def _connect(self, ours: JackOutput | JackInput, source: Any, destination: Any) -> None:
        """Connect a port that is served now; with None for the other end it is open to everybody."""
        try:
            if source is not None and destination is not None:
                self._jack.connect(source, destination)
        except Exception:
            ours.close()
            raise
        if not self.alive:
            # It ended before the port was in the list where `_shut_down` looks for those that are dead now.
            ours.close()
            raise PortError(f"{ours.name} cannot be opened: the JACK server has ended.")

    def remove(self, port: JackOutput | JackInput) -> None:
        """Unregister one of our ports."""
        with self._serving:
            self._outputs = tuple(each for each in self._outputs if each is not port)
            self._inputs = tuple(each for each in self._inputs if each is not port)
        if self.alive:
            with self._asking, contextlib.suppress(Exception):  # already gone, which is the aim
                port.port.unregister()

    def close(self) -> None:
        self.alive = False
        for port in self._ports():
            port.alive = False
        with self._serving:
            self._outputs, self._inputs = (), ()
        with self._asking, contextlib.suppress(Exception):  # its server may be gone
            self._jack.close()

    def _names(self, *, inputs: bool) -> tuple[str, ...]:
        with self._translated("JACK cannot list its ports"):
            if not self.alive:
                raise PortError("The JACK server has ended.")
            names = self.calls.ports(inputs=inputs)
            return tuple(name for name in names if not name.startswith(f"{self._jack.name}:"))

    def _ports(self) -> tuple[JackOutput | JackInput, ...]:
        return (*self._outputs, *self._inputs)

    def _free_name(self, kind: str) -> str:
        """The first that is free: a port that others connect to is called the same whenever it is opened."""
        taken = {port.shortname for port in (*self._jack.midi_outports, *self._jack.midi_inports)}
        names = (kind if number == 1 else f"{kind} {number}" for number in itertools.count(1))
        return next(name for name in names if name not in taken)

    @contextlib.contextmanager
    def _translated(self, what: str) -> Any:
        """Asks the server for something; whatever fails is a PortError."""
        try:
            with self._asking:
                yield
        except PortError:
            raise
        except Exception as error:  # JackError, and whatever a client raises after its server ended
            raise PortError(f"{what} (JACK): {error}") from error

    # ---- called by JACK's own threads ------------------------------------------------------------------------------

    def _shut_down(self, _status: object, reason: str) -> None:
        log.info("JACK: %s", reason)
        self.alive = False
        for port in self._ports():
            port.alive = False

    def _new_period(self, frames: int) -> None:
        self.period = frames / self.rate

    def _registered(self, port: jack.Port, there: bool) -> None:
        # A port that disappeared and reappeared must be connected again, so its disappearance is remembered.
        if not there:
            with contextlib.suppress(UnicodeDecodeError):  # a name that we never list
                name = port.name
                for ours in self._ports():
                    if ours.peer == name:
                        ours.alive = False

    def _process(self, frames: int) -> None:
        try:
            calls = self.calls
            before, frame, now = perf_counter(), calls.frame_time(), perf_counter()
            if now - before > 0.0001:  # another thread ran in between
                frame, now = calls.frame_time(), perf_counter()
            begin = now - _difference(frame, calls.last_frame_time()) / self.rate
            # After a stall the server catches up on several periods at once, and nobody had time to read the last.
            unread = before - self._served < _READING
            with self._serving:
                for output in self._outputs:
                    output.fill(begin, frames, keep=unread)
                for input_ in self._inputs:
                    input_.drain(begin, frames)
            self._served = perf_counter()
        except Exception:
            # If it were raised, JACK would end the client.
            log.exception("error in the JACK process callback")


def _difference(frame: int, earlier: int) -> int:
    """Frames between two values of JACK's 32-bit frame counter."""
    return (frame - earlier + 0x80000000) % 0x100000000 - 0x80000000
