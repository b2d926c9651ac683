cimport cython

from musiclstm.model.context cimport Context
from musiclstm.model.dimensions cimport Dimensions

cdef int _ON, _WAIT


cpdef tuple event_fields(Dimensions d, object event)
@cython.locals(time=int, index=int)
cpdef tuple fields_of(Dimensions d, int delta, int kind, int part, int pitch, int velocity)
@cython.locals(d=Dimensions, found=list, first=int, part=int, half=int, word=cython.ulonglong, pitch=int)
cpdef list held_rows(object layout, Context context)
