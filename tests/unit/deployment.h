/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration files as rows: what a row does not say is taken from a file
 * that is good.  Files are looked up in deployment/ beside G_TEST_SRCDIR.
 */
#ifndef UNIT_DEPLOYMENT_H
#define UNIT_DEPLOYMENT_H

#include <glib.h>
#include <string.h>

#include "config/deployment.h"

#define KEY "8f95f09245765f80256934e50c66207f"
#define KEY_COLONS "8f:95:f0:92:45:76:5f:80:25:69:34:e5:0c:66:20:7f"
#define A "/quic-lb/cid-configs[name='a']"
#define P "/quic-lb/server-pool[name='p']"
#define V "/quic-lb/vip[address='192.0.2.1'][port='443']"

/* What a row does not say is taken from here. */
#define TOP ""
#define POOLS "{\"name\":\"p\",\"server-id-mappings\":[" MAPPING "]}"
#define MAPPING "{" MAPPED "}"
#define MAPPED "\"server-id\":\"01\",\"server-address\":\"192.0.2.2\""
#define WITH_STATE(state)                                                      \
	"{\"name\":\"p\",\"server-id-mappings\":[{" MAPPED ",\"state\":" state \
	"}]}"
#define HEAD(name, rotation)                                                   \
	"\"name\":\"" name "\",\"config-rotation-bits\":" rotation
#define LENGTHS ",\"server-id-length\":1,\"nonce-length\":8"
#define CONFIG(name, rotation, more) "{" HEAD(name, rotation) LENGTHS more "}"
#define SIZED(server_id, nonce, more)                                          \
	"{" HEAD("a", "0") ",\"server-id-length\":" server_id                  \
			   ",\"nonce-length\":" nonce more "}"
#define CONFIGS CONFIG("a", "0", "")
#define VIP(more) "{\"address\":\"192.0.2.1\",\"port\":443" more "}"
#define WITH_KEY ",\"cid-key\":\"" KEY "\""
#define POOL(name, id)                                                         \
	"{\"name\":\"" name "\",\"server-id-mappings\":[{\"server-id\":\"" id  \
	"\",\"server-address\":\"192.0.2.2\"}]}"
#define MAPPINGS(a, b)                                                         \
	"{\"name\":\"p\",\"server-id-mappings\":[{\"server-id\":\"" a          \
	"\",\"server-address\":\"192.0.2.2\"},{\"server-id\":\"" b             \
	"\",\"server-address\":\"192.0.2.3\"}]}"

struct row {
	const char *name;
	const char *whole; /* the text, instead of what follows */
	const char *top;
	const char *pools;
	const char *configs;
	const char *vips;
	int err;	  /* 0: QUICLB_ERR_ARG */
	const char *text; /* after "FILE: "; ... for libyang's own words */
};

struct deployment_case {
	const char *path;
	void (*run)(void);
};

/* Every file of the program adds its cases. */
void deployment_add_files(void);
void deployment_add_layouts(void);
void deployment_add_prefixes(void);
void deployment_add_rules(void);
void deployment_add_sharing(void);
void deployment_add_text(void);

void deployment_add_cases(const struct deployment_case *cases, size_t n);
/* A case of each row: it is refused, with its error and text. */
void deployment_add_rows(const struct row *rows, size_t n);

/* The text of a row; to g_free(). */
char *row_text(const struct row *row);
/* A row that is refused; data is a struct row. */
void test_row(gconstpointer data);
/* A row that must be taken. */
struct quiclb_deployment *parse(const struct row *row);
/* deployment/valid.json */
struct quiclb_deployment *load_valid(void);

/* Path of a file in deployment/; static. */
const char *file(const char *name);
/* One line, no key in it; want may end in "...". */
void assert_line(const char *line, const char *want);
/* No six digits of the key in a row, in either form. */
void assert_no_key(const char *text);
void assert_refused(const char *path, const char *rule);

#endif /* UNIT_DEPLOYMENT_H */
