"""Colours: legible, and parts that can be told apart."""

from __future__ import annotations

import itertools

import pytest

from musiclstm.gui.axes.pitch_axis import ON_KEYS
from musiclstm.gui.look.colours import contrast, mix, oklch, rgb
from musiclstm.gui.look.style_sheet import style_sheet
from musiclstm.gui.look.theme import DARK, LIGHT, Theme
from musiclstm.gui.steer.slider_painter import TINT

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_oklch_meets_known_colours() -> None:
    assert oklch(1, 0, 0) == "#ffffff"
    assert oklch(0.62796, 0.25768, 29.234) == "#ff0000"
    assert oklch(0.45201, 0.31321, 264.05) == "#0000ff"


@THEMES
def test_text_reaches_aa_on_every_ground(theme: Theme) -> None:
    for ground in (theme.background, theme.ground, theme.panel, theme.raised, theme.row):
        for text in (theme.text, theme.secondary):
            assert contrast(text, ground) >= 4.5, (text, ground)
    assert contrast(theme.text, theme.pressed) >= 4.5
    assert contrast(theme.warning, theme.panel) >= 4.5
    for track in (theme.raised if theme.dark else theme.pressed, mix(theme.warning, theme.panel, TINT)):
        assert contrast(theme.secondary, track) >= 4.5, track  # the words at a slider's ends
    assert contrast(theme.on_accent, theme.accent) >= 4.5
    assert contrast(theme.on_lit, theme.lit) >= 4.5
    assert contrast(theme.on_danger, theme.danger) >= 4.5
    for key in theme.parts:
        assert contrast(ON_KEYS, key) >= 4.5, key
    for ground in (theme.background, theme.panel, theme.ground):
        assert contrast(theme.accent, ground) >= 4.5, ground


@THEMES
def test_marks_reach_three_to_one(theme: Theme) -> None:
    marks = (*theme.parts, theme.accent, theme.edge, theme.forget, theme.input_, theme.output, theme.good)
    for mark in marks:
        assert contrast(mark, theme.ground) >= 3.0, mark
    for end in (theme.positive, theme.negative):
        assert contrast(end, theme.ground) >= 3.0
    softest = [mix(colour, theme.ground, 0.38 + 0.62 * 0.5) for colour in theme.parts]  # a note of middling velocity
    assert min(contrast(colour, theme.ground) for colour in softest) >= 2.0


@THEMES
def test_parts_are_equally_light_and_the_first_four_differ_for_colour_blind_eyes(theme: Theme) -> None:
    light = [contrast(colour, theme.ground) for colour in theme.parts]
    assert max(light) / min(light) < 1.6
    for blind in (_deutan, _protan):
        seen = [blind(colour) for colour in theme.parts[:4]]
        for one, other in itertools.combinations(seen, 2):
            assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 > 20, (one, other)


@THEMES
def test_ten_parts_differ(theme: Theme) -> None:
    assert len({theme.part(index) for index in range(10)}) == 10
    for one, other in itertools.combinations(map(rgb, theme.parts), 2):
        assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 > 40, (one, other)


def _deutan(colour: str) -> tuple[float, float, float]:
    """Viénot, Brettel and Mollon 1999, without its gamma: enough to find colours that fall together."""
    r, g, b = rgb(colour)
    return (0.29275 * r + 0.70725 * g, 0.29275 * r + 0.70725 * g, -0.02234 * r + 0.02234 * g + b)


def _protan(colour: str) -> tuple[float, float, float]:
    r, g, b = rgb(colour)
    return (0.11238 * r + 0.88762 * g, 0.11238 * r + 0.88762 * g, 0.00401 * r - 0.00401 * g + b)


@THEMES
def test_style_sheet_has_no_hole(theme: Theme) -> None:
    sheet = style_sheet(theme, 20)
    assert "None" not in sheet
    assert sheet.count("{") == sheet.count("}")
