"""`python -m musiclstm`."""

import sys

from musiclstm.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
