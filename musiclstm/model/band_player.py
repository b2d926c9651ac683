"""BandPlayer: one player of a band: a session of its own, its parts, and where its ticks lie among the band's."""

from __future__ import annotations

from dataclasses import replace

from musiclstm.model.band_parts import Share
from musiclstm.model.hearing import Heard
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.played_chords import PlayedNotes
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter


class BandPlayer:
    """state: where the player is; its session may be elsewhere until `resumed`.

    origin: the band's tick at which the player's tick 0 lies. heard: what is remembered of what it decided itself.
    played: the notes in its parts, whoever played them.
    """

    def __init__(self, model: ModelFile, share: Share, meter: Meter, bar_origin: int) -> None:
        self.share = share
        self.session = Session(model, 0, meter, round(bar_origin / share.scale))
        self.state: Snapshot = self.session.snapshot()
        self.origin = 0
        self.heard, self.played = Heard(), PlayedNotes()

    def resumed(self) -> Session:
        """Its session, where the player is."""
        self.session.restore(self.state)
        return self.session

    def keep(self) -> None:
        """The player is now where its session is."""
        self.state = self.session.snapshot()

    def reached(self, tick: int) -> Session:
        """Its session, after all of its own ticks up to a tick of the band have passed."""
        session = self.resumed()
        behind = (tick - self.origin) // self.share.scale - session.tick
        if behind > 0:
            session.read(Event(behind, Kind.WAIT))
            self.keep()
        return session

    def nearest(self, tick: int) -> int:
        """Its own tick that is nearest to a tick of the band."""
        return round((tick - self.origin) / self.share.scale)

    def own(self, event: Event, tick: int, before: int) -> Event:
        """An event of the band, at a tick of the band, as one of its own. before: its own tick of the event before."""
        at = max(before, self.nearest(tick))
        return replace(event, delta=at - before, part=event.part - self.share.first)
