# The types with which controls.py is compiled.
cimport cython

cdef int _SUSTAIN
cdef int _ALL_SOUND_OFF
cdef int _RESET_CONTROLLERS

@cython.locals(found=list, rows="long long[:, ::1]", index=Py_ssize_t)
cdef list _without_notes(messages)

@cython.locals(
    index=Py_ssize_t, tick=object, status="long long", first=int, second=object, kind=int, line="long long")
cpdef controls_of(file)
