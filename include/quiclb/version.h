/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The version of the API.  meson.build reads the numbers from here, so they
 * stand nowhere else.
 */
#ifndef QUICLB_VERSION_H
#define QUICLB_VERSION_H

#define QUICLB_VERSION_MAJOR 0
#define QUICLB_VERSION_MINOR 2
#define QUICLB_VERSION_PATCH 0

#endif /* QUICLB_VERSION_H */
