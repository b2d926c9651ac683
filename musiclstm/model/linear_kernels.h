/* The kernels of `linear.h`, for one width of vectors, WIDTH bytes; their names end in `_WIDTH`. */

#define JOINED(name, width) name##_##width
#define NAMED(name, width) JOINED(name, width)
#define OWN(name) NAMED(name, WIDTH)
#define Vector OWN(Vector)
#define NUMBERS (WIDTH / 4) /* of a vector */

/* Sums are kept in vectors, because compilers do not always see that an array could stay in registers. */
#if defined(__GNUC__)
typedef float Vector __attribute__((vector_size(WIDTH)));
#define PLUS(a, b) ((a) + (b))
#define TIMES(a, b) ((a) * (b))
#define SCALED(factor, a) ((factor) * (a))
#else
typedef struct { float x[NUMBERS]; } Vector;
static __inline Vector OWN(plus)(Vector a, Vector b) {
    for (int j = 0; j < NUMBERS; j++) a.x[j] += b.x[j];
    return a;
}
static __inline Vector OWN(times)(Vector a, Vector b) {
    for (int j = 0; j < NUMBERS; j++) a.x[j] *= b.x[j];
    return a;
}
static __inline Vector OWN(scaled)(float factor, Vector a) {
    for (int j = 0; j < NUMBERS; j++) a.x[j] *= factor;
    return a;
}
#define PLUS OWN(plus)
#define TIMES OWN(times)
#define SCALED OWN(scaled)
#endif
INLINE Vector OWN(at)(const float *x) {
    Vector a;
    memcpy(&a, x, sizeof a);
    return a;
}
INLINE void OWN(put)(float *x, Vector a) { memcpy(x, &a, sizeof a); }

static void OWN(add_row)(float *restrict out, const float *restrict row, int width) {
    for (int j = 0; j < width; j++) out[j] += row[j];
}

/* out += the sum of some rows of a table. */
static void OWN(add_rows)(float *restrict out, const float *restrict table, const int *restrict rows, int count,
                          int width) {
    int first = 0;
    for (; first + 64 <= width; first += 64) {
        Vector sum[64 / NUMBERS];
        for (int v = 0; v < 64 / NUMBERS; v++) sum[v] = OWN(at)(out + first + v * NUMBERS);
        for (int n = 0; n < count; n++) {
            const float *row = table + (size_t)rows[n] * width + first;
            for (int v = 0; v < 64 / NUMBERS; v++) sum[v] = PLUS(sum[v], OWN(at)(row + v * NUMBERS));
        }
        for (int v = 0; v < 64 / NUMBERS; v++) OWN(put)(out + first + v * NUMBERS, sum[v]);
    }
    for (int n = 0; first < width && n < count; n++)
        for (int j = first; j < width; j++) out[j] += table[(size_t)rows[n] * width + j];
}

/* out += x @ matrix; matrix has `rows` rows of `width`. */
static void OWN(add_product)(float *restrict out, const float *restrict x, const float *restrict matrix, int rows,
                             int width) {
    int first = 0;
    for (; first + 64 <= width; first += 64) {
        Vector sum[64 / NUMBERS];
        for (int v = 0; v < 64 / NUMBERS; v++) sum[v] = OWN(at)(out + first + v * NUMBERS);
        for (int k = 0; k < rows; k++) {
            const float *row = matrix + (size_t)k * width + first;
            for (int v = 0; v < 64 / NUMBERS; v++)
                sum[v] = PLUS(sum[v], SCALED(x[k], OWN(at)(row + v * NUMBERS)));
        }
        for (int v = 0; v < 64 / NUMBERS; v++) OWN(put)(out + first + v * NUMBERS, sum[v]);
    }
    for (int k = 0; first < width && k < rows; k++)
        for (int j = first; j < width; j++) out[j] += x[k] * matrix[(size_t)k * width + j];
}

/* As add_product, of four rows one after another, of `out` and of x. */
static void OWN(add_four_products)(float *restrict out, const float *restrict x, const float *restrict matrix,
                                   int rows, int width) {
    int first = 0;
    for (; first + 2 * NUMBERS <= width; first += 2 * NUMBERS) {
        Vector sum[4][2];
        for (int n = 0; n < 4; n++)
            for (int v = 0; v < 2; v++) sum[n][v] = OWN(at)(out + (size_t)n * width + first + v * NUMBERS);
        for (int k = 0; k < rows; k++) {
            const float *row = matrix + (size_t)k * width + first;
            const Vector a = OWN(at)(row), b = OWN(at)(row + NUMBERS);
            for (int n = 0; n < 4; n++) {
                const float factor = x[(size_t)n * rows + k];
                sum[n][0] = PLUS(sum[n][0], SCALED(factor, a));
                sum[n][1] = PLUS(sum[n][1], SCALED(factor, b));
            }
        }
        for (int n = 0; n < 4; n++)
            for (int v = 0; v < 2; v++) OWN(put)(out + (size_t)n * width + first + v * NUMBERS, sum[n][v]);
    }
    for (int n = 0; n < 4; n++)
        for (int k = 0; first < width && k < rows; k++)
            for (int j = first; j < width; j++)
                out[(size_t)n * width + j] += x[(size_t)n * rows + k] * matrix[(size_t)k * width + j];
}

static void OWN(rectify_all)(float *x, int count) {
    for (int j = 0; j < count; j++) x[j] = x[j] > 0.0f ? x[j] : 0.0f;
}

static float OWN(dot)(const float *restrict x, const float *restrict y, int count) {
    float sums[16] = {0}, total = 0.0f;
    int first = 0;
    Vector sum[16 / NUMBERS];
    for (int v = 0; v < 16 / NUMBERS; v++) sum[v] = OWN(at)(sums + v * NUMBERS);
    for (; first + 16 <= count; first += 16)
        for (int v = 0; v < 16 / NUMBERS; v++) {
            const int j = first + v * NUMBERS;
            sum[v] = PLUS(sum[v], TIMES(OWN(at)(x + j), OWN(at)(y + j)));
        }
    for (int v = 0; v < 16 / NUMBERS; v++) OWN(put)(sums + v * NUMBERS, sum[v]);
    for (int j = 0; j < 16; j++) total += sums[j];
    for (; first < count; first++) total += x[first] * y[first];
    return total;
}

/* A small network applied to several items: weights · relu(relu(z) @ matrix + bias), where the z of each is a sum of
   rows of a table, those from starts[n] to starts[n + 1], and one of some vectors, that from which[n]. z and y have room
   for three items more, so that four can be multiplied at once. */
static void OWN(score_all)(const float *restrict table, const int *restrict rows, const int *restrict starts,
                              const float *restrict vectors, const int *restrict which,
                              const float *restrict matrix, const float *restrict bias,
                              const float *restrict weights, float *restrict z, float *restrict y,
                              float *restrict found, int count, int width) {
    for (int n = 0; n < count; n++) {
        float *restrict out = z + (size_t)n * width;
        memcpy(out, vectors + (size_t)which[n] * width, width * sizeof *out);
        OWN(add_rows)(out, table, rows + starts[n], starts[n + 1] - starts[n], width);
        for (int j = 0; j < width; j++) out[j] = out[j] > 0.0f ? out[j] : 0.0f;
        memcpy(y + (size_t)n * width, bias, width * sizeof *bias);
    }
    for (int n = 0; n < count; n += 4)
        OWN(add_four_products)(y + (size_t)n * width, z + (size_t)n * width, matrix, width, width);
    for (int n = 0; n < count; n++) {
        float *restrict hidden = y + (size_t)n * width;
        for (int j = 0; j < width; j++) hidden[j] = hidden[j] > 0.0f ? hidden[j] : 0.0f;
        found[n] = OWN(dot)(hidden, weights, width);
    }
}

/* e to the power of x, within 2 units in the last place (the polynomial of Cephes' expf). */
INLINE float OWN(power_of_e)(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    const float shifted = x * 1.44269504f + 12582912.0f; /* rounds to a whole number */
    const float n = shifted - 12582912.0f;
    const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    const int32_t bits = ((int32_t)n + 127) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

/* x in 8 bits, as ONNX's DynamicQuantizeLinear: x = scale * (out - zero). Returns the scale. */
static float OWN(quantise_all)(const float *restrict x, uint8_t *restrict out, int count, int *zero) {
    float low = 0.0f, high = 0.0f;
    for (int j = 0; j < count; j++) low = x[j] < low ? x[j] : low;
    for (int j = 0; j < count; j++) high = x[j] > high ? x[j] : high;
    const float range = (high - low) / 255.0f; /* 0, too, for what is almost 0 */
    const float scale = range == 0.0f ? 1.0f : range;
    float shift = nearbyintf(0.0f - low / scale);
    shift = shift < 0.0f ? 0.0f : shift > 255.0f ? 255.0f : shift;
    for (int j = 0; j < count; j++) {
        float value = x[j] / scale;
        /* Rounds half to even, as long as the sum stays below 2 to the power of 23. */
        value = (value + 12582912.0f) - 12582912.0f + shift;
        value = value < 0.0f ? 0.0f : value > 255.0f ? 255.0f : value;
        out[j] = (uint8_t)(int)value;
    }
    *zero = (int)shift;
    return scale;
}

/* sums -= 128 times the sum of `rounded`. */
static void OWN(move_all)(const uint8_t *restrict rounded, int inputs, int32_t *restrict sums, int outputs) {
    int32_t total = 0;
    for (int j = 0; j < inputs; j++) total += rounded[j];
    for (int j = 0; j < outputs; j++) sums[j] -= 128 * total;
}

/* The sums of a product of whole numbers as what they stand for; `totals` are the sums of the matrix's columns. */
static void OWN(scale_all)(const int32_t *restrict sums, float scale, int zero, const int32_t *restrict totals,
                              const float *restrict scales, const float *restrict bias, float *restrict out,
                              int count) {
    for (int j = 0; j < count; j++) out[j] = (float)(sums[j] - zero * totals[j]) * (scale * scales[j]) + bias[j];
}

/* The gate equations. z: four blocks, input, forget, new value, output. gates: three, forget, input, output. */
static void OWN(gates_all)(const float *restrict z, const float *restrict c, float *restrict h_after,
                              float *restrict c_after, float *restrict gates, int units) {
    for (int j = 0; j < units; j++) gates[units + j] = 1.0f / (1.0f + OWN(power_of_e)(-z[j]));
    for (int j = 0; j < units; j++) gates[j] = 1.0f / (1.0f + OWN(power_of_e)(-z[units + j]));
    for (int j = 0; j < units; j++) gates[2 * units + j] = 1.0f / (1.0f + OWN(power_of_e)(-z[3 * units + j]));
    for (int j = 0; j < units; j++) {
        const float added = 1.0f - 2.0f / (1.0f + OWN(power_of_e)(2.0f * z[2 * units + j]));
        c_after[j] = gates[j] * c[j] + gates[units + j] * added;
    }
    for (int j = 0; j < units; j++) {
        const float shown = 1.0f - 2.0f / (1.0f + OWN(power_of_e)(2.0f * c_after[j]));
        h_after[j] = gates[2 * units + j] * shown;
    }
}

#undef Vector
#undef NUMBERS
#undef PLUS
#undef TIMES
#undef SCALED
#undef OWN
#undef NAMED
#undef JOINED
