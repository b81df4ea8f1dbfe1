#define _DEFAULT_SOURCE
#include "outer_product.h"

#include "isa.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#pragma STDC FP_CONTRACT OFF

typedef double eight __attribute__((vector_size(64)));
typedef double eight_anywhere __attribute__((vector_size(64), aligned(8)));

// Past the caches: whole lines that nobody reads before the batch is complete need not be fetched first.
#define STORE(value, place) __builtin_nontemporal_store(value, place)

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
  // Such stores are ordered by nothing else, not even by the locks that hand the batch to another thread.
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

void gnomon_prefer_large_pages(void *memory, size_t bytes) {
#if defined(__linux__)
  const uintptr_t page = (uintptr_t)1 << 21;
  uintptr_t first = ((uintptr_t)memory + page - 1) & ~(page - 1), end = ((uintptr_t)memory + bytes) & ~(page - 1);
  if (first < end) madvise((void *)first, end - first, MADV_HUGEPAGE);
#endif
}
