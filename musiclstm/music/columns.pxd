# The types with which columns.py is compiled.
cimport cython

from musiclstm.music.note cimport Note

@cython.locals(rows="double[:, ::1]", index=Py_ssize_t, note=Note)
cpdef columns_of(notes)

@cython.locals(
    notes=list, floats="double[:, :]", ints="long long[:, :]", index=Py_ssize_t, onset=double, duration=double,
    pitch=int, velocity=int, part=int)
cpdef list notes_of(columns)

@cython.locals(values="long long[:]", largest="long long", index=Py_ssize_t)
cdef object _largest(column)

@cython.locals(numbers="long long[::1]", values="long long[:]", index=Py_ssize_t)
cdef object _append(rows, column, int width)
