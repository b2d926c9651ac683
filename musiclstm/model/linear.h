/* Sums and products of single-precision numbers, the same on every machine: each result is a sum in a fixed order, and
   the compiler must not contract a product and a sum into one operation (-ffp-contract=off). */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_MSC_VER)
#define restrict __restrict
#endif

/* On x86 the compiler makes a version for each of these, and the fastest that the machine has is taken. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__)
#define FASTEST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FASTEST
#endif

/* Sixteen numbers that stay in registers, which compilers do not always see of an array. */
#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
typedef float Lanes __attribute__((vector_size(64)));
INLINE Lanes plus(Lanes a, Lanes b) { return a + b; }
INLINE Lanes times(float factor, Lanes a) { return factor * a; }
INLINE Lanes each_times(Lanes a, Lanes b) { return a * b; }
#else
#define INLINE static __inline
typedef struct { float x[16]; } Lanes;
INLINE Lanes plus(Lanes a, Lanes b) {
    for (int j = 0; j < 16; j++) a.x[j] += b.x[j];
    return a;
}
INLINE Lanes times(float factor, Lanes a) {
    for (int j = 0; j < 16; j++) a.x[j] *= factor;
    return a;
}
INLINE Lanes each_times(Lanes a, Lanes b) {
    for (int j = 0; j < 16; j++) a.x[j] *= b.x[j];
    return a;
}
#endif
INLINE Lanes lanes_at(const float *x) {
    Lanes a;
    memcpy(&a, x, sizeof a);
    return a;
}
INLINE void put(float *x, Lanes a) { memcpy(x, &a, sizeof a); }

FASTEST static void add_row(float *restrict out, const float *restrict row, int width) {
    for (int j = 0; j < width; j++) out[j] += row[j];
}

/* out += the sum of some rows of a table. */
FASTEST static void add_rows(float *restrict out, const float *restrict table, const int *restrict rows, int count,
                             int width) {
    int first = 0;
    for (; first + 64 <= width; first += 64) {
        float *to = out + first;
        Lanes a = lanes_at(to), b = lanes_at(to + 16), c = lanes_at(to + 32), d = lanes_at(to + 48);
        for (int n = 0; n < count; n++) {
            const float *row = table + (size_t)rows[n] * width + first;
            a = plus(a, lanes_at(row));
            b = plus(b, lanes_at(row + 16));
            c = plus(c, lanes_at(row + 32));
            d = plus(d, lanes_at(row + 48));
        }
        put(to, a);
        put(to + 16, b);
        put(to + 32, c);
        put(to + 48, d);
    }
    for (int n = 0; first < width && n < count; n++)
        for (int j = first; j < width; j++) out[j] += table[(size_t)rows[n] * width + j];
}

/* out += x @ matrix; matrix has `rows` rows of `width`. */
FASTEST static void add_product(float *restrict out, const float *restrict x, const float *restrict matrix, int rows,
                                int width) {
    int first = 0;
    for (; first + 64 <= width; first += 64) {
        float *to = out + first;
        Lanes a = lanes_at(to), b = lanes_at(to + 16), c = lanes_at(to + 32), d = lanes_at(to + 48);
        for (int k = 0; k < rows; k++) {
            const float *row = matrix + (size_t)k * width + first;
            a = plus(a, times(x[k], lanes_at(row)));
            b = plus(b, times(x[k], lanes_at(row + 16)));
            c = plus(c, times(x[k], lanes_at(row + 32)));
            d = plus(d, times(x[k], lanes_at(row + 48)));
        }
        put(to, a);
        put(to + 16, b);
        put(to + 32, c);
        put(to + 48, d);
    }
    for (int k = 0; first < width && k < rows; k++)
        for (int j = first; j < width; j++) out[j] += x[k] * matrix[(size_t)k * width + j];
}

/* As add_product, of four rows one after another, of `out` and of x. */
FASTEST static void add_four_products(float *restrict out, const float *restrict x, const float *restrict matrix,
                                      int rows, int width) {
    int first = 0;
    for (; first + 32 <= width; first += 32) {
        Lanes sum[4][2];
        for (int n = 0; n < 4; n++)
            for (int half = 0; half < 2; half++) sum[n][half] = lanes_at(out + (size_t)n * width + first + 16 * half);
        for (int k = 0; k < rows; k++) {
            const float *row = matrix + (size_t)k * width + first;
            const Lanes a = lanes_at(row), b = lanes_at(row + 16);
            for (int n = 0; n < 4; n++) {
                const float factor = x[(size_t)n * rows + k];
                sum[n][0] = plus(sum[n][0], times(factor, a));
                sum[n][1] = plus(sum[n][1], times(factor, b));
            }
        }
        for (int n = 0; n < 4; n++)
            for (int half = 0; half < 2; half++) put(out + (size_t)n * width + first + 16 * half, sum[n][half]);
    }
    for (int n = 0; n < 4; n++)
        for (int k = 0; first < width && k < rows; k++)
            for (int j = first; j < width; j++)
                out[(size_t)n * width + j] += x[(size_t)n * rows + k] * matrix[(size_t)k * width + j];
}

FASTEST static void rectify_all(float *x, int count) {
    for (int j = 0; j < count; j++) x[j] = x[j] > 0.0f ? x[j] : 0.0f;
}

FASTEST static float dot(const float *restrict x, const float *restrict y, int count) {
    float sums[16] = {0}, total = 0.0f;
    int first = 0;
    Lanes sum = lanes_at(sums);
    for (; first + 16 <= count; first += 16) {
        sum = plus(sum, each_times(lanes_at(x + first), lanes_at(y + first)));
    }
    put(sums, sum);
    for (int j = 0; j < 16; j++) total += sums[j];
    for (; first < count; first++) total += x[first] * y[first];
    return total;
}

/* A small network applied to several items: weights · relu(relu(z) @ matrix + bias), where the z of each is a sum of
   rows of a table, those from starts[n] to starts[n + 1], and one of some vectors, that from which[n]. z and y have room
   for three items more, so that four can be multiplied at once. */
FASTEST static void score_all(const float *restrict table, const int *restrict rows, const int *restrict starts,
                              const float *restrict vectors, const int *restrict which,
                              const float *restrict matrix, const float *restrict bias,
                              const float *restrict weights, float *restrict z, float *restrict y,
                              float *restrict found, int count, int width) {
    for (int n = 0; n < count; n++) {
        float *restrict out = z + (size_t)n * width;
        memcpy(out, vectors + (size_t)which[n] * width, width * sizeof *out);
        add_rows(out, table, rows + starts[n], starts[n + 1] - starts[n], width);
        for (int j = 0; j < width; j++) out[j] = out[j] > 0.0f ? out[j] : 0.0f;
        memcpy(y + (size_t)n * width, bias, width * sizeof *bias);
    }
    for (int n = 0; n < count; n += 4)
        add_four_products(y + (size_t)n * width, z + (size_t)n * width, matrix, width, width);
    for (int n = 0; n < count; n++) {
        float *restrict hidden = y + (size_t)n * width;
        for (int j = 0; j < width; j++) hidden[j] = hidden[j] > 0.0f ? hidden[j] : 0.0f;
        found[n] = dot(hidden, weights, width);
    }
}

/* e to the power of x, within 2 units in the last place (the polynomial of Cephes' expf). */
static inline float power_of_e(float x) {
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
FASTEST static float quantise_all(const float *restrict x, uint8_t *restrict out, int count, int *zero) {
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

/* The sums of a product of whole numbers as what they stand for; `totals` are the sums of the matrix's columns. */
FASTEST static void scale_all(const int32_t *restrict sums, float scale, int zero, const int32_t *restrict totals,
                              const float *restrict scales, const float *restrict bias, float *restrict out,
                              int count) {
    for (int j = 0; j < count; j++) out[j] = (float)(sums[j] - zero * totals[j]) * (scale * scales[j]) + bias[j];
}

/* The gate equations. z: four blocks, input, forget, new value, output. gates: three, forget, input, output. */
FASTEST static void gates_all(const float *restrict z, const float *restrict c, float *restrict h_after,
                              float *restrict c_after, float *restrict gates, int units) {
    for (int j = 0; j < units; j++) gates[units + j] = 1.0f / (1.0f + power_of_e(-z[j]));
    for (int j = 0; j < units; j++) gates[j] = 1.0f / (1.0f + power_of_e(-z[units + j]));
    for (int j = 0; j < units; j++) gates[2 * units + j] = 1.0f / (1.0f + power_of_e(-z[3 * units + j]));
    for (int j = 0; j < units; j++) {
        const float added = 1.0f - 2.0f / (1.0f + power_of_e(2.0f * z[2 * units + j]));
        c_after[j] = gates[j] * c[j] + gates[units + j] * added;
    }
    for (int j = 0; j < units; j++) {
        const float shown = 1.0f - 2.0f / (1.0f + power_of_e(2.0f * c_after[j]));
        h_after[j] = gates[2 * units + j] * shown;
    }
}

/* What follows is in double precision: sums of probabilities. */

static double highest_of(const float *restrict logits, const uint8_t *restrict mask, int count) {
    float peak = -INFINITY;
    for (int j = 0; j < count; j++)
        if (mask[j] && logits[j] > peak) peak = logits[j];
    return (double)peak;
}

static double weigh_all(const float *restrict logits, const uint8_t *restrict mask, double temperature,
                        double *restrict out, int count) {
    const double peak = highest_of(logits, mask, count);
    double total = 0.0;
    for (int j = 0; j < count; j++) {
        out[j] = mask[j] ? exp(((double)logits[j] - peak) / temperature) : 0.0;
        total += out[j];
    }
    return total;
}

typedef struct {
    double weight;
    int index;
} Choice;

static int likelier(const void *one, const void *other) {
    const Choice *a = (const Choice *)one, *b = (const Choice *)other;
    if (a->weight != b->weight) return a->weight < b->weight ? 1 : -1;
    return a->index - b->index;
}

/* `sorted` has room for as many choices as there are weights. */
static void keep_likeliest_of(double *restrict weights, double top_p, int count, Choice *sorted) {
    int some = 0;
    for (int j = 0; j < count; j++)
        if (weights[j] > 0.0) {
            sorted[some].weight = weights[j];
            sorted[some++].index = j;
        }
    qsort(sorted, (size_t)some, sizeof *sorted, likelier);
    double total = 0.0, sum = 0.0;
    for (int j = 0; j < some; j++) total += sorted[j].weight;
    for (int j = 0; j < some; j++) {
        if (sum >= top_p * total && j > 0) weights[sorted[j].index] = 0.0;
        sum += sorted[j].weight;
    }
}

static int chosen_of(const double *restrict weights, double uniform, int count) {
    double total = 0.0, sum = 0.0;
    for (int j = 0; j < count; j++) total += weights[j];
    int last = 0;
    for (int j = 0; j < count; j++)
        if (weights[j] > 0.0) {
            last = j;
            sum += weights[j];
            if (sum > uniform * total) return j;
        }
    return last;
}
