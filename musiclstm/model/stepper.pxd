cimport cython

from musiclstm.model cimport linear
from musiclstm.model.matrices cimport Matrix, Room


cdef class Stepper:
    cdef readonly int layers, units, embedding, width
    cdef readonly list matrices

    @cython.locals(
        count=int, layers=int, units=int, layer=int, row=int, h=float[:, :, ::1], c=float[:, :, ::1],
        g=float[:, :, :, ::1], given=float[:, ::1], matrix=Matrix, room=Room, before=float[:, ::1],
    )
    cpdef list step(self, object states, object x)
    @cython.locals(h=float[:, :, ::1], count=int, last=int, row=int, matrix=Matrix, room=Room)
    cpdef object project(self, object hidden)
