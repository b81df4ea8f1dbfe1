#include "normal.h"

#include "isa.h"

// Contraction would fuse multiplications and additions where the processor can, and give every instruction set its
// own last bits.
#pragma STDC FP_CONTRACT OFF

#define LOW_HALF ((uint64_t)0xFFFFFFFF)
#define SHUFFLE __builtin_shufflevector

// Vectors of counters that are worked on together: each waits for itself more than half of the time.
#define VECTORS 4

#define LANES 2
#define TARGET
#define NAMED(f) f##_portable
#define LANE_ORDER {0, 1}
#define WHITE_ORDER {0, 1}
#define TRANSPOSE(a, b, c, d, row) \
  row[0] = SHUFFLE(a, b, 0, 2); \
  row[1] = SHUFFLE(c, d, 0, 2); \
  row[2] = SHUFFLE(a, b, 1, 3); \
  row[3] = SHUFFLE(c, d, 1, 3);
#include "normal.inc"

#if defined(__x86_64__)

#define LANES 4
#define TARGET __attribute__((target("avx2")))
#define NAMED(f) f##_avx2
#define LANE_ORDER {0, 1, 2, 3}
#define WHITE_ORDER {0, 2, 1, 3}
#define TRANSPOSE(a, b, c, d, row) \
  REAL ab0 = SHUFFLE(a, b, 0, 4, 2, 6), cd0 = SHUFFLE(c, d, 0, 4, 2, 6); \
  REAL ab1 = SHUFFLE(a, b, 1, 5, 3, 7), cd1 = SHUFFLE(c, d, 1, 5, 3, 7); \
  row[0] = SHUFFLE(ab0, cd0, 0, 1, 4, 5); \
  row[1] = SHUFFLE(ab0, cd0, 2, 3, 6, 7); \
  row[2] = SHUFFLE(ab1, cd1, 0, 1, 4, 5); \
  row[3] = SHUFFLE(ab1, cd1, 2, 3, 6, 7);
#include "normal.inc"

#define LANES 8
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define NAMED(f) f##_avx512
#define LANE_ORDER {0, 1, 2, 3, 4, 5, 6, 7}
#define WHITE_ORDER {0, 4, 1, 5, 2, 6, 3, 7}
#define TRANSPOSE(a, b, c, d, row) \
  REAL ab0 = SHUFFLE(a, b, 0, 8, 2, 10, 4, 12, 6, 14), cd0 = SHUFFLE(c, d, 0, 8, 2, 10, 4, 12, 6, 14); \
  REAL ab1 = SHUFFLE(a, b, 1, 9, 3, 11, 5, 13, 7, 15), cd1 = SHUFFLE(c, d, 1, 9, 3, 11, 5, 13, 7, 15); \
  row[0] = SHUFFLE(ab0, cd0, 0, 1, 8, 9, 2, 3, 10, 11); \
  row[1] = SHUFFLE(ab0, cd0, 4, 5, 12, 13, 6, 7, 14, 15); \
  row[2] = SHUFFLE(ab1, cd1, 0, 1, 8, 9, 2, 3, 10, 11); \
  row[3] = SHUFFLE(ab1, cd1, 4, 5, 12, 13, 6, 7, 14, 15);
#include "normal.inc"

#define DISPATCH(f, ...) \
  switch (gnomon_isa()) { \
  case GNOMON_ISA_AVX512: f##_avx512(__VA_ARGS__); break; \
  case GNOMON_ISA_AVX2: f##_avx2(__VA_ARGS__); break; \
  default: f##_portable(__VA_ARGS__); \
  }

#else

#define DISPATCH(f, ...) f##_portable(__VA_ARGS__);

#endif

void gnomon_normal_white(double *output, size_t count, int64_t first_sample, uint64_t key, double scale) {
  DISPATCH(normal_white, output, count, first_sample, key, scale)
}

void gnomon_normal_white_add(double *output, size_t count, int64_t first_sample, uint64_t key, double scale) {
  DISPATCH(normal_white_add, output, count, first_sample, key, scale)
}

void gnomon_normal_complex(double *real, double *imaginary, size_t count, const uint32_t counter[4], int varying,
                           uint64_t key) {
  DISPATCH(normal_complex, real, imaginary, count, counter, varying, key)
}

// Two lanes hold the two pairs of words of one counter; the bits are those of every other instruction set.
void gnomon_normal_four(const uint32_t counter[4], uint64_t key, double deviates[4]) {
  word_portable x[4];
  for (int w = 0; w < 4; w++) x[w] = (word_portable){0} + (uint64_t)counter[w];
  philox_portable(&x, 1, key);
  real_portable first, second;
  deviates_portable(SHUFFLE(x[0], x[2], 0, 2), SHUFFLE(x[1], x[3], 0, 2), 2.0, &first, &second);
  deviates[0] = first[0];
  deviates[1] = second[0];
  deviates[2] = first[1];
  deviates[3] = second[1];
}
