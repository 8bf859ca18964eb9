/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hex digits to bytes, for the tools too.  Needs no libyang.
 */
#ifndef QUICLB_HEX_H
#define QUICLB_HEX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * quiclb_hex_parse() - bytes from pairs of hex digits
 * @param text      one colon is allowed between two pairs
 * @param[out] out  out_cap bytes; undefined on failure
 * @param[out] why  a static string, what is wrong; written only on
 *                  QUICLB_ERR_ARG; or NULL
 * @return 1..out_cap bytes, or
 *   QUICLB_ERR_SPACE  more than out_cap
 *   QUICLB_ERR_ARG    anything else
 * Threads: safe.  Since: 0.2.0.
 */
int quiclb_hex_parse(const char *text, uint8_t *out, size_t out_cap,
		     const char **why);

#ifdef __cplusplus
}
#endif

#endif /* QUICLB_HEX_H */
