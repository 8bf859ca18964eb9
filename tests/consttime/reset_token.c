/* SPDX-License-Identifier: BSD-2-Clause */
#include "operations.h"
#include "random.h"
#include "secrets.h"

struct token {
	uint8_t key[32];
	uint8_t server_id[QUICLB_SERVER_ID_CAP_BYTES];
	uint8_t cid[QUICLB_CID_MAX_BYTES];
};

static int make(const struct token *from, uint8_t *token)
{
	return !quiclb_reset_token(from->key, sizeof(from->key),
				   from->server_id, sizeof(from->server_id),
				   from->cid, sizeof(from->cid), token);
}

static int reset_token(void *arg)
{
	uint8_t token[QUICLB_RESET_TOKEN_BYTES], want[sizeof(token)];
	struct token from;

	(void)arg;
	random_bytes(&from, sizeof(from));
	if (!make(&from, want))
		return 0;
	secrets_mark(&from, sizeof(from));
	if (!make(&from, token))
		return 0;
	secrets_open(token, sizeof(token));
	return !memcmp(token, want, sizeof(token));
}

void operations_reset_token(struct tap *tap)
{
	int good;
	const unsigned int n = secrets_reports(reset_token, NULL, &good);

	tap_case(tap, good && !n, "reset token, by libcrypto", NULL);
}
