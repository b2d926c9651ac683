"""PartEditor: changes how a part is played, and sends parts' programs."""

from __future__ import annotations

from musiclstm.engine.performer.ensemble import Ensemble
from musiclstm.engine.performer.part_settings import PartSettings
from musiclstm.engine.performer.state import PerformerState
from musiclstm.errors import UsageError
from musiclstm.music import midi_message
from musiclstm.protocol import commands


class PartEditor:
    """Writes the state's steering: its parts' settings."""

    def __init__(self, state: PerformerState, ensemble: Ensemble) -> None:
        self._state = state
        self._ensemble = ensemble

    def set(self, command: commands.SetPart) -> None:
        """Plays a part in another way.

        Raises UsageError for values that make no sense, PortError if the part's port cannot be opened.
        """
        state, part = self._state, command.part
        parts = state.steering.parts
        for number in (part, 0 if command.source in (None, -1) else command.source):
            if not 0 <= number < len(parts):
                raise UsageError(f"This model has {len(parts)} parts, counted from 0; {number} is none of them.")
        try:
            self._change(part, command)
        finally:
            # Also if it was refused: whoever asked for it shows what is.
            state.report_part(part)

    def _change(self, part: int, command: commands.SetPart) -> None:
        state = self._state
        settings = state.steering.parts[part].changed(command)
        state.routing.port_of(settings)
        unheard = state.steering.unheard()
        with state.plan.rolled_back() as edit:
            state.steering.set_part(part, settings)
            edit.silence(state.position.edge(), lambda voice: state.steering.silent(voice.part))
            if command.program is not None or command.channel is not None or command.port is not None:
                self._send_program(settings)
            shared = state.mixer.share(part)
            state.mixer.send()
            self._ensemble.assign(edit)
            if state.position.playing:
                self._ensemble.end_strays(edit)
        # Whether others are heard depends on who has solo, and on what this part's range leaves to them.
        for other in sorted({*shared, *(unheard ^ state.steering.unheard())} - {part}):
            state.report_part(other)

    def send_programs(self) -> None:
        """Sends each part's program and volume: after a model was loaded or an output opened."""
        for settings in self._state.steering.parts:
            self._send_program(settings)
        self._state.mixer.send(again=True)

    def _send_program(self, settings: PartSettings) -> None:
        message = midi_message.program_change(settings.channel, settings.program)
        self._state.scheduler.send_now(message, port=self._state.routing.port_of(settings))
