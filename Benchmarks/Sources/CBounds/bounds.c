#include "bounds.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Sixteen independent sums hide the latency of the instruction; the empty assembly keeps each of them in a register.
#define PEAK(NAME, TARGET, VECTOR, WIDTH, SET, KIND, MULTIPLY_ADD)                               \
    __attribute__((target(TARGET))) static double NAME(void) {                                   \
        VECTOR factor = SET(0.999999), term = SET(1e-9), sums[16];                               \
        for (int i = 0; i < 16; i++) sums[i] = SET(1.0 + i);                                     \
        const long rounds = 8000000;                                                             \
        double start = now();                                                                    \
        for (long round = 0; round < rounds; round++) {                                          \
            _Pragma("clang loop unroll(full)") for (int i = 0; i < 16; i++) {                    \
                sums[i] = MULTIPLY_ADD(sums[i], factor, term);                                   \
                __asm__ volatile("" : "+" KIND(sums[i]));                                        \
            }                                                                                    \
        }                                                                                        \
        return (double)rounds * 16 * WIDTH * 2 / (now() - start) / 1e9;                          \
    }

#define SSE2_MULTIPLY_ADD(a, b, c) _mm_add_pd(_mm_mul_pd(a, b), c)

#if defined(__x86_64__)
PEAK(peak_avx512, "avx512f", __m512d, 8, _mm512_set1_pd, "v", _mm512_fmadd_pd)
PEAK(peak_avx2, "avx2,fma", __m256d, 4, _mm256_set1_pd, "x", _mm256_fmadd_pd)
PEAK(peak_sse2, "sse2", __m128d, 2, _mm_set1_pd, "x", SSE2_MULTIPLY_ADD)
#endif

double bounds_fma_peak(void) {
    double best = 0;
    for (int repeat = 0; repeat < 5; repeat++) {
        double value = 0;
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx512f")) value = peak_avx512();
        else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) value = peak_avx2();
        else value = peak_sse2();
#endif
        if (value > best) best = value;
    }
    return best;
}

double bounds_copy_rate(size_t bytes) {
    char *from = malloc(bytes), *to = malloc(bytes);
    if (!from || !to) return 0;
    memset(from, 1, bytes);
    memset(to, 2, bytes);
    double start = now();
    const int rounds = 8;
    for (int round = 0; round < rounds; round++) {
        memcpy(to, from, bytes);
        __asm__ volatile("" ::: "memory");
    }
    double elapsed = now() - start;
    free(from);
    free(to);
    return 2.0 * rounds * (double)bytes / elapsed;
}
