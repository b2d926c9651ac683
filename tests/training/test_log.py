"""The metrics of a run."""

from __future__ import annotations

import csv
from contextlib import closing
from pathlib import Path

from training.log import Log


def test_each_file_has_the_columns_that_its_header_names(tmp_path: Path) -> None:
    """Also where a later run in the folder has more of them."""
    for metrics in ({"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.5}, {"step": 1, "loss": 1.0, "told": 0.5}):
        with closing(Log(tmp_path)) as log:
            log.write(metrics)
    for name, steps in (("metrics-before.csv", ["1", "2"]), ("metrics.csv", ["1"])):
        with (tmp_path / name).open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["step"] for row in rows] == steps
        assert all(None not in row and None not in row.values() for row in rows)
