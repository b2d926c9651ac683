cimport cython

from musiclstm.model.context cimport Context
from musiclstm.model.dimensions cimport Dimensions
from musiclstm.model.features.echoes cimport EchoFeatures
from musiclstm.model.features.pitches cimport PitchFeatures

cdef int _WAIT, _RECENT, _LAGS, _FIELDS, _ECHOES


@cython.final
cdef class Windows:
    cdef readonly object layout
    cdef EchoFeatures echo_features
    cdef PitchFeatures pitch_features
    cdef readonly bint tied, past
    cdef readonly dict arrays
    cdef long long[:, :, ::1] event
    cdef long long[:, :, ::1] previous
    cdef long long[:, :, ::1] timing
    cdef long long[:, :, ::1] timing_before
    cdef unsigned char[:, :, ::1] held
    cdef long long[:, :, ::1] echoes
    cdef long long[:, :, ::1] melody
    cdef long long[:, :, ::1] velocities
    cdef float[:, :, ::1] pitch_classes
    cdef unsigned char[:, ::1] real
    cdef long long[:, :, ::1] recent
    cdef unsigned char[:, :, ::1] age
    cdef unsigned char[:, :, ::1] pasts

    @cython.locals(
        d=Dimensions, next_change=int, index=int, delta=int, kind=int, part=int, pitch=int, velocity=int,
        expected=tuple,
    )
    cpdef tuple fill(
        self, int lane, Context context, tuple previous, int[:, ::1] columns, list changes, int shift
    )
    @cython.locals(timing=list, n=int, expected=tuple, number=int, one=tuple)
    cdef tuple _write_before(self, int lane, int index, Context context, tuple previous)
    @cython.locals(
        d=Dimensions, time=int, symbol=int, pitch=int, part=int, n=int, timing=list, melody=tuple, related=tuple,
        classes=list, other=int,
    )
    cdef void _write(self, int lane, int index, Context context, tuple fields, tuple expected) except *
    @cython.locals(d=Dimensions, features=PitchFeatures, n=int, pitch=int, which=int)
    cdef void _write_past(self, int lane, int index, Context context, int time) except *
