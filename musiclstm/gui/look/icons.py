"""The window's icons, drawn in the theme's colours so that they are sharp at every scale."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

SIZE = 24.0  # every shape is drawn in a square of this size


def _play(p: QPainter) -> None:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(7, 4.5), QPointF(19.5, 12), QPointF(7, 19.5), QPointF(7, 4.5)]))
    p.drawPath(path)


def _stop(p: QPainter) -> None:
    p.drawRoundedRect(QRectF(6, 6, 12, 12), 1.5, 1.5)


def _end(p: QPainter) -> None:
    """A final bar line."""
    p.drawRect(QRectF(6.5, 4, 1.6, 16))
    p.drawRect(QRectF(11, 4, 6.5, 16))


def _line(p: QPainter) -> None:
    """Draw strokes instead of fills from here on."""
    pen = QPen(p.brush().color(), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    p.setPen(pen)
    p.setBrush(Qt.BrushStyle.NoBrush)


def _save(p: QPainter) -> None:
    _line(p)
    p.drawPolyline(QPolygonF([QPointF(12, 4), QPointF(12, 14.5)]))
    p.drawPolyline(QPolygonF([QPointF(7.5, 10.5), QPointF(12, 15), QPointF(16.5, 10.5)]))
    p.drawPolyline(QPolygonF([QPointF(5, 16.5), QPointF(5, 20), QPointF(19, 20), QPointF(19, 16.5)]))


def _panic(p: QPainter) -> None:
    p.setPen(Qt.PenStyle.NoPen)
    polygon = QPolygonF(
        [QPointF(x, y) for x, y in ((8, 3), (16, 3), (21, 8), (21, 16), (16, 21), (8, 21), (3, 16), (3, 8))]
    )
    p.drawPolygon(polygon)


def _back(p: QPainter) -> None:
    _line(p)
    p.drawArc(QRectF(5, 6, 14, 13), -60 * 16, 215 * 16)
    p.drawPolyline(QPolygonF([QPointF(5, 5.5), QPointF(5.4, 10.4), QPointF(10, 9.4)]))


def _hold(p: QPainter) -> None:
    """A fermata."""
    _line(p)
    p.drawArc(QRectF(4, 6, 16, 18), 0, 180 * 16)
    p.setBrush(p.pen().color())
    p.drawEllipse(QPointF(12, 14.5), 1.2, 1.2)


def _forget(p: QPainter) -> None:
    _line(p)
    p.drawEllipse(QRectF(5, 5, 14, 14))
    p.drawPolyline(QPolygonF([QPointF(7.2, 16.8), QPointF(16.8, 7.2)]))


def _menu(p: QPainter) -> None:
    _line(p)
    for y in (7, 12, 17):
        p.drawPolyline(QPolygonF([QPointF(5, y), QPointF(19, y)]))


def _lock(p: QPainter) -> None:
    p.drawRoundedRect(QRectF(6, 11, 12, 9), 2, 2)
    _line(p)
    p.drawArc(QRectF(8, 4, 8, 12), 0, 180 * 16)


def _freeze(p: QPainter) -> None:
    p.drawRoundedRect(QRectF(7, 5, 3.5, 14), 1, 1)
    p.drawRoundedRect(QRectF(13.5, 5, 3.5, 14), 1, 1)


def _open(p: QPainter) -> None:
    _line(p)
    p.drawPolyline(QPolygonF([QPointF(7, 9.5), QPointF(12, 14.5), QPointF(17, 9.5)]))


def _closed(p: QPainter) -> None:
    _line(p)
    p.drawPolyline(QPolygonF([QPointF(9.5, 7), QPointF(14.5, 12), QPointF(9.5, 17)]))


def _follow(p: QPainter) -> None:
    _line(p)
    p.drawPolyline(QPolygonF([QPointF(4, 12), QPointF(13, 12)]))
    p.drawPolyline(QPolygonF([QPointF(9, 7.5), QPointF(13.5, 12), QPointF(9, 16.5)]))
    p.drawPolyline(QPolygonF([QPointF(19, 5), QPointF(19, 19)]))


def _metronome(p: QPainter) -> None:
    _line(p)
    p.drawPolyline(QPolygonF([QPointF(9.5, 4), QPointF(6, 20), QPointF(18, 20), QPointF(14.5, 4), QPointF(9.5, 4)]))
    p.drawPolyline(QPolygonF([QPointF(12, 16), QPointF(17.5, 6.5)]))


def _loop(p: QPainter) -> None:
    _line(p)
    p.drawPolyline(QPolygonF([QPointF(4.5, 12), QPointF(4.5, 7), QPointF(18.5, 7)]))
    p.drawPolyline(QPolygonF([QPointF(15.5, 4), QPointF(18.5, 7), QPointF(15.5, 10)]))
    p.drawPolyline(QPolygonF([QPointF(19.5, 12), QPointF(19.5, 17), QPointF(5.5, 17)]))
    p.drawPolyline(QPolygonF([QPointF(8.5, 14), QPointF(5.5, 17), QPointF(8.5, 20)]))


def _out(p: QPainter) -> None:
    """Out of the box, to the upper right."""
    _line(p)
    p.drawPolyline(QPolygonF([QPointF(10, 5), QPointF(5, 5), QPointF(5, 19), QPointF(19, 19), QPointF(19, 14)]))
    p.drawPolyline(QPolygonF([QPointF(11, 13), QPointF(19.5, 4.5)]))
    p.drawPolyline(QPolygonF([QPointF(14, 4.5), QPointF(19.5, 4.5), QPointF(19.5, 10)]))


SHAPES: dict[str, Callable[[QPainter], None]] = {
    "play": _play,
    "stop": _stop,
    "end": _end,
    "save": _save,
    "panic": _panic,
    "back": _back,
    "hold": _hold,
    "forget": _forget,
    "menu": _menu,
    "lock": _lock,
    "freeze": _freeze,
    "open": _open,
    "closed": _closed,
    "follow": _follow,
    "metronome": _metronome,
    "loop": _loop,
    "out": _out,
}


def pixmap(name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
    image = QPixmap(round(size * ratio), round(size * ratio))
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / SIZE, size / SIZE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    SHAPES[name](painter)
    painter.end()
    return image


def icon(name: str, colour: str, checked: str | None = None, size: int = 24) -> QIcon:
    """An icon for 1x to 3x screens; `checked` is its colour while a button is down."""
    made = QIcon()
    for ratio in (1.0, 2.0, 3.0):
        made.addPixmap(pixmap(name, colour, size, ratio))
        if checked is not None:
            made.addPixmap(pixmap(name, checked, size, ratio), QIcon.Mode.Normal, QIcon.State.On)
    return made


def swatch(colour: str, filled: bool) -> QIcon:
    """A part's colour: a square, or only its outline."""
    made = QIcon()
    for ratio in (1.0, 2.0, 3.0):
        image = QPixmap(round(14 * ratio), round(14 * ratio))
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colour), 1.5))
        painter.setBrush(QColor(colour) if filled else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(2, 2, 10, 10), 2.5, 2.5)
        painter.end()
        made.addPixmap(image)
    return made
