#ifndef GNOMON_ISA_H
#define GNOMON_ISA_H

/// The instruction sets the kernels of this library are built for; each one includes those before it.
enum {
  GNOMON_ISA_PORTABLE = 0,
  GNOMON_ISA_AVX2 = 1,   // AVX2, FMA, SSE4.2 and PCLMULQDQ
  GNOMON_ISA_AVX512 = 2, // AVX-512 F, BW, DQ, VL
};

/// The best instruction set this processor and operating system support.
int gnomon_isa_detected(void);

/// The instruction set the kernels use now: the detected one unless another was selected.
int gnomon_isa(void);

/// Selects an instruction set for all threads of the process; one above the detected set is lowered to it,
/// one below portable is raised to portable. Meant for tests and for the start of a process.
void gnomon_isa_select(int isa);

#endif
