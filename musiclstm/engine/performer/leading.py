"""Leading: the chords that lead, set as a track, one from now on, or played with the left hand.

Those that a player of a band plays are the steering's and the session's business; whoever types chords ends that.
"""

from __future__ import annotations

from musiclstm.engine.performer.chord_guide import ChordLine
from musiclstm.engine.performer.ensemble import Ensemble
from musiclstm.engine.performer.plan_edit import PlanEdit
from musiclstm.engine.performer.state import PerformerState
from musiclstm.engine.performer.steering import MIDDLE_C
from musiclstm.engine.performer.values import LEADER
from musiclstm.music import chord_symbol, chord_track
from musiclstm.music.chord_symbol import ChordSymbol
from musiclstm.protocol.controls import NO_PLAYER
from musiclstm.protocol.telemetry import ChordsChanged


class Leading:
    """Writes the steering's chords. What is planned is planned again: the next note knows of them."""

    def __init__(self, state: PerformerState, ensemble: Ensemble) -> None:
        self._state = state
        self._ensemble = ensemble
        self._reported: ChordsChanged | None = None

    # ---- set -----------------------------------------------------------------------------------------------------

    def set_track(self, text: str) -> None:
        """As `commands.Chords`. Raises UsageError, and nothing has changed, for what is no chord track."""
        state = self._state
        track = chord_track.read(text, state.beat_map.bar) if text.strip() else None
        before, beat_map = state.steering.chords, state.beat_map
        bar = beat_map.clock_line(state.position.edge())
        self._set(None if track is None else ChordLine(track, bar if before is None else before.origin, beat_map.bar))

    def lead_from(self, text: str, origin: float) -> None:
        """Lets a track lead whose first bar lies at a beat; "": no chords. Raises UsageError as `set_track` does."""
        bar = self._state.beat_map.bar
        self._set(ChordLine(chord_track.read(text, bar), origin, bar) if text.strip() else None, hand=True)

    def set_chord(self, symbol: str) -> None:
        """As `commands.Chord`. Raises ChordError."""
        chord = chord_symbol.parse(symbol)
        self._set(None if chord is None else self._alone(chord))

    def _alone(self, chord: ChordSymbol) -> ChordLine:
        """One chord, without an end."""
        beat_map = self._state.beat_map
        track = chord_track.ChordTrack((0.0,), (chord,), beat_map.bar, text=chord.text)
        return ChordLine(track, beat_map.line, beat_map.bar)

    def _set(self, line: ChordLine | None, *, hand: bool = False) -> None:
        """hand: what the left hand plays leads on."""
        with self._state.plan.rolled_back() as edit:
            self._state.steering.chords = line
            if not hand:
                self._state.steering.hand = None
                self._end_player()
            self._ensemble.assign(edit)
        self.report()

    def _end_player(self) -> None:
        if self._state.steering.leader is not None:
            self._state.steering.set(LEADER, NO_PLAYER)
            self._state.report_control(LEADER)

    # ---- played --------------------------------------------------------------------------------------------------

    def is_hand(self, pitch: int) -> bool:
        """Whether a key is one of the left hand's, which is no music for the model."""
        return pitch < MIDDLE_C and self._state.steering.text("chords.hand") != "off"

    def hand_changed(self) -> None:
        """The left hand holds other keys."""
        if self._take_hand():
            with self._state.plan.rolled_back() as edit:
                self._ensemble.assign(edit)
            self.report()

    def released(self, edit: PlanEdit) -> None:
        """All keys came up."""
        if self._take_hand():
            self._ensemble.assign(edit)
            self.report()

    def _take_hand(self) -> bool:
        """Whether another chord leads now. What is no chord, as on the way from one to the next, changes nothing."""
        steering = self._state.steering
        keys = [pitch for pitch in self._state.person.pitches() if self.is_hand(pitch)]
        before = steering.hand
        hand = steering.text("chords.hand")
        if hand == "off" or (hand == "held" and not keys):
            steering.hand = None
        elif len(classes := {pitch % 12 for pitch in keys}) > 2:
            chord = chord_symbol.of_classes(sum(1 << each for each in classes), min(keys) % 12)
            if chord is not None and (before is None or before.track.chords != (chord,)):
                steering.hand = self._alone(chord)
        return steering.hand is not before

    def follow_meter(self) -> None:
        """Where another time signature has begun, the chords go on bar for bar."""
        beat_map = self._state.beat_map
        if self._state.steering.recount_chords(beat_map.bar_line(self._state.position.edge()), beat_map.bar):
            with self._state.plan.rolled_back() as edit:
                self._ensemble.assign(edit)
            self.report()

    def report(self) -> None:
        """Emits which chords lead."""
        line = self._state.steering.leading
        text, beat, bar = (
            ("", 0.0, self._state.beat_map.bar) if line is None else (line.track.text, line.origin, line.bar)
        )
        self._reported = ChordsChanged(text, beat, bar)
        self._state.emit(self._reported)

    def tick(self) -> None:
        """Emits it if they lie elsewhere since: the music went on from its past."""
        line = self._state.steering.leading
        if line is not None and (self._reported is None or self._reported.beat != line.origin):
            self.report()
