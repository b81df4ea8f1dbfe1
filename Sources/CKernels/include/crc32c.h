#ifndef GNOMON_CRC32C_H
#define GNOMON_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, RFC 3720) of `bytes` bytes, continued from the CRC of the bytes before (0 at the start).
uint32_t gnomon_crc32c(uint32_t crc, const void *data, size_t bytes);

/// Copies `bytes` bytes between places that do not overlap and returns their CRC-32C, in one pass.
uint32_t gnomon_crc32c_copy(void *to, const void *from, size_t bytes);

#endif
