# The types with which controls.py is compiled.
cimport cython

cdef int _SUSTAIN
cdef int _ALL_SOUND_OFF
cdef int _RESET_CONTROLLERS

@cython.locals(
    rows="long long[:, ::1]", last="long long", moves=list, index=Py_ssize_t, kind=int, first=int, line="long long")
cdef object _gather(messages, found, programs, bint pedal)
