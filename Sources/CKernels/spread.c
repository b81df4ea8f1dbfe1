#include "spread.h"

#include <stdint.h>

#include "isa.h"

// Fused or not is said explicitly, so that the compiler may not decide it.
#pragma STDC FP_CONTRACT OFF

#define TARGET
#define LANES 2
#define FUSED 0
#define NAMED(f) f##_portable
#include "spread.inc"

#if defined(__x86_64__)

#define TARGET __attribute__((target("avx2,fma")))
#define LANES 4
#define FUSED 1
#define NAMED(f) f##_avx2
#include "spread.inc"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define LANES 8
#define FUSED 1
#define NAMED(f) f##_avx512
#include "spread.inc"

#endif

void gnomon_spread(int isa, const double *positions, const double *strengths, size_t count, const double *polynomials,
                   int degree, double *grid) {
#if defined(__x86_64__)
  if (isa == GNOMON_ISA_AVX512) {
    spread_avx512(positions, strengths, count, polynomials, degree, grid);
    return;
  }
  if (isa == GNOMON_ISA_AVX2) {
    spread_avx2(positions, strengths, count, polynomials, degree, grid);
    return;
  }
#else
  (void)isa;
#endif
  spread_portable(positions, strengths, count, polynomials, degree, grid);
}
