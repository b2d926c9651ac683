"""Help and About: short, inside the program, offline."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import (
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextTable,
)
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from musiclstm.gui.look.room import resize_within
from musiclstm.gui.memory.explain import TOPICS
from musiclstm.gui.shortcuts import SHORTCUTS

HELP = """
# musiclstm

A trained network (an LSTM) makes up music note by note and plays it live. It remembers what has been played, by itself
and by you, and goes on from there.

## In ten seconds

Press **Space**: it plays. Turn **Rhythm** towards *wild* and **Pitch** towards *bold*, and **Reset** when it
is too much: the music returns to where it was before. **Esc** ends every
note that sounds, should one ever hang.

## Play along

Choose your keyboard at **Input**, or play with the mouse or by typing. The buttons at the upper right say who plays:

- **solo**: it plays by itself.
- **continue**: it listens while you play and takes over when you stop.
- **accompany**: both at once; it hears you.
- **call & response**: some bars you, some bars it.
- **harmonise**: each note you play is answered at once.

Under **Parts** each voice can be the model's, yours or a follower, with its own channel and instrument. **M** mutes it,
**S** lets only it be heard, the fader sets its volume.

## Count, and go round

The pendulum beside the tempo is the metronome; its arrow has the count-in. Beside it is the time signature, from the
next bar on. The loop button beside the bars plays the last bars, or those you have selected, again and again.

## Go back in time

Click anywhere left of the line *now*, or on a bar below: the music returns to that moment, with the memory it had then,
and continues from there. **A–H** keep moments. **Morph** plays from a memory that lies between two of them. Drop a
`.mid` file on the window, and it continues that.

## The keyboard shows what it expects

The bars above the keys are the probabilities of the next note.

## The memory

{topics}

## With MIDI knobs

Right click a control or a large button, choose *Map a knob or key*, move the knob. A dot with the number shows it.

## Nothing to hear?

Choose an **Output**: *synth*, the built-in one (it needs FluidSynth: `sudo apt install libfluidsynth3`, or
`brew install fluid-synth`), or a MIDI port with an instrument behind it. *silent* plays without sound.

## Nothing is lost

Everything is written down while it plays, and is in **Takes** (menu): after a close, after a crash, and while it plays.
There you can hear it, save it as MIDI, give it a name, delete it, or go on from its end. **Save take** makes a MIDI
file of what was played since Play, at once.

## Teach it

**Train…** (menu) makes a model of a folder of your own MIDI files, while the music goes on.

## Keys

| key | what it does |
|---|---|
{keys}
| 1 … 8 | go to bookmark A … H (or keep this moment there, if it is empty) |
| Shift+1 … 8 | keep this moment as A … H |
| F2 … F6 | solo, continue, call & response, accompany, harmonise |
| A W S E D F … | play notes; Z X octave, C V velocity |
| Enter | press the button that has the focus (Space plays, always) |
"""

ABOUT = """
# musiclstm {version}

A desktop instrument in which a stateful LSTM plays MIDI live. MIT licence.

Made with Qt for Python (LGPL 3), ONNX Runtime (MIT), NumPy (BSD), RtMidi (MIT), FluidSynth (LGPL 2.1),
python-osc (public domain) and the General MIDI SoundFont TimGM6mb by Tim Brechbill (GPL 2) that comes
with pretty_midi (MIT).

## Models

{models}
"""


def help_text() -> str:
    topics = "\n".join(f"- **{topic.title}** `{topic.equation}`: {topic.text}" for topic in TOPICS)
    keys = "\n".join(f"| {key} | {what} |" for key, _command, what in SHORTCUTS)
    return HELP.format(topics=topics, keys=keys)


def about_text(version: str, cards: list[Path]) -> str:
    """cards: the models' Markdown pages: what each was trained on and under which licence."""
    pages = [_summary(card.read_text("utf-8", "replace")) for card in cards]
    return ABOUT.format(version=version, models="\n\n".join(pages) or "No models are installed.")


def _summary(card: str) -> str:
    """Of a card its title, below our headings, and the list after it; what follows are figures."""
    title, *lines = card.splitlines() or [""]
    listed = list(takewhile(lambda line: not line or line.startswith(("- ", "  ")), lines))
    return "\n".join([f"### {title.lstrip('# ')}", *listed])


class TextDialog(QDialog):
    """A page of text in a window of its own; it is not modal."""

    def __init__(self, title: str, markdown: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        resize_within(self, QSize(640, 620))
        self.page = QTextBrowser()
        self.page.setOpenExternalLinks(True)
        self.page.setFrameShape(QFrame.Shape.NoFrame)
        self.page.setProperty("page", True)
        self.page.setMarkdown(markdown)
        set_out(self.page.document())
        self.page.setAccessibleName(title)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 8, 20, 16)
        foot.addStretch(1)
        foot.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.page)
        layout.addLayout(foot)


def set_out(document: QTextDocument) -> None:
    """Gives the text room, and its headings sizes that are near the text's."""
    document.setDocumentMargin(20)
    document.setIndentWidth(16)
    cursor = QTextCursor(document)
    cursor.beginEditBlock()
    block = document.begin()
    while block.isValid():
        level = block.blockFormat().headingLevel()
        shape = QTextBlockFormat()
        shape.setLineHeight(125, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.setPosition(block.position())
        if level:
            shape.setTopMargin(0 if level == 1 else 18)
            shape.setBottomMargin(4)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            letters = QTextCharFormat()
            letters.setProperty(QTextFormat.Property.FontSizeAdjustment, 2 if level == 1 else min(1, 3 - level))
            letters.setFontWeight(QFont.Weight.DemiBold)
            cursor.mergeCharFormat(letters)
        cursor.mergeBlockFormat(shape)
        block = block.next()
    cursor.endEditBlock()
    for table in document.rootFrame().childFrames():
        if isinstance(table, QTextTable):
            form = table.format()
            form.setCellPadding(4)
            form.setCellSpacing(0)
            form.setBorder(0)
            table.setFormat(form)
