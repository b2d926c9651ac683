"""Sums and products in C against those in numpy, at odd sizes; and each row alone against the same among others."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Callable
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.model import linear
from musiclstm.model.arrays import FloatArray
from musiclstm.model.modelfile import open_model
from musiclstm.model.stepper import Stepper
from tests.model.tiny import exported, tiny_vocabulary

pytestmark = pytest.mark.usefixtures("core")

# None, one and several blocks of 16, 32 and 64 numbers, with and without a rest.
WIDTHS = st.one_of(st.integers(1, 9), st.sampled_from([15, 16, 17, 31, 32, 33, 63, 64, 65, 96, 127, 128, 130, 193]))
SEEDS = st.integers(0, 1 << 32)


def loaded(file: str) -> ModuleType:
    """The module in a file of the checkout."""
    path = Path(__file__).resolve().parent.parent.parent / file
    spec = spec_from_file_location(f"{path.stem}_loaded", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


NUMPY = loaded("musiclstm/model/linear.py")  # runs where there is no compiler


def floats(rng: np.random.Generator, *shape: int) -> FloatArray:
    return rng.standard_normal(shape).astype(np.float32)


def both(call: Callable[[Any, FloatArray], object], out: FloatArray, scale: float = 1.0) -> None:
    """Whether the call fills `out` alike both ways, but for the last digits of numbers of that size."""
    here, there = out.copy(), out.copy()
    call(linear, here)
    call(NUMPY, there)
    np.testing.assert_allclose(here, there, rtol=1e-6, atol=1e-6 * scale)


@given(WIDTHS, WIDTHS, SEEDS)
def test_sums_and_products(width: int, rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table, x, out = floats(rng, rows, width), floats(rng, rows), floats(rng, width)
    chosen = rng.integers(rows, size=1 + seed % 7).tolist()
    both(lambda module, found: module.sum_rows(table, chosen, found), out, 10)
    both(lambda module, found: module.product(x, table, found), out, rows)
    both(lambda module, found: module.add(out[::-1].copy(), found), out)
    both(lambda module, found: module.rectify(found), out)


def items(rng: np.random.Generator, width: int, count: int) -> tuple[Any, ...]:
    """Arguments of `scores`, up to the room."""
    each = rng.integers(1, 5, size=count)
    starts = np.concatenate(([0], np.cumsum(each))).astype(np.int32)
    rows = rng.integers(20, size=starts[-1]).astype(np.int32)
    which = rng.integers(12, size=count).astype(np.int32)
    table, vectors, matrix = floats(rng, 20, width), floats(rng, 12, width), floats(rng, width, width)
    bias, weights = floats(rng, 2, width)
    return table, rows, starts, vectors, which, matrix, bias, weights


def scored(module: Any, arguments: tuple[Any, ...], count: int) -> FloatArray:
    width, out = arguments[0].shape[1], np.zeros(count, np.float32)
    # What is left in the room from before must not matter.
    z, y = (np.full((count + 3, width), 7, np.float32) for _ in range(2))
    module.scores(*arguments, z, y, out, count)
    return out


@given(WIDTHS, st.integers(1, 13), SEEDS)
def test_scores(width: int, count: int, seed: int) -> None:
    arguments = items(np.random.default_rng(seed), width, count)
    here, there = scored(linear, arguments, count), scored(NUMPY, arguments, count)
    np.testing.assert_allclose(here, there, rtol=1e-5, atol=1e-5 * width)
    table, rows, starts, vectors, which, *weights = arguments
    for n in range(count):
        begin, end = starts[n : n + 2]
        one = (table, rows[begin:end], starts[n : n + 2] - begin, vectors, which[n : n + 1], *weights)
        assert scored(linear, one, 1)[0] == here[n]


@given(WIDTHS, SEEDS)
def test_gates(units: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    z, c = floats(rng, 4 * units) * np.float32(rng.choice([1, 10, 100])), floats(rng, units)

    def call(module: Any, out: FloatArray) -> None:
        module.gates(z, c, out[0], out[1], out[2:])

    both(call, np.zeros((5, units), np.float32), 2)


@lru_cache
def onnx_session() -> ort.InferenceSession:
    node = onnx.helper.make_node("DynamicQuantizeLinear", ["x"], ["y", "scale", "zero"])
    x = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None])
    kinds = {"y": onnx.TensorProto.UINT8, "scale": onnx.TensorProto.FLOAT, "zero": onnx.TensorProto.UINT8}
    outputs = [onnx.helper.make_tensor_value_info(name, kind, None) for name, kind in kinds.items()]
    graph = onnx.helper.make_graph([node], "quantise", [x], outputs)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    return ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


NUMBERS = st.floats(-1e4, 1e4, width=32).filter(lambda x: x == 0 or abs(x) > 1e-9)


@given(st.lists(NUMBERS, min_size=1, max_size=150))
def test_quantising_is_that_of_onnx(values: list[float]) -> None:
    x = np.array(values, np.float32)
    wanted, *numbers = onnx_session().run(None, {"x": x})
    for module in (linear, NUMPY):
        out = np.zeros(len(x), np.uint8)
        assert module.quantise(x, out) == tuple(each.item() for each in numbers)
        np.testing.assert_array_equal(out, wanted)


@pytest.mark.parametrize("tiny", [[1e-45], [-1e-45, 1e-44], [0.0], [-0.0, 0.0]])
def test_what_is_almost_nothing_is_nothing(tiny: list[float]) -> None:
    for module in (linear, NUMPY):
        out = np.full(len(tiny), 9, np.uint8)
        assert module.quantise(np.array(tiny, np.float32), out) == (1.0, 0)
        assert not out.any()


@given(WIDTHS, SEEDS)
def test_rescaling_is_the_same_to_the_last_digit(width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sums, totals = (rng.integers(-(1 << 24), 1 << 24, width).astype(np.int32) for _ in range(2))
    scales, bias, zero = floats(rng, width), floats(rng, width), int(rng.integers(40))
    here, there = np.zeros(width, np.float32), np.zeros(width, np.float32)
    linear.rescale(sums, 0.1, zero, totals, scales, bias, here)
    NUMPY.rescale(sums, 0.1, zero, totals, scales, bias, there)
    np.testing.assert_array_equal(here, there)


@given(WIDTHS, WIDTHS, SEEDS)
def test_weights_that_are_128_too_large(inputs: int, outputs: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.integers(-128, 128, (inputs, outputs))
    rounded = rng.integers(0, 256, inputs).astype(np.uint8)
    for module in (linear, NUMPY):
        sums = (rounded @ (weights + 128)).astype(np.int32)
        module.move_back(rounded, sums)
        np.testing.assert_array_equal(sums, rounded @ weights)


def test_every_width_of_vectors_gives_the_same(tmp_path: Path) -> None:
    """The kernels as a program that prints what each width that this processor has computes, a line each."""
    compiler = shutil.which("gcc")
    if compiler is None or platform.machine() != "x86_64":
        pytest.skip("needs gcc and an x86 processor, for more than one width")
    program = tmp_path / "widths"
    source = Path(__file__).with_name("widths.c")
    options = [*loaded("setup.py").UNIX, "-I", str(Path(linear.__file__).parent)]
    subprocess.run([compiler, *options, source, "-o", program, "-lm"], check=True, timeout=60)
    lines = subprocess.run([program], check=True, timeout=60, capture_output=True, text=True).stdout.splitlines()
    assert len(lines) > 1
    assert len(set(lines)) == 1


CHOICES = st.lists(st.tuples(st.sampled_from([-90.0, -3.0, 0.0, 0.5, 0.5, 2.0, 80.0]), st.booleans()), min_size=1)


@given(CHOICES, st.integers(0, 200), st.floats(0.01, 4), st.floats(0, 1), st.floats(0, 1, exclude_max=True))
def test_choices(choices: list[tuple[float, bool]], at: int, temperature: float, top_p: float, uniform: float) -> None:
    logits = np.array([logit for logit, _ in choices], np.float32)
    mask = np.array([allowed for _, allowed in choices], np.uint8)
    mask[at % len(mask)] = 1
    assert linear.highest(logits, mask) == NUMPY.highest(logits, mask) == logits[mask == 1].max()
    here, there = np.zeros(len(logits)), np.zeros(len(logits))
    assert linear.weigh(logits, mask, temperature, here) == pytest.approx(NUMPY.weigh(logits, mask, temperature, there))
    np.testing.assert_allclose(here, there, rtol=1e-12)
    # From the very same weights the very same choice.
    there[:] = here
    linear.keep_likeliest(here, top_p)
    NUMPY.keep_likeliest(there, top_p)
    np.testing.assert_array_equal(here, there)
    index = linear.chosen(here, uniform)
    assert index == NUMPY.chosen(there, uniform)
    assert mask[index]


@pytest.mark.parametrize("quantised", [True, False])
def test_a_step_is_the_same_alone_and_among_others(quantised: bool, tmp_path: Path) -> None:
    path = exported(tmp_path, tiny_vocabulary(), quantised=quantised, units=21, embedding=15, head=17)
    stepper, rng = Stepper(open_model(path)), np.random.default_rng(1)
    states = [stepper.start()] * 7
    for _ in range(5):
        x = floats(rng, 7, 15)
        alone = [stepper.step([state], x[row : row + 1])[0] for row, state in enumerate(states)]
        states = stepper.step(states, x)
        for one, other in zip(alone, states, strict=True):
            for name in ("hidden", "cell", "gates", "projections"):
                np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
