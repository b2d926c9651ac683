cimport cython

from musiclstm.model.context cimport Context
from musiclstm.model.echo cimport Echo, EventLog


cpdef int timing_tolerance(int resolution)
@cython.locals(first=Echo, log=EventLog, tolerance=int, resolution=int, now=int, then=int, number=int)
cpdef list hits_at_lags(Context context, int delta=*)
@cython.locals(first=Echo, log=EventLog, tolerance=int, number=int)
cpdef bint was_hit(Context context, int pitch, int tick) except -1
@cython.locals(
    first=Echo, log=EventLog, tolerance=int, now=int, lately=int, end=int, number=int, pitch=int, again=int,
    missing=bint, other=int,
)
cpdef int next_repeat(Context context, int lag, int delta=*) except? -2
@cython.locals(first=Echo, number=int)
cpdef int repeat_tick(Context context, int lag, int delta=*) except? -2
