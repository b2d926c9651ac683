cimport cython

from musiclstm.model cimport linear


@cython.final
cdef class Sampler:
    cdef double[::1] weights
    cdef readonly int index
    cdef readonly double surprise

    @cython.locals(weights=double[::1])
    cpdef void draw(
        self, float[::1] logits, float[::1] tempered, unsigned char[::1] possible, unsigned char[::1] allowed,
        double temperature, double top_p, double uniform,
    ) except *
    @cython.locals(weights=double[::1], total=double)
    cpdef void rate(self, float[::1] logits, unsigned char[::1] possible, int index) except *
