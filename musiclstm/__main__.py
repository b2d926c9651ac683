"""`python -m musiclstm`."""

import sys
from pathlib import Path

# Python looks for modules in the working folder first, where a `queue.py` may lie that is none of ours.
if Path(sys.path[0]).resolve() == Path.cwd() != Path(__file__).resolve().parents[1]:
    del sys.path[0]

from musiclstm.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
