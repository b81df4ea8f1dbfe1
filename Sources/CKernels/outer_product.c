#include "outer_product.h"

#include "isa.h"

// Fused or not is said explicitly, so that the compiler may not decide it.
#pragma STDC FP_CONTRACT OFF

#define TARGET
#define LANES 2
#define TILE 2
#define FUSED 0
#define NAMED(f) f##_portable
#include "outer_product.inc"

#if defined(__x86_64__)

#define TARGET __attribute__((target("avx2,fma")))
#define LANES 4
#define TILE 2
#define FUSED 1
#define NAMED(f) f##_avx2
#include "outer_product.inc"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define LANES 8
#define TILE 3
#define FUSED 1
#define NAMED(f) f##_avx512
#include "outer_product.inc"

#endif

// A pass over more segments would push the spectra of one group of bins out of the second-level cache: this keeps
// them within half a mebibyte.
static size_t segments_per_pass(size_t count) {
  size_t segments = ((size_t)1 << 19) / (GNOMON_GROUP_DOUBLES * sizeof(double)) / (count > 0 ? count : 1);
  return segments > 64 ? 64 : segments < 8 ? 8 : segments;
}

void gnomon_outer_product(int isa, const double *spectra, size_t channel_stride, const int32_t *channels, size_t count,
                          size_t segments, double *products) {
  size_t pass = segments_per_pass(count);
  for (size_t first = 0; first < segments; first += pass) {
    size_t here = segments - first < pass ? segments - first : pass;
    const double *from = spectra + first * GNOMON_GROUP_DOUBLES;
#if defined(__x86_64__)
    switch (isa) {
    case GNOMON_ISA_AVX512: outer_product_avx512(from, channel_stride, channels, count, here, products); break;
    case GNOMON_ISA_AVX2: outer_product_avx2(from, channel_stride, channels, count, here, products); break;
    default: outer_product_portable(from, channel_stride, channels, count, here, products);
    }
#else
    (void)isa;
    outer_product_portable(from, channel_stride, channels, count, here, products);
#endif
  }
}
