# The types with which event.py is compiled.

cdef class Event:
    cdef readonly long long delta
    cdef readonly object kind
    cdef readonly int pitch
    cdef readonly int velocity
    cdef readonly int part
