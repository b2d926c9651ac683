"""What is fuzzed. Each target takes bytes and raises nothing but the house's own errors, for a person to read."""

from __future__ import annotations

import json
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from musiclstm.errors import MusicLSTMError
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_model, tiny_vocabulary

FOLDER = Path(tempfile.mkdtemp(prefix="musiclstm-fuzz-"))


class Refused(Exception):  # noqa: N818 (no error: what is expected of bad input)
    """The input was refused in the way that it should be."""


@dataclass(frozen=True)
class Target:
    """take: must return, or raise Refused or MusicLSTMError. seeds: valid inputs. runs: inputs of `make fuzz`."""

    name: str
    take: Callable[[bytes], object]
    seeds: Callable[[], Iterator[bytes]]
    runs: int
    max_length: int = 4096


# What a value of a file may turn out to be.
NASTY: tuple[Any, ...] = (
    None, True, "", "x", "\udcff\0", -1, 0, 128, 2**40, 10**400, 1e308, -1e308, float("nan"), float("inf"),
    [], {}, [[[]]],
)  # fmt: skip


def variants(value: Any) -> Iterator[Any]:
    """Copies of a JSON value with one value inside it lost or replaced."""
    yield from NASTY
    if isinstance(value, (list, tuple)):
        for index, each in enumerate(value):
            yield [*value[:index], *value[index + 1 :]]
            for changed in variants(each):
                yield [*value[:index], changed, *value[index + 1 :]]
    elif isinstance(value, dict):
        for key, each in value.items():
            yield {name: other for name, other in value.items() if name != key}
            for changed in variants(each):
                yield {**value, key: changed}


def file_of(data: bytes, name: str) -> Path:
    path = FOLDER / name
    path.write_bytes(data)
    return path


# ---- MIDI files ------------------------------------------------------------------------------------------------------


def midi_file(data: bytes) -> None:
    """Read, assign, encode, and written again; what is written reads as the same notes."""
    from musiclstm.music import midifile, parts
    from musiclstm.music.note import TimeBase

    base = TimeBase.SECONDS if len(data) % 2 else TimeBase.BEATS
    vocabulary = tiny_vocabulary(base)
    piece = midifile.read(file_of(data, "in.mid"), base)
    vocabulary.encode(parts.assign(piece, vocabulary))
    midifile.write(FOLDER / "out.mid", piece)
    assert len(midifile.read(FOLDER / "out.mid").notes) <= len(piece.notes)


def midi_files() -> Iterator[bytes]:
    from musiclstm.music import midifile

    for seed in range(3):
        midifile.write(FOLDER / "seed.mid", random_piece(tiny_vocabulary(), 12, seed))
        yield (FOLDER / "seed.mid").read_bytes()
    cases = Path(__file__).parents[3] / "shared" / "cases"
    for path in sorted(cases.glob("*.mid")) if cases.is_dir() else ():
        yield path.read_bytes()


# ---- model files -----------------------------------------------------------------------------------------------------


def model_file(data: bytes) -> None:
    """Opened, and played for some events."""
    from musiclstm.model.modelfile import open_model
    from musiclstm.model.session import Session

    session = Session(open_model(file_of(data, "in.onnx")), 1)
    for _ in range(20):
        session.generate()


def model_files() -> Iterator[bytes]:
    yield tiny_model(FOLDER).read_bytes()


# ---- MIDI input ------------------------------------------------------------------------------------------------------


@cache
def _stage() -> Callable[[bytes], None]:
    """What stands behind an input: the check at the port, then a performer that plays."""
    from musiclstm.engine.ports import registry
    from tests.engine.stage import Stage

    stage = Stage()
    stage.play()
    rng = random.Random(0)

    def take(data: bytes) -> None:
        # A driver delivers one message at a time; a broken one anything.
        for message in (data, data[:3], data[3:6]):
            receive(message, stage.now)
        stage.plan()
        if rng.random() < 0.05:
            stage.run(0.05)
            for port in stage.ports:
                port.sent.clear()
            stage.telemetry.clear()
            stage.sent.clear()

    receive = registry._whole_messages(stage.performer.received)
    return take


def midi_input(data: bytes) -> None:
    _stage()(data)


def midi_messages() -> Iterator[bytes]:
    for kind in range(8, 15):
        yield bytes((kind << 4 | 3, 60, 80))
    yield bytes((0xB0, 64, 127, 0xB0, 123, 0))
    yield bytes((0xF0, 0x7E, 0x7F, 9, 1, 0xF7))
    yield bytes((0xF2, 1, 2))
    for realtime in (0xF8, 0xFA, 0xFB, 0xFC, 0xFE, 0xFF):
        yield bytes((realtime,))


# ---- OSC -------------------------------------------------------------------------------------------------------------


@cache
def _osc() -> Callable[[bytes], None]:
    from musiclstm.engine.live.osc_server import OscServer
    from tests.engine.stage import Stage

    stage = Stage()

    def on_command(command: object) -> None:
        stage.performer.handle(command, stage.now)  # type: ignore[arg-type]
        stage.plan()
        stage.telemetry.clear()

    server = OscServer(0, on_command)
    answers: list[str] = []
    server._reply_error = lambda text, sender: answers.append(text)  # type: ignore[method-assign]

    def take(data: bytes) -> None:
        server._packet(data, ("127.0.0.1", 9))
        if answers:
            answers.clear()
            raise Refused
        if len(stage.ports[0].sent) > 1000:
            for port in stage.ports:
                port.sent.clear()
            stage.sent.clear()

    return take


def osc_packet(data: bytes) -> None:
    _osc()(data)


def osc_packets() -> Iterator[bytes]:
    from pythonosc.osc_message_builder import OscMessageBuilder

    from musiclstm.engine.live import osc

    values: dict[str, Any] = {"f": 1.5, "i": 3, "s": "a", "d": 2.5, "T": True}
    for address in list(osc.addresses().values()):
        builder = OscMessageBuilder(address.path)
        for argument in address.arguments:
            builder.add_arg(values.get(argument.letters[0], 0))
        yield bytes(builder.build().dgram)


# ---- files of the user's folder --------------------------------------------------------------------------------------


def presets(data: bytes) -> None:
    from musiclstm.gui.steer.presets import Presets

    path = file_of(data, "presets.json")
    found = Presets(path)
    for name in found.names():
        found.save(name, found.get(name))
    path.with_suffix(".broken").unlink(missing_ok=True)


def preset_files() -> Iterator[bytes]:
    yield b'{"Calm": {"time.temperature": 0.7, "scale": "dorian", "polyphony": null}, "Wild": {"density": 2}}\n'
    preset = {"Calm": {"time.temperature": 0.7, "scale": "dorian", "polyphony": None, "density": 1.5, "thru": True}}
    for changed in variants(preset):
        yield json.dumps(changed).encode()
    yield b"[" * 100_000


def midi_map(data: bytes) -> None:
    from musiclstm.engine.performer.midi_map import MidiMap

    path = file_of(data, "learnt.toml")
    found = MidiMap(path)
    for target in found.targets():
        found.text(target)
    found.learn("density")
    found.receive(bytes((0xB0, 74, 1)))


def midi_maps() -> Iterator[bytes]:
    from musiclstm.engine.performer.midi_map import MidiMap

    path = FOLDER / "map.toml"
    path.unlink(missing_ok=True)
    made = MidiMap(path)
    for number, target in enumerate(("density", "time.temperature", "play")):
        made.learn(target)
        made.receive(bytes((0xB0, 70 + number, 1)))
    yield path.read_bytes()


def settings_file(data: bytes) -> None:
    """What the window starts with, from settings that may hold anything."""
    from PySide6.QtCore import QSettings

    from musiclstm.gui import app
    from musiclstm.gui.settings import Settings

    store = QSettings(str(file_of(data, "settings.ini")), QSettings.Format.IniFormat)
    settings = Settings(store)
    options = app._parser().parse_args([])
    found = app.engine_options(options, settings, ["chorales"])
    assert found.tempo is None or 4 <= found.tempo <= 1000
    assert abs(found.latency) <= 1000
    assert settings.number("window/scale", 2.0, 1.0, 3.0) in (1.0, 2.0, 3.0)
    settings.flag("window/memory", True)
    settings.blob("window/geometry")
    str(settings.takes_folder)


def settings_files() -> Iterator[bytes]:
    sections = {
        "General": {"model": "chorales"},
        "window": {"memory": "true", "scale": "90", "geometry": r"@ByteArray(\x1\xd9\xd0)"},
        "ports": {"output": "synth", "input": ""},
        "sound": {"driver": "any", "latency": "0.1", "soundfont": ""},
        "tempo": {"chorales": "120"},
        "folders": {"takes": "takes"},
    }

    def ini(values: dict[str, dict[str, Any]]) -> bytes:
        lines = (f"[{name}]\n" + "".join(f"{k}={v}\n" for k, v in keys.items()) for name, keys in values.items())
        return "\n".join(lines).encode(errors="surrogateescape")

    yield ini(sections)
    for section, keys in sections.items():
        for key in keys:
            for text in (*NASTY, "@Variant(\\0\\0)", "@Invalid()", "a, b", "1e5"):
                yield ini({**sections, section: {**keys, key: text}})


# ---- journals --------------------------------------------------------------------------------------------------------


def journal(data: bytes) -> None:
    """Listed with its summary, and saved as a take."""
    from musiclstm.engine.recording import take
    from musiclstm.engine.recording.library import Library

    folder = FOLDER / "journal"
    folder.mkdir(exist_ok=True)
    (folder / "20260101-000000-1.0001.jsonl").write_bytes(data)
    library = Library(folder)
    for each in library.entries():
        library.summarise(each)
        assert library.entries() == [] or library.entries()[0].fresh
    take.save(folder, "20260101-000000-1", os.fspath(FOLDER / "take.mid"))


def journals() -> Iterator[bytes]:
    from musiclstm.engine.recording.journal_files import encode

    lines = [
        ("journal", 0.0, 1, 1.7e9),
        ("model", 0.0, "Chorales", [["Soprano", 52, 0], ["Bass", 52, 3]], 4.0),
        ("tempo", 0.0, 120.0),
        ("play", 1.0),
        ("note", 1.0, 0.0, 0, 60, 80, 0),
        ("in", 1.2, "903c50"),
        ("note", 1.2, 0.4, 1, 48, 70, 1),
        ("note", 1.5, 1.0, 0, 60, 0, 0),
        ("jump", 2.0, 8.0, "back"),
        ("tempo", 2.0, 90.0),
        ("note", 2.1, 8.0, 0, 62, 80, 0),
        ("saved", 2.2, "take.mid"),
        ("note", 2.5, 9.0, 0, 62, 0, 0),
        ("note", 2.6, 9.0, 0, 64, 90, 0),
    ]
    yield b"".join(map(encode, lines))
    yield b"".join(map(encode, [*lines, ("stop", 3.0), ("end", 3.0)]))
    for number, line in enumerate(lines):
        for changed in variants(list(line)):
            yield b"".join(map(encode, [*lines[:number], changed, *lines[number + 1 :]]))


# ---- chords of iReal Pro ---------------------------------------------------------------------------------------------


def chords(data: bytes) -> None:
    """What is read is a chord track."""
    from musiclstm.music import chord_files, chord_track

    text = data.decode("utf-8", "replace")
    try:
        titles = chord_files.titles(text)
    except MusicLSTMError as error:
        raise Refused from error
    for title in (titles or [""])[:3]:
        chord_track.read(chord_files.of_text(text, 3.0, title if titles else "").chords)


def chord_texts() -> Iterator[bytes]:
    from tests.music.ireal import link

    charts = (
        "*A{T44C^7   |A-7 D7|N1G^7   | x  }        |N2G^7   |n  Z",
        "[T34SC   |D-7 G7|QE   |<D.S. al Coda>r|   ][QA7b9(Bb)|W/E Z",
    )
    yield link([("Own", charts[0]), ("Second", charts[1])]).encode()
    yield f'<a href="irealbook://Own=Me=Swing=C=n={charts[1]}">Own</a>'.encode()
    yield b"{title: x}\n[C]one [Am7]two"


TARGETS = {
    target.name: target
    for target in (
        Target("midi-files", midi_file, midi_files, 2_000),
        Target("model-files", model_file, model_files, 2_000, 1 << 20),
        Target("midi-input", midi_input, midi_messages, 100_000, 64),
        Target("osc", osc_packet, osc_packets, 20_000, 512),
        Target("presets", presets, preset_files, 20_000, 200_000),
        Target("midi-maps", midi_map, midi_maps, 20_000),
        Target("settings", settings_file, settings_files, 20_000),
        Target("journals", journal, journals, 20_000),
        Target("chords", chords, chord_texts, 20_000),
    )
}
EXPECTED = (MusicLSTMError, Refused)
