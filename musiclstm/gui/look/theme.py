"""Colours by role, dark and light, and the style sheet made from them.

Hues of parts are chosen in OKLCH (Björn Ottosson, 2020) at one lightness, so that no part shouts, and in an order that
keeps neighbours apart for colour-blind eyes as well. Text reaches WCAG AA on every ground it stands on (tested).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


def oklch(lightness: float, chroma: float, hue: float) -> str:
    """`#rrggbb` of an OKLCH colour (lightness 0..1, hue in degrees); chroma is lowered until it fits sRGB."""
    while True:
        a, b = (
            chroma * math.cos(math.radians(hue)),
            chroma * math.sin(math.radians(hue)),
        )
        linear = _linear(lightness, a, b)
        if chroma <= 0 or all(-1e-4 <= value <= 1 + 1e-4 for value in linear):
            return "#" + "".join(f"{_encode(value):02x}" for value in linear)
        chroma = max(0.0, chroma - 0.005)


def _linear(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    l_ = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m_ = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s_ = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_,
        -1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_,
        -0.0041960863 * l_ - 0.7034186147 * m_ + 1.7076147010 * s_,
    )


def _encode(value: float) -> int:
    value = min(1.0, max(0.0, value))
    value = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(255 * value)


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(colour: str, ground: str, share: float) -> str:
    """`colour` at opacity `share` on `ground`."""
    pairs = zip(rgb(colour), rgb(ground), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio, 1..21."""

    def luminance(colour: str) -> float:
        parts = [value / 255 for value in rgb(colour)]
        r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# Blue, orange, green, pink, cyan, red, yellow, violet.
PART_HUES = (255, 65, 155, 345, 205, 25, 100, 300)


@dataclass(frozen=True)
class Theme:
    """Every colour the window uses, as `#rrggbb`, by what it is for.

    accent is kept for what is *now* or *armed*. positive and negative are the two ends of the heat map, whose middle is
    `ground`. forget, input_, output are the gates'.
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
    danger: str
    on_danger: str
    good: str
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
    danger="#d13a40",
    on_danger="#ffffff",
    good="#4cc38a",
    row="#0d0f12",
    beat_line="#1b1e25",
    bar_line="#2c313b",
    person="#ffffff",
    positive="#f2884b",
    negative="#4b9ef2",
    forget=oklch(0.76, 0.12, 255),
    input_=oklch(0.76, 0.12, 155),
    output=oklch(0.76, 0.12, 345),
    parts=tuple(oklch(0.76, 0.125, hue) for hue in PART_HUES),
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
    danger="#c62a2f",
    on_danger="#ffffff",
    good="#18794e",
    row="#f5f5f2",
    beat_line="#efefeb",
    bar_line="#d9d9d2",
    person="#000000",
    positive="#c2510c",
    negative="#1467c8",
    forget=oklch(0.55, 0.14, 255),
    input_=oklch(0.55, 0.13, 155),
    output=oklch(0.55, 0.16, 345),
    parts=tuple(oklch(0.6, 0.14, hue) for hue in PART_HUES),
)


def style_sheet(theme: Theme) -> str:
    """What the standard widgets look like; the drawn ones read the theme themselves."""
    t = theme
    return f"""
QWidget {{ color: {t.text}; }}
QMainWindow, QDialog, #window {{ background: {t.background}; }}
#panel, #bar {{ background: {t.panel}; }}
#bar {{ border-bottom: 1px solid {t.line}; }}
#strip, #messages {{ background: {t.panel}; border-top: 1px solid {t.line}; }}
#steering {{ background: {t.panel}; border-left: 1px solid {t.line}; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QLabel {{ background: transparent; }}
QLabel[quiet="true"] {{ color: {t.secondary}; }}
QLabel[heading="true"] {{ color: {t.secondary}; font-weight: 600; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.edge}; padding: 4px; }}
QPushButton, QToolButton, QComboBox, QLineEdit, QAbstractSpinBox {{
  background: {t.raised}; border: 1px solid {t.line}; border-radius: 6px;
  padding: 4px 8px; min-height: 20px; }}
QPushButton:hover, QToolButton:hover, QComboBox:hover {{ border-color: {t.edge}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {t.pressed}; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus, QLineEdit:focus, QAbstractSpinBox:focus,
QCheckBox:focus {{ border: 1px solid {t.accent}; }}
QPushButton:checked, QToolButton:checked {{
  background: {t.accent}; color: {t.on_accent}; border-color: {t.accent}; }}
QPushButton:checked:focus, QToolButton:checked:focus {{ border: 1px solid {t.text}; }}
QPushButton:disabled, QToolButton:disabled, QComboBox:disabled {{ color: {t.edge}; }}
QPushButton[flat="true"], QToolButton[flat="true"] {{ background: transparent; border-color: transparent; }}
QToolButton[flat="true"]:checked {{ background: transparent; border-color: transparent; color: {t.text}; }}
QToolButton[flat="true"][armed="true"]:checked {{ background: {t.accent}; color: {t.on_accent}; }}
QPushButton[flat="true"]:hover, QToolButton[flat="true"]:hover {{ background: {t.raised}; }}
QPushButton[flat="true"]:focus, QToolButton[flat="true"]:focus {{ border-color: {t.accent}; }}
QPushButton[danger="true"] {{
  color: {t.on_danger}; background: {t.danger}; border-color: {t.danger}; font-weight: 600; }}
QPushButton[danger="true"]:focus {{ border: 1px solid {t.text}; }}
QToolButton::menu-indicator, QPushButton::menu-indicator {{ width: 0; }}
QComboBox::drop-down {{ border: none; width: 22px; }}
QComboBox::down-arrow {{ image: none; }}
QComboBox QAbstractItemView, QMenu {{
  background: {t.raised}; color: {t.text}; border: 1px solid {t.edge};
  selection-background-color: {t.pressed}; selection-color: {t.text}; outline: none; }}
QMenu {{ padding: 4px; }}
QMenu::item {{ padding: 5px 20px 5px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {t.pressed}; }}
QMenu::item:disabled {{ color: {t.edge}; }}
QMenu::separator {{ height: 1px; background: {t.line}; margin: 4px 8px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QAbstractSpinBox QLineEdit {{ padding: 0 6px; border: none; min-height: 0; background: transparent; }}
QCheckBox {{ spacing: 8px; border: 1px solid transparent; border-radius: 4px; padding: 1px; }}
QCheckBox::indicator {{
  width: 16px; height: 16px; border: 1px solid {t.edge}; border-radius: 4px; background: {t.ground}; }}
QCheckBox::indicator:checked {{ background: {t.accent}; border-color: {t.accent}; }}
QSlider::groove:horizontal {{ height: 3px; background: {t.pressed}; border-radius: 1px; }}
QSlider::handle:horizontal {{
  width: 14px; height: 14px; margin: -6px 0; border-radius: 7px; background: {t.text}; border: none; }}
QSlider::handle:horizontal:disabled {{ background: {t.edge}; }}
QSlider::handle:horizontal:focus {{ border: 2px solid {t.accent}; width: 10px; height: 10px; }}
QSplitter::handle {{ background: {t.line}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {t.pressed}; border-radius: 4px; min-height: 24px; margin: 1px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QTextBrowser, QTextEdit, QPlainTextEdit, QTableWidget {{
  background: {t.ground}; border: 1px solid {t.line}; border-radius: 6px; padding: 8px;
  selection-background-color: {t.pressed}; selection-color: {t.text}; }}
QTabWidget::pane {{ border: none; }}
QTabBar::tab {{ background: transparent; color: {t.secondary}; padding: 6px 12px; border: none;
  border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {t.text}; border-bottom-color: {t.accent}; }}
QTabBar::tab:focus {{ color: {t.text}; background: {t.raised}; }}
"""
