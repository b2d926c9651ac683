"""The chunks of a MIDI file: its header and its tracks, also where counts and lengths in it are wrong.

What is certain is read silently; where something had to be guessed there is a warning; what cannot be told is refused.
"""

from __future__ import annotations

from musiclstm.music.smf.content import FRAMES, DamagedError, File, Track
from musiclstm.music.smf.text import decode, encoding_of
from musiclstm.music.smf.tracks import MOST, Found, Ports, TooManyError, read_track
from musiclstm.words import counted

_HEADER, _TRACK = b"MThd", b"MTrk"
_MOST_TRACKS = 0xFFFF
_MOST_TEXT = 1 << 16


def parse(data: bytes) -> File:
    """Read a file of format 0 or 1, or of format 2 with one pattern. Raises DamagedError."""
    data = _unwrapped(data)
    if data[:4] != _HEADER:
        raise DamagedError("it does not start with a MIDI header")
    if len(data) < 14:
        raise DamagedError("it is cut short")
    format_, count = int.from_bytes(data[8:10], "big"), int.from_bytes(data[10:12], "big")
    if format_ > 2:
        raise DamagedError(f"it is of format {format_}; save it as format 0 or 1")
    chunks = _Chunks(data, _header(data[12], data[13]), count)
    file = chunks.read()
    if format_ == 2 and sum(_has_notes(track) for track in file.tracks) > 1:
        raise DamagedError("it is of format 2, with several patterns; save it as format 0 or 1")
    return file


def _has_notes(track: Track) -> bool:
    return bool((track.messages[:, 1] >> 4 & 0xF == 0x9).any())


def _unwrapped(data: bytes) -> bytes:
    """Without the RIFF container of an .rmi file: what is in its chunk `data`."""
    if data[:4] != b"RIFF" or data[8:12] != b"RMID":
        return data
    at = 12
    while at + 8 <= len(data):
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"data" and data[at + 8 : at + 12] == _HEADER:
            padded = end + (end - at) % 2
            follows = end > at + 8 and (_begins_chunk(data, end) or _begins_chunk(data, padded))
            return data[at + 8 : end] if follows else data[at + 8 :]
        # Chunks are padded to an even length; not every program does.
        at = end + (end - at) % 2 if not _begins_chunk(data, end) else end
    found = data.find(_HEADER)
    return data[found:] if found >= 0 else b""


def _header(first: int, second: int) -> File:
    if first < 0x80:
        if (division := first << 8 | second) == 0:
            raise DamagedError("its time division is 0")
        return File(division)
    frames = FRAMES.get(0x100 - first)
    if frames is None or second == 0:
        raise DamagedError("its time division is invalid")
    return File(frames * second, seconds=True)


def _begins_chunk(data: bytes, at: int) -> bool:
    """Whether a chunk can begin there: four printable characters and a length."""
    return at + 8 <= len(data) and all(0x20 <= byte < 0x7F for byte in data[at : at + 4])


class _Chunks:
    """Goes through the chunks after the header. count: of the tracks, as the header has it."""

    def __init__(self, data: bytes, file: File, count: int) -> None:
        self._data = data
        self._file = file
        self._count = count
        self._names: list[bytes] = []
        self._texts: list[bytes] = []
        self._ports: Ports = {(0, b""): 0}
        self._left = MOST

    def read(self) -> File:
        data, file = self._data, self._file
        at = self._first_chunk()
        while 0 <= at <= len(data) - 8 and len(file.tracks) < _MOST_TRACKS:
            end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "big")
            if data[at : at + 4] == _TRACK:
                try:
                    at = self._track(at + 8, end)
                except TooManyError:
                    raise
                except DamagedError:
                    if len(file.tracks) < self._count:
                        raise
                    break  # no track, but what somebody left behind the last one
            elif _begins_chunk(data, at) and end <= len(data):
                at = end  # of a kind that the standard does not know
            else:
                at = data.find(_TRACK, at + 1)
        if self._count and not file.tracks:
            raise DamagedError("it is cut short")
        if len(file.tracks) != self._count:
            file.warn(f"its header counts {counted(self._count, 'track')}, and there are {len(file.tracks)}")
        file.tempos.sort(key=lambda tempo: tempo[0])
        file.meters.sort(key=lambda meter: meter[0])
        self._name()
        return file

    def _first_chunk(self) -> int:
        at = 8 + int.from_bytes(self._data[4:8], "big")
        if at >= 14 and (at == len(self._data) or _begins_chunk(self._data, at)):
            return at
        if (found := self._data.find(_TRACK, 12)) >= 0:
            self._file.warn("its header has a wrong length")
        return found

    def _track(self, start: int, end: int) -> int:
        """Add the track whose content is said to be from `start` to `end`; where the next chunk may begin."""
        data, file = self._data, self._file
        size = len(data)
        honest = end == size or _begins_chunk(data, end)
        found = read_track(data[start:end], self._ports, self._left) if honest else self._repaired(start, end)
        self._add(found)
        after = start + found.at
        follows = found.ended and data[after : after + 4] == _TRACK
        if end > size and not found.ended:
            file.warn("it is cut short")
        elif end > size or after > end or (follows and after != end) or not (honest or found.ended):
            file.warn("a track has a wrong length")
        elif found.cut:
            file.warn("a track ends in the middle of a message")
        if follows:
            return after
        return end if honest else data.find(_TRACK, after)

    def _repaired(self, start: int, end: int) -> Found:
        """A track after whose end nothing begins: as far as its own end-of-track event, if there is one."""
        following = self._data.find(_TRACK, start)
        limit = len(self._data) if following < 0 else following
        longer = self._attempt(start, limit)
        if isinstance(longer, Found) and longer.ended:
            return longer
        said = self._attempt(start, min(end, limit))
        if isinstance(longer, Found) and not (isinstance(said, Found) and not said.cut):
            return longer
        if isinstance(said, DamagedError):
            raise said
        return said

    def _attempt(self, start: int, end: int) -> Found | DamagedError:
        try:
            return read_track(self._data[start:end], self._ports, self._left)
        except TooManyError:
            raise
        except DamagedError as error:
            return error

    def _add(self, found: Found) -> None:
        file = self._file
        file.tracks.append(found.track)
        file.tempos += found.tempos
        file.meters += found.meters
        file.markers += [(tick, text.decode("utf-8", "replace")) for tick, text in found.markers]
        self._names.append(found.name)
        self._texts += found.texts
        self._left -= len(found.track.messages) + len(found.tempos) + len(found.meters)

    def _name(self) -> None:
        """Decode the tracks' names."""
        encoding = encoding_of([*self._names, b"\n".join(self._texts)[:_MOST_TEXT]])
        for track, name in zip(self._file.tracks, self._names, strict=True):
            track.name = decode(name, encoding)
        if encoding != "utf-8" and not all(name.isascii() for name in self._names):
            self._file.warn(f"its names are not in UTF-8; they are read as {encoding}")
