/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libquiclb/cipher.c in the box.
 */
#include "box.h"
#include "unit.h"
#include "box_macros.h"
#include "libquiclb/cipher.c"
