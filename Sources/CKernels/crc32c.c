#include "crc32c.h"

#include <string.h>

#include "isa.h"

// The state is the CRC register without the inversions at the start and the end. A null destination means no copy.

// Portable: eight tables of 256 entries; table t holds the state after a byte and t zero bytes.
static uint32_t table[8][256];

__attribute__((constructor)) static void make_tables(void) {
  for (uint32_t n = 0; n < 256; n++) {
    uint32_t crc = n;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82F63B78 & (0 - (crc & 1)));
    table[0][n] = crc;
  }
  for (int t = 1; t < 8; t++) {
    for (int n = 0; n < 256; n++) table[t][n] = (table[t - 1][n] >> 8) ^ table[0][table[t - 1][n] & 0xFF];
  }
}

static uint32_t byte_portable(uint32_t state, unsigned char byte) {
  return (state >> 8) ^ table[0][(state ^ byte) & 0xFF];
}

static uint32_t run_portable(uint32_t state, const unsigned char *from, unsigned char *to, size_t bytes) {
  if (to != NULL) memcpy(to, from, bytes);
  for (; bytes >= 8; bytes -= 8, from += 8) {
    // Assembled from bytes, so that the order of bytes in a word of the processor does not matter.
    uint32_t low = (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
    low ^= state;
    state = table[7][low & 0xFF] ^ table[6][(low >> 8) & 0xFF] ^ table[5][(low >> 16) & 0xFF] ^ table[4][low >> 24] ^
            table[3][from[4]] ^ table[2][from[5]] ^ table[1][from[6]] ^ table[0][from[7]];
  }
  while (bytes-- > 0) state = byte_portable(state, *from++);
  return state;
}

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("sse4.2,pclmul")))
#define INLINE static inline __attribute__((always_inline)) TARGET

INLINE uint64_t word(uint64_t state, const unsigned char *from, unsigned char *to) {
  uint64_t value;
  memcpy(&value, from, 8);
  if (to != NULL) memcpy(to, &value, 8);
  return _mm_crc32_u64(state, value);
}

// As many groups of three stretches of `length` bytes as there are. The crc32 instruction has a latency of three
// cycles and a throughput of one, so three stretches run at once. The states are joined by carry-less products:
// appending n bytes multiplies a state by x^(8n) modulo the polynomial; with the constant x^(8n - 33) mod P,
// bit-reversed, crc32 of the 64-bit product supplies the missing x^33. `shift2` and `shift1` are the constants of 2 and 1 lengths.
INLINE uint32_t stretches(uint32_t state, const unsigned char **from, unsigned char **to, size_t *bytes, size_t length,
                          uint32_t shift2, uint32_t shift1) {
  while (*bytes >= 3 * length) {
    const unsigned char *in = *from;
    unsigned char *out = *to;
    uint64_t a = state, b = 0, c = 0;
    for (size_t i = 0; i < length; i += 8) {
      a = word(a, in + i, out == NULL ? NULL : out + i);
      b = word(b, in + length + i, out == NULL ? NULL : out + length + i);
      c = word(c, in + 2 * length + i, out == NULL ? NULL : out + 2 * length + i);
    }
    __m128i product =
        _mm_xor_si128(_mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)a), _mm_cvtsi32_si128((int)shift2), 0),
                      _mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)b), _mm_cvtsi32_si128((int)shift1), 0));
    state = (uint32_t)(_mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product)) ^ c);
    *from += 3 * length;
    if (out != NULL) *to += 3 * length;
    *bytes -= 3 * length;
  }
  return state;
}

INLINE uint32_t run(uint32_t state, const unsigned char *from, unsigned char *to, size_t bytes) {
  // Four groups of 3 x 5440 fill 64 KiB but for 256 bytes; 5440 is no multiple of 4096, where stretches would alias.
  state = stretches(state, &from, &to, &bytes, 5440, 0x0C8774A7, 0xFA0F2BD0);
  state = stretches(state, &from, &to, &bytes, 512, 0x170076FA, 0xDD7E3B0C);
  state = stretches(state, &from, &to, &bytes, 64, 0x0D3B6092, 0x9E4ADDF8);
  for (; bytes >= 8; bytes -= 8, from += 8) {
    state = (uint32_t)word(state, from, to);
    if (to != NULL) to += 8;
  }
  for (; bytes > 0; bytes--, from++) {
    state = _mm_crc32_u8(state, *from);
    if (to != NULL) *to++ = *from;
  }
  return state;
}

TARGET static uint32_t read_sse42(uint32_t state, const unsigned char *from, size_t bytes) {
  return run(state, from, NULL, bytes);
}

TARGET static uint32_t copy_sse42(uint32_t state, const unsigned char *from, unsigned char *to, size_t bytes) {
  return run(state, from, to, bytes);
}

#endif

uint32_t gnomon_crc32c(uint32_t crc, const void *data, size_t bytes) {
#if defined(__x86_64__)
  if (gnomon_isa() >= GNOMON_ISA_AVX2) return ~read_sse42(~crc, data, bytes);
#endif
  return ~run_portable(~crc, data, NULL, bytes);
}

uint32_t gnomon_crc32c_copy(void *to, const void *from, size_t bytes) {
#if defined(__x86_64__)
  if (gnomon_isa() >= GNOMON_ISA_AVX2) return ~copy_sse42(~(uint32_t)0, from, to, bytes);
#endif
  return ~run_portable(~(uint32_t)0, from, to, bytes);
}
