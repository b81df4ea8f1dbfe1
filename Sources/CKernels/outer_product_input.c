#include "isa.h"
#include "outer_product.h"

#pragma STDC FP_CONTRACT OFF

typedef double eight __attribute__((vector_size(64)));
typedef double eight_anywhere __attribute__((vector_size(64), aligned(8)));

#ifndef STORE
#define STORE(value, place) (*(place) = (value))
#endif

#define TARGET
#define NAMED(f) f##_portable
#include "outer_product_input.inc"

#if defined(__x86_64__)

#define TARGET __attribute__((target("avx2")))
#define NAMED(f) f##_avx2
#include "outer_product_input.inc"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define NAMED(f) f##_avx512
#include "outer_product_input.inc"

#define DISPATCH(f, ...) \
  switch (gnomon_isa()) { \
  case GNOMON_ISA_AVX512: f##_avx512(__VA_ARGS__); break; \
  case GNOMON_ISA_AVX2: f##_avx2(__VA_ARGS__); break; \
  default: f##_portable(__VA_ARGS__); \
  }

#else

#define DISPATCH(f, ...) f##_portable(__VA_ARGS__);

#endif

void gnomon_apply_window(const double *samples, const double *window, double *output, size_t count) {
  DISPATCH(apply_window, samples, window, output, count)
}

void gnomon_write_groups(const double *bins, size_t groups, double *output, size_t group_stride, const double *turn) {
  DISPATCH(write_groups, bins, groups, output, group_stride, turn)
}
