#ifndef GNOMON_SPREAD_H
#define GNOMON_SPREAD_H

#include <stddef.h>

enum {
  /// Grid cells over which a point is spread.
  GNOMON_SPREAD_WIDTH = 16,
};

/// Adds points, smeared by a kernel, to a regular grid.
///
/// isa: an instruction set (isa.h) that the processor has.
/// positions: of the points in grid cells, at least GNOMON_SPREAD_WIDTH from both ends of the grid.
/// strengths: of the points.
/// polynomials: (degree + 1) rows of GNOMON_SPREAD_WIDTH, highest power first: the kernel in the cells
///   floor(position) - 7 ... floor(position) + 8 as functions of 2 (position - floor(position)) - 1; 64-byte aligned.
/// grid: receives the sums; runs of points in one cell are added up before they reach it.
void gnomon_spread(int isa, const double *positions, const double *strengths, size_t count, const double *polynomials,
                   int degree, double *grid);

#endif
