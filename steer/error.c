/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line for every failure, and the names of reasons.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "steer/private.h"

int quicsteer_fail(struct quicsteer_error *error, int result,
		   const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return result;
}

int quicsteer_fail_errno(struct quicsteer_error *error, int err,
			 const char *format, ...)
{
	va_list args;
	size_t len;

	if (err < 0)
		err = -err;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	len = strlen(error->text);
	snprintf(error->text + len, sizeof(error->text) - len, ": %s%s",
		 strerror(err),
		 err == EPERM || err == EACCES
			 ? " (run as root, or with CAP_BPF, CAP_NET_ADMIN and "
			   "CAP_PERFMON)"
			 : "");
	return QUICSTEER_NO;
}

const char *quicsteer_reason_name(unsigned int reason)
{
	switch (reason) {
#define QUICLB_ROW(upper, lower, number, text)                                 \
	case number:                                                           \
		return #lower;
		QUICLB_REASON_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return "unknown";
	}
}

const char *quicsteer_reason_text(unsigned int reason)
{
	switch (reason) {
#define QUICLB_ROW(upper, lower, number, text)                                 \
	case number:                                                           \
		return text;
		QUICLB_REASON_LIST(QUICLB_ROW)
#undef QUICLB_ROW
	default:
		return "unknown";
	}
}

const char *quicsteer_action_name(uint32_t action)
{
	switch (action) {
	case XDP_DROP:
		return "DROP";
	case XDP_PASS:
		return "PASS";
	case XDP_TX:
		return "TX";
	case XDP_REDIRECT:
		return "REDIRECT";
	default:
		return "unknown";
	}
}
