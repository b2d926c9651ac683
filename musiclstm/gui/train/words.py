"""What the dialog says of a run, in words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from musiclstm.errors import printable
from musiclstm.gui.train.runs import Run
from musiclstm.gui.train.state import Figures, State
from musiclstm.paths import SIMILAR
from musiclstm.words import counted

FEW = 100  # files; from so many on, training from nothing is worth it
_SHOWN = 4  # names of parts
_OPTION = re.compile(r" \([^()]*--[^()]*\)")  # of the command; here there is a field or a button for it
# It is said that nothing gets better after so many minutes of training, and so much of all there were.
_NO_BETTER, _NO_BETTER_SHARE = 1.0, 0.3

NATS = (
    "How much the music surprises it, in nats: the less, the better. Held-out pieces are not learnt from; where\n"
    "they are predicted no better any more, it only learns the others by heart. A note takes about two events."
)

STATES = {
    State.READING: "reading the files…",
    State.PROPOSED: "what was found, and what is proposed",
    State.TRAINING: "",
    State.PAUSING: "pausing; a checkpoint is written…",
    State.PAUSED: "paused",
    State.SAVING: "writing the model…",
    State.DONE: "done",
}


def where_from(run: Run) -> str:
    model = "the most similar model" if run.begin_with == SIMILAR else run.begin_with
    begin = f"Begun with {model}" if model else "From nothing"
    on = "takes" if Path(run.corpus) == run.lessons else printable(run.corpus)
    return f"{begin}, for {how_long_words(run)}, on {on}"


def how_long_words(run: Run) -> str:
    return counted(run.steps, "step") if run.steps else f"up to {minutes_words(run.minutes)}"


def minutes_in_all(run: Run, figures: Figures) -> float:
    """How long it takes: of few files not as long as it may."""
    expected = figures.minutes / run.progress if run.progress > 0 and figures.minutes else run.minutes
    return expected if run.steps else min(expected, run.minutes)


def end_words(run: Run, figures: Figures) -> str:
    """What is written where the curve will end."""
    if run.steps:
        return counted(run.steps, "step")
    minutes = minutes_in_all(run, figures)
    return minutes_words(round(minutes, 1)) if minutes < 10 else minutes_words(round(minutes))


def found_words(run: Run) -> str:
    """What was found in the folder; "" before it is known."""
    found = run.found
    if not found:
        return ""
    parts = [str(part) for part in found.get("parts", ())]
    named = ", ".join(parts[:_SHOWN]) + (f" and {len(parts) - _SHOWN} more" if len(parts) > _SHOWN else "")
    said = [
        counted(int(found.get("files", 0)), "file"),
        *length_words(found),
        counted(int(found.get("notes", 0)), "note") + " to learn from",
    ]
    if held_out := int(found.get("held_out", 0)):
        said.append(f"{counted(held_out, 'piece')} held out")
    said.append(("parts: " if len(parts) > 1 else "part: ") + named)
    return " · ".join(said)


def length_words(found: dict[str, Any]) -> list[str]:
    """How long all of it is; nothing where it is not known."""
    hours, beats = found.get("hours"), found.get("beats")
    if hours:
        return [f"{hours:,.1f} hours" if hours >= 0.1 else "less than 0.1 hours"]
    return [f"{int(beats):,} beats"] if beats else []


def for_the_window(text: str) -> str:
    """A line of the command, without its options."""
    return _OPTION.sub("", text)


def cannot_go_on(run: Run) -> str:
    return (
        f"{run.name} cannot go on from where it was paused: this program, the files or the model have changed, or the "
        f"checkpoint is damaged. Put back what was changed and go on, keep the best so far, begin again, or discard it."
    )


def to_know_title(run: Run) -> str:
    skipped, alike = len(run.found.get("skipped", ())), len(run.found.get("near_duplicates", ()))
    said = [f"{counted(skipped, 'file')} skipped"] if skipped else []
    said += [f"{counted(alike, 'near-duplicate')}, kept on one side"] if alike else []
    other = run.found.get("notices") or run.found.get("others") or not said
    return " · ".join([*(["To know"] if other else []), *said])


def to_know_words(run: Run) -> list[str]:
    """A line for each notice, what else is in a folder, each file that was skipped and why, and each near-duplicate."""
    skipped = {str(name): str(why) for name, why in run.found.get("skipped", ())}
    alike = run.found.get("near_duplicates", ())
    return [
        *(for_the_window(str(notice)) for notice in run.found.get("notices", ())),
        *(f"Not read, by their endings, in {others}" for others in run.found.get("others", ())),
        *(f"{name}: {why}" for name, why in skipped.items()),
        # Of two on different sides one is skipped, and the reason names the other.
        *(
            f"{name}: nearly the same as {other}; both are for {used}"
            for name, other, used in alike
            if name not in skipped and other not in skipped
        ),
    ]


def reading_words(read: tuple[int, int] | None) -> str:
    """How far the reading of the files is."""
    return f"{read[0]:,} of {counted(read[1], 'file')} read" if read else "Starting…"


def figures_words(run: Run, state: State, figures: Figures) -> str:
    """How fast, or that it may stop; how long still, how good."""
    said: list[str] = []
    if state is State.TRAINING:
        if nothing_better(figures):
            said.append(f"no better for {minutes_words(int(figures.since_best))}: stop and keep the best?")
        elif figures.notes_per_second:
            said.append(f"{figures.notes_per_second:,.0f} notes/s")
        said.append(left_words(minutes_in_all(run, figures) * (1 - run.progress)))
    elif state is State.PAUSED:
        said.append(f"{run.progress:.0%} done")
    if figures.best is not None:
        of = "held-out pieces" if figures.held_out else "the pieces it learns from"
        event = "" if figures.lowest is None else f"{figures.lowest:.2f} nats an event, "
        best = f"{event}{figures.best:.2f} {'a note' if event else 'nats a note'} on {of}"
        before = "" if figures.before is None else f" (before: {figures.before:.2f})"
        said.append(best + before if state is State.DONE else f"best so far {best}")
    if figures.counted is not None:
        said.append(f"counting what follows what: {figures.counted:.2f} a note")
    return " · ".join(said)


def nothing_learnt(run: Run, figures: Figures) -> str:
    """That the model is still as it was begun with, if so: the best weights are those that it had."""
    if figures.before is None or figures.best is None or figures.best < figures.before or not figures.held_out:
        return ""
    return f"Nothing was learnt that helps on the held-out pieces: it plays as {run.begin_with} does."


def nothing_better(figures: Figures) -> bool:
    """Whether to offer to stop: for a while held-out pieces have been predicted no better."""
    return figures.held_out and figures.since_best >= max(_NO_BETTER, _NO_BETTER_SHARE * figures.minutes)


def left_words(minutes: float) -> str:
    return "less than a minute left" if minutes < 1 else f"about {minutes_words(round(minutes))} left"


def minutes_words(minutes: float) -> str:
    if minutes < 100:
        return f"{minutes:g} minute" + "s" * (minutes != 1)
    return f"{minutes / 60:.1f} hours"


def advice(files: int | None, begin_with: str, others: str = "") -> str:
    """files: MIDI files in the folder that is chosen, None before they are counted. others: see `files.Contents`."""
    if files is None:
        return ""
    if not files:
        return f"There are no MIDI files in this folder{f', only {others}' if others else ''}."
    there = counted(files, "MIDI file")
    if files >= FEW:
        return f"{there}."
    if begin_with:
        return f"{there}. So few are best learnt by a model that plays similar music already."
    return f"{there} are too few to learn from nothing. Begin with a model that plays similar music."
