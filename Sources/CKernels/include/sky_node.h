#ifndef GNOMON_SKY_NODE_H
#define GNOMON_SKY_NODE_H

#include <stddef.h>

// The waves of one direction on the sky in many frequency bins, as several channels see them. Multiplications and
// additions are never fused, so the bits are the same on every instruction set.

enum {
  /// Bins come in whole groups, and planes are 64-byte aligned.
  GNOMON_SKY_GROUP = 8,
  /// The most modes of a wave.
  GNOMON_SKY_MODES = 3,
};

/// Adds, for channel c and bin k, exp(2 pi i wavenumber_k path) * sum over modes m of coefficient_cm * deviate_mk.
///
/// sums: for every channel a plane of `stride` real parts, then one of imaginary parts.
/// deviates: for every mode likewise.
/// coefficients: real and imaginary part for every (channel, mode).
/// wavenumbers: turns per metre, `count` of them.
/// path: metres along the direction; fewer than 2^49 turns.
/// count: bins, a multiple of GNOMON_SKY_GROUP, at most `stride`, which is one too.
void gnomon_sky_node(double *sums, size_t channels, const double *deviates, size_t modes, const double *coefficients,
                     const double *wavenumbers, double path, size_t count, size_t stride);

#endif
