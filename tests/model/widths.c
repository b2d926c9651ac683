/* Prints what the kernels compute with each width of vectors that this processor has: a line each, which must be the same.
   See test_linear.py. */

#include "linear.h"
#include <stdio.h>

enum { MOST = 200, ROWS = 7, MATRIX = MOST * MOST };

static float x[4 * MATRIX], y[4 * MOST], z[4 * MOST], out[4 * MOST], c[MOST], h[MOST], gates[3 * MOST];
static uint8_t rounded[MOST];
static int32_t sums[MOST], totals[MOST];
static int rows[] = {3, 1, 4, 1, 5, 9, 2}, starts[] = {0, 2, 3, 5, 6, 7}, which[] = {2, 7, 1, 8, 2};

static void fill(void) {
    uint32_t seed = 1;
    for (int j = 0; j < 4 * MATRIX; j++) {
        seed = seed * 1664525u + 1013904223u;
        x[j] = (float)(int32_t)seed / 1e9f;
    }
    for (int j = 0; j < MOST; j++) totals[j] = sums[j] = (int32_t)(x[j] * 1e5f);
    memcpy(out, x, sizeof out);
}

static void print(const void *found, size_t size) {
    for (size_t j = 0; j < size; j++) printf("%02x", ((const uint8_t *)found)[j]);
}

#define PRINT_ALL(width)                                                                                  \
    for (int n = 1; n <= MOST; n++) {                                                                     \
        int zero;                                                                                         \
        fill();                                                                                           \
        add_row_##width(out, x + 9, n);                                                                   \
        add_rows_##width(out, x, rows, ROWS, n);                                                          \
        add_product_##width(out, x + 7, x + 5, MOST - n, n);                                              \
        print(out, n * sizeof *out);                                                                      \
        rectify_all_##width(out, n);                                                                      \
        score_all_##width(x, rows, starts, x + 1, which, x + 2, x + 3, x + 4, y, z, out, 5, n < 99 ? n : 99); \
        print(out, n * sizeof *out);                                                                      \
        const float scale = quantise_all_##width(x, rounded, n, &zero);                                   \
        move_all_##width(rounded, n, sums, n);                                                            \
        scale_all_##width(sums, scale, zero, totals, x, x + 1, out, n);                                   \
        print(rounded, n), print(out, n * sizeof *out);                                                   \
        gates_all_##width(x, x + 3, h, c, gates, n);                                                      \
        print(h, n * sizeof *h), print(c, n * sizeof *c), print(gates, 3 * n * sizeof *gates);            \
    }                                                                                                     \
    puts("")

int main(void) {
    PRINT_ALL(16);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) { PRINT_ALL(32); }
    if (__builtin_cpu_supports("avx512f")) { PRINT_ALL(64); }
#endif
    return 0;
}
