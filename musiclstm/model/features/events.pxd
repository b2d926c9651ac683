cimport cython

from musiclstm.model.context cimport Context
from musiclstm.model.dimensions cimport Dimensions


@cython.locals(d=Dimensions, found=list, first=int, part=int, half=int, word=cython.ulonglong, pitch=int)
cpdef list held_rows(object layout, Context context)
