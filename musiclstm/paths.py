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


def user_models() -> Path:
    """Folder of the models that the user has trained or downloaded; it need not exist yet."""
    return user_data() / "models"


def model_files() -> list[Path]:
    """Shipped models and the user's own (which replace shipped ones of the same name), sorted by name."""
    found: dict[str, Path] = {}
    for folder in (resources(), user_models()):
        if folder.is_dir():
            found.update({path.stem: path for path in sorted(folder.glob("*.onnx"))})
    return [found[name] for name in sorted(found)]


def user_settings() -> Path:
    """Folder of what the user chose; it need not exist yet."""
    import platformdirs

    return platformdirs.user_config_path("musiclstm", appauthor=False)


def user_takes() -> Path:
    """Folder for takes that are saved without a word where to."""
    import platformdirs

    return platformdirs.user_music_path() / "musiclstm"
