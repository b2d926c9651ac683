cimport cython

cdef int _REACH, _LENGTH, _CHUNK, _WIDTH


@cython.final
cdef class Chunk:
    cdef readonly list columns
    cdef unsigned short[::1] key
    cdef unsigned short[::1] step
    cdef int[::1] tick
    cdef unsigned char[::1] velocity
    cdef readonly unsigned char[::1] sounds
    cdef short[::1] key_link
    cdef short[::1] step_link
    cdef short[::1] key_last
    cdef short[::1] step_last
    cdef readonly int filled

    cdef void append(self, int key, int step, int tick, int velocity) except *
    @cython.locals(hash_=int)
    cdef void link(self, int index) except *
    cdef void set_sounds(self, int index, int half, unsigned long long word) except *
    @cython.locals(word=cython.ulonglong, byte=int)
    cdef unsigned long long sounds_of(self, int index, int half) except? 1


cdef int hash_of(int value) noexcept


@cython.final
cdef class EventLog:
    cdef readonly tuple chunks
    cdef readonly int count
    cdef readonly int dropped

    @cython.locals(before=int, index=int, key=int, chunk=Chunk)
    cpdef EventLog after(self, int symbol, int pitch, int tick, int velocity)
    cdef Chunk last(self)
    cdef Chunk chunk(self, int number)
    @cython.locals(chunk=Chunk)
    cpdef int symbol(self, int number) except -1
    @cython.locals(chunk=Chunk)
    cpdef int pitch(self, int number) except -1
    @cython.locals(chunk=Chunk)
    cpdef int tick(self, int number) except? -1
    @cython.locals(chunk=Chunk)
    cpdef int velocity(self, int number) except -1
    @cython.locals(
        which=int, later=int, half=int, chunk=Chunk, start=int, ticks=int[::1], first=int, end=int, middle=int,
    )
    cpdef int first_from(self, int tick) except -1
    @cython.locals(
        now=int, earliest=int, hash_=int, best=int, longest=int, which=int, chunk=Chunk, start=int, index=int,
        number=int, length=int,
    )
    cpdef tuple longest_match(self, bint intervals)
    @cython.locals(
        found=list, now=int, earliest=int, hash_=int, which=int, chunk=Chunk, start=int, index=int, number=int,
    )
    cpdef list continuations(self, int length, bint intervals)
    @cython.locals(chunk=Chunk)
    cdef int compared(self, int number, bint intervals) except -1
    @cython.locals(length=int, most=int)
    cdef int agreeing(self, int number, int now, int earliest, bint intervals) except -1


@cython.final
cdef class Echo:
    cdef readonly EventLog log
    cdef readonly bint intervals
    cdef readonly int pointer
    cdef readonly int length

    @cython.locals(intervals=bint)
    cpdef Echo after(self, EventLog log)
    @cython.locals(pointer=int, length=int)
    cpdef Echo found(self, EventLog log)
    @cython.locals(pitch=int)
    cpdef int pitch(self) except? -1
    cpdef int distance(self) except? -1
