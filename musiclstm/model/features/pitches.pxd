cimport cython

from musiclstm.model.context cimport Context
from musiclstm.model.dimensions cimport Dimensions
from musiclstm.model.echo cimport Echo, EventLog

cdef unsigned long long _ONE, _WORD
cdef int _LAGS, _RECENT, _NO_PITCH, _AGE_COUNT, _AGE_ROWS, _REACH, _WINDOW, _PLANES, _MAX_INTERVAL, _INTERVALS, _SPANS, _TOLD
cdef list _AGES


@cython.final
cdef class PitchFeatures:
    cdef readonly bint window, past
    cdef readonly int recent, low, pitches, first_loud_bin
    cdef readonly unsigned long long[2] own
    cdef readonly unsigned long long[8] planes
    cdef readonly unsigned long long[40] pasts
    cdef readonly short[128] ages
    cdef readonly double[96] classes  # 12 * (SPANS and CHORD_BLOCKS)
    cdef readonly short[32] reference_tables
    cdef readonly short[32] reference_pitches
    cdef readonly int references
    cdef readonly short[512] neighbour_planes
    cdef readonly short[512] neighbour_pitches
    cdef readonly int neighbours

    @cython.locals(part=int, index=int, share=double)
    cpdef void describe(self, Context context, int delta, int symbol) except *
    @cython.locals(index=int)
    cpdef void tell(self, float[:, ::1] chord) except *
    cpdef void describe_past(self, Context context, int delta) except *
    @cython.locals(now=int, index=int, pitch=int, ticks=int)
    cdef void _describe_ages(self, Context context, int delta) except *
    @cython.locals(
        d=Dimensions, count=int, half=int, own=cython.ulonglong, any_=cython.ulonglong, changed=cython.ulonglong,
        other=int, index=int, pitch=int, in_range=cython.ulonglong, plane=int,
    )
    cdef void _describe_planes(self, Context context, int part) except *
    @cython.locals(lag=int, tick=int, number=int, half=int)
    cdef void _describe_notes(self, Context context, int delta) except *
    @cython.locals(
        d=Dimensions, first=Echo, log=EventLog, lag=int, half=int, start=int, end=int, number=int, pitch=int,
        bit=cython.ulonglong,
    )
    cdef void _describe_hits(self, Context context, int delta) except *
    @cython.locals(count=int, parts=int, earlier=int, other=int)
    cdef void _describe_references(self, Context context, int part) except *
    @cython.locals(start=int, pitch=int, number=int, away=int, other=int, interval=int, is_own=bint)
    cdef int rows(self, int index, int[::1] out, int at) except -1
