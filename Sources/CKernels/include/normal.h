#ifndef GNOMON_NORMAL_H
#define GNOMON_NORMAL_H

#include <stddef.h>
#include <stdint.h>

// Standard normal deviates from Philox4x32-10 and the Box-Muller transform. The vector units compute lane by lane what
// the portable code computes, with multiplications and additions that are never fused, so the bits are the same on
// every instruction set and for every partition of a range.

/// Four deviates of one counter.
void gnomon_normal_four(const uint32_t counter[4], uint64_t key, double deviates[4]);

/// White noise samples first_sample ... first_sample + count - 1: sample n is deviate n mod 4 of the counter
/// (i mod 2^32, i >> 32, 0, "WHIT"), i = floor(n/4). Each is multiplied by scale and stored.
void gnomon_normal_white(double *output, size_t count, int64_t first_sample, uint64_t key, double scale);

/// The same samples, multiplied by scale and added to the output.
void gnomon_normal_white_add(double *output, size_t count, int64_t first_sample, uint64_t key, double scale);

/// Complex deviates of unit variance (g0 + i g1)/sqrt 2 of `count` counters, of which word `varying` (0 or 1) runs
/// upwards, modulo 2^32, from its value in `counter`.
void gnomon_normal_complex(double *real, double *imaginary, size_t count, const uint32_t counter[4], int varying,
                           uint64_t key);

#endif
