cimport cython

from musiclstm.model.dimensions cimport Dimensions
from musiclstm.model.echo cimport Chunk, Echo, EventLog

cdef int _CHUNK, _GIVEN, _NEVER, _NO_PITCH, _ONSETS, _RECENT_NOTES, _RECENT_PITCHES, _OFF, _ON, _WAIT, _LAST_TICK
cdef tuple _SPANS
cdef unsigned long long _WORD, _ONE


@cython.final
cdef class Context:
    cdef readonly Dimensions dimensions
    cdef readonly int tick, last_symbol, last_pitch, last_duration
    cdef readonly unsigned long long[32] words
    cdef readonly int[128] changed
    cdef readonly short[144] velocities
    cdef readonly short[32] recent_notes
    cdef readonly short[128] recent_pitches
    cdef readonly int[5] onsets
    cdef readonly double[36] pitch_classes
    cdef readonly tuple echoes, melody_echoes, given
    cdef readonly int bar_origin, bar_ticks, meter

    @cython.locals(other=Context)
    cpdef Context copy(self)
    @cython.locals(other=Context)
    cpdef Context with_meter(self, int origin, int bar_ticks, int meter)
    cpdef void set_meter(self, int origin, int bar_ticks, int meter) except *
    @cython.locals(other=Context)
    cpdef Context moved(self, int tick)
    @cython.locals(d=Dimensions, tick=int, symbol=int, word=int, bit=cython.ulonglong)
    cpdef void read(self, int delta, int kind, int part, int pitch, int velocity) except *
    @cython.locals(d=Dimensions, first=Echo, log=EventLog, transposing=Echo, melodies=list, melody=Echo)
    cdef void _match(self, int symbol, int pitch, int velocity) except *
    @cython.locals(index=int, first=int)
    cdef void _start(self, int part, int pitch, int velocity) except *
    @cython.locals(first=Echo, log=EventLog, chunk=Chunk, index=int, half=int, part=int, union=cython.ulonglong)
    cdef void _log_sounds(self) except *
    @cython.locals(
        counts=int[12], part=int, half=int, word=cython.ulonglong, pitch=int, span=int, constant=double, keep=double,
        index=int, at=int,
    )
    cdef void decay(self, int delta) except *

    cpdef void note_given(self, int part, int pitch) except *
    cpdef int position(self, int delta=*) except -1
    cpdef bint sounds(self, int part, int pitch) except -1
    @cython.locals(other=Context)
    cpdef list pitch_classes_after(self, int delta)
    @cython.locals(d=Dimensions, allowed=cython.ulonglong, part=int, is_on=bint)
    cpdef unsigned long long following(self, int symbol, int delta, int half) except? 1


@cython.locals(found=Context)
cpdef Context context_of(
    object vocabulary, object numbers, object arrays, object echoes, object melody_echoes, object given
)
@cython.locals(first=int)
cdef unsigned long long above(int pitch, int half) noexcept
