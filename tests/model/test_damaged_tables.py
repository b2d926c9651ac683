"""Damaged and hostile tables of model files: each is refused in one line."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.model.damaged import label, plays_or_is_refused, refused, relabelled

pytestmark = pytest.mark.timeout(120)


def arrays(whole: bytes) -> dict[str, np.ndarray[Any, Any]]:
    with np.load(io.BytesIO(base64.b64decode(label(whole, "tables")))) as archive:
        return {name: archive[name] for name in archive.files}


def with_tables(whole: bytes, path: Path, tables: dict[str, Any]) -> Path:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **tables)
    return relabelled(whole, path, "tables", base64.b64encode(buffer.getvalue()).decode())


def test_every_table_is_needed_in_its_own_size(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.onnx"
    tables = arrays(whole)
    assert plays_or_is_refused(with_tables(whole, path, tables))
    for name, table in tables.items():
        others: list[Any] = [
            None, table[:-1], table[..., None], table.astype(np.float64), table.astype(object), np.float16(0),
            np.full_like(table, np.nan), np.full_like(table, np.inf), table.astype(np.int16), table.astype("U4"),
        ]  # fmt: skip
        for other in others:
            if name.endswith(".echo") and other is not None and not other.size:
                continue
            changed_tables = {key: value for key, value in tables.items() if key != name}
            if other is not None:
                changed_tables[name] = other
            refused(with_tables(whole, path, changed_tables))
    refused(with_tables(whole, path, tables | {"more": np.zeros(1, np.float16)}))
    assert plays_or_is_refused(with_tables(whole, path, {key: np.asfortranarray(x) for key, x in tables.items()}))


def test_a_table_that_says_it_is_huge_takes_no_memory(whole: bytes, tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f2", "fortran_order": False, "shape": (1 << 40, 1 << 10)})
    path = tmp_path / "bad.onnx"
    for content in (header.getvalue(), bytes(300 << 20), header.getvalue() + bytes(300 << 20)):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in arrays(whole):
                archive.writestr(f"{name}.npy", content if name == "input" else b"")
        refused(relabelled(whole, path, "tables", base64.b64encode(buffer.getvalue()).decode()))


@pytest.mark.parametrize("text", ["", "AAAA", "!", "é", "A" * 50_000_000])
def test_tables_that_are_none(whole: bytes, tmp_path: Path, text: str) -> None:
    refused(relabelled(whole, tmp_path / "bad.onnx", "tables", text))
