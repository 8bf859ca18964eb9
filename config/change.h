/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One server of a pool changed: what `quic-steer peer` does to the kernel, and
 * the same done to the text of a configuration file.
 */
#ifndef QUICLB_CHANGE_H
#define QUICLB_CHANGE_H

#include "config/deployment.h"

#ifdef __cplusplus
extern "C" {
#endif

enum quiclb_change_kind {
	QUICLB_CHANGE_STATE = 0,
	QUICLB_CHANGE_ADD,
	QUICLB_CHANGE_DEL,
};

/* Of quiclb_change.pool: the only one there is. */
#define QUICLB_CHANGE_ONLY_POOL ((size_t)-1)

struct quiclb_change {
	enum quiclb_change_kind kind;
	size_t pool; /* index in the deployment */
	/* the server ID; its state (STATE) or its address (ADD) */
	struct quiclb_server server;
};

/**
 * quiclb_change_check() - the rules that hold for a server in any pool
 * @param[out] error  written only on failure
 * @return 0, or QUICLB_ERR_ARG: an address to add is not unicast
 * Threads: safe.  Since: 0.2.0.
 */
int quiclb_change_check(const struct quiclb_change *change,
			struct quiclb_deployment_error *error);

/**
 * quiclb_change_text() - the text of a configuration file, changed
 * @param path        the file
 * @param before      what was read from it; pool is an index in it
 * @param change      pool: not QUICLB_CHANGE_ONLY_POOL
 * @param[out] after  what the new text says; to quiclb_deployment_free()
 * @param[out] text   bytes of it, *len; may hold keys: the caller wipes and
 *                    frees it
 * @param[out] error  written only on failure; the others only when 1 is
 *                    returned
 * @return 1; 0 if the file says so already; or
 *   QUICLB_ERR_ARG   the file cannot be read or no longer says what before
 *                    says, the server ID is or is not there, or the result
 *                    would break a rule
 *   QUICLB_ERR_NOMEM
 * Threads: as quiclb_deployment_load().  Since: 0.2.0.
 *
 * Bytes that the change does not concern stay as they are.  The result was
 * read again, and is before with this change.
 */
int quiclb_change_text(const char *path, const struct quiclb_deployment *before,
		       const struct quiclb_change *change,
		       struct quiclb_deployment **after, char **text,
		       size_t *len, struct quiclb_deployment_error *error);

#ifdef __cplusplus
}
#endif

#endif /* QUICLB_CHANGE_H */
