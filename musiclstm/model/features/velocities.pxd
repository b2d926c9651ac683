cimport cython

from musiclstm.model.context cimport Context
from musiclstm.model.dimensions cimport Dimensions

cdef int _RECENT_NOTES


@cython.locals(d=Dimensions, found=list, lag=int)
cpdef tuple related_velocities(object layout, Context context, int delta, int part, int pitch)
@cython.locals(below=int, above=int, under=int, over=int, index=int, other=int, velocity=int)
cdef list _nearby(Context context, int pitch)
