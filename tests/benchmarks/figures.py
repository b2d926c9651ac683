"""What the benchmarks of speed say alike: the machine, processor time, the median and the 99th percentile."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path


def machine(*packages: str) -> str:
    """One line: processor, cores, load, Python, and the versions of packages."""
    versions = "".join(f", {package} {version(package)}" for package in packages)
    return (
        f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}"
        + (versions)
    )


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def cpu_time() -> float:
    """Seconds of processor time so far, of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def median(seconds: Sequence[float]) -> float:
    return statistics.median(seconds)


def p99(seconds: Sequence[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]
