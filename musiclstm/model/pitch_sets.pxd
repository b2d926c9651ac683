cimport cython

from musiclstm.model.context cimport Context
from musiclstm.model.dimensions cimport Dimensions


@cython.final
cdef class PitchSets:
    cdef readonly Dimensions dimensions
    cdef readonly unsigned long long[128] words

    @cython.locals(found=PitchSets, d=Dimensions, symbol=int, later=int, half=int, at=int)
    cpdef PitchSets common(self, PitchSets other, int full)
    @cython.locals(at=int)
    cpdef bint has(self, int later, int symbol) except -1
    @cython.locals(symbol=int, found=bint)
    cpdef bint any(self, int later) except -1
    @cython.locals(symbol=int, count=int)
    cpdef int mark_symbols(self, int later, unsigned char[::1] out) except -1
    @cython.locals(at=int, low=int, index=int, pitch=int)
    cpdef void mark_pitches(self, int later, int symbol, unsigned char[::1] out) except *


@cython.locals(found=PitchSets, symbol=int, half=int)
cpdef PitchSets sets_after(Context context)
@cython.locals(found=PitchSets, symbol=int, half=int, word=cython.ulonglong)
cpdef PitchSets sets_of(Dimensions dimensions, object bits)
