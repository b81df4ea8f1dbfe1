#include "plane_waves.h"

#include "isa.h"

// Fused or not is said explicitly, so that the compiler may not decide it.
#pragma STDC FP_CONTRACT OFF

enum {
  COMPONENTS = GNOMON_WAVE_SUMS / 2,
  // Waves whose state stays in the first cache while all instants are summed.
  BLOCK = 128,
};

// A block of waves at an instant.
struct block {
  // Cosine and sine of the current pair and of the one before it; twice the cosine of a whole step.
  _Alignas(64) double cosine[BLOCK], cosine_before[BLOCK], sine[BLOCK], sine_before[BLOCK], twice[BLOCK];
  // Amplitudes turned to the centre.
  _Alignas(64) double amplitude[COMPONENTS][BLOCK];
};

// Sums over waves with the same number modulo eight.
typedef double lane_sums[GNOMON_WAVE_SUMS][GNOMON_WAVE_GROUP];

#define TARGET
#define LANES 2
#define TILE 1
#define FUSED 0
#define NAMED(f) f##_portable
#include "plane_waves.inc"

#if defined(__x86_64__)

#define TARGET __attribute__((target("avx2,fma")))
#define LANES 4
#define TILE 1
#define FUSED 1
#define NAMED(f) f##_avx2
#include "plane_waves.inc"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define LANES 8
#define TILE 2
#define FUSED 1
#define NAMED(f) f##_avx512
#include "plane_waves.inc"

#endif

void gnomon_plane_waves(int isa, const gnomon_wave_list *waves, int64_t centre, const double phase[4],
                        const double slope[4], size_t pairs, double *sums) {
  switch (isa) {
#if defined(__x86_64__)
  case GNOMON_ISA_AVX512: plane_waves_avx512(waves, centre, phase, slope, pairs, sums); break;
  case GNOMON_ISA_AVX2: plane_waves_avx2(waves, centre, phase, slope, pairs, sums); break;
#endif
  default: plane_waves_portable(waves, centre, phase, slope, pairs, sums);
  }
}
