"""The style sheet of the standard widgets."""

from __future__ import annotations

from musiclstm.gui.look.theme import Theme


def style_sheet(theme: Theme, line: int) -> str:
    """What the standard widgets look like; the drawn ones read the theme themselves.

    line: the height of a line of text, in pixels, which every button and field has at least.
    """
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
QLabel[warning="true"] {{ color: {t.warning}; }}
QLabel:disabled {{ color: {t.edge}; }}
QLabel[heading="true"] {{ color: {t.secondary}; font-weight: 600; }}
QLabel:disabled {{ color: {t.edge}; }}
QToolButton[small="true"] {{ padding: 0; min-height: 0; font-weight: 600; border-radius: 4px; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.edge}; padding: 4px; }}
QPushButton, QToolButton, QComboBox, QLineEdit, QAbstractSpinBox {{
  background: {t.raised}; border: 1px solid {t.line}; border-radius: 6px;
  padding: 4px 8px; min-height: {max(20, line)}px; }}
QPushButton:hover, QToolButton:hover, QComboBox:hover {{ border-color: {t.edge}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {t.pressed}; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus, QLineEdit:focus, QAbstractSpinBox:focus,
QCheckBox:focus {{ border: 1px solid {t.accent}; }}
QPushButton:checked, QToolButton:checked {{
  background: {t.lit}; color: {t.on_lit}; border-color: {t.accent}; }}
QPushButton[empty="true"] {{ background: transparent; color: {t.secondary}; }}
QPushButton:checked:focus, QToolButton:checked:focus {{ border: 1px solid {t.text}; }}
QPushButton:disabled, QToolButton:disabled, QComboBox:disabled, QLineEdit:disabled, QAbstractSpinBox:disabled,
QCheckBox:disabled, QRadioButton:disabled {{ color: {t.edge}; }}
QPushButton[flat="true"], QToolButton[flat="true"] {{ background: transparent; border-color: transparent; }}
QToolButton[flat="true"]:checked {{ background: transparent; border-color: transparent; color: {t.text}; }}
QToolButton[flat="true"][armed="true"]:checked {{ background: {t.accent}; color: {t.on_accent}; }}
QPushButton[flat="true"]:hover, QToolButton[flat="true"]:hover {{ background: {t.raised}; }}
QPushButton[flat="true"]:focus, QToolButton[flat="true"]:focus {{ border-color: {t.accent}; }}
QToolButton[swatch="true"] {{ padding: 4px 2px; }}
QToolButton[command="true"] {{ padding: 3px 2px 2px 2px; min-height: 0; }}
QToolButton[command="true"][on="true"] {{
  background: {t.lit}; color: {t.on_lit}; border-color: {t.accent}; font-weight: 600; }}
QToolButton[command="true"][on="true"]:focus {{ border: 1px solid {t.text}; }}
QToolButton[danger="true"] {{ border: 1px solid {t.danger}; font-weight: 600; }}
QToolButton[danger="true"]:hover, QToolButton[danger="true"]:pressed {{ background: {t.pressed}; }}
QToolButton[danger="true"]:focus {{ border: 1px solid {t.text}; }}
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
QProgressBar {{ max-height: 6px; min-height: 6px; border: none; border-radius: 3px; background: {t.pressed}; }}
QProgressBar::chunk {{ border-radius: 3px; background: {t.accent}; }}
QAbstractSpinBox QLineEdit {{ padding: 0 6px; border: none; min-height: 0; background: transparent; }}
QCheckBox {{ spacing: 8px; border: 1px solid transparent; border-radius: 4px; padding: 1px; }}
QCheckBox::indicator {{
  width: 16px; height: 16px; border: 1px solid {t.edge}; border-radius: 4px; background: {t.ground}; }}
QCheckBox::indicator:checked {{ background: {t.accent}; border-color: {t.accent}; }}
QRadioButton::indicator {{
  width: 14px; height: 14px; border: 1px solid {t.edge}; border-radius: 8px; background: {t.ground}; }}
QRadioButton::indicator:checked {{ background: {t.accent}; border-color: {t.accent}; }}
QSlider::groove:horizontal {{ height: 3px; background: {t.pressed}; border-radius: 1px; }}
QSlider::handle:horizontal {{
  width: 14px; height: 14px; margin: -6px 0; border-radius: 7px; background: {t.text}; border: none; }}
QSlider::handle:horizontal:disabled {{ background: {t.edge}; }}
QSlider::handle:horizontal:focus {{ border: 2px solid {t.accent}; width: 10px; height: 10px; }}
QSplitter::handle {{ background: {t.line}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {t.pressed}; border-radius: 4px; min-height: 24px; margin: 1px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle:horizontal {{ background: {t.pressed}; border-radius: 4px; min-width: 24px; margin: 1px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QTextBrowser, QTextEdit, QPlainTextEdit, QTableWidget, QListWidget {{
  background: {t.ground}; border: 1px solid {t.line}; border-radius: 6px; padding: 8px;
  selection-background-color: {t.pressed}; selection-color: {t.text}; }}
QListWidget::item {{ padding: 4px; }}
QTextBrowser[page="true"] {{ background: {t.background}; border: none; border-radius: 0; padding: 0; }}
QTabWidget::pane {{ border: none; }}
QTabBar::tab {{ background: transparent; color: {t.secondary}; padding: 6px 12px; border: none;
  border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {t.text}; border-bottom-color: {t.accent}; }}
QTabBar::tab:focus {{ color: {t.text}; background: {t.raised}; }}
"""
