"""The functions of `linear.py`, which explains them, in C."""

from libc.stdlib cimport free, malloc

cdef extern from "linear.h" nogil:
    void add_row(float *out, const float *row, int width)
    void add_rows(float *out, const float *table, const int *rows, int count, int width)
    void add_product(float *out, const float *x, const float *matrix, int rows, int width)
    void rectify_all(float *x, int count)
    void score_all(
        const float *table, const int *rows, const int *starts, const float *vectors, const int *which,
        const float *matrix, const float *bias, const float *weights, float *z, float *y, float *out, int count,
        int width,
    )
    float quantise_all(const float *x, unsigned char *out, int count, int *zero)
    void move_all(const unsigned char *rounded, int inputs, int *sums, int outputs)
    void scale_all(
        const int *sums, float scale, int zero, const int *totals, const float *scales, const float *bias, float *out,
        int count,
    )
    double highest_of(const float *logits, const unsigned char *mask, int count)
    double weigh_all(const float *logits, const unsigned char *mask, double temperature, double *out, int count)
    ctypedef struct Choice:
        double weight
        int index
    void keep_likeliest_of(double *weights, double top_p, int count, Choice *sorted)
    int chosen_of(const double *weights, double uniform, int count)
    void gates_all(const float *z, const float *c, float *h_after, float *c_after, float *gates, int units)


cpdef void sum_rows(float[:, ::1] table, list rows, float[::1] out):
    cdef int[4096] numbers  # a row for each note that sounds, of 16 parts, and some more
    cdef int count = 0, row
    for row in rows:
        numbers[count] = row
        count += 1
    out[:] = 0.0
    add_rows(&out[0], &table[0, 0], numbers, count, <int>table.shape[1])


cpdef void add(float[::1] x, float[::1] out):
    add_row(&out[0], &x[0], <int>x.shape[0])


cpdef void product(float[::1] x, float[:, ::1] matrix, float[::1] out):
    add_product(&out[0], &x[0], &matrix[0, 0], <int>matrix.shape[0], <int>matrix.shape[1])


cpdef void rectify(float[::1] x):
    rectify_all(&x[0], <int>x.shape[0])


cpdef void scores(
    float[:, ::1] table, int[::1] rows, int[::1] starts, float[:, ::1] vectors, int[::1] which,
    float[:, ::1] matrix, float[::1] bias, float[::1] weights, float[:, ::1] z, float[:, ::1] y, float[::1] out,
    int count,
):
    score_all(
        &table[0, 0], &rows[0], &starts[0], &vectors[0, 0], &which[0], &matrix[0, 0], &bias[0], &weights[0], &z[0, 0],
        &y[0, 0], &out[0], count, <int>table.shape[1],
    )


cpdef tuple quantise(float[::1] x, unsigned char[::1] out):
    cdef int zero = 0
    cdef float scale = quantise_all(&x[0], &out[0], <int>x.shape[0], &zero)
    return scale, zero


cpdef void move_back(unsigned char[::1] rounded, int[::1] sums):
    move_all(&rounded[0], <int>rounded.shape[0], &sums[0], <int>sums.shape[0])


cpdef void rescale(
    int[::1] sums, double scale, int zero, int[::1] totals, float[::1] scales, float[::1] bias, float[::1] out
):
    scale_all(&sums[0], <float>scale, zero, &totals[0], &scales[0], &bias[0], &out[0], <int>sums.shape[0])


cpdef void gates(float[::1] z, float[::1] c, float[::1] h_after, float[::1] c_after, float[:, ::1] out):
    gates_all(&z[0], &c[0], &h_after[0], &c_after[0], &out[0, 0], <int>c.shape[0])


cpdef double highest(float[::1] logits, unsigned char[::1] mask):
    return highest_of(&logits[0], &mask[0], <int>logits.shape[0])


cpdef double weigh(float[::1] logits, unsigned char[::1] mask, double temperature, double[::1] out):
    return weigh_all(&logits[0], &mask[0], temperature, &out[0], <int>logits.shape[0])


cpdef void keep_likeliest(double[::1] weights, double top_p) except *:
    cdef int count = <int>weights.shape[0]
    cdef Choice *sorted = <Choice *>malloc(count * sizeof(Choice))
    if sorted == NULL:
        raise MemoryError
    keep_likeliest_of(&weights[0], top_p, count, sorted)
    free(sorted)


cpdef int chosen(double[::1] weights, double uniform):
    return chosen_of(&weights[0], uniform, <int>weights.shape[0])
