"""Compiles the core; the rest of the build is in pyproject.toml. `musiclstm.compiled` says which modules that are.

What a compiler refuses, or all where there is none, is left out: Python then runs the `.py`. Everything in between is
kept in build/, so that only what has changed is compiled again.
"""

import os
import sys
import time
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.modified import newer_group

sys.path.insert(0, str(Path(__file__).resolve().parent))
from musiclstm import compiled

DIRECTIVES = {
    "language_level": "3",
    # The types are those of the .pxd, whatever the annotations say to mypy.
    "annotation_typing": False,
    "boundscheck": False,
    "wraparound": False,
    "initializedcheck": False,
    "cdivision": False,
}
# The same rounding everywhere: no fused multiply-add that the code does not ask for. Nothing only this machine has. The
# signals and the error numbers of arithmetic, which nobody asks for, would keep loops from being vectorised.
UNIX = ["-O3", "-ffp-contract=off", "-fno-trapping-math", "-fno-math-errno", "-g0"]
MSVC = ["/O2", "/fp:precise"]
RESOURCES, C_CODE = "resources", "build/cython"


class BuildExt(build_ext):
    """From .py, .pyx and .pxd to C, and from that to extensions; none is left that is older than its sources."""

    def finalize_options(self) -> None:
        super().finalize_options()
        if self.inplace or self.editable_mode:
            # Also for pip, which would give a temporary folder and so compile everything each time.
            self.build_lib = self.build_temp = str(Path("build", "core", sys.implementation.cache_tag))

    def run(self) -> None:
        # Only where something is compiled is Cython needed.
        from Cython.Build import cythonize

        # Files get the time of the start: what is edited meanwhile is newer, and compiled the next time.
        start = time.time()
        in_place = self.inplace or self.editable_mode
        if in_place:
            for path in compiled.stale():
                path.unlink()
        # Cython does not see that the directives have changed.
        changed = Path("setup.py").stat().st_mtime
        old = any(path.stat().st_mtime < changed for path in Path(C_CODE).rglob("*.c"))
        made = cythonize(self.extensions, build_dir=C_CODE, compiler_directives=DIRECTIVES, force=old, quiet=True)
        by_name = {extension.name: extension for extension in made}
        for extension in self.extensions:
            extension.sources = by_name[extension.name].sources
            extension.depends = by_name[extension.name].depends
            for written in map(Path, extension.sources):
                if written.stat().st_mtime > start:
                    os.utime(written, (start, start))
        super().run()
        if in_place:
            # Also those that a changed declaration does not concern, and that were not compiled again.
            for source in compiled.sources().values():
                if path := compiled.extension(source):
                    os.utime(path, (start, start))

    def build_extensions(self) -> None:
        for extension in self.extensions:
            extension.extra_compile_args = MSVC if self.compiler.compiler_type == "msvc" else UNIX
        super().build_extensions()

    def build_extension(self, ext: Extension) -> None:
        # Should compiling fail, the old one must not be taken for the new.
        path = Path(self.get_ext_fullpath(ext.name))
        if newer_group([*ext.sources, *ext.depends], path):
            path.unlink(missing_ok=True)
        super().build_extension(ext)


class BuildPy(build_py):
    """The wheel carries the resources inside the package, and nothing that an earlier build has left behind."""

    def run(self) -> None:
        if not self.editable_mode:
            extensions = {Path(path) for path in self.get_finalized_command("build_ext").get_outputs()}
            for path in Path(self.build_lib).rglob("*"):
                if path.is_file() and path not in extensions:
                    path.unlink()
        super().run()
        if not self.editable_mode:
            self.copy_tree(RESOURCES, str(Path(self.build_lib, "musiclstm", RESOURCES)))


def extensions() -> list[Extension]:
    headers = sorted(Path("musiclstm").rglob("*.h"))
    folders, depends = sorted({str(path.parent) for path in headers}), ["setup.py", *map(str, headers)]
    return [
        Extension(name, [os.path.relpath(source)], include_dirs=folders, depends=depends, optional=True)
        for name, source in compiled.sources().items()
    ]


if __name__ == "__main__":
    setup(
        ext_modules=extensions(),
        cmdclass={"build_ext": BuildExt, "build_py": BuildPy},
        options={"build_ext": {"parallel": os.cpu_count()}},
    )
