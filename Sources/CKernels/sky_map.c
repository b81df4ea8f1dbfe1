#include "sky_map.h"

#include "isa.h"

// Fused or not is said explicitly, so that the compiler may not decide it.
#pragma STDC FP_CONTRACT OFF

enum { BINS = 8 };

#define TARGET
#define LANES 2
#define FUSED 0
#define NAMED(f) f##_portable
#include "sky_map.inc"

#if defined(__x86_64__)

#define TARGET __attribute__((target("avx2,fma")))
#define LANES 4
#define FUSED 1
#define NAMED(f) f##_avx2
#include "sky_map.inc"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define LANES 8
#define FUSED 1
#define NAMED(f) f##_avx512
#include "sky_map.inc"

#define DISPATCH(f, ...) \
  switch (isa) { \
  case GNOMON_ISA_AVX512: f##_avx512(__VA_ARGS__); break; \
  case GNOMON_ISA_AVX2: f##_avx2(__VA_ARGS__); break; \
  default: f##_portable(__VA_ARGS__); \
  }

#else

#define DISPATCH(f, ...) (void)isa; f##_portable(__VA_ARGS__);

#endif

void gnomon_sky_project(int isa, const struct gnomon_sky_row *row, int polarizations, const double *delays,
                        const double *gains, double *workspace, double *components) {
  if (polarizations == 1) {
    DISPATCH(project_one, row, delays, gains, workspace, components)
  } else {
    DISPATCH(project_two, row, delays, gains, workspace, components)
  }
}

void gnomon_sky_amplitude(int isa, const double *components, size_t groups, double amplitude, double sums[3]) {
  DISPATCH(amplitude, components, groups, amplitude, sums)
}
