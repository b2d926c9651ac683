# The types with which packed.py is compiled.
cimport cython

from musiclstm.music.event cimport Event

@cython.locals(
    values="long long[:, :]", fields="unsigned char[:, ::1]", index=Py_ssize_t, row=Py_ssize_t, value="long long",
    most="long long[::1]")
cpdef pack_columns(columns)

@cython.locals(rows="long long[:, :]", index=Py_ssize_t, kind="long long", events=list)
cpdef list unpack_columns(columns)
