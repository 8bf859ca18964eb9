/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quic-steer explain: what the program would do with one frame, and why.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tools/steer_tool.h"

#define FRAME_CAP_BYTES 4096

const char explain_help[] =
	"usage: quic-steer explain HEX --config FILE [--interface NAME]... "
	"[--json]\n"
	"\n"
	"Runs one Ethernet frame, in hex from its destination MAC on, through "
	"a\n"
	"private copy of the program: verdict, reason, and the frame as it "
	"would\n"
	"leave.  Live counters do not move.\n"
	"\n"
	"  --config FILE     the deployment (docs/configuration.md)\n"
	"  --interface NAME  where the frame arrives; a server on that "
	"interface\n"
	"                    is reached by TX, on another by REDIRECT\n"
	"  --json            one JSON object\n"
	"\n"
	"Exit status: 0 steered, local, or out of a tunnel, 1 passed for "
	"another\n"
	"reason, dropped or refused, 2 usage or bad input.\n";

static int is_sent_on(const struct quicsteer_verdict *v)
{
	return v->reason == QUICLB_REASON_STEERED ||
	       v->reason == QUICLB_REASON_ICMP_STEERED;
}

static void print_text(const struct quicsteer_verdict *v, const char *vip)
{
	printf("verdict  %s\n", quicsteer_action_name(v->action));
	printf("reason   %s: %s\n", quicsteer_reason_name(v->reason),
	       quicsteer_reason_text(v->reason));
	printf("vip      %s\n", *vip ? vip : "none");
	if (is_sent_on(v) || v->reason == QUICLB_REASON_DECAPSULATED) {
		printf(is_sent_on(v) ? "leaves   " : "becomes  ");
		cli_hex_print(v->frame, v->frame_len);
		printf("\n");
	}
}

static void print_json(const struct quicsteer_verdict *v, const char *vip)
{
	struct cli_json json = { 0 };

	cli_json_open(&json, NULL, '{');
	cli_json_text(&json, "verdict", quicsteer_action_name(v->action));
	cli_json_text(&json, "reason", quicsteer_reason_name(v->reason));
	cli_json_text(&json, "vip", *vip ? vip : NULL);
	cli_json_hex(&json, "frame", v->frame, v->frame_len);
	cli_json_close(&json, '}');
}

static int explain(const struct steer_arguments *arguments,
		   const struct quiclb_deployment *deployment)
{
	uint8_t frame[FRAME_CAP_BYTES];
	struct quicsteer_verdict v;
	struct quicsteer_error error;
	char vip[64] = "";
	const int len =
		cli_hex("frame", arguments->frame, frame, sizeof(frame));
	int status;

	if (len < 0)
		return CLI_USAGE;
	status = steer_result(quicsteer_explain(deployment, &arguments->options,
						frame, (size_t)len, &v, &error),
			      &error);
	if (status)
		return status;
	if (v.vip >= 0)
		steer_vip_text(&deployment->vips[v.vip].address,
			       deployment->vips[v.vip].port, vip);
	if (arguments->json)
		print_json(&v, vip);
	else
		print_text(&v, vip);
	free(v.frame);
	return is_sent_on(&v) || v.reason == QUICLB_REASON_LOCAL ||
			       v.reason == QUICLB_REASON_DECAPSULATED
		       ? CLI_DONE
		       : CLI_NO;
}

int cmd_explain(int argc, char **argv)
{
	struct quiclb_deployment *deployment;
	struct steer_arguments arguments;
	int status =
		steer_arguments(argc, argv,
				STEER_TAKES_CONFIG | STEER_TAKES_INTERFACE |
					STEER_TAKES_JSON | STEER_TAKES_FRAME,
				&arguments);

	if (!status)
		status = steer_deployment(&arguments, &deployment);
	if (status)
		return status;
	status = explain(&arguments, deployment);
	quiclb_deployment_free(deployment);
	return status;
}
