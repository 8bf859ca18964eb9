/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS 1.3 of GnuTLS, as QUIC uses it.
 */
#ifndef NGTCP2_SERVER_TLS_H
#define NGTCP2_SERVER_TLS_H

#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2_crypto.h>

struct tls {
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priority;
};

/* cert and key: PEM files.  Returns 0, or -1 with a line on standard error. */
int tls_open(struct tls *tls, const char *cert, const char *key);
void tls_close(struct tls *tls);

/* Returns 0 or -1; ref lives as long as the session. */
int tls_session_new(const struct tls *tls, ngtcp2_crypto_conn_ref *ref,
		    gnutls_session_t *session);

#endif /* NGTCP2_SERVER_TLS_H */
