# The types with which parts.py is compiled.
cimport cython

from musiclstm.music.note cimport Note

@cython.locals(flags="unsigned char[::1]", note=Note)
cdef list _parts_of(notes, int parts)

@cython.locals(wanted=list, found=list, note=Note)
cdef list _notes_of(notes, tracks)

@cython.locals(
    parts=list, percussive=list, moved=list, note=Note, part=int, pitch=int, same=bint)
cdef list _moved(notes, dict part_of_track, frozenset kits)

@cython.locals(left="long long", index=Py_ssize_t, at=Py_ssize_t, note=Note)
cdef list _sorted(list notes)

cdef bint _is_before(Note note, Note other)

@cython.locals(rows="long long[:, ::1]", note=Note)
cdef dict _means(piece, tracks)

@cython.locals(
    voices=list, most=Py_ssize_t, centres="double[::1]", free="long long[::1]", ends="double[::1]",
    chosen="long long[::1]", half_tick=double, ordered=list, found=list, first=Py_ssize_t, count=Py_ssize_t,
    onset=double, after=Py_ssize_t, open_=Py_ssize_t, index=Py_ssize_t, voice=Py_ssize_t, note=Note, part=int,
    same=bint)
cdef list _by_voice(list notes, vocabulary, parts)

@cython.locals(left="long long", index=Py_ssize_t, at=Py_ssize_t, note=Note)
cdef list _from_the_top(list notes)

cdef bint _is_above(Note note, Note other)

@cython.locals(
    count=Py_ssize_t, best=Py_ssize_t, index=Py_ssize_t, least=Py_ssize_t, pitch=double, at=Py_ssize_t, note=Note)
cdef object _spread(
    list notes, Py_ssize_t first, Py_ssize_t after, long long[::1] voices, Py_ssize_t free, double[::1] centres,
    long long[::1] chosen)
