# The types with which controls.py is compiled.
cimport cython

@cython.locals(found=list, rows="long long[:, ::1]", index=Py_ssize_t)
cdef list _without_notes(messages)
