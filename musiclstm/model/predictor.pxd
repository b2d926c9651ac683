cimport cython

from musiclstm.model cimport linear
from musiclstm.model.context cimport Context
from musiclstm.model.features.echoes cimport EchoFeatures
from musiclstm.model.heads cimport Head, TiedHead
from musiclstm.model.pitch_sets cimport PitchSets
from musiclstm.model.sampling cimport Sampler

cdef int _TIME, _SYMBOL, _PITCH, _VELOCITY, _BAR


@cython.final
cdef class Inputs:
    cdef readonly list timing
    cdef readonly tuple expected
    cdef readonly list held


@cython.final
cdef class Predictor:
    cdef readonly object layout
    cdef readonly EchoFeatures echo_features
    cdef readonly int echoes, parts, low, pitches, velocities, symbols, max_delta, class_start, expected_times
    cdef readonly bint lstm_delays
    cdef float[:, ::1] input_table
    cdef readonly Head time, symbol, pitch, velocity
    cdef readonly TiedHead tied
    cdef readonly list field_starts, timing_starts, echo_starts, velocity_starts, delays
    cdef readonly Sampler sampler
    cdef unsigned char[::1] possible
    cdef unsigned char[::1] allowed
    cdef unsigned char[::1] every
    cdef readonly tuple drawn
    cdef readonly double surprise

    cpdef Inputs inputs(self, Context context)
    cpdef Inputs inputs_of(self, Context context, list timing, tuple expected)
    @cython.locals(rows=list)
    cpdef void read(self, tuple fields, Inputs inputs, float[::1] out) except *
    cdef int pitch_class(self, int pitch) noexcept
    @cython.locals(index=int, number=int, one=tuple, start=int, value=int)
    cdef void add_rows(self, list rows, list timing, bint delays, tuple expected, Inputs inputs) except *
    @cython.locals(rows=list, timing=list, expected=list, hidden=float[::1])
    cpdef float[::1] time_logits(self, float[:, ::1] projections, Inputs inputs)
    @cython.locals(rows=list)
    cpdef float[::1] symbol_logits(self, float[:, ::1] projections, Context context, Inputs inputs, int time)
    @cython.locals(expected=tuple, rows=list, hidden=float[::1], logits=float[::1])
    cpdef float[::1] pitch_logits(
        self, float[:, ::1] projections, Context context, Inputs inputs, int time, int symbol,
        unsigned char[::1] wanted, float[:, ::1] chord=*,
    )
    @cython.locals(part=int, expected=tuple, velocities=tuple, rows=list, index=int, hidden=float[::1])
    cpdef float[::1] velocity_logits(
        self, float[:, ::1] projections, Context context, Inputs inputs, int time, int symbol, int pitch
    )
    cdef list timing(self, int field, Context context, int time)
    @cython.locals(
        time=int, symbol=int, pitch=int, velocity=int, sampler=Sampler, later=int, of_time=double, of_symbol=double,
        of_pitch=double, of_velocity=double, mask=cython.uchar[::1], wanted=cython.uchar[::1], logits=float[::1],
        added=object, chord=object,
    )
    cpdef tuple rate(
        self, float[:, ::1] projections, Context context, Inputs inputs, PitchSets possible, unsigned char[::1] times,
        tuple fields, object bias=*, object told=*,
    )
    @cython.locals(logits=float[::1], tempered=float[::1])
    cpdef int draw_time(
        self, float[:, ::1] projections, Inputs inputs, unsigned char[::1] possible, unsigned char[::1] allowed,
        object bias, object constraints, double uniform,
    ) except -1
    @cython.locals(
        sampler=Sampler, later=int, temperature=double, top_p=double, mask=cython.uchar[::1], left=cython.uchar[::1],
        all_=cython.uchar[::1], symbol=int, surprise=double, pitch=int, velocity=int, logits=float[::1],
        tempered=float[::1], added=object, expected=tuple, chord=object,
    )
    cpdef void draw_note(
        self, float[:, ::1] projections, Context context, Inputs inputs, int time, PitchSets possible,
        PitchSets allowed, object constraints, object quoting, object uniforms, object bias=*,
        object starting=*, object loudness=*, object told=*,
    ) except *
