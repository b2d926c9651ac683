"""Controls take what is in their range, and nothing else, whichever way a value arrives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musiclstm.protocol.controls import BY_NAME, CONTROLS, Control, Value, control
from musiclstm.protocol.harmony import KEYS, SCALES
from musiclstm.protocol.modes import MODES

each_control = pytest.mark.parametrize("each", CONTROLS, ids=lambda each: each.name)
few = settings(max_examples=30)
switches = [each for each in CONTROLS if each.switch]
numbers = [each for each in CONTROLS if not each.choices and not each.switch]


def allowed(each: Control, value: Value) -> bool:
    if value is None:
        return each.optional
    if each.choices:
        return value in each.choices or (each.names and bool(value))
    if each.switch:
        return isinstance(value, bool)
    if isinstance(value, (bool, str)):
        return False
    return each.low <= value <= each.high and (isinstance(value, int) or not each.integer)


def test_names_are_unique_and_found() -> None:
    assert len(BY_NAME) == len(CONTROLS)
    assert all(control(each.name) is each for each in CONTROLS)
    with pytest.raises(KeyError):
        control("loudness")


@each_control
def test_it_can_be_shown(each: Control) -> None:
    assert each.label
    assert each.group
    assert each.hint.endswith(".")


@each_control
def test_the_default_is_allowed_and_stays(each: Control) -> None:
    assert allowed(each, each.default)
    assert each.clamp(each.default) == each.default


@each_control
@few
@given(position=st.floats(allow_nan=False))
def test_a_knob_gives_an_allowed_value_at_every_position(each: Control, position: float) -> None:
    value = each.from_unit(position)
    assert allowed(each, value)
    assert each.clamp(value) == value


@each_control
def test_a_knob_reaches_both_ends_and_every_choice(each: Control) -> None:
    reached = [each.from_unit(position / 127) for position in range(128)]
    if each.choices:
        assert list(dict.fromkeys(reached)) == list(each.choices)
    elif each.switch:
        assert list(dict.fromkeys(reached)) == [False, True]
    else:
        if each.optional:
            assert reached.pop() is None  # as the window's slider, which has no limit at its very end
        assert reached[0] == each.low
        assert reached[-1] == pytest.approx(each.high, abs=each.optional * (each.high - each.low) / 126)
        assert reached == sorted(value for value in reached if isinstance(value, (int, float)))


@pytest.mark.parametrize("each", numbers, ids=lambda each: each.name)
@few
@given(value=st.floats(allow_nan=False) | st.integers(-(2**63), 2**63) | st.just(10**400))
def test_numbers_are_clamped_to_the_nearest_allowed_one(each: Control, value: float) -> None:
    clamped = each.clamp(value)
    assert isinstance(clamped, (int, float))
    assert allowed(each, clamped)
    assert each.clamp(clamped) == clamped
    if each.low <= value <= each.high:
        assert abs(clamped - value) <= (0.5 if each.integer else 0)
    else:
        assert clamped == (each.low if value < each.low else each.high)


@pytest.mark.parametrize("each", numbers, ids=lambda each: each.name)
def test_what_is_no_number_is_refused(each: Control) -> None:
    with pytest.raises(ValueError, match="is a number"):
        each.clamp(float("nan"))


@pytest.mark.parametrize("each", switches, ids=lambda each: each.name)
@few
@given(value=st.booleans() | st.integers(-2, 2))
def test_switches_take_buttons_numbers(each: Control, value: int) -> None:
    assert each.clamp(value) is bool(value)
    with pytest.raises(ValueError, match="is on or off"):
        each.clamp(float("nan"))


@each_control
@few
@given(value=st.text())
def test_text_is_a_choice_or_refused(each: Control, value: str) -> None:
    if each.switch:
        return
    if value in each.choices or (each.names and value):
        assert each.clamp(value) == value
    else:
        with pytest.raises(ValueError, match=each.name):
            each.clamp(value)


@each_control
def test_only_optional_controls_take_none(each: Control) -> None:
    if each.optional:
        assert each.clamp(None) is None
    else:
        with pytest.raises(ValueError, match=f"{each.name} needs a value"):
            each.clamp(None)


@each_control
@few
@given(position=st.floats(0, 1))
def test_what_is_written_is_parsed_again(each: Control, position: float) -> None:
    value = each.from_unit(position)
    assert each.parse(str(value)) == value


@each_control
@few
@given(text=st.text() | st.floats().map(str))
def test_typed_text_is_an_allowed_value_or_refused(each: Control, text: str) -> None:
    try:
        value = each.parse(text)
    except ValueError:
        return
    assert allowed(each, value)


def test_words_for_switches_and_for_no_limit() -> None:
    assert [control("thru").parse(text) for text in ("on", "Yes", "off", "FALSE")] == [True, True, False, False]
    assert [control("polyphony").parse(text) for text in ("none", "off", "4")] == [None, None, 4]
    with pytest.raises(ValueError, match="density is a number from -1 to 1, not '9'"):
        control("density").parse("9")


def test_choices_are_the_tables_of_their_own() -> None:
    assert control("key").choices == KEYS
    assert control("scale").choices == tuple(SCALES)
    assert control("mode").choices == MODES


def test_scales_start_at_their_key_and_ascend_within_an_octave() -> None:
    for degrees in SCALES.values():
        assert degrees[0] == 0
        assert list(degrees) == sorted(set(degrees))
        assert degrees[-1] < 12


@pytest.mark.parametrize("each", [each for each in CONTROLS if each.style], ids=lambda each: each.name)
@few
@given(position=st.floats(0, 1))
def test_a_value_keeps_the_style_or_something_is_said_about_it(each: Control, position: float) -> None:
    assert each.style is not None
    assert each.low <= each.style[0] < each.style[1] <= each.high
    assert each.in_style(each.default)
    value = each.from_unit(position)
    assert each.in_style(value) == (not each.effect(value))
    assert each.effect(value) == "" or each.effect(value)[-1] == "."
