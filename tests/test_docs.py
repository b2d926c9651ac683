"""The documentation builds, its links lead somewhere, and its generated parts are current."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]
PAGES += sorted((ROOT / "docs").glob("*.md"))


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_site_builds_with_every_link_and_anchor_checked(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "index.html").is_file()
    assert (tmp_path / "resources" / "screenshots" / "playing.png").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    for link in links:
        if "://" not in link:
            assert (page.parent / link).exists(), link


def test_the_osc_page_is_current(generate: ModuleType) -> None:
    page = (ROOT / "docs" / "osc.md").read_text(encoding="utf-8")
    assert generate.osc_page(page) == page, "run `python docs/generate.py`"


@pytest.mark.parametrize("page", ["contributing.md", "how-it-works.md", "life-of-a-note.md"])
def test_the_modules_that_are_named_exist(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    files = re.findall(r"`((?:musiclstm|training|tests|docs)/[\w/.]+)`", text)
    modules = re.findall(r"`((?:music|model|engine|gui|cli|training|supervision|ports|clock)\.[\w.]+)`", text)
    assert files or modules
    for name in files:
        assert name == "docs/generate.py" or "NAME" in name or (ROOT / name).exists(), name
    for name in modules:
        parts = name.split(".")
        roots = (ROOT, ROOT / "musiclstm", ROOT / "musiclstm" / "engine")
        # The last parts may be names in the module before them.
        paths = [root.joinpath(*parts[:end]) for root in roots for end in range(2, len(parts) + 1)]
        assert any(path.is_dir() or path.with_suffix(".py").is_file() for path in paths), name


def _map(package: Path) -> str:
    return ast.get_docstring(ast.parse(package.read_text(encoding="utf-8"))) or ""


def _imports(package: Path) -> str:
    """What its map says of what it imports; "" where that is left to the package around it."""
    said = re.search(r"(?ms)^(It may|Of the engine it may|May) import (?!everything).*", _map(package))
    return said[0] if said else ""


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


PACKAGES = sorted(file for root in ("musiclstm", "training") for file in (ROOT / root).rglob("__init__.py"))
SAYING = [package for package in PACKAGES if _imports(package)]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.parent.name)
def test_a_package_lists_its_modules(package: Path) -> None:
    modules = {path.stem for path in package.parent.glob("*.py")} - {"__init__", "__main__"}
    modules |= {path.parent.name for path in package.parent.glob("*/__init__.py")}
    assert modules - _words(_map(package)) == set()


@pytest.mark.parametrize("package", SAYING, ids=lambda package: package.parent.name)
def test_a_package_says_what_it_imports(package: Path) -> None:
    """Of the house; which rooms of the engine import one another is in the contracts of pyproject.toml."""
    names: set[str] = set()
    for file in package.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "musiclstm":
                _, _, module = str(node.module).partition(".")
                names |= {module.partition(".")[0]} if module else {each.name for each in node.names}
    said = [_imports(each) for each in SAYING if each.parent in package.parents]  # also of the packages around it
    known = {*package.parent.relative_to(ROOT).parts, "engine", "__version__"}
    assert names - _words(" ".join(said)) - known == set()
