/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of nginx as the adapter touches, declared in our own words from what
 * docs/stacks/nginx.md says of it.
 */
#ifndef NGINX_H
#define NGINX_H

#include <stdint.h>

typedef intptr_t ngx_int_t;
typedef unsigned char u_char;

#define NGX_OK 0
#define NGX_ERROR (-1)

/* Every CID that nginx issues, and every DCID of a short header. */
#define NGX_QUIC_SERVER_CID_LEN 20

#endif /* NGINX_H */
