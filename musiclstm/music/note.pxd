# The types with which note.py is compiled.

cdef class Note:
    cdef readonly double onset
    cdef readonly double duration
    cdef readonly int pitch
    cdef readonly int velocity
    cdef readonly int part
