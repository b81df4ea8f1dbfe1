#include "sky_node.h"

#include <stdint.h>

#include "isa.h"

// Contraction would fuse multiplications and additions where the processor can, and give every instruction set its
// own last bits.
#pragma STDC FP_CONTRACT OFF

#define LANES 2
#define TARGET
#define NAMED(f) f##_portable
#include "sky_node.inc"

#if defined(__x86_64__)

#define LANES 4
#define TARGET __attribute__((target("avx2")))
#define NAMED(f) f##_avx2
#include "sky_node.inc"

#define LANES 8
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define NAMED(f) f##_avx512
#include "sky_node.inc"

#endif

void gnomon_sky_node(double *sums, size_t channels, const double *deviates, size_t modes, const double *coefficients,
                     const double *wavenumbers, double path, size_t count, size_t stride) {
#if defined(__x86_64__)
  switch (gnomon_isa()) {
  case GNOMON_ISA_AVX512:
    sky_node_avx512(sums, channels, deviates, modes, coefficients, wavenumbers, path, count, stride);
    return;
  case GNOMON_ISA_AVX2:
    sky_node_avx2(sums, channels, deviates, modes, coefficients, wavenumbers, path, count, stride);
    return;
  }
#endif
  sky_node_portable(sums, channels, deviates, modes, coefficients, wavenumbers, path, count, stride);
}
