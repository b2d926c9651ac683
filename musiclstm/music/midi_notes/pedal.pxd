# The types with which pedal.py is compiled.
cimport cython

@cython.locals(
    found="long long[::1]", places="long long[::1]", rows="long long[:, ::1]", following="long long[:, ::1]",
    pedal="long long[::1]", silence="long long[::1]", current="long long", endless=bint, index=Py_ssize_t, at=Py_ssize_t, start="long long",
    end="long long", pitch="long long", moved=Py_ssize_t, lifted=bint, until="long long", ended=Py_ssize_t)
cdef object _prolong(
    ends, order, notes, list pedals, list silences, long long last, long long bound)

@cython.locals(low=Py_ssize_t, high=Py_ssize_t, middle=Py_ssize_t)
cdef Py_ssize_t _until(long long[::1] ticks, long long tick)

@cython.locals(moves=list, tick=object, value=int, down=bint)
cdef list _moves(values)
