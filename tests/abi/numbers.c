/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that a program has compiled in, but that no function's signature
 * names: made into types, so that the tools that compare types compare them.
 */
#include <quiclb/quiclb.h>

extern enum quiclb_error error;
extern enum quiclb_reason reason;
extern enum quiclb_codec codec;

enum quiclb_error error;
enum quiclb_reason reason;
enum quiclb_codec codec;

#define ROW(name) abi_##name = (name)
extern enum limit {
	ROW(QUICLB_CID_MAX_BYTES),
	ROW(QUICLB_SERVER_ID_CAP_BYTES),
	ROW(QUICLB_KEY_BYTES),
	ROW(QUICLB_UNROUTABLE_MIN_BYTES),
	ROW(QUICLB_ROTATION_UNROUTABLE),
	ROW(QUICLB_N_ROTATIONS),
	ROW(QUICLB_N_TENANTS),
	ROW(QUICLB_N_PARTS),
	ROW(QUICLB_MARK_STEP),
	ROW(QUICLB_NONCE_SECRET_BYTES),
	ROW(QUICLB_RESET_TOKEN_BYTES),
	ROW(QUICLB_RESET_KEY_MIN_BYTES),
	ROW(QUICLB_F_SHORT_NONCE)
} limit;

enum limit limit;
