#include "isa.h"

#include <stdatomic.h>

// Minus one until the processor has been asked or an instruction set selected.
static atomic_int selected = -1;

int gnomon_isa_detected(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("sse4.2") &&
             __builtin_cpu_supports("pclmul");
  if (!avx2) return GNOMON_ISA_PORTABLE;
  int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return avx512 ? GNOMON_ISA_AVX512 : GNOMON_ISA_AVX2;
#else
  return GNOMON_ISA_PORTABLE;
#endif
}

int gnomon_isa(void) {
  int isa = atomic_load_explicit(&selected, memory_order_relaxed);
  if (isa >= 0) return isa;
  isa = gnomon_isa_detected();
  // A selection made meanwhile by another thread wins.
  int unset = -1;
  return atomic_compare_exchange_strong(&selected, &unset, isa) ? isa : unset;
}

void gnomon_isa_select(int isa) {
  int detected = gnomon_isa_detected();
  if (isa > detected) isa = detected;
  if (isa < GNOMON_ISA_PORTABLE) isa = GNOMON_ISA_PORTABLE;
  atomic_store(&selected, isa);
}
