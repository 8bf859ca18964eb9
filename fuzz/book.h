/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configs of the library for the textbook.
 */
#ifndef BOOK_H
#define BOOK_H

#include "fuzz.h"
#include "textbook.h"

/*
 * Takes out what the textbook does not know, a worker and a wrong key, and
 * says the rest in its words.  0 if it has no such codec.
 */
int book_config(struct quiclb_config *config, struct textbook_config *book);

#endif /* BOOK_H */
