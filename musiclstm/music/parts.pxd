# The types with which parts.py is compiled.
cimport cython

@cython.locals(values="long long[:, :]", sums="long long[:, ::1]", index=Py_ssize_t, part="long long")
cdef list _sums(notes, int parts)

@cython.locals(
    floats="double[:, :]", ints="long long[:, :]", new_floats="double[:, ::1]", new_ints="long long[:, ::1]",
    table="long long[::1]", struck="unsigned char[::1]", count=Py_ssize_t, index=Py_ssize_t, track="long long",
    part="long long", pitch="long long")
cdef object _moved(notes, int tracks, dict part_of_track, kits)

@cython.locals(
    places="long long[::1]", floats="double[:, :]", ints="long long[:, :]", moved="long long", most="long long",
    index=Py_ssize_t, note=Py_ssize_t, at=Py_ssize_t)
cdef long long _insert(order, times, values) except -2

@cython.locals(row=Py_ssize_t)
cdef bint _is_before(Py_ssize_t note, Py_ssize_t other, double[:, :] times, long long[:, :] values)

@cython.locals(
    floats="double[:, :]", ints="long long[:, :]", ours="long long[::1]", middles="double[::1]", free="long long[::1]",
    ends="double[::1]", most=Py_ssize_t, first=Py_ssize_t, count=Py_ssize_t, onset=double, after=Py_ssize_t,
    open_=Py_ssize_t, voice=Py_ssize_t, index=Py_ssize_t)
cdef object _choose(times, values, voices, centres, double half_tick)

@cython.locals(
    count=Py_ssize_t, best=Py_ssize_t, index=Py_ssize_t, least=Py_ssize_t, pitch=double, at=Py_ssize_t)
cdef object _spread(
    long long[:, :] values, Py_ssize_t first, Py_ssize_t after, long long[::1] voices, Py_ssize_t free,
    double[::1] centres)
