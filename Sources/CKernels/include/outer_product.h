#ifndef GNOMON_OUTER_PRODUCT_H
#define GNOMON_OUTER_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

// Outer products of spectra. Frequency bins are handled in groups of eight that fill the lanes of vectors: every lane
// does the same whatever the number of channels is, so that no lane is idle and a small triangle costs no more per
// element than a large one.

enum {
  /// Neighbouring bins in one group.
  GNOMON_GROUP_BINS = 8,
  /// Doubles of one group: the real parts of its bins, then the imaginary parts.
  GNOMON_GROUP_DOUBLES = 16,
};

/// Adds the sum over segments of X conj(X)^T of one group of bins to the lower triangle of a matrix.
///
/// isa: an instruction set (isa.h) that the processor has.
/// spectra: of the first segment; group-doubles of channel c and segment t at c * channel_stride + t * 16, 64-byte
///   aligned.
/// channels: the `count` channels that take part; row and column i of the matrix belong to channels[i].
/// products: the matrix, element (i, j <= i) at (i (i + 1)/2 + j) * 16, real parts of eight bins, then imaginary
///   parts, 64-byte aligned.
///
/// The order of all sums follows from `count` and `segments` alone. AVX2 and AVX-512 fuse multiplications and
/// additions and agree bit by bit; portable never fuses.
void gnomon_outer_product(int isa, const double *spectra, size_t channel_stride, const int32_t *channels, size_t count,
                          size_t segments, double *products);

/// output[n] = samples[n] * window[n].
void gnomon_apply_window(const double *samples, const double *window, double *output, size_t count);

/// Writes the complex conjugates of interleaved bins as groups.
///
/// bins: 8 * groups complex values, real and imaginary part side by side; any alignment.
/// output: receives group g at g * group_stride, 64-byte aligned.
/// turn: null, or 16 + 2 groups doubles: real and imaginary parts of eight factors for the bins of a group, then one
///   interleaved complex factor per group; conjugated bins are multiplied by the product of both.
void gnomon_write_groups(const double *bins, size_t groups, double *output, size_t group_stride, const double *turn);

/// Asks the system to back the 2 MiB pages inside a range with large pages where it can: fewer page faults and address
/// look-ups in large arrays. Without effect on contents.
void gnomon_prefer_large_pages(void *memory, size_t bytes);

#endif
