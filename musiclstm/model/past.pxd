cimport cython

from musiclstm.model.context cimport Context
from musiclstm.model.dimensions cimport Dimensions
from musiclstm.model.echo cimport Chunk, Echo, EventLog

cdef int _CHUNK
cdef unsigned long long _ONE


@cython.locals(first=Echo, log=EventLog, number=int)
cpdef int event_up_to(Context context, int tick) except? -2
@cython.locals(first=Echo)
cpdef unsigned long long sounded(Context context, int number, int half) except? 1
@cython.locals(d=Dimensions, found=cython.ulonglong, first=Echo, log=EventLog, symbol=int, pitch=int)
cpdef unsigned long long started(Context context, int number, int tick, int half) except? 1
