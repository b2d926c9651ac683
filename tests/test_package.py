"""The wheel: built without a network, then used from a folder that is not the checkout."""

import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

import musiclstm

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, code: str) -> str:
    """Run code with the unpacked wheel first on the path and the checkout not on it."""
    # -I: neither the current folder nor PYTHONPATH counts.
    prelude = f"import sys; sys.path.insert(0, {str(installed)!r})\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", prelude + code],
        cwd=installed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_it_holds_the_package_the_training_the_resources_and_nothing_else(installed: Path) -> None:
    def files(folder: Path) -> set[str]:
        every = folder.rglob("*")
        return {str(file.relative_to(folder)) for file in every if file.is_file() and "__pycache__" not in file.parts}

    assert {entry.name.split("-")[0] for entry in installed.iterdir()} == {"musiclstm", "training"}
    assert files(installed / "musiclstm" / "resources") == files(ROOT / "resources")
    assert files(installed / "training") == files(ROOT / "training")
    assert (installed / "musiclstm" / "py.typed").exists()


def test_it_needs_no_torch_except_for_training(installed: Path) -> None:
    (metadata,) = installed.glob("*.dist-info/METADATA")
    headers = HeaderParser().parsestr(metadata.read_text())
    needs = headers.get_all("Requires-Dist") or []
    always = {need for need in needs if "extra ==" not in need}
    assert any(need.startswith("onnxruntime") for need in always)
    assert not any(need.startswith(("torch", "onnx;", "music21")) for need in always)
    assert headers["License-Expression"] == "MIT"


def test_it_finds_its_resources(installed: Path) -> None:
    found = run(installed, "import musiclstm.paths as p; print(p.__file__, p.resources())")
    module, folder = found.split()
    assert Path(module).is_relative_to(installed)
    assert Path(folder) == installed / "musiclstm" / "resources"
    assert list(Path(folder).rglob("*.onnx"))


def test_it_knows_its_version(installed: Path) -> None:
    version = run(installed, "import importlib.metadata as m; print(m.version('musiclstm'))")
    assert f"musiclstm-{version}.dist-info" in {entry.name for entry in installed.iterdir()}
    # The version of the wheel is that of the checkout's package.
    assert version == musiclstm.__version__


def test_the_instrument_starts_without_torch(installed: Path) -> None:
    """Importing torch takes seconds, and people who only play have not installed it."""
    code = """
import importlib, pkgutil
import musiclstm, musiclstm.engine, musiclstm.gui

for module in pkgutil.walk_packages(musiclstm.__path__, "musiclstm."):
    if not module.name.startswith("musiclstm.model.net.") and not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(sorted({"torch", "onnx", "training"} & set(sys.modules)))
"""
    assert run(installed, code) == "[]"
