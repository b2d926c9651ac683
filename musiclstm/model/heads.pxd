cimport cython

from musiclstm.model cimport linear
from musiclstm.model.features.pitches cimport PitchFeatures


@cython.final
cdef class Head:
    cdef readonly int index, reach, choices
    cdef float[:, ::1] table
    cdef float[::1] bias
    cdef float[:, ::1] out
    cdef float[:, :, ::1] echo
    cdef float[:, ::1] near
    cdef float[::1] hidden_layer
    cdef float[::1] values

    cpdef void mix(self, Head before, Head after, double learnt) except *
    @cython.locals(z=float[::1])
    cdef float[::1] hidden(self, float[::1] projection, list rows)
    @cython.locals(values=float[::1], used=int, number=int, agreed=int, field=int, value=int, echo=tuple, strength=int)
    cdef float[::1] logits(self, float[::1] hidden, tuple echoes, tuple chosen, tuple expected=*)
    @cython.locals(values=float[::1], belief=float, choice=int)
    cdef void believe(self, int number, int value) except *


@cython.final
cdef class TiedHead:
    cdef readonly PitchFeatures features
    cdef int pitches, low
    cdef bint has_classes
    cdef float[:, ::1] table
    cdef float[:, ::1] given
    cdef float[:, ::1] middle
    cdef float[::1] bias
    cdef float[::1] weights
    cdef float[:, ::1] classes
    cdef float[::1] turned
    cdef float[::1] given_sum
    cdef float[:, ::1] vectors
    cdef int[::1] rows
    cdef int[::1] starts
    cdef int[::1] which
    cdef float[:, ::1] z
    cdef float[:, ::1] y
    cdef float[::1] found

    cpdef void mix(self, TiedHead before, TiedHead after, double learnt) except *
    @cython.locals(features=PitchFeatures, count=int, end=int, known=int, pitch=int, pitch_class=int)
    cpdef void add_scores(self, float[::1] hidden, unsigned char[::1] wanted, float[::1] logits) except *
    @cython.locals(vector=float[::1], turned=float[::1], span=int, index=int)
    cdef void describe_class(self, int first) except *
