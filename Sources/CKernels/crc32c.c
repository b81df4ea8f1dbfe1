#include "crc32c.h"

#include <string.h>

#include "isa.h"

uint32_t gnomon_crc32c(uint32_t crc, const void *data, size_t bytes) {
  const unsigned char *p = data;
  crc = ~crc;
  while (bytes--) {
    crc ^= *p++;
    for (int k = 0; k < 8; k++) crc = (crc >> 1) ^ (0x82F63B78 & (0 - (crc & 1)));
  }
  return ~crc;
}

uint32_t gnomon_crc32c_copy(void *to, const void *from, size_t bytes) {
  memcpy(to, from, bytes);
  return gnomon_crc32c(0, from, bytes);
}
