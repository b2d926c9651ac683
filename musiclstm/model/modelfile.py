"""Model files: one .onnx file holds a whole model (weights, tables, vocabulary, card). No torch.

`open_model` checks all that the rest relies on: a file that it opens can be played, and cannot hang or exhaust the
process that plays it.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from musiclstm import paths
from musiclstm.bands import JOINT, BandPreset, PlayerOutput, named
from musiclstm.errors import ModelError, reason
from musiclstm.model import labels, onnx_file, step_graph
from musiclstm.model.arrays import FloatArray
from musiclstm.model.band_parts import merged
from musiclstm.model.features.layout import FIELDS
from musiclstm.model.heads import Head, TiedHead
from musiclstm.model.matrices import Matrix
from musiclstm.model.onnx_file import DamagedError, Graph
from musiclstm.model.tables import shapes, unpack
from musiclstm.music.timeline import NOMINAL_TEMPO
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.protocol.commands import SetPart

FORMAT = "musiclstm 7"
_ONLY_IN_TRAINING = ("dropout", "input_dropout", "weight_drop", "head_dropout")
_LARGEST = 256 << 20  # bytes; the shipped ones have 4 to 7 million


@dataclass(frozen=True)
class ModelFile:
    """An opened model file.

    matrices: of each layer, and of the heads' projections. Sessions share them and the heads, so they are not for two
    threads at once.
    tables: the arrays of the numpy part, float32. defaults: values of `protocol.controls` that suit this model.
    card: corpus, licence, attribution, figures. members: the models of a band, which has no matrices of its own.
    parent: the model from which it was trained further, where both are open to be mixed (`model.mixture`). outputs:
    where the parts of a band are sent, as far as its file says so.
    """

    path: Path
    title: str
    vocabulary: Vocabulary
    config: dict[str, Any]
    matrices: list[Matrix] = field(repr=False)
    tables: dict[str, FloatArray] = field(repr=False)
    defaults: dict[str, Any] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    members: tuple[ModelFile, ...] = ()
    parent: ModelFile | None = None
    outputs: tuple[SetPart, ...] = ()

    @cached_property
    def heads(self) -> tuple[Head, ...]:
        """One for each of `FIELDS`. All sessions share them, so that their tables stay in the processor's cache."""
        return tuple(Head(self.tables, index, name) for index, name in enumerate(FIELDS))

    @cached_property
    def tied_head(self) -> TiedHead | None:
        return TiedHead(self.tables, self.vocabulary, self.config) if self.config["tied"] else None

    @property
    def name(self) -> str:
        return JOINT.join(each.name for each in self.members) if self.members else self.path.stem

    @property
    def voices(self) -> tuple[int | None, ...]:
        """How many notes each part plays at once in the corpus; None where that limits nothing, or is not known."""
        return tuple(self.card.get("voices", [None] * len(self.vocabulary.parts)))

    @property
    def players(self) -> tuple[tuple[str, int], ...]:
        """(name, number of parts) of each model of a band; empty for a single model."""
        return tuple((each.name, len(each.vocabulary.parts)) for each in self.members)

    @cached_property
    def vocabularies(self) -> tuple[Vocabulary, ...]:
        """For each part the vocabulary of the model that plays it."""
        models = self.members or (self,)
        return tuple(each.vocabulary for each in models for _ in each.vocabulary.parts)

    @property
    def tempo(self) -> float:
        """BPM that suit the music."""
        return float(self.card.get("tempo", NOMINAL_TEMPO))

    @property
    def layers(self) -> int:
        return int(self.config["layers"])

    @property
    def units(self) -> int:
        return int(self.config["units"])

    def has_network_of(self, other: ModelFile) -> bool:
        """Whether both have the same vocabulary and the same sizes, so that only their weights differ."""
        return self.vocabulary == other.vocabulary and _network(self.config) == _network(other.config)

    def is_related_to(self, other: ModelFile) -> bool:
        """Whether one was trained further from the other, or both from one model: their weights can be mixed."""
        return self.has_network_of(other) and not self._family.isdisjoint(other._family)

    @property
    def parents(self) -> tuple[str, ...]:
        """The fingerprints of the models from which it was trained further, the nearest last."""
        parents = self.card.get("parents")
        return tuple(str(each) for each in parents) if isinstance(parents, list) else ()

    @property
    def _family(self) -> set[str]:
        return {self.fingerprint, *self.parents}

    @property
    def learnt(self) -> float:
        """The share of its own weights: at 0 it has those of `parent`, at 1 its own."""
        return 1.0

    def mix(self, learnt: float) -> None:
        """Interpolates its weights: 0 the parent's, 1 its own. Raises ModelError where there is no parent."""
        if learnt != self.learnt:
            raise ModelError(f"{self.title} has not learnt from a model that is here, so there is nothing to mix.")


def _network(config: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in config.items() if name not in _ONLY_IN_TRAINING}


def find(name: str | Path) -> Path:
    """The file of the model with that name, or the file at that path. Raises ModelError where there is none."""
    path = Path(name)
    known = paths.model_files()
    # First, so that a file in the working folder that happens to have this name is not taken for it.
    for candidate in known:
        if candidate.stem == str(name):
            return candidate
    try:
        there = bool(str(name)) and path.exists()  # the path of an empty name is the working folder
    except (OSError, ValueError) as error:  # a name that no file can have, a folder that may not be read
        raise ModelError(f"The model file {_shown(name)} cannot be read: {reason(error)}.") from error
    if there:
        return path
    if path.suffix or len(path.parts) > 1:
        raise ModelError(f"There is no model file {_shown(name)}.")
    names = ", ".join(each.stem for each in known) or "none"
    raise ModelError(f"There is no model called {_shown(name)}. Models: {names}.")


def open_model(name: str | Path) -> ModelFile:
    """Opens a model by name or path, or a band by its name or its models' names: "folk+drums". Takes 30 ms a model.

    Raises ModelError for anything but models of this version that can play together.
    """
    text = str(name)
    # A path would raise OSError where the name is too long. The name of a model may contain a comma: "folk, tonight".
    single = text in paths.model_names() or os.path.exists(text)  # noqa: PTH110
    several = JOINT in text or "," in text or not Path(name).suffix
    if several and not single and (band := named(text)):
        return _band(band)
    return _open_one(name)


def open_single(name: str | Path) -> ModelFile:
    """As `open_model`. Raises ModelError for a band, too."""
    model = open_model(name)
    if model.members:
        raise ModelError(f"{model.title} is a band; name a single model.")
    return model


def content_of(model: ModelFile) -> bytes:
    """The bytes of a model's file. Raises ModelError where they are no longer those that were opened."""
    content = _content(model.path)
    if _fingerprint(content) != model.fingerprint:
        raise ModelError(f"The model file {_shown(model.path)} was replaced after it had been opened; start again.")
    return content


def _band(band: BandPreset) -> ModelFile:
    """A band. Its first model decides tempo and meter; each keeps its defaults (`model.band_constraints`)."""
    members = [_open_one(each) for each in band.models]
    first = members[0]
    prints = " ".join(each.fingerprint for each in members)
    return ModelFile(
        path=Path(JOINT.join(str(each.path) for each in members)),
        title=" + ".join(each.title for each in members),
        vocabulary=merged([each.vocabulary for each in members], [each.title for each in members]),
        config=first.config,
        matrices=[],
        tables={},
        defaults=dict(band.controls),
        card={"tempo": first.tempo, "voices": [voices for each in members for voices in each.voices]},
        fingerprint=_fingerprint(prints.encode()),
        members=tuple(members),
        outputs=tuple(_outputs(band, members)),
    )


def _outputs(band: BandPreset, members: Sequence[ModelFile]) -> Iterator[SetPart]:
    """Where each part of a band is sent. Raises ModelError for a player that has more or fewer channels than parts."""
    first = 0
    for number, member in enumerate(members):
        count, output = len(member.vocabulary.parts), band.outputs.get(number, PlayerOutput())
        if len(output.channels) not in (0, 1, count):
            raise ModelError(
                f"{member.name} has {count} parts and {len(output.channels)} channels; give it 1 or {count}."
            )
        channels = output.channels * count if len(output.channels) == 1 else output.channels or (None,) * count
        if output != PlayerOutput():
            for part, channel in enumerate(channels, first):
                yield SetPart(part, port=output.port, channel=channel)
        first += count


def _open_one(name: str | Path) -> ModelFile:
    path = find(name)
    content = _content(path)
    try:
        return _opened(path, content)
    except DamagedError as error:
        raise ModelError(
            f"The model file {_shown(path)} cannot be used: {error}. Copy it again, or train it."
        ) from error
    except MemoryError as error:
        raise ModelError(f"The model file {_shown(path)} is too large for this machine.") from error


def _content(path: Path) -> bytes:
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):  # reading a pipe or a device might never end
            raise ModelError(f"{_shown(path)} is not a model file: it is a {_kind(about.st_mode)}.")
        if about.st_size > _LARGEST:
            raise ModelError(f"{_shown(path)} is not a model file: it is larger than {_LARGEST >> 20} MB.")
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except (OSError, ValueError) as error:
        raise ModelError(f"The model file {_shown(path)} cannot be read: {reason(error)}.") from error


def _opened(path: Path, content: bytes) -> ModelFile:
    """Opens a file's content. Nothing of it is run before all of it is known to be ours."""
    try:
        graph, metadata = onnx_file.read(content)
    except DamagedError as error:
        raise ModelError(f"{_shown(path)} is not a model file: {error}.") from error
    if metadata.get("format") != FORMAT:
        raise ModelError(f"{_shown(path)} is not a model of this instrument, or of another version of it.")
    config, vocabulary = labels.config(metadata), labels.vocabulary(metadata)
    _check_weights(graph, metadata)
    sizes = step_graph.Sizes(*(config[name] for name in step_graph.Sizes._fields))
    return ModelFile(
        path=path,
        title=labels.title(metadata),
        vocabulary=vocabulary,
        config=config,
        tables=unpack(metadata.get("tables", ""), shapes(vocabulary, config)),
        defaults=labels.defaults(metadata),
        card=labels.card(metadata, len(vocabulary.parts)),
        matrices=_matrices(graph, sizes),
        fingerprint=_fingerprint(content),
    )


def _fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _check_weights(graph: Graph, metadata: dict[str, str]) -> None:
    """Raises DamagedError where they are not those that were written; files of earlier versions do not say."""
    if "checksum" in metadata and metadata["checksum"] != onnx_file.checksum(graph):
        raise DamagedError("its weights are damaged")


def _matrices(graph: Graph, sizes: step_graph.Sizes) -> list[Matrix]:
    try:
        return step_graph.matrices(graph, sizes)
    except DamagedError:
        raise
    except Exception as error:  # ONNX Runtime's own exceptions have no common base
        raise DamagedError("ONNX Runtime does not accept it") from error


def _shown(name: str | Path) -> str:
    """A name as it stands in a message of one line."""
    text = str(name)
    text = text if text and text.isprintable() else repr(text)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _kind(mode: int) -> str:
    return "folder" if stat.S_ISDIR(mode) else "pipe or a device"
