cimport cython

from musiclstm.model.context cimport Context
from musiclstm.model.dimensions cimport Dimensions
from musiclstm.model.echo cimport Echo, EventLog

cdef int _MAX_REPEATS, _HITS


@cython.final
cdef class EchoFeatures:
    cdef readonly object layout
    cdef readonly int max_match
    cdef readonly tuple nothing

    @cython.locals(d=Dimensions, bar=int, echo=Echo, all_=Echo, transposing=Echo)
    cpdef tuple expected(self, Context context)
    @cython.locals(echo=Echo, part=int, soonest=tuple, each=tuple)
    cdef tuple of_melodies(self, Context context)
    @cython.locals(echo=Echo)
    cpdef tuple with_melody(self, tuple expected, Context context, int part)
    @cython.locals(limit=int, length=int, is_loop=bint, log=EventLog, distance=int, same_position=bint)
    cpdef tuple of_echo(self, Context context, Echo echo)
    @cython.locals(number=int, first=Echo, log=EventLog, agreed=int, last=int, tick=int, strength=int)
    cdef tuple of_hit(self, Context context, int lag)
    @cython.locals(d=Dimensions, delta=int, time=int, velocity_bin=int)
    cdef tuple features(self, Context context, int symbol, int pitch, int tick, int velocity, int strength)
