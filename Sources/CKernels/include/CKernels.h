#ifndef GNOMON_CKERNELS_H
#define GNOMON_CKERNELS_H

#include "isa.h"
#include "crc32c.h"
#include "finite.h"
#include "normal.h"
#include "outer_product.h"
#include "plane_waves.h"
#include "sky_map.h"
#include "sky_node.h"
#include "spread.h"

#endif
