#ifndef GNOMON_FINITE_H
#define GNOMON_FINITE_H

#include <stddef.h>

/// Whether all `count` doubles at `data` are finite: 1 or 0. Any alignment.
int gnomon_all_finite(const void *data, size_t count);

#endif
