"""Form: which section of which song plays, which one comes and when, and which one played at a beat of the past.

Pure logic: it counts beats and bars, and changes nothing. `FormPlayer` does what it says.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from math import ceil

from musiclstm.engine.performer.beat_map import NEAR
from musiclstm.engine.performer.place import Before, Coming, ComingTempo, Place, Removed
from musiclstm.errors import UsageError
from musiclstm.music.form import Section, SetList, Song, chain_text
from musiclstm.protocol.telemetry import FormChanged

NEXT = "next"
"""Asks for the section that follows, instead of a letter."""
_BEGUN = 0.25
"""Beats by which a section may begin after a bar line, as it does when play was pressed just there."""
_KEPT = 4_000
"""Changes of section that are remembered: those of an hour in which one comes every second."""


@dataclass(frozen=True, slots=True)
class _Change:
    beat: float
    place: Place
    before: Before


class Form:
    """set_list: None until there is one. place: what plays. asked: where a person wants to go at the next bar line.

    removed: songs that the set list had, the last one first. filling: it becomes denser before a change. tempo: what is
    to be set once its beat is there. Beats are the clock's.
    """

    def __init__(self) -> None:
        self.set_list: SetList | None = None
        self.place = Place()
        self.asked: Place | None = None
        self.filling = False
        self.tempo: ComingTempo | None = None
        self.removed: tuple[Removed, ...] = ()
        self.made = 0  # changes of section, those that are forgotten too
        self._past: deque[_Change] = deque(maxlen=_KEPT)

    @property
    def song(self) -> Song:
        return self.song_at(self.place.song)

    def song_at(self, index: int) -> Song:
        """Of that index, as a place has it; an empty one before there is any."""
        songs = self._songs()
        return songs[index] if index < len(songs) else Song()

    @property
    def count(self) -> int:
        """Of the set list's songs."""
        return 0 if self.set_list is None else len(self.set_list.songs)

    def _songs(self) -> list[Song]:
        """Those of the set list, and those removed from it."""
        return [*(() if self.set_list is None else self.set_list.songs), *(each.song for each in self.removed)]

    @property
    def section(self) -> Section:
        """What the section that plays sets; nothing before the first."""
        return self.song.sections.get(self.place.letter, Section())

    # ---- where to ------------------------------------------------------------------------------------------------

    def first(self, song: int) -> Place:
        """The first section of a song: the chain's, or else the first letter's. Raises UsageError."""
        songs = () if self.set_list is None else self.set_list.songs
        if not songs:
            raise UsageError("There is no set list; load one, or store a section first.")
        if not 0 <= song < len(songs):
            raise UsageError(f"The set list has {len(songs)} songs; there is no song {song + 1}.")
        return Place(song, 0 if songs[song].chain else -1, songs[song].opening)

    def after(self, place: Place) -> Place:
        """What follows a section: in the chain or, without one, by the alphabet."""
        song = self.song
        if song.chain:
            step = place.step + 1
            if step < len(song.chain):
                return replace(place, step=step, letter=song.chain[step], over=False)
            if song.at_end == "repeat":
                return replace(place, step=0, letter=song.chain[0], over=False)
            return replace(place, over=True)
        letters = sorted(song.sections)
        later = [letter for letter in letters if letter > place.letter] or letters
        return replace(place, letter=later[0] if later else place.letter, over=False)

    def to(self, which: str) -> Place:
        """The section of a letter, or the next one. Raises UsageError if there is none.

        The chain goes on from where the letter stands next in it.
        """
        song = self.song
        if not song.sections:
            raise UsageError("There are no sections yet; load a set list, or store one.")
        if which == NEXT:
            return self.first(self.place.song) if self.place.over or not self.place.letter else self.after(self.place)
        if which not in song.sections:
            known = ", ".join(sorted(song.sections))
            raise UsageError(f"There is no section {which}; this song has {known}.")
        later = self.place.step + 1
        steps = [step for step, letter in enumerate(song.chain) if letter == which]
        step = next((step for step in steps if step >= later), steps[0] if steps else self.place.step)
        return replace(self.place, step=step, letter=which, over=False)

    def coming(self, line: float, bar: float, edge: float) -> Coming | None:
        """The next change: that which was asked for, or the chain's. line: a bar line. edge: nothing comes before it.

        It lies on a bar line, and at least one bar after the change before.
        """
        place, least = self.place, self.place.begin + NEAR * bar
        if place.over or self.set_list is None:
            return None
        if self.asked is not None:
            at, to = max(edge, least), self.asked
        elif self.song.chain and place.step >= 0 and (bars := self.section.bars) is not None:
            at, to = place.begin + bars * bar - _BEGUN, self.after(place)
        else:
            return None
        at = line + ceil((max(at, edge, least) - line) / bar - NEAR) * bar
        if at <= least:
            at += bar
        another = not to.over and (to.song, to.letter) != (place.song, place.letter)
        return Coming(at, replace(to, begin=at), at - self.song.fill_bars * bar if another else at)

    # ---- what was ------------------------------------------------------------------------------------------------

    def enter(self, beat: float, place: Place, before: Before) -> None:
        """From `beat` on this section plays."""
        self._keep(_Change(beat, place, before))
        self.place, self.asked, self.filling = place, None, False

    def back(self, edge: float, source: float, made: int | None = None) -> list[tuple[float, Before]]:
        """The music of beat `source` goes on at `edge`: so does its section.

        made: changes that had been made then; None: those up to its beat. Returns what has been changed since, and at
        which beat, the last first; to be restored in that order.
        """
        past = list(self._past)
        index = self._made_by(source)
        if made is not None:
            index = min(index, len(past) - (self.made - made))
        then = past[max(0, index - 1)].place if past else self.place
        self.asked, self.filling = None, False
        undone = [(change.beat, change.before) for change in reversed(past[max(1, index) :])]
        begin = then.begin + edge - source
        if index <= 0 and then.bar:
            # Before the first section there was none that could be back: its bars are counted from there on.
            begin -= max(0, ceil((begin - edge) / then.bar - NEAR)) * then.bar
        self.place = replace(then, begin=begin)
        return undone

    def returned(self, edge: float, before: Before) -> None:
        """That was done, and what it changed is this."""
        self._keep(_Change(edge, self.place, before))

    def at(self, beat: float) -> Place:
        """What played at a beat of the past; what plays, if that is not known."""
        return self._past[max(0, self._made_by(beat) - 1)].place if self._past else self.place

    def _made_by(self, beat: float) -> int:
        """How many of the changes that are remembered had been made at a beat."""
        return bisect_right(self._past, beat + NEAR, key=lambda change: change.beat)

    def repeat(self, beat: float, beats: float) -> None:
        """From `beat` on comes what the section played so many beats before it; so it lasts that much longer."""
        if self.set_list is not None:
            self.place = replace(self.place, begin=self.place.begin + beats)
            self._keep(_Change(beat, self.place, Before()))

    def recount(self, line: float, bar: float, edge: float) -> None:
        """From bar line `line` on, the last one up to `edge`, bars are `bar` long; as many have passed as before."""
        place = self.place
        if place.bar in (0, bar):
            return
        self.place = replace(place, begin=line - (line - place.begin) / place.bar * bar, bar=bar)
        self._keep(_Change(edge, self.place, Before()))

    def leave_chain(self) -> None:
        """The section that plays goes on: nothing follows by itself."""
        self.place = replace(self.place, step=-1)
        if self._past:
            self._past[-1] = replace(self._past[-1], place=self.place)

    def _keep(self, change: _Change) -> None:
        # A section is entered a little before its bar line; where the music goes elsewhere before that, it was not
        # heard, and the changes stay in order.
        early = list(takewhile(lambda other: other.beat > change.beat, reversed(self._past)))
        for _ in early:
            self._past.pop()
        self._past.extend(replace(other, beat=change.beat) for other in reversed(early))
        self._past.append(change)
        self.made += 1

    def shift(self, beats: float) -> None:
        """The clock counts so many beats more than it did."""
        self.place = replace(self.place, begin=self.place.begin + beats)
        if self.tempo is not None:
            self.tempo = replace(self.tempo, beat=self.tempo.beat + beats)
        self._past = deque((_shifted(change, beats) for change in self._past), maxlen=_KEPT)

    def renew(self, set_list: SetList | None, place: Place, removed: tuple[Removed, ...] = ()) -> None:
        """Another set list; the sections of the past are not those of this one."""
        self.set_list, self.place, self.asked, self.filling, self.tempo = set_list, place, None, False, None
        self.removed = removed
        self._past.clear()

    # ---- other songs ---------------------------------------------------------------------------------------------

    def replace_song(self, index: int, song: Song) -> None:
        """The song of that index is this one."""
        songs = list((self.set_list or SetList()).songs)
        if index < len(songs):
            songs[index] = song
            self.set_list = replace(self.set_list or SetList(), songs=tuple(songs))
        else:
            removed = list(self.removed)
            removed[index - len(songs)] = replace(removed[index - len(songs)], song=song)
            self.removed = tuple(removed)

    def set_chain(self, chain: tuple[str, ...]) -> None:
        """The song that plays has another chain. Each of its places, of the past too, is there where its letter is."""
        index, song = self.place.song, self.song

        def moved(place: Place) -> Place:
            if place.song != index or chain[place.step : place.step + 1] == (place.letter,):
                return place
            return replace(place, step=chain.index(place.letter) if place.letter in chain else -1)

        self.replace_song(index, replace(song, chain=chain))
        self._move(moved)

    def _move(self, moved: Callable[[Place], Place]) -> None:
        """Every place is another: the present one, the one that was asked for, and those of the past."""
        self.place = moved(self.place)
        self.asked = None if self.asked is None else moved(self.asked)
        past = (replace(change, place=moved(change.place)) for change in self._past)
        self._past = deque(past, maxlen=_KEPT)

    def insert(self, index: int, song: Song) -> None:
        """Another song, which has this index in the set list."""
        count, before = self.count, self.removed
        self.removed = (*before, Removed(song, index))
        last = count + len(before)
        self.arrange([*range(index), last, *range(index, last)], [each.index for each in before])

    def arrange(self, order: Sequence[int], removed: Sequence[int]) -> None:
        """The songs in another order. order: the former index of each song of the set list, and of each one removed.

        Every place, of the past too, keeps its song. removed: the indices that those removed had in the set list.
        """
        songs, count = self._songs(), len(order) - len(removed)
        new = {old: index for index, old in enumerate(order)}
        self.set_list = replace(self.set_list or SetList(), songs=tuple(songs[old] for old in order[:count]))
        pairs = zip(order[count:], removed, strict=True)
        self.removed = tuple(Removed(songs[old], index) for old, index in pairs)

        def moved(place: Place) -> Place:
            return replace(place, song=new[place.song])

        self._move(moved)


def _shifted(change: _Change, beats: float) -> _Change:
    before, place = change.before, change.place
    if before.chords is not None:
        before = replace(before, chords=(before.chords[0], before.chords[1] + beats))
    return _Change(change.beat + beats, replace(place, begin=place.begin + beats), before)


def describe(form: Form, coming: Coming | None) -> FormChanged:
    """Where it stands, as it is reported."""
    set_list, song, place = form.set_list or SetList(), form.song, form.place
    return FormChanged(
        songs=tuple(each.title for each in set_list.songs),
        song=place.song if place.song < len(set_list.songs) else -1,
        sections=tuple(sorted(song.sections)),
        chain=chain_text(song.chain),
        step=place.step,
        letter="" if place.over else place.letter,
        begin=place.begin,
        coming="" if coming is None or coming.place.over else coming.place.letter,
        until=None if coming is None else coming.at,
        filling=form.filling,
        title=set_list.title,
    )
