/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb_deployment_parse(): an accepted file gives configs that the library's
 * decoder takes as the VIPs have them; a refused one a line without newline or
 * key.  Input: the JSON.
 */
#include "config/deployment.h"
#include "fuzz.h"

static int known(void *arg, uint32_t tenant, const uint8_t *id, size_t id_len)
{
	return !arg && tenant && id && id_len;
}

static void must_be_right(const struct quiclb_deployment *d, size_t v)
{
	const struct quiclb_vip *const vip = &d->vips[v];
	struct quiclb_decoder *decoder;
	unsigned int c, seen, reserved = 0;
	size_t i, n;

	FUZZ_MUST(vip->port && !quiclb_decoder_new(&decoder));
	quiclb_decoder_set_known(decoder, known, NULL);
	for (i = 0; i < d->n_cid_configs; i++) {
		const struct quiclb_cid_config *const row = &d->cid_configs[i];

		for (c = seen = 0; c < QUICLB_N_CODEPOINTS; c++)
			for (n = 0; n < QUICLB_N_TENANTS; n++)
				seen |= (vip->cid_configs[c][n] == (int)i) << c;
		FUZZ_MUST(row->pool < d->n_pools && row->name[0]);
		if (!seen)
			continue;
		FUZZ_MUST(seen == quiclb_cid_config_claims(row));
		FUZZ_MUST(!quiclb_decoder_add_tenant(decoder, &row->config, 1));
		reserved |= quiclb_cid_config_reserved(row);
	}
	FUZZ_MUST(vip->reserved == reserved);
	quiclb_decoder_free(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *const json = fuzz_text(data, size);
	struct quiclb_deployment_error error = { "" };
	struct quiclb_deployment *d = NULL;
	const int err = quiclb_deployment_parse("a.json", json, &d, &error);
	size_t i;

	FUZZ_MUST(err <= 0 && !err == !!d && !err == !error.text[0]);
	for (i = 0; error.text[i]; i++)
		FUZZ_MUST((uint8_t)error.text[i] >= ' ');
	FUZZ_MUST(!err || !strncmp(error.text, "a.json: ", 8));
	FUZZ_MUST(!err || (i > 8 && !fuzz_leaks(error.text, json, size)));
	for (i = 0; d && i < d->n_vips; i++)
		must_be_right(d, i);
	quiclb_deployment_free(d);
	free(json);
	return 0;
}
