/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens a configuration file and finds servers in it; VIPs from text and back.
 */
#include <stdlib.h>

#include "tools/quiclb_tool.h"

int deployment_open(const char *path, struct quiclb_deployment **deployment)
{
	struct quiclb_deployment_error error;

	*deployment = NULL;
	if (quiclb_deployment_load(path, deployment, &error))
		return cli_error("%s", error.text);
	return 0;
}

static int compare_servers(const void *a, const void *b)
{
	const struct quiclb_server *const x = a, *const y = b;

	if (x->server_id_len != y->server_id_len)
		return x->server_id_len < y->server_id_len ? -1 : 1;
	return memcmp(x->server_id, y->server_id, x->server_id_len);
}

void deployment_sort(struct quiclb_deployment *deployment)
{
	size_t i;

	for (i = 0; i < deployment->n_pools; i++) {
		if (deployment->pools[i].n_servers)
			qsort(deployment->pools[i].servers,
			      deployment->pools[i].n_servers,
			      sizeof(struct quiclb_server), compare_servers);
	}
}

const struct quiclb_server *server_find(const struct quiclb_pool *pool,
					const uint8_t *server_id,
					size_t server_id_len)
{
	struct quiclb_server wanted;

	if (!pool->n_servers || server_id_len > sizeof(wanted.server_id))
		return NULL;
	memset(&wanted, 0, sizeof(wanted));
	wanted.server_id_len = (uint8_t)server_id_len;
	memcpy(wanted.server_id, server_id, server_id_len);
	return bsearch(&wanted, pool->servers, pool->n_servers, sizeof(wanted),
		       compare_servers);
}

static int parse_port(const char *text, uint16_t *port)
{
	const size_t len = strspn(text, "0123456789");
	const unsigned long number = strtoul(text, NULL, 10);

	if (!len || len > 5 || text[len] || !number || number > UINT16_MAX)
		return -1;
	*port = (uint16_t)number;
	return 0;
}

int vip_parse(const char *text, struct quiclb_vip *vip)
{
	const char *const colon = strrchr(text, ':');
	const int bracket = text[0] == '[';
	char address[ADDRESS_TEXT_CAP];
	size_t len;

	if (!colon || parse_port(colon + 1, &vip->port))
		return -1;
	len = (size_t)(colon - text);
	if (bracket) {
		if (len < 2 || text[len - 1] != ']')
			return -1;
		text++;
		len -= 2;
	}
	if (len >= sizeof(address))
		return -1;
	memcpy(address, text, len);
	address[len] = '\0';
	if (quiclb_address_parse(address, &vip->address))
		return -1;
	/* without brackets nobody can tell the port of an IPv6 address */
	return (vip->address.family == 6) == bracket ? 0 : -1;
}

void vip_format(const struct quiclb_vip *vip, char *text, size_t text_cap)
{
	char address[ADDRESS_TEXT_CAP];
	const int is_v6 = vip->address.family == 6;

	quiclb_address_format(&vip->address, address, sizeof(address));
	snprintf(text, text_cap, is_v6 ? "[%s]:%u" : "%s:%u", address,
		 (unsigned int)vip->port);
}
