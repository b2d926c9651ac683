"""FormSongs: adds, renames, moves and removes songs of the set list. What plays and the past stay what they are."""

from __future__ import annotations

from dataclasses import replace

from musiclstm.engine.performer.form_player import FormPlayer
from musiclstm.engine.performer.state import PerformerState
from musiclstm.errors import UsageError
from musiclstm.music.form import LONGEST_TITLE, MOST_SONGS, SetList, Song


class FormSongs:
    """Writes the state's form: its set list. Songs are counted from 1. Everything raises UsageError."""

    def __init__(self, state: PerformerState, player: FormPlayer) -> None:
        self._state = state
        self._player = player

    def add(self, title: str) -> None:
        form, song = self._state.form, Song(_title(title))
        count = form.count
        if count >= MOST_SONGS:
            raise UsageError(f"A set list has at most {MOST_SONGS} songs.")
        if form.set_list is None:
            form.set_list = SetList((song,))
        else:
            form.insert(count, song)
        self._player.go_to_song(count + 1)

    def rename(self, number: int, title: str) -> None:
        index, form = self._index(number), self._state.form
        form.replace_song(index, replace(form.song_at(index), title=_title(title)))
        self._player.report()

    def move(self, number: int, place: int) -> None:
        index, to = self._index(number), self._index(place)
        form = self._state.form
        order = list(range(form.count))
        order.insert(to, order.pop(index))
        self._arrange(order, [each.index for each in form.removed])

    def remove(self, number: int) -> None:
        index, form = self._index(number), self._state.form
        if form.count == 1:
            raise UsageError("A set list has at least one song; rename this one, or load another set list.")
        plays = form.place.song == index
        if self._state.position.running and (plays or (form.asked is not None and form.asked.song == index)):
            raise UsageError("The song that plays or comes next cannot be removed; go to another one first.")
        order = [each for each in range(form.count) if each != index]
        self._arrange([*order, index], [index, *(each.index for each in form.removed)])
        if plays:
            self._player.go_to_song(min(index, form.count - 1) + 1)

    def restore(self) -> None:
        form = self._state.form
        if not form.removed:
            raise UsageError("No song has been removed.")
        count, (first, *others) = form.count, form.removed
        if count >= MOST_SONGS:
            raise UsageError(f"A set list has at most {MOST_SONGS} songs.")
        order = list(range(count))
        order.insert(min(first.index, count), count)
        self._arrange(order, [each.index for each in others], after=count + 1)

    def _arrange(self, order: list[int], removed: list[int], after: int | None = None) -> None:
        """order: as in `Form.arrange`, without those that were removed before, of which the first has index `after`."""
        form = self._state.form
        first = form.count if after is None else after
        form.arrange([*order, *range(first, form.count + len(form.removed))], removed)
        self._player.report()

    def _index(self, number: int) -> int:
        count = self._state.form.count
        if not 1 <= number <= count:
            raise UsageError(f"The set list has {count} songs; there is no song {number}.")
        return number - 1


def _title(text: str) -> str:
    title = " ".join(text.split())
    if len(title) > LONGEST_TITLE or not title.isprintable():
        raise UsageError(f"A title has at most {LONGEST_TITLE} letters, and no control characters.")
    return title
