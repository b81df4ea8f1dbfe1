#include <erfa.h>
#include <erfam.h>
