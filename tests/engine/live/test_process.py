"""The engine process's commands: one that cannot be read does not end it."""

from __future__ import annotations

import io
import struct
from typing import Any

from musiclstm.engine.live.process import _take_command
from musiclstm.engine.supervision.pipe import write_message
from musiclstm.protocol import commands


class Receiver:
    def __init__(self) -> None:
        self.heard: list[Any] = []

    def command(self, command: commands.Command) -> None:
        self.heard.append(command)

    def unreadable(self) -> None:
        self.heard.append("unreadable")


def test_what_follows_a_command_that_cannot_be_read_is_carried_out() -> None:
    pipe, live = io.BytesIO(), Receiver()
    write_message(pipe, commands.Play())
    for junk in (b"junk", b"", b"cno.such\nmodule\n."):
        pipe.write(struct.pack("<I", len(junk)) + junk)
    write_message(pipe, commands.Stop())
    pipe.seek(0)
    while _take_command(pipe, live):  # type: ignore[arg-type]
        pass
    assert live.heard == [commands.Play(), *["unreadable"] * 3, commands.Stop()]
    pipe.close()
    assert not _take_command(pipe, live)  # type: ignore[arg-type]
