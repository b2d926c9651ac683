# The types with which parts.py is compiled.
cimport cython

from musiclstm.music.note cimport Note

@cython.locals(note=Note, found=set)
cdef set _parts_of(notes)

@cython.locals(note=Note, part=int, pitch=int, moved=list)
cdef list _moved(notes, dict part_of_track, frozenset kits)

@cython.locals(note=Note, sums=dict, counts=dict)
cdef dict _means(piece, tracks)

@cython.locals(
    voices=list, centres=list, ends=list, half_tick=double, ordered=list, found=list, first=Py_ssize_t,
    count=Py_ssize_t, onset=double, after=Py_ssize_t, free=list, chord=list, index=Py_ssize_t, note=Note)
cdef list _by_voice(notes, vocabulary, parts)

@cython.locals(
    count=Py_ssize_t, free=Py_ssize_t, chosen=list, first=Py_ssize_t, index=Py_ssize_t, best=Py_ssize_t,
    at=Py_ssize_t)
cdef list _spread(list chord, list voices, list centres)
