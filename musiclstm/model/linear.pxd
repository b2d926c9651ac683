cpdef void sum_rows(float[:, ::1] table, list rows, float[::1] out)
cpdef void add(float[::1] x, float[::1] out)
cpdef void product(float[::1] x, float[:, ::1] matrix, float[::1] out)
cpdef void rectify(float[::1] x)
cpdef void scores(
    float[:, ::1] table, int[::1] rows, int[::1] starts, float[:, ::1] vectors, int[::1] which,
    float[:, ::1] matrix, float[::1] bias, float[::1] weights, float[:, ::1] z, float[:, ::1] y, float[::1] out,
    int count,
)
cpdef tuple quantise(float[::1] x, unsigned char[::1] out)
cpdef void move_back(unsigned char[::1] rounded, int[::1] sums)
cpdef void rescale(
    int[::1] sums, double scale, int zero, int[::1] totals, float[::1] scales, float[::1] bias, float[::1] out
)
cpdef void gates(float[::1] z, float[::1] c, float[::1] h_after, float[::1] c_after, float[:, ::1] out)
cpdef double highest(float[::1] logits, unsigned char[::1] mask)
cpdef double weigh(float[::1] logits, unsigned char[::1] mask, double temperature, double[::1] out)
cpdef void keep_likeliest(double[::1] weights, double top_p) except *
cpdef int chosen(double[::1] weights, double uniform)
