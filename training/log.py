"""Log: metrics of a run, in its folder."""

from __future__ import annotations

import csv
from pathlib import Path

from musiclstm.errors import printable


class Log:
    """Metrics as CSV and for TensorBoard, in the run's folder; appended to those that are there already.

    If these have other columns, they are kept as metrics-before.csv instead. TensorBoard cannot write to a folder whose
    name is no UTF-8.
    """

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._path = folder / "metrics.csv"
        board = str(folder / "tensorboard")
        self._board = None if "\ufffd" in printable(board) else SummaryWriter(board)

    def write(self, metrics: dict[str, float]) -> None:
        if self._path.is_file() and self._columns() != list(metrics):
            self._path.replace(self._path.with_name("metrics-before.csv"))
        new = not self._path.is_file()
        with self._path.open("a", newline="") as file:
            writer = csv.DictWriter(file, metrics.keys())
            if new:
                writer.writeheader()
            writer.writerow(metrics)
        if self._board:
            for name, value in metrics.items():
                self._board.add_scalar(name, value, int(metrics["step"]))

    def _columns(self) -> list[str]:
        with self._path.open(newline="") as file:
            return next(csv.reader(file), [])

    def close(self) -> None:
        if self._board:
            self._board.close()
