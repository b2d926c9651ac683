cimport cython

from musiclstm.model cimport linear


cdef class PlainMatrix:
    cdef readonly object weights, bias

    @cython.locals(rows=float[:, ::1], results=float[:, ::1], weights=float[:, ::1], row=int)
    cpdef object times(self, object x)


cdef class QuantisedMatrix:
    cdef object session
    cdef dict rooms
    cdef readonly int inputs, outputs
    cdef int[::1] totals
    cdef float[::1] scales
    cdef float[::1] bias

    @cython.locals(
        count=int, rows=float[:, ::1], rounded=cython.uchar[:, ::1], sums=int[:, ::1], results=float[:, ::1], row=int,
        scale=double, zero=int, steps=list,
    )
    cpdef object times(self, object x)
