# The types with which sketch.py is compiled.
cimport cython

cdef unsigned long long _RUN
cdef unsigned long long _MASK
cdef unsigned long long _SPREAD
cdef unsigned long long _AGAIN

@cython.locals(
    times="double[:, :]", values="long long[:, :]", counts="unsigned char[::1]", table="unsigned int[::1]",
    total=Py_ssize_t, end=Py_ssize_t, before="long long", run="unsigned long long", known="long long", onset=double,
    pitches="long long[::1]", at=Py_ssize_t, size=Py_ssize_t, pitch="long long", mixed="unsigned long long")
cpdef sketch(notes, tuned)
