#define FFTW_NO_Complex 1
#include <fftw3.h>

// An array of unknown length does not import.
static inline const char *gnomon_fftw_version(void) { return fftw_version; }
