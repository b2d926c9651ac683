# The types with which encoding.py is compiled.
cimport cython

@cython.locals(
    given="long long[:, ::1]", rows="long long[:, ::1]", last="long long[::1]", count=Py_ssize_t, index=Py_ssize_t,
    pitch="long long", part="long long", start="long long", end="long long", velocity="long long", slot=Py_ssize_t,
    before=Py_ssize_t)
cdef _merged(notes, long long low, long long pitches, long long parts)

@cython.locals(
    rows="long long[:, :]", moves="long long[:, ::1]", struck="long long[::1]", slots="long long", count=Py_ssize_t,
    index=Py_ssize_t, part="long long")
cdef tuple _moves(notes, long long low, long long pitches, percussive)

@cython.locals(
    at="long long[::1]", when="long long[::1]", which="long long[::1]", rows="long long[:, :]",
    events="long long[:, ::1]", count=Py_ssize_t, index=Py_ssize_t, move=Py_ssize_t, tick="long long",
    now="long long", note=Py_ssize_t, on=int, off=int, wait=int)
cdef object _with_deltas(order, ticks, places, notes, long long max_delta)

@cython.locals(
    times="long long[:]", rows="const unsigned char[:, ::1]", struck="long long[::1]", off=int, on=int, wait=int,
    index=Py_ssize_t, delta="long long", kind=int, part=int, pitch=int, velocity=int)
cdef bint _fit(deltas, events, long long low, long long high, percussive, long long max_delta) except -1
