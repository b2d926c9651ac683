"""The wheel: built without a network, then used from a folder that is not the checkout."""

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from email.parser import HeaderParser
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import musiclstm
from musiclstm import compiled

ROOT = Path(__file__).resolve().parent.parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    reuse_extensions()
    done = subprocess.run(
        [*PIP, "wheel", "--no-build-isolation", "--no-deps", "--no-index", "-w", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
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


def reuse_extensions() -> None:
    """Compiling all of it once more, with the same options, would take a minute and show nothing new."""
    built = ROOT / "build" / f"lib.{sysconfig.get_platform()}-{sys.implementation.cache_tag}"  # as setuptools calls it
    for name, source in compiled.sources().items():
        if found := compiled.extension(source):
            target = built / Path(*name.split(".")).with_name(found.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, target)


def extensions(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in {".so", ".pyd"}]


def test_it_holds_the_package_the_training_the_resources_and_nothing_else(installed: Path) -> None:
    def files(folder: Path) -> set[str]:
        every = folder.rglob("*")
        return {str(file.relative_to(folder)) for file in every if file.is_file() and "__pycache__" not in file.parts}

    assert {entry.name.split("-")[0] for entry in installed.iterdir()} == {"musiclstm", "training"}
    assert files(installed / "musiclstm" / "resources") == files(ROOT / "resources")
    assert files(installed / "training") == files(ROOT / "training")
    assert (installed / "musiclstm" / "py.typed").exists()


@pytest.mark.usefixtures("core")
def test_it_carries_the_compiled_core(wheel: Path, installed: Path) -> None:
    found = {path.relative_to(installed).with_suffix("").as_posix().split(".")[0] for path in extensions(installed)}
    assert found == {name.replace(".", "/") for name in compiled.sources()}
    assert not wheel.stem.endswith("-any")
    assert run(installed, "from musiclstm.compiled import compiled; print(compiled())") == "True"


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


def test_an_sdist_holds_what_the_core_is_compiled_from(tmp_path: Path) -> None:
    code = "import sys; from setuptools.build_meta import build_sdist; build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    (built,) = tmp_path.glob("*.tar.gz")
    shutil.unpack_archive(built, tmp_path)
    (unpacked,) = (path for path in tmp_path.iterdir() if path.is_dir())
    names = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    core = {path for kind in ("py", "pxd", "pyx", "h", "onnx") for path in ROOT.glob(f"[mrt]*/**/*.{kind}")}
    assert {path.relative_to(ROOT).as_posix() for path in core} <= names
    assert {"setup.py", "pyproject.toml", "Makefile", "constraints.txt", "LICENSE"} <= names
    compiled = [name for name in names if name.endswith((".so", ".pyd", ".c", ".pyc")) or name.startswith("build")]
    assert compiled == ["tests/model/widths.c"]


def test_what_is_pinned_for_python_3_10_supports_it() -> None:
    oldest = {"python_version": "3.10", "python_full_version": "3.10.0"}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    pinned = [pin.name for pin in pins if pin.marker is None or pin.marker.evaluate(oldest)]
    assert len(pinned) > 10
    assert [name for name in pinned if not SpecifierSet(supported(name)).contains("3.10")] == []


def supported(name: str) -> str:
    """The versions of Python that an installed package supports; nothing of one that is not installed."""
    try:
        return metadata(name)["Requires-Python"] or ""
    except (PackageNotFoundError, KeyError):
        return ""
