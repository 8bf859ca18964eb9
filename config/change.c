/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One server changed in the text of a configuration file.  What does not
 * concern it, its layout included, stays byte for byte.  Whatever this
 * file does to the text, the result is read again and compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/change.h"
#include "config/hex.h"
#include "config/json_text.h"
#include "config/private.h"

#define LAYOUT_CAP 128 /* bytes of blanks between two members, to be copied */
#define INSERT_CAP 1024
#define SERVER_ID_TEXT_CAP (3 * QUICLB_SERVER_ID_CAP_BYTES)

static const char *const state_words[] = {
	[QUICLB_SERVER_UP] = "up",
	[QUICLB_SERVER_DRAINING] = "draining",
	[QUICLB_SERVER_DOWN] = "down",
};

/* What to do to a text. */
struct splice {
	const char *from, *to; /* goes */
	char insert[INSERT_CAP];
};

/* One row of server-id-mappings, and those beside it. */
struct place {
	struct quiclb_priv_span list; /* server-id-mappings */
	struct quiclb_priv_span row;  /* its object; without: start is NULL */
	const char *before;	      /* end of the row before, or NULL */
	struct quiclb_priv_span last;
	const char *before_last; /* end of the row before the last, or NULL */
};

int quiclb_change_check(const struct quiclb_change *change,
			struct quiclb_deployment_error *error)
{
	const struct quiclb_priv_load load = { "address", NULL, error };
	char text[46];

	if (change->kind != QUICLB_CHANGE_ADD ||
	    quiclb_priv_is_unicast(&change->server.address))
		return 0;
	quiclb_address_format(&change->server.address, text, sizeof(text));
	return quiclb_priv_fail(&load, QUICLB_ERR_ARG,
				"must be a unicast address (got %s)", text);
}

/* ------------------------------------------------------ where the row is -- */

static int is_row_of(struct quiclb_priv_span row,
		     const struct quiclb_server *server)
{
	struct quiclb_priv_member member;
	char text[SERVER_ID_TEXT_CAP];
	uint8_t id[QUICLB_SERVER_ID_CAP_BYTES];
	size_t len;

	if (!quiclb_priv_find_member(row, "server-id", &member) ||
	    *member.value.start != '"')
		return 0;
	len = (size_t)(member.value.end - member.value.start) - 2;
	if (len >= sizeof(text))
		return 0;
	memcpy(text, member.value.start + 1, len);
	text[len] = '\0';
	return quiclb_hex_parse(text, id, sizeof(id), NULL) ==
		       server->server_id_len &&
	       !memcmp(id, server->server_id, server->server_id_len);
}

static void find_row(const struct quiclb_server *server, struct place *place)
{
	const char *p = place->list.start, *end = NULL;
	struct quiclb_priv_span row;

	place->row.start = place->before = place->before_last = NULL;
	place->last.start = NULL;
	while (quiclb_priv_next_element(&p, &row)) {
		if (!place->row.start && is_row_of(row, server)) {
			place->row = row;
			place->before = end;
		}
		place->before_last = end;
		place->last = row;
		end = row.end;
	}
}

/* server-id-mappings of a pool; 0 if the text has it elsewhere. */
static int find_list(const char *json, const char *pool,
		     struct quiclb_priv_span *list)
{
	struct quiclb_priv_span object = { json + strspn(json, " \t\r\n"),
					   NULL };
	struct quiclb_priv_member member, name;
	const char *p;

	if (!quiclb_priv_find_member(object, "quic-lb", &member) ||
	    !quiclb_priv_find_member(member.value, "server-pool", &member))
		return 0;
	p = member.value.start;
	while (*member.value.start == '[' &&
	       quiclb_priv_next_element(&p, &object)) {
		if (!quiclb_priv_find_member(object, "name", &name) ||
		    !quiclb_priv_is_string(name.value, pool))
			continue;
		if (!quiclb_priv_find_member(object, "server-id-mappings",
					     &member))
			return 0;
		*list = member.value;
		return *list->start == '[';
	}
	return 0;
}

/* ------------------------------------------------------------ the layout -- */

/* Blanks and punctuation as they stand in the file, or an ordinary form. */
static void copy_layout(const char *from, const char *to, const char *otherwise,
			char layout[LAYOUT_CAP])
{
	const size_t len = from && to > from ? (size_t)(to - from) : 0;

	if (!len || len >= LAYOUT_CAP || strspn(from, " \t\r\n,:") < len) {
		strcpy(layout, otherwise);
		return;
	}
	memcpy(layout, from, len);
	layout[len] = '\0';
}

/* How a row is laid out: its first two members show it. */
struct layout {
	char between[LAYOUT_CAP]; /* with the comma */
	char colon[LAYOUT_CAP];
	char open[LAYOUT_CAP]; /* between brace and first member */
	char close[LAYOUT_CAP];
};

static int read_layout(struct quiclb_priv_span row, struct layout *layout)
{
	struct quiclb_priv_member one, two;
	const char *p = row.start;

	if (!quiclb_priv_next_member(&p, &one) ||
	    !quiclb_priv_next_member(&p, &two))
		return 0;
	copy_layout(one.value.end, two.name.start, ", ", layout->between);
	copy_layout(one.name.end, one.value.start, ": ", layout->colon);
	copy_layout(row.start + 1, one.name.start, "", layout->open);
	do
		one = two;
	while (quiclb_priv_next_member(&p, &two));
	copy_layout(one.value.end, row.end - 1, "", layout->close);
	return 1;
}

/* --------------------------------------------------------------- splices -- */

static int set_state(const struct place *place, const char *word,
		     struct splice *splice)
{
	struct quiclb_priv_member state, member;
	struct layout layout;
	const char *p = place->row.start;

	if (quiclb_priv_find_member(place->row, "state", &state)) {
		splice->from = state.value.start;
		splice->to = state.value.end;
		snprintf(splice->insert, sizeof(splice->insert), "\"%s\"",
			 word);
		return 1;
	}
	if (!read_layout(place->row, &layout))
		return 0;
	while (quiclb_priv_next_member(&p, &member))
		splice->from = splice->to = member.value.end;
	snprintf(splice->insert, sizeof(splice->insert), "%s\"state\"%s\"%s\"",
		 layout.between, layout.colon, word);
	return 1;
}

static int add_row(const struct place *place,
		   const struct quiclb_server *server, struct splice *splice)
{
	char hex[QUICLB_PRIV_HEX_CAP], address[46], between[LAYOUT_CAP];
	struct layout layout;

	if (!place->last.start || !read_layout(place->last, &layout))
		return 0;
	if (place->before_last)
		copy_layout(place->before_last, place->last.start, ", ",
			    between);
	else
		copy_layout(place->list.start + 1, place->last.start, " ",
			    between);
	quiclb_priv_hex_encode(server->server_id, server->server_id_len, hex,
			       sizeof(hex));
	quiclb_address_format(&server->address, address, sizeof(address));
	splice->from = splice->to = place->last.end;
	snprintf(splice->insert, sizeof(splice->insert),
		 "%s%s{%s\"server-id\"%s\"%s\"%s\"server-address\"%s\"%s\"%s}",
		 place->before_last ? "" : ",", between, layout.open,
		 layout.colon, hex, layout.between, layout.colon, address,
		 layout.close);
	return 1;
}

/* The row, and the comma between it and another one. */
static int remove_row(const struct place *place, struct splice *splice)
{
	struct quiclb_priv_span next;
	const char *p = place->row.end + strspn(place->row.end, " \t\r\n");

	splice->insert[0] = '\0';
	splice->from = place->before;
	splice->to = place->row.end;
	if (splice->from)
		return 1;
	splice->from = place->row.start;
	if (!quiclb_priv_next_element(&p, &next))
		return 0;
	splice->to = next.start;
	return 1;
}

static int make_splice(const char *json, const char *pool,
		       const struct quiclb_change *change,
		       struct splice *splice)
{
	struct place place;

	if (!find_list(json, pool, &place.list))
		return 0;
	find_row(&change->server, &place);
	if (change->kind == QUICLB_CHANGE_ADD)
		return add_row(&place, &change->server, splice);
	if (!place.row.start)
		return 0;
	return change->kind == QUICLB_CHANGE_DEL
		       ? remove_row(&place, splice)
		       : set_state(&place, state_words[change->server.state],
				   splice);
}

/* The text with the splice made; NULL without memory. */
static char *splice_text(const struct quiclb_priv_text *text,
			 const struct splice *splice, size_t *len)
{
	const size_t head = (size_t)(splice->from - text->bytes);
	const size_t tail = text->len - (size_t)(splice->to - text->bytes);
	const size_t insert = strlen(splice->insert);
	char *const out = malloc(head + insert + tail + 1);

	if (!out)
		return NULL;
	memcpy(out, text->bytes, head);
	memcpy(out + head, splice->insert, insert);
	memcpy(out + head + insert, splice->to, tail);
	*len = head + insert + tail;
	out[*len] = '\0';
	return out;
}

/* --------------------------------------------------------------- compare -- */

static int same_id(const struct quiclb_server *a, const struct quiclb_server *b)
{
	return a->server_id_len == b->server_id_len &&
	       !memcmp(a->server_id, b->server_id, a->server_id_len);
}

static int by_id(const void *a, const void *b)
{
	const struct quiclb_server *const x = a, *const y = b;

	if (x->server_id_len != y->server_id_len)
		return x->server_id_len < y->server_id_len ? -1 : 1;
	return memcmp(x->server_id, y->server_id, x->server_id_len);
}

static const struct quiclb_server *find(const struct quiclb_pool *pool,
					const struct quiclb_server *server)
{
	size_t i;

	for (i = 0; i < pool->n_servers; i++)
		if (same_id(&pool->servers[i], server))
			return &pool->servers[i];
	return NULL;
}

/* A pool's servers with the change, in order of ID; the caller frees them. */
static struct quiclb_server *sorted(const struct quiclb_pool *pool,
				    const struct quiclb_change *change,
				    size_t *n)
{
	struct quiclb_server *const rows =
		calloc(pool->n_servers + 1, sizeof(*rows));
	size_t i;

	*n = 0;
	for (i = 0; rows && i < pool->n_servers; i++) {
		rows[*n] = pool->servers[i];
		if (change && same_id(&rows[*n], &change->server)) {
			if (change->kind == QUICLB_CHANGE_DEL)
				continue;
			rows[*n].state = change->server.state;
		}
		++*n;
	}
	if (rows && change && change->kind == QUICLB_CHANGE_ADD)
		rows[(*n)++] = change->server;
	if (rows)
		qsort(rows, *n, sizeof(*rows), by_id);
	return rows;
}

/* Whether pool b is pool a with the change, or NULL. */
static int same_pool(const struct quiclb_pool *a,
		     const struct quiclb_change *change,
		     const struct quiclb_pool *b)
{
	size_t i, n_a, n_b;
	struct quiclb_server *const x = sorted(a, change, &n_a);
	struct quiclb_server *const y = sorted(b, NULL, &n_b);
	int same = x && y && n_a == n_b && !strcmp(a->name, b->name);

	for (i = 0; same && i < n_a; i++)
		same = !by_id(&x[i], &y[i]) && x[i].state == y[i].state &&
		       !memcmp(&x[i].address, &y[i].address,
			       sizeof(x[i].address));
	free(x);
	free(y);
	return same;
}

static int is_changed(const struct quiclb_deployment *before,
		      const struct quiclb_change *change,
		      const struct quiclb_deployment *after)
{
	size_t i;

	if (before->n_pools != after->n_pools ||
	    before->n_cid_configs != after->n_cid_configs ||
	    before->n_vips != after->n_vips)
		return 0;
	for (i = 0; i < before->n_pools; i++)
		if (!same_pool(&before->pools[i],
			       i == change->pool ? change : NULL,
			       &after->pools[i]))
			return 0;
	return 1;
}

/* ------------------------------------------------------------- all of it -- */

/* Whether before and the change go together, in words for the operator. */
static int check_before(const struct quiclb_priv_load *load,
			const struct quiclb_pool *pool,
			const struct quiclb_change *change)
{
	const int there = find(pool, &change->server) != NULL;
	char hex[QUICLB_PRIV_HEX_CAP];

	quiclb_priv_hex_encode(change->server.server_id,
			       change->server.server_id_len, hex, sizeof(hex));
	if (there && change->kind == QUICLB_CHANGE_DEL && pool->n_servers == 1)
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"/quic-lb/server-pool[name='%s']/"
					"server-id-mappings: at least one is "
					"needed",
					pool->name);
	if (there == (change->kind != QUICLB_CHANGE_ADD))
		return 0;
	return quiclb_priv_fail(load, QUICLB_ERR_ARG,
				"/quic-lb/server-pool[name='%s']/"
				"server-id-mappings[server-id='%s']: is %s",
				pool->name, hex,
				there ? "there already" : "not there");
}

/* Reads the new text, and makes sure that it says what it should. */
static int read_again(const struct quiclb_priv_load *load, const char *text,
		      const struct quiclb_deployment *before,
		      const struct quiclb_change *change,
		      struct quiclb_deployment **after)
{
	int err = quiclb_deployment_parse(load->name, text, after, load->error);

	if (!err && !is_changed(before, change, *after)) {
		quiclb_deployment_free(*after);
		err = quiclb_priv_fail(load, QUICLB_ERR_ARG,
				       "cannot be edited, or has changed "
				       "meanwhile");
	}
	return err;
}

static int make_text(const struct quiclb_priv_load *load,
		     const struct quiclb_priv_text *old, const char *pool,
		     const struct quiclb_change *change, char **text,
		     size_t *len)
{
	struct splice splice;

	if (strlen(old->bytes) != old->len ||
	    !make_splice(old->bytes, pool, change, &splice))
		return quiclb_priv_fail(load, QUICLB_ERR_ARG,
					"cannot be edited: change it by hand, "
					"then reload");
	*text = splice_text(old, &splice, len);
	return *text ? 0 : quiclb_priv_nomem(load);
}

int quiclb_change_text(const char *path, const struct quiclb_deployment *before,
		       const struct quiclb_change *change,
		       struct quiclb_deployment **after, char **text,
		       size_t *len, struct quiclb_deployment_error *error)
{
	const struct quiclb_priv_load load = { path, NULL, error };
	const struct quiclb_pool *const pool = &before->pools[change->pool];
	struct quiclb_priv_text old;
	char why[QUICLB_PRIV_WHY_CAP];
	int err = check_before(&load, pool, change);

	if (err)
		return err;
	if (change->kind == QUICLB_CHANGE_STATE &&
	    find(pool, &change->server)->state == change->server.state)
		return 0;
	err = quiclb_priv_text_read(path, QUICLB_PRIV_FILE_MAX_BYTES, &old,
				    why);
	if (err)
		return quiclb_priv_fail(&load, err, "%s", why);
	err = make_text(&load, &old, pool->name, change, text, len);
	quiclb_priv_text_free(&old);
	if (err)
		return err;
	err = read_again(&load, *text, before, change, after);
	if (!err)
		return 1;
	quiclb_wipe(*text, *len);
	free(*text);
	return err;
}
