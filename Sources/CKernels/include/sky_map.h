#ifndef GNOMON_SKY_MAP_H
#define GNOMON_SKY_MAP_H

#include <stddef.h>
#include <stdint.h>

// The innermost loops of a sky map: how much of the data lies along the signal of a stream from one direction, and the
// likelihood as a function of the stream's amplitude. Frequency bins go in groups of eight that fill the lanes of vectors.

/// The data of one integration in units of the noise.
///
/// `columns` vectors y, at least one, whose sum of y y^H is N^-1 C N^-1 for the mean spectral matrix C come first, then
/// `subtracted` vectors z with N^-1 = P - sum of z z^H, P diagonal.
struct gnomon_sky_row {
  /// Stations, at least 1, and groups of eight bins.
  size_t stations, groups;
  size_t columns, subtracted;
  /// For each of all columns the first station at which it is not zero; 0 for the first column.
  const int32_t *starts;
  /// Of each bin, rad/m.
  const double *wavenumbers;
  /// From one bin to the next in rad/m; of use when `anchor` > 1.
  double step;
  /// Phases are computed anew at every `anchor`-th group and turned in between: 1 for wavenumbers in unequal steps.
  size_t anchor;
  /// For each group: P of all stations, eight doubles each, then for each column and station from its first one eight real
  /// and eight imaginary parts; 64-byte aligned.
  const double *data;
  size_t group_stride;
};

/// Projects one integration on the signal of one direction.
///
/// isa: an instruction set (isa.h) that the processor has.
/// polarizations: 1 or 2, the orthogonal unit vectors of the signal.
/// delays: of each station, along the propagation, in m.
/// gains: l_I.e of all stations for each polarization.
/// workspace: 64-byte aligned, 72 stations doubles.
/// components: receives for each group and polarization eight values g and eight values s, 64-byte aligned. With
///   u = gain exp(i p delay): g = u^H N^-1 C N^-1 u and s = u^H N^-1 u; for two polarizations both matrices of 2 x 2 in the
///   basis in which s is diagonal.
void gnomon_sky_project(int isa, const struct gnomon_sky_row *row, int polarizations, const double *delays,
                        const double *gains, double *workspace, double *components);

/// Sums over all bins of `groups` groups of g and s, with t = 1/(1 + amplitude s).
///
/// sums: receives the sum of amplitude g t - ln(1 + amplitude s), its derivative by the amplitude, and the sum of
///   (s t)^2, which is minus the second derivative that is to be expected.
void gnomon_sky_amplitude(int isa, const double *components, size_t groups, double amplitude, double sums[3]);

#endif
