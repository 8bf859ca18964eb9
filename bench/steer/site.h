/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deployments by hand, as a file would give them, with servers of network.h;
 * and CIDs for them.
 */
#ifndef SITE_H
#define SITE_H

#include <config/deployment.h>

#define SITE_PORT 443
#define SITE_MEMO_ENTRIES 65536 /* as is usual */
#define SITE_FLOWS 65536

/* To quiclb_deployment_free(). */
struct quiclb_deployment *site_new(void);

/*
 * Index of a new pool: servers 0 (this host) to n - 1, with IDs of so many
 * bytes; far: 0, or 1: all but this host behind a router, by GUE.
 */
size_t site_pool(struct quiclb_deployment *d, size_t n, uint8_t id_len,
		 int far);

void site_server_id(size_t i, uint8_t id_len,
		    uint8_t id[QUICLB_SERVER_ID_CAP_BYTES]);

/* Of the codec: server ID 3 bytes and nonce 8, or what it takes. */
void site_config(struct quiclb_config *config, int codec);

/* Index of a new CID config of the pool. */
int site_add_config(struct quiclb_deployment *d, size_t pool,
		    const struct quiclb_config *config);

/* VIP i is at 203.0.0.1 + i, and of family 6 at 2001:db8:ff::1 + i. */
struct quiclb_address site_vip_address(size_t i, uint8_t family);

/* A VIP with n of the CID configs. */
void site_vip(struct quiclb_deployment *d, const struct quiclb_address *address,
	      const int *configs, size_t n);

/* n CIDs of server i under the config, 20 bytes each, zero behind the CID. */
void site_cids(const struct quiclb_config *config, size_t i, size_t n,
	       uint8_t (*cids)[QUICLB_CID_MAX_BYTES]);

#endif /* SITE_H */
