# The types with which columns.py is compiled.
cimport cython

from musiclstm.music.note cimport Note

@cython.locals(rows="double[:, ::1]", index=Py_ssize_t, note=Note)
cpdef columns_of(notes)

@cython.locals(
    notes=list, floats="double[:, :]", ints="long long[:, :]", index=Py_ssize_t, onset=double, duration=double,
    pitch=int, velocity=int, part=int)
cpdef list notes_of(times, values)
