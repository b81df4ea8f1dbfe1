#ifndef GNOMON_BOUNDS_H
#define GNOMON_BOUNDS_H

#include <stddef.h>

/// Fused multiply-adds of float64 on one core with the widest vectors it has, in 10^9 operations/s (two for each).
double bounds_fma_peak(void);

/// Bytes read plus written per second by memcpy of a block that fits no cache.
double bounds_copy_rate(size_t bytes);

#endif
