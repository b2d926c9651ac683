"""MIDI files as readable text: annotated hexadecimal dumps."""

from pathlib import Path


def content(name: str) -> bytes:
    """Read the bytes of `NAME.txt` in this folder."""
    lines = (Path(__file__).parent / f"{name}.txt").read_text().splitlines()
    return bytes.fromhex(" ".join(line.partition("#")[0] for line in lines))


def file(folder: Path, name: str) -> Path:
    """Write the bytes of `NAME.txt` to a MIDI file in `folder`."""
    path = folder / f"{name}.mid"
    path.write_bytes(content(name))
    return path
