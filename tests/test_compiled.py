"""What is compiled says the same as what is not, and nothing old is ever run: `setup.py` on a package made here."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm import compiled
from musiclstm.cli.main import main
from musiclstm.model import pitch_bits
from tests import conftest, uncompiled

ROOT = Path(__file__).resolve().parent.parent


def modules_of(names: list[str]) -> dict[str, str]:
    """The files that modules come from."""
    from importlib import import_module

    return {name: Path(str(import_module(name).__file__)).suffix for name in names}


def octaves(classes: list[int]) -> list[list[int]]:
    return [pitch_bits.to_pitches(pitch_bits.from_pitch_classes(each)) for each in classes]


def complain(what: str) -> None:
    raise ValueError(what)


def test_without_its_extensions_the_package_runs_from_the_sources() -> None:
    names = list(compiled.sources())
    assert names
    assert set(uncompiled.result(modules_of, names).values()) == {".py"}
    assert not uncompiled.result(compiled.compiled)


@pytest.mark.usefixtures("core")
def test_with_them_it_runs_compiled() -> None:
    names = list(compiled.sources())
    assert not set(modules_of(names).values()) & {".py"}


def test_an_error_there_is_an_error_here() -> None:
    with pytest.raises(AssertionError, match="no such pedal"):
        uncompiled.result(complain, "no such pedal")


def test_every_compiled_module_has_a_py_for_where_there_is_no_compiler() -> None:
    assert [source for source in compiled.sources().values() if not source.with_suffix(".py").exists()] == []


def from_the_end(source: str) -> list[int]:
    """Lines with a negative index, which reads memory before the list where wraparound and bounds are not checked."""
    indices = [node.slice for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Subscript)]
    return [node.lineno for node in indices if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)]


def test_no_compiled_module_counts_from_the_end() -> None:
    assert from_the_end("last = notes[-1]\nrest = notes[-2:] + notes[:-1]\n") == [1]
    compiled_py = [path for path in compiled.sources().values() if path.suffix == ".py"]
    assert {path.name: from_the_end(path.read_text(encoding="utf-8")) for path in compiled_py} == {
        path.name: [] for path in compiled_py
    }


def test_pitch_sets_are_the_same_compiled_and_not() -> None:
    every = list(range(1 << 12))
    assert octaves(every) == uncompiled.result(octaves, every)


@given(st.sets(st.integers(0, 127)))
def test_pitches_come_back_from_their_bits(pitches: set[int]) -> None:
    assert pitch_bits.to_pitches(pitch_bits.from_pitches(pitches)) == sorted(pitches)


@pytest.mark.usefixtures("core")
def test_all_tests_can_run_without_the_extensions() -> None:
    command = [sys.executable, "-m", "pytest", "-p", "tests.uncompiled", "--collect-only", "tests/test_paths.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "core: not compiled" in done.stdout


def test_tests_do_not_start_with_an_old_extension(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "stale", lambda: [Path("musiclstm/model/linear.so")])
    monkeypatch.setattr(uncompiled, "installed", lambda: False)
    with pytest.raises(pytest.exit.Exception, match=r"linear\.so; make core"):
        conftest.pytest_configure()
    # It does not matter where none is used.
    monkeypatch.setattr(uncompiled, "installed", lambda: True)
    conftest.pytest_configure()


@pytest.mark.parametrize("is_compiled", [True, False])
def test_it_says_in_one_line_that_it_is_slow(
    is_compiled: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compiled, "compiled", lambda: is_compiled)
    assert main(["generate", "--model", "no such model", "-o", "a.mid"]) == 1
    first, *rest = capsys.readouterr().err.splitlines()
    assert ("The core is not compiled" in first) != is_compiled
    assert len(rest) == (not is_compiled)
    main(["models"])
    assert capsys.readouterr().err == ""


class Project:
    """A checkout with two modules: one from a `.py`, and one from a `.pyx` with C functions, and a `.py` beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.package = folder / "musiclstm"

    def fill(self) -> None:
        (self.package / "model").mkdir(parents=True)
        for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE", "musiclstm/__init__.py"):
            shutil.copy(ROOT / name, self.folder / name)
        shutil.copy(ROOT / "musiclstm/compiled.py", self.package)
        self.write("model/__init__.py", "")
        self.write("model/count.py", "def count(of: int) -> int:\n    return of + 1\n")
        self.write("model/count.pxd", "cpdef long count(long of)\n")
        self.write("model/linear.h", "static int twice(int a) { return 2 * a; }\n")
        self.write("model/linear.pxd", 'cdef extern from "linear.h":\n    int twice(int a)\n')
        self.write("model/linear.pyx", "def double(int a):\n    return twice(a)\n")
        self.write("model/linear.py", "def double(a: int) -> int:\n    return 2 * a\n")
        self.write("model/shared.pxd", "ctypedef int pitch\n")

    def write(self, name: str, text: str) -> None:
        (self.package / name).write_text(text)

    def age(self) -> None:
        """Make everything older, so that what is written next is newer however coarse the clock."""
        for path in self.folder.rglob("*"):
            changed = path.stat().st_mtime - 100
            os.utime(path, (changed, changed))

    def python(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", **env},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def build(self, **env: str) -> None:
        done = self.python("setup.py", "build_ext", "--inplace", **env)
        assert done.returncode == 0, done.stdout + done.stderr

    def says(self, code: str) -> str:
        done = self.python("-c", f"from musiclstm.model import count, linear; print(({code}))")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def extensions(self) -> set[str]:
        return {path.name.split(".")[0] for path in self.package.rglob("*.so")}

    def is_fresh(self) -> bool:
        return self.python("-m", "musiclstm.compiled").returncode == 0


@pytest.fixture(scope="module")
def built(core: None, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("project"))
    project.fill()
    assert not project.is_fresh()
    project.build()
    project.age()
    return project


@pytest.fixture
def project(built: Project, tmp_path: Path) -> Project:
    """A copy, so that each test starts from what is compiled already."""
    return Project(Path(shutil.copytree(built.folder, tmp_path / "project")))


@pytest.mark.skipif(sys.platform == "win32", reason="no other compiler can be named there by CC")
class TestBuild:
    def test_it_compiles_what_has_a_pxd_and_leaves_the_c_code_in_build(self, project: Project) -> None:
        assert project.extensions() == {"count", "linear"}
        assert project.is_fresh()
        assert list(project.package.rglob("*.c")) == []
        assert project.says("linear.double(4), linear.__file__.endswith('.py'), count.count(1)") == "(8, False, 2)"

    @pytest.mark.parametrize(
        ("name", "text", "said"),
        [
            ("count.py", "def count(of: int) -> int:\n    return of + 3\n", "(8, 4)"),
            ("linear.h", "static int twice(int a) { return 20 * a; }\n", "(80, 2)"),
            ("linear.pyx", "def double(int a):\n    return twice(a) + 1\n", "(9, 2)"),
            ("shared.pxd", "ctypedef short pitch\n", "(8, 2)"),
        ],
    )
    def test_what_has_changed_is_stale_until_it_is_compiled_again(
        self, project: Project, name: str, text: str, said: str
    ) -> None:
        project.write(f"model/{name}", text)
        assert not project.is_fresh()
        project.build()
        assert project.says("linear.double(4), count.count(1)") == said
        assert project.is_fresh()

    def test_other_directives_are_other_c_code(self, project: Project) -> None:
        project.write("model/count.py", "def count(of: int) -> int:\n    return of // 2\n")
        project.build()
        project.age()
        assert project.says("count.count(-7)") == "-4"
        setup = project.folder / "setup.py"
        setup.write_text(setup.read_text().replace('"cdivision": False', '"cdivision": True'))
        project.build()
        assert project.says("count.count(-7)") == "-3"
        c_code = {path.stat().st_mtime_ns for path in (project.folder / "build").rglob("*.c")}
        project.build()
        assert {path.stat().st_mtime_ns for path in (project.folder / "build").rglob("*.c")} == c_code

    def test_only_what_has_changed_is_compiled(self, project: Project) -> None:
        objects = {path.name: path.stat().st_mtime_ns for path in (project.folder / "build").rglob("*.o")}
        project.write("model/count.py", "def count(of: int) -> int:\n    return of + 3\n")
        project.build()
        now = {path.name: path.stat().st_mtime_ns for path in (project.folder / "build").rglob("*.o")}
        assert {name for name in now if now[name] != objects[name]} == {"count.o"}

    def test_without_a_compiler_nothing_old_is_left(self, project: Project) -> None:
        project.write("model/count.py", "def count(of: int) -> int:\n    return of + 3\n")
        project.write("model/linear.py", "def double(a: int) -> int:\n    return 3 * a\n")
        project.build(CC="/no/such/compiler")
        assert project.extensions() == {"linear"}
        assert project.says("count.count(1)") == "4"

    def test_what_is_edited_while_it_is_compiled_is_stale(self, project: Project) -> None:
        compiler = project.folder / "edit-and-compile"
        compiler.write_text(
            "#!/bin/sh\necho 'def count(of): return of + 5' >musiclstm/model/count.py\nexec cc \"$@\"\n"
        )
        compiler.chmod(0o755)
        project.write("model/count.py", "def count(of: int) -> int:\n    return of + 3\n")
        project.build(CC=str(compiler))
        assert project.says("count.count(1)") == "4"
        assert not project.is_fresh()
        project.build()
        assert project.says("count.count(1)") == "6"
        assert project.is_fresh()

    def test_extensions_of_another_python_are_left_alone(self, project: Project) -> None:
        other = project.package / "model" / "count.cpython-39-x86_64-linux-gnu.so"
        other.write_bytes(b"")
        os.utime(other, (0, 0))
        assert project.is_fresh()
        project.write("model/count.py", "def count(of: int) -> int:\n    return of + 3\n")
        project.build()
        assert other.exists()

    def test_what_is_no_longer_to_be_compiled_is_removed(self, project: Project) -> None:
        (project.package / "model/count.pxd").unlink()
        assert not project.is_fresh()
        project.build()
        assert project.extensions() == {"linear"}
        assert project.is_fresh()
