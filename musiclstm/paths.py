"""Where files are: those that the instrument ships, and the user's own. Folders need not exist yet."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_MODEL_SUFFIX = ".onnx"
# In place of the name of a model to begin a training with: the shipped one that plays the most similar music, if any.
SIMILAR = "auto"
SO_FAR = "so-far.onnx"  # in the folder of a training: what can be listened to while it goes on


def resources() -> Path:
    """Folder of the shipped models and icons.

    A wheel carries it inside the package; a checkout has it beside the package.
    """
    installed = _PACKAGE / "resources"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"


def user_data() -> Path:
    """Folder of the user's own models, journal and logs."""
    import platformdirs

    return platformdirs.user_data_path("musiclstm", appauthor=False)


def user_settings() -> Path:
    """Folder of what the user has set for the engine; the window's own settings are where Qt keeps such files."""
    import platformdirs

    return platformdirs.user_config_path("musiclstm", appauthor=False)


def user_models() -> Path:
    """Folder of the models that the user has trained or downloaded."""
    return user_data() / "models"


def user_training() -> Path:
    """Folder of what is being trained, a folder for each."""
    return user_data() / "training"


def user_takes() -> Path:
    """Folder of the takes that are saved without a file name."""
    import platformdirs

    return platformdirs.user_music_path() / "musiclstm"


def model_files() -> list[Path]:
    """Model files, sorted by name: the shipped ones and the user's own, which hide shipped ones of the same name.

    Without hidden files: macOS writes a "._" file beside each file on other disks.
    """
    found: dict[str, Path] = {}
    for folder in (resources(), user_models()):
        found.update({path.stem: path for path in sorted(folder.glob(f"[!.]*{_MODEL_SUFFIX}"))})
    return [found[name] for name in sorted(found)]


def model_names() -> list[str]:
    """Names by which those models are known."""
    return [path.stem for path in model_files()]


def journal(chosen: str | None = None) -> Path:
    """Folder of the journals: the chosen one, or else the user's own."""
    return Path(chosen) if chosen else user_data() / "journal"


def engine_log() -> Path:
    """File with the log of the engine process and of the libraries it uses."""
    return user_data() / "engine.log"


def error_log() -> Path:
    """File with the details of the last unexpected error of the command line."""
    return user_data() / "musiclstm.log"
