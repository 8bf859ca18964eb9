/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS 1.3 of GnuTLS, as QUIC uses it: no middlebox compatibility, no session
 * tickets (hence no 0-RTT), ALPN h3 or nothing.
 */
#include "tls.h"

#include <stdio.h>

#include <ngtcp2/ngtcp2_crypto_gnutls.h>

/* RFC 9001 5.3 allows these ciphers, and no compatibility mode (8.4). */
static const char priorities[] =
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:"
	"+CHACHA20-POLY1305:+AES-128-CCM:%DISABLE_TLS13_COMPAT_MODE";

int tls_open(struct tls *tls, const char *cert, const char *key)
{
	int err;

	tls->credentials = NULL;
	tls->priority = NULL;
	err = gnutls_certificate_allocate_credentials(&tls->credentials);
	if (!err)
		err = gnutls_certificate_set_x509_key_file(
			tls->credentials, cert, key, GNUTLS_X509_FMT_PEM);
	if (!err)
		err = gnutls_priority_init(&tls->priority, priorities, NULL);
	if (!err)
		return 0;
	fprintf(stderr, "ngtcp2-server: %s, %s: %s\n", cert, key,
		gnutls_strerror(err));
	tls_close(tls);
	return -1;
}

void tls_close(struct tls *tls)
{
	if (tls->priority)
		gnutls_priority_deinit(tls->priority);
	if (tls->credentials)
		gnutls_certificate_free_credentials(tls->credentials);
}

static int configure(const struct tls *tls, gnutls_session_t session)
{
	static unsigned char h3[] = "h3";
	const gnutls_datum_t alpn = { h3, sizeof(h3) - 1 };

	if (gnutls_priority_set(session, tls->priority) ||
	    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE,
				   tls->credentials) ||
	    gnutls_alpn_set_protocols(session, &alpn, 1,
				      GNUTLS_ALPN_MANDATORY) ||
	    ngtcp2_crypto_gnutls_configure_server_session(session))
		return -1;
	return 0;
}

int tls_session_new(const struct tls *tls, ngtcp2_crypto_conn_ref *ref,
		    gnutls_session_t *session)
{
	if (gnutls_init(session, GNUTLS_SERVER | GNUTLS_NO_AUTO_SEND_TICKET |
					 GNUTLS_NO_END_OF_EARLY_DATA)) {
		*session = NULL;
		return -1;
	}
	if (configure(tls, *session)) {
		gnutls_deinit(*session);
		*session = NULL;
		return -1;
	}
	gnutls_session_set_ptr(*session, ref);
	return 0;
}
