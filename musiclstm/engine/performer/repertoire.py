"""Repertoire: the models that were loaded, each with what the person has set for it; a moment's model is among them.

Opened models are kept, so that going back to another model's music reads no file: some 15 MB each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from musiclstm.engine.performer.part_settings import PartSettings
from musiclstm.engine.performer.players import own
from musiclstm.engine.performer.steering import Steering
from musiclstm.engine.performer.values import LEADER
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.music.note import TimeBase
from musiclstm.protocol.controls import Value
from musiclstm.protocol.telemetry import Loaded

KEPT = 8


@dataclass
class KnownModel:
    """A model that plays, or has played.

    session: it alone of this model. loaded: what was reported of it; None where nobody said. parts, values: all
    settings as they were when another model followed.
    """

    session: Session
    loaded: Loaded | None = None
    parts: Sequence[PartSettings] = ()
    values: dict[str, Value] = field(default_factory=dict)


class Repertoire:
    """The `KEPT` models that played last, the one that plays now at the end. There is always one."""

    def __init__(self, session: Session) -> None:
        self._models = [KnownModel(session)]
        self._own: set[str] = set()  # controls that some model sets

    @property
    def current(self) -> KnownModel:
        return self._models[-1]

    def __iter__(self) -> Iterator[KnownModel]:
        return iter(self._models)

    def of(self, snapshot: Snapshot) -> KnownModel | None:
        """The model whose memory this is; None if it is not open any more."""
        return next((known for known in reversed(self._models) if known.session.fits(snapshot)), None)

    def leave(self, steering: Steering) -> None:
        """Another model follows: remembers what is set for the current one."""
        self.current.parts, self.current.values = tuple(steering.parts), dict(steering.values)

    def play(self, known: KnownModel) -> None:
        """This one plays from now on. Replaces an older session of the same model."""
        self.learn(known)
        self._models.append(self._models.pop(0))

    def learn(self, known: KnownModel) -> None:
        """This one may be gone back to; it does not play yet."""
        snapshot = known.session.snapshot()
        others = [other for other in self._models if not other.session.fits(snapshot)]
        self._models = [known, *others[1 - KEPT :]]
        if known.loaded is not None:
            self._own.update(name for name, _ in known.loaded.defaults)

    def values_of(self, known: KnownModel) -> dict[str, Value]:
        """Its own values of the controls that models set; all others are the person's, whatever plays."""
        names = sorted(self._own | {LEADER})  # whose chords lead is the band's
        return {name: known.values[name] for name in names if name in known.values} | own(known.values)


def described(name: str, session: Session) -> Loaded:
    """The telemetry for a model that was loaded by this name."""
    model, vocabulary = session.model, session.vocabulary
    numerator, denominator = vocabulary.meters[0]
    return Loaded(
        model=name,
        title=model.title,
        parts=tuple((part.name, part.program, part.channel) for part in vocabulary.parts),
        low=vocabulary.low,
        high=vocabulary.high,
        layers=model.layers,
        units=model.units,
        base=vocabulary.base.value,
        bar_beats=4 * numerator / denominator,
        defaults=tuple(model.defaults.items()),
        meters=vocabulary.meters if vocabulary.base is TimeBase.BEATS else (),
        parent=_parent(model),
        players=model.players,
    )


def _parent(model: ModelFile) -> str:
    return next((each.parent.title for each in (model, *model.members) if each.parent is not None), "")
