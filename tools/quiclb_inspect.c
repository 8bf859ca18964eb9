/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quiclb inspect: what a load balancer sees of one QUIC packet, and where a
 * configuration file would send it.
 */
#include <inttypes.h>
#include <stdlib.h>

#include <quiclb/decode.h>
#include <quiclb/packet.h>

#include "tools/quiclb_tool.h"

/* What UDP over IPv4 can carry, and IPv6 without jumbograms. */
#define PAYLOAD_MAX_BYTES 65527

const char inspect_help[] =
	"usage: quiclb inspect [--config FILE [--vip ADDRESS:PORT]] [--json] "
	"HEX\n"
	"Shows the parts of a QUIC packet that every version has: header "
	"form,\n"
	"version, DCID.  HEX is the UDP payload, or as much of it as holds "
	"the\n"
	"DCID.  A short header does not say how long its DCID is: --config\n"
	"does.\n"
	"\n"
	"  --config FILE       decode the DCID too; if it is unroutable the\n"
	"                      exit status is 1\n"
	"  --vip ADDRESS:PORT  the VIP whose configs to use, where VIPs "
	"differ\n"
	"  --json              one JSON object\n";

static const struct option options[] = {
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "vip", required_argument, NULL, OPT_VIP },
	{ "json", no_argument, NULL, OPT_JSON },
	{ NULL, 0, NULL, 0 },
};

struct view {
	struct quiclb_packet packet;
	uint8_t first_byte;
	const uint8_t *dcid; /* and what follows it, behind a short header */
	size_t dcid_len;     /* bytes that are known to be DCID */
	int rotation;	     /* 0..7, or -1 without a DCID */
	int decoded;	     /* 1: err and found say how */
	int err;
	struct finding found;
};

static const char *version_name(uint32_t version)
{
	switch (version) {
	case 0x00000000:
		return "Version Negotiation"; /* RFC 8999, 6 */
	case 0x00000001:
		return "QUIC version 1"; /* RFC 9000 */
	case 0x6b3343cf:
		return "QUIC version 2"; /* RFC 9369 */
	default:
		return NULL;
	}
}

/* ---------------------------------------------------------------- view -- */

static int look(struct view *view, const uint8_t *data, size_t len)
{
	struct quiclb_packet *const packet = &view->packet;

	memset(view, 0, sizeof(*view));
	if (quiclb_packet_parse(data, data + len, (quiclb_u32)len, packet))
		return cli_error("packet: %zu bytes end before the header or "
				 "its DCID does",
				 len);
	view->first_byte = data[0];
	view->dcid = data + packet->dcid_offset;
	if (packet->long_header)
		view->dcid_len = packet->dcid_len;
	view->rotation =
		packet->dcid_len ? quiclb_h_codepoint(view->dcid[0]) : -1;
	return 0;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int decode(struct view *view, const struct lookup *lookup)
{
	const size_t seen_len = view->packet.dcid_len;
	int len;

	if (!view->packet.long_header && seen_len) {
		len = quiclb_decoder_cid_len(lookup->decoder, view->dcid[0]);
		if (len > 0)
			view->dcid_len = least((size_t)len, seen_len);
	}
	if (seen_len)
		view->rotation = lookup_rotation(lookup, view->dcid[0]);
	view->decoded = 1;
	/* a DCID of unknown length is decoded for the reason it has none */
	view->err = lookup_cid(lookup, view->dcid,
			       view->dcid_len ? view->dcid_len : seen_len,
			       &view->found);
	if (view->err && !quiclb_is_unroutable(view->err))
		return cli_error("packet: %s", quiclb_strerror(view->err));
	/* tenants may have different lengths: the one it is knows its own */
	if (!view->err && !view->dcid_len)
		view->dcid_len = least(view->found.cid.cid_len, seen_len);
	return 0;
}

/* --------------------------------------------------------------- print -- */

static void print_found(const struct view *view)
{
	char address[ADDRESS_TEXT_CAP];

	if (view->err) {
		printf("unroutable: %s\n", quiclb_strerror(view->err));
		return;
	}
	printf("config: %s\n", view->found.cid_config->name);
	if (view->found.cid_config->tenant[0])
		printf("tenant: %s\n", view->found.cid_config->tenant);
	printf("server ID: ");
	cli_hex_print(view->found.cid.server_id, view->found.cid.server_id_len);
	if (view->found.cid.worker_len) {
		printf("\nworker: ");
		cli_hex_print(view->found.cid.nonce,
			      view->found.cid.worker_len);
	}
	quiclb_address_format(&view->found.server->address, address,
			      sizeof(address));
	printf("\nserver address: %s\n", address);
}

static void print_text(const struct view *view)
{
	const char *const name = version_name(view->packet.version);

	printf("header form: %s\nfirst byte: 0x%02x\n",
	       view->packet.long_header ? "long" : "short", view->first_byte);
	if (view->packet.long_header)
		printf("version: 0x%08" PRIx32 " (%s)\n", view->packet.version,
		       name ? name : "unknown");
	if (view->packet.long_header || view->dcid_len) {
		printf("DCID: ");
		cli_hex_print(view->dcid, view->dcid_len);
		printf("%s\n", view->dcid_len ? "" : "none");
	}
	if (view->rotation >= 0)
		printf("config rotation: %d\n", view->rotation);
	if (view->decoded)
		print_found(view);
}

static void print_json(const struct view *view)
{
	struct cli_json json = { 0, 0 };

	cli_json_open(&json, NULL, '{');
	cli_json_text(&json, "header",
		      view->packet.long_header ? "long" : "short");
	cli_json_number(&json, "first_byte", view->first_byte);
	if (view->packet.long_header) {
		cli_json_number(&json, "version", view->packet.version);
		cli_json_text(&json, "version_name",
			      version_name(view->packet.version));
	}
	if (view->packet.long_header || view->dcid_len)
		cli_json_hex(&json, "dcid", view->dcid, view->dcid_len);
	else
		cli_json_text(&json, "dcid", NULL);
	if (view->rotation >= 0)
		cli_json_number(&json, "rotation", (uint64_t)view->rotation);
	else
		cli_json_text(&json, "rotation", NULL);
	if (view->decoded && view->err)
		cli_json_text(&json, "unroutable", quiclb_strerror(view->err));
	else if (view->decoded)
		finding_json(&view->found, &json);
	cli_json_close(&json, '}');
}

/* ------------------------------------------------------------- command -- */

struct inspect {
	int as_json;
	const char *config; /* file name, or NULL */
	const char *vip;
	struct lookup lookup;
};

static int parse(struct inspect *in, int argc, char **argv)
{
	int option;

	while ((option = cli_option(argc, argv, options)) != -1) {
		if (option == '?')
			return CLI_USAGE;
		if (option == OPT_CONFIG)
			in->config = optarg;
		else if (option == OPT_VIP)
			in->vip = optarg;
		else
			in->as_json = 1;
	}
	if (optind == argc)
		return cli_error("no packet given");
	if (optind + 1 < argc)
		return cli_error("unexpected argument '%.64s'",
				 argv[optind + 1]);
	if (in->vip && !in->config)
		return cli_error("--vip: only with --config");
	return in->config ? lookup_open_file(&in->lookup, in->config, in->vip)
			  : 0;
}

static int inspect(struct inspect *in, const char *hex)
{
	uint8_t *const data = malloc(PAYLOAD_MAX_BYTES);
	struct view view;
	int status = CLI_USAGE;
	int len;

	if (!data)
		return cli_error("%s", quiclb_strerror(QUICLB_ERR_NOMEM));
	len = cli_hex("packet", hex, data, PAYLOAD_MAX_BYTES);
	if (len < 0 || look(&view, data, (size_t)len))
		goto out;
	if (in->config && decode(&view, &in->lookup))
		goto out;
	if (in->as_json)
		print_json(&view);
	else
		print_text(&view);
	status = view.decoded && view.err ? CLI_NO : CLI_DONE;
out:
	free(data);
	return status;
}

int cmd_inspect(int argc, char **argv)
{
	struct inspect in;
	int status;

	memset(&in, 0, sizeof(in));
	status = parse(&in, argc, argv);
	if (!status)
		status = inspect(&in, argv[optind]);
	lookup_close(&in.lookup);
	return status;
}
