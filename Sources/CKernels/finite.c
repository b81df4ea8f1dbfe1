#include "finite.h"

#include <stdint.h>
#include <string.h>

// An exponent of all ones means infinity or NaN. Adding one to the exponent field then overflows into the sign bit, so a
// plain OR over all samples finds any of them and the compiler vectorises the loop.
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
int gnomon_all_finite(const void *data, size_t count) {
    const unsigned char *bytes = data;
    uint64_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, bytes + 8 * i, 8);
        seen |= (bits & 0x7FFFFFFFFFFFFFFF) + 0x0010000000000000;
    }
    return !(seen >> 63);
}
