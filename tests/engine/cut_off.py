"""What a crash has left."""

from musiclstm.engine.supervision.host import Entry, library
from musiclstm.protocol.options import EngineOptions


def cut_off(options: EngineOptions) -> list[Entry]:
    """The takes that are offered at the next start."""
    takes = library(options)
    takes.look(lambda _: None)
    return [entry for entry in takes.entries() if entry.cut_off]
