"""The themes: colours by role, dark and light.

Hues of parts are chosen in OKLCH (Björn Ottosson, 2020) at one lightness, so that no part shouts, and in an order that
keeps neighbours apart for colour-blind eyes as well. Text reaches WCAG AA on every ground it stands on (tested).
"""

from __future__ import annotations

from dataclasses import dataclass

from musiclstm.gui.look.colours import oklch

# Blue, orange, green, pink, cyan, red, yellow, violet.
PART_HUES = (255, 65, 155, 345, 205, 25, 100, 300)
# Sand and slate: no further hue is as far from its neighbours as less of a colour is.
PALE_HUES = (65, 270)


@dataclass(frozen=True)
class Theme:
    """Every colour the window uses, as `#rrggbb`, by what it is for.

    accent is kept for what is *now* or *armed*; lit is the ground of such a button. positive and negative are the two
    ends of the heat map, whose middle is `ground`. forget, input_, output are the gates'.
    """

    dark: bool
    background: str
    ground: str
    panel: str
    raised: str
    pressed: str
    line: str
    edge: str
    text: str
    secondary: str
    accent: str
    on_accent: str
    lit: str
    on_lit: str
    danger: str
    on_danger: str
    good: str
    warning: str
    row: str
    beat_line: str
    bar_line: str
    person: str
    positive: str
    negative: str
    forget: str
    input_: str
    output: str
    parts: tuple[str, ...]

    def part(self, index: int) -> str:
        return self.parts[index % len(self.parts)]


DARK = Theme(
    dark=True,
    background="#15171c",
    ground="#111317",
    panel="#1c1f26",
    raised="#282c35",
    pressed="#343945",
    line="#2a2e37",
    edge="#6b7280",
    text="#e6e8ec",
    secondary="#a3aab6",
    accent="#f2b84b",
    on_accent="#1b1300",
    lit="#f2b84b",
    on_lit="#1b1300",
    danger="#d13a40",
    on_danger="#ffffff",
    good="#4cc38a",
    warning="#f2884b",
    row="#0d0f12",
    beat_line="#1b1e25",
    bar_line="#2c313b",
    person="#ffffff",
    positive="#f2884b",
    negative="#4b9ef2",
    forget=oklch(0.76, 0.12, 255),
    input_=oklch(0.76, 0.12, 155),
    output=oklch(0.76, 0.12, 345),
    parts=(*(oklch(0.76, 0.125, hue) for hue in PART_HUES), *(oklch(0.76, 0.045, hue) for hue in PALE_HUES)),
)

LIGHT = Theme(
    dark=False,
    background="#fafaf8",
    ground="#ffffff",
    panel="#f2f2ee",
    raised="#ffffff",
    pressed="#dfdfd8",
    line="#dcdcd5",
    edge="#80807a",
    text="#1b1d21",
    secondary="#555a63",
    accent="#965800",
    on_accent="#ffffff",
    lit="#ffc95c",
    on_lit="#1b1300",
    danger="#c62a2f",
    on_danger="#ffffff",
    good="#18794e",
    warning="#a8450a",
    row="#f5f5f2",
    beat_line="#efefeb",
    bar_line="#d9d9d2",
    person="#000000",
    positive="#c2510c",
    negative="#1467c8",
    forget=oklch(0.55, 0.14, 255),
    input_=oklch(0.55, 0.13, 155),
    output=oklch(0.55, 0.16, 345),
    parts=(*(oklch(0.6, 0.14, hue) for hue in PART_HUES), *(oklch(0.6, 0.05, hue) for hue in PALE_HUES)),
)
