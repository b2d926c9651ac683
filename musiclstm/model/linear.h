/* Sums and products of single-precision numbers, the same on every machine: each result is a sum in a fixed order, and
   the compiler must not contract a product and a sum into one operation (-ffp-contract=off). */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_MSC_VER)
#define restrict __restrict
#endif
#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static __inline
#endif

#define WIDTH 16
#include "linear_kernels.h"
#undef WIDTH

/* On x86 the kernels are compiled for each width of vectors, and the widest that the processor has is taken. One set of
   sources with GCC's `target_clones` is not enough: it keeps vectors in memory wherever they are wider than those of the
   processor that the file as a whole is compiled for. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("avx2")
#define WIDTH 32
#include "linear_kernels.h"
#undef WIDTH
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f")
#define WIDTH 64
#include "linear_kernels.h"
#undef WIDTH
#pragma GCC pop_options
#define FASTEST(name, arguments)                                     \
    (__builtin_cpu_supports("avx512f") ? name##_64 arguments         \
     : __builtin_cpu_supports("avx2")  ? name##_32 arguments         \
                                       : name##_16 arguments)
#else
#define FASTEST(name, arguments) name##_16 arguments
#endif

#define add_row(...) FASTEST(add_row, (__VA_ARGS__))
#define add_rows(...) FASTEST(add_rows, (__VA_ARGS__))
#define add_product(...) FASTEST(add_product, (__VA_ARGS__))
#define rectify_all(...) FASTEST(rectify_all, (__VA_ARGS__))
#define score_all(...) FASTEST(score_all, (__VA_ARGS__))
#define quantise_all(...) FASTEST(quantise_all, (__VA_ARGS__))
#define move_all(...) FASTEST(move_all, (__VA_ARGS__))
#define scale_all(...) FASTEST(scale_all, (__VA_ARGS__))
#define gates_all(...) FASTEST(gates_all, (__VA_ARGS__))

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
