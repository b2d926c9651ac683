"""Where the files are that the instrument ships, and the user's own."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resources() -> Path:
    """Folder of the shipped models and icons.

    A wheel carries it inside the package; a checkout has it beside the package.
    """
    installed = _PACKAGE / "resources"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"


def user_data() -> Path:
    """Folder of the user's own models, journal and logs; it need not exist yet."""
    import platformdirs

    return platformdirs.user_data_path("musiclstm", appauthor=False)


def user_settings() -> Path:
    """Folder of what the user chose; it need not exist yet."""
    import platformdirs

    return platformdirs.user_config_path("musiclstm", appauthor=False)


def user_takes() -> Path:
    """Folder for takes that are saved without a word where to."""
    import platformdirs

    return platformdirs.user_music_path() / "musiclstm"
