cimport cython

from musiclstm.model.context cimport Context
from musiclstm.model.dimensions cimport Dimensions

cdef int _NEVER, _ONSETS


@cython.locals(position=int, longest_bar=int, beat=int)
cpdef list bar_features(object layout, Context context, int delta=*)
@cython.locals(
    found=list, d=Dimensions, now=int, lag=int, tick=int, last=int, longest=int, earlier=int, onset=int, then=int,
)
cpdef list timing_features(object layout, Context context, int delta=*)
@cython.locals(longest=int, found=bint, part=int, half=int, word=cython.ulonglong, pitch=int)
cdef int longest_sounding(Context context) except? -2
cdef int _index(int longest, int ticks) noexcept
