/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ngtcp2 asks of this server while it handles a packet or a timer.
 */
#ifndef NGTCP2_SERVER_CALLBACKS_H
#define NGTCP2_SERVER_CALLBACKS_H

#include <ngtcp2/ngtcp2.h>

/* Their user data is the struct connection. */
extern const ngtcp2_callbacks server_callbacks;

#endif /* NGTCP2_SERVER_CALLBACKS_H */
