/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deployments by hand, without a file and without its rules, and CIDs for
 * them.
 */
#ifndef DEPLOY_H
#define DEPLOY_H

#include <config/deployment.h>

/* To quiclb_deployment_free(). */
struct quiclb_deployment *deploy_new(enum quiclb_role role);

/* Index of a new pool with room for cap servers. */
size_t deploy_pool(struct quiclb_deployment *d, size_t cap);

void deploy_server(struct quiclb_deployment *d, size_t pool, const uint8_t *id,
		   size_t id_len, const char *address, int local);

/* Index of a new CID config. */
int deploy_config(struct quiclb_deployment *d, size_t pool,
		  const struct quiclb_config *config);

/* A VIP with n of the CID configs. */
void deploy_vip(struct quiclb_deployment *d, const char *address, uint16_t port,
		const int *configs, size_t n);

/* A CID of the config, its nonce random; its length. */
size_t deploy_cid(const struct quiclb_config *config, const uint8_t *server_id,
		  uint8_t cid[QUICLB_CID_MAX_BYTES]);

#endif /* DEPLOY_H */
