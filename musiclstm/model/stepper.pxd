cimport cython

from musiclstm.model cimport linear


cdef class Stepper:
    cdef readonly int layers, units, embedding, width
    cdef readonly object matrices, projections

    @cython.locals(
        count=int, layers=int, units=int, layer=int, row=int, h=float[:, :, ::1], c=float[:, :, ::1],
        g=float[:, :, :, ::1], below=float[:, ::1], rows=float[:, ::1], before=float[:, ::1], z=float[:, ::1],
    )
    cpdef list step(self, object states, object x)
