#ifndef GNOMON_CKERNELS_H
#define GNOMON_CKERNELS_H

#endif
