cimport cython

from musiclstm.model cimport linear

cdef int _ROWS


@cython.final
cdef class Room:
    cdef float[:, ::1] x
    cdef float[:, ::1] results
    cdef readonly object inputs, outputs
    cdef unsigned char[:, ::1] rounded
    cdef int[:, ::1] sums
    cdef object binding


cdef class Matrix:
    cdef readonly int inputs, outputs
    cdef float[::1] bias
    cdef dict rooms

    @cython.locals(most=int)
    cpdef Room room(self, int count)
    cpdef Room new_room(self, int rows)
    cpdef void multiply(self, Room room, int count) except *


cdef class PlainMatrix(Matrix):
    cdef float[:, ::1] weights

    @cython.locals(row=int)
    cpdef void multiply(self, Room room, int count) except *


cdef class QuantisedMatrix(Matrix):
    cdef object session
    cdef readonly bint moved
    cdef int[::1] totals
    cdef float[::1] scales

    @cython.locals(steps=list, row=int, scale=double, zero=int)
    cpdef void multiply(self, Room room, int count) except *


cdef class MixedMatrix(Matrix):
    cdef Matrix before
    cdef Matrix after
    cdef public double learnt

    @cython.locals(matrix=Matrix, share=double, inner=Room)
    cpdef void multiply(self, Room room, int count) except *
