# The types with which pairing.py is compiled.
cimport cython

cdef int _PORTS
cdef int _PITCHES

@cython.locals(
    given="long long[:, ::1]", rows="long long[:, ::1]", table="int[:, ::1]", count=Py_ssize_t, left=Py_ssize_t,
    index=Py_ssize_t, status="long long", line="long long", port="long long", pitch="long long", place=Py_ssize_t,
    at=Py_ssize_t)
cdef Py_ssize_t _paired(messages, long long player, notes, Py_ssize_t first, sounding, set odd) except -1

@cython.locals(
    rows="long long[:, ::1]", index=Py_ssize_t, player="long long", last="long long", ends=list, at=Py_ssize_t)
cdef object _find_ended(notes, Py_ssize_t first, Py_ssize_t count, controls, set odd)

@cython.locals(
    owners="long long[:]", ticks="long long[:]", numbers="long long[::1]", known=dict, found=dict, last="long long",
    last_key="long long", number="long long", changes=Py_ssize_t, since="long long", then="long long",
    index=Py_ssize_t, player="long long", when=list, programs=list, program="long long", key="long long",
    ordered=list)
cdef tuple _voices(players, starts, controls)
