cimport cython


@cython.final
cdef class Dimensions:
    cdef readonly object vocabulary
    cdef readonly int parts, symbols, low, high, pitches, resolution, max_delta, velocities
    cdef readonly bint seconds, tuned
    cdef readonly short[16] percussive
    cdef readonly short[16] pitched
    cdef readonly unsigned long long[2] in_range

    cpdef void check(self, int delta, int kind, int part, int pitch, int velocity) except *
    cpdef int velocity_bin(self, int velocity) except -1
