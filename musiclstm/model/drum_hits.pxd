cimport cython

from musiclstm.model.context cimport Context
from musiclstm.model.echo cimport Echo, EventLog


cpdef int timing_tolerance(int resolution)
@cython.locals(first=Echo, log=EventLog, tolerance=int, then=int, start=int, end=int)
cpdef (int, int) hits_at(Context context, int lag, int delta=*)
@cython.locals(first=Echo, log=EventLog, found=int, start=int, end=int, number=int)
cpdef int velocity_at(Context context, int pitch, int lag, int delta=*) except -1
@cython.locals(first=Echo, log=EventLog, tolerance=int, number=int)
cpdef bint was_hit(Context context, int pitch, int tick) except -1
@cython.locals(
    first=Echo, log=EventLog, tolerance=int, now=int, count=int, number=int, pitch=int, again=int, missing=bint,
    other=int, lately=int,
)
cpdef int next_repeat(Context context, int lag, int delta=*) except? -2
@cython.locals(first=Echo, number=int)
cpdef int repeat_tick(Context context, int lag, int delta=*) except? -2
