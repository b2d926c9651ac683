# The types with which tracks.py is compiled.
cimport cython

@cython.locals(
    at=Py_ssize_t, tick="long long", running=int, end=Py_ssize_t, count=Py_ssize_t, most_here=Py_ssize_t,
    messages="long long[:, ::1]", port="long long", byte=int, delta="long long", status=int, kind=int, first=int,
    second=int, length=Py_ssize_t, content=bytes)
cdef object _read(bytes data, object found, dict ports, Py_ssize_t most)

cdef bint _is_kept(int controller)

cdef (int, Py_ssize_t) _data_byte(bytes data, Py_ssize_t at) except *

@cython.locals(value="long long", offset=int, byte=int)
cdef (long long, Py_ssize_t) _number(bytes data, Py_ssize_t at) except *
