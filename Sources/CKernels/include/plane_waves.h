#ifndef GNOMON_PLANE_WAVES_H
#define GNOMON_PLANE_WAVES_H

#include <stddef.h>
#include <stdint.h>

// Sums of plane waves with complex vectors as amplitudes, at even instants around a centre. Two instants alike far from
// the centre share their cosines and sines, and those come from a three-term recurrence: 7 multiply-adds for each wave
// and instant.

enum {
  /// Waves come in whole groups; those that only fill the last have amplitude zero.
  GNOMON_WAVE_GROUP = 8,
  /// The most pairs of instants in one call.
  GNOMON_WAVE_PAIRS = 32,
  /// Doubles that a pair of instants yields.
  GNOMON_WAVE_SUMS = 12,
};

/// A list of waves and the frame in which their phases are told; all planes are 64-byte aligned.
typedef struct {
  /// A multiple of GNOMON_WAVE_GROUP.
  size_t count;
  /// Turns in half a step, in units of 2^-64, modulo 1.
  const uint64_t *rate;
  /// Three planes of `count` values.
  const double *velocity;
  /// Six planes of `count` values: real part and imaginary part of components x, y, z.
  const double *amplitude;
} gnomon_wave_list;

/// Sums waves of amplitude A exp(-2 pi i turns) at the instants (2 j + 1) half steps before and after a centre.
///
/// isa: an instruction set (isa.h) that the processor has.
/// centre: number of half steps; a wave has rate * centre + phase[0..2] . velocity + phase[3] turns there.
/// slope: in half a step it gains rate + slope[0..2] . velocity + slope[3] turns.
/// pairs: j = 0 ..< pairs, at most GNOMON_WAVE_PAIRS; 0 for the centre alone, as one pair of equal instants.
/// sums: for each pair the six planes of sum A cos, then the six of sum A sin, with A turned to the centre: the earlier
///   instant is cos + i sin, the later cos - i sin.
///
/// The order of sums follows from the number of waves alone. AVX2 and AVX-512 fuse multiplications and additions in the
/// sums and agree bit by bit; portable never fuses.
void gnomon_plane_waves(int isa, const gnomon_wave_list *waves, int64_t centre, const double phase[4],
                        const double slope[4], size_t pairs, double *sums);

#endif
