/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the figures are held against, case by case.
 */
#include <stdio.h>

#include "cid.h"

#define PLAIN 0x1u
#define SINGLE 0x2u
#define FOUR 0x4u /* 3 blocks to decode */
#define FOUR_LONG 0x8u
#define FOUR_ALL 0x10u /* 4 blocks to decode */
#define AES (SINGLE | FOUR | FOUR_LONG)

static const char *const cases[] = {
	"plain 3+4",	 "single-pass 8+8", "four-pass 3+4",
	"four-pass 9+9", "four-pass 10+5",
};

enum kind {
	RATIO,	    /* of two rows of a case */
	DIFFERENCE, /* likewise */
	REFERENCE,  /* of a row and a reference */
	REFERENCES, /* of two references */
};

struct pattern {
	unsigned int cases; /* REFERENCES: one, for nothing */
	enum kind kind;
	const char *name, *over, *under, *goal;
};

static const struct pattern inline_patterns[] = {
	{ PLAIN, REFERENCE, "decode, inline / load and mask",
	  "decode, chain, inline", "load and mask, chain", "<= 2" },
	{ SINGLE, REFERENCE, "decode, inline / 1 block",
	  "decode, chain, inline, aes", "decrypt 1 block, chain, aes",
	  "<= 1.3" },
	{ FOUR | FOUR_LONG, REFERENCE, "decode, inline / 3 blocks",
	  "decode, chain, inline, aes", "encrypt 3 blocks, chain, aes",
	  "<= 1.25" },
	{ FOUR_ALL, REFERENCE, "decode, inline / 4 blocks",
	  "decode, chain, inline, aes", "encrypt 4 blocks, chain, aes", "" },
	{ SINGLE, REFERENCE, "encode, inline / 1 block",
	  "encode, chain, inline, aes", "encrypt 1 block, chain, aes",
	  "<= 1.4" },
	{ FOUR | FOUR_LONG | FOUR_ALL, REFERENCE, "encode, inline / 4 blocks",
	  "encode, chain, inline, aes", "encrypt 4 blocks, chain, aes",
	  "<= 1.4" },
	{ PLAIN, DIFFERENCE, "decode, exported - inline",
	  "decode, chain, exported", "decode, chain, inline", "<= 3" },
	{ AES, DIFFERENCE, "decode, exported - inline",
	  "decode, chain, exported, aes", "decode, chain, inline, aes",
	  "<= 3" },
	{ PLAIN, DIFFERENCE, "encode, exported - inline",
	  "encode, chain, exported", "encode, chain, inline", "<= 3" },
	{ AES, DIFFERENCE, "encode, exported - inline",
	  "encode, chain, exported, aes", "encode, chain, inline, aes",
	  "<= 3" },
};

static const struct pattern textbook_patterns[] = {
	{ AES, RATIO, "decode, EVP / chain", "decode, chain, EVP",
	  "decode, chain, exported, aes", ">= 1.2" },
	{ AES, RATIO, "decode, EVP / loop", "decode, loop, EVP",
	  "decode, loop, exported, aes", ">= 3" },
	{ AES, RATIO, "decode, EVP / AES-NI batch", "decode, loop, EVP",
	  "decode, batch, exported, aes", ">= 5" },
	{ AES, RATIO, "decode, EVP / VAES batch", "decode, loop, EVP",
	  "decode, batch, exported, vaes", ">= 12" },
	{ AES, RATIO, "encode, EVP / chain", "encode, chain, EVP",
	  "encode, chain, exported, aes", ">= 1.2" },
	{ AES, RATIO, "encode, EVP / loop", "encode, loop, EVP",
	  "encode, loop, exported, aes", ">= 3" },
	{ AES, RATIO, "EVP next / AES-NI next", "next, loop, EVP, random nonce",
	  "next, loop, exported, aes", "" },
	{ AES, RATIO, "EVP next / AES-NI batch of next",
	  "next, loop, EVP, random nonce", "next, batch, exported, aes",
	  ">= 5" },
	{ AES, RATIO, "EVP next / VAES batch of next",
	  "next, loop, EVP, random nonce", "next, batch, exported, vaes",
	  ">= 12" },
	/* unequal: the batch makes its nonces besides */
	{ AES, RATIO, "EVP encode / VAES batch of next", "encode, loop, EVP",
	  "next, batch, exported, vaes", "" },
};

static const struct pattern portable_patterns[] = {
	{ PLAIN, REFERENCES, "portable / aes, encrypt 1 block",
	  "encrypt 1 block, chain, portable", "encrypt 1 block, chain, aes",
	  "<= 18" },
	{ PLAIN, REFERENCES, "portable / aes, decrypt 1 block",
	  "decrypt 1 block, chain, portable", "decrypt 1 block, chain, aes",
	  "<= 18" },
	{ AES, RATIO, "decode, portable, loop / batch",
	  "decode, loop, exported, portable",
	  "decode, batch, exported, portable", ">= 3" },
};

static void put(char to[CID_NAME_CAP], const char *text)
{
	snprintf(to, CID_NAME_CAP, "%s", text);
}

static void say(const struct pattern *p, const char *name, cid_goal_fn *each,
		void *arg)
{
	struct cid_goal goal = { .over = p->over,
				 .under = p->under,
				 .goal = p->goal,
				 .is_difference = p->kind == DIFFERENCE };

	put(goal.over_group, p->kind == REFERENCES ? CID_REFERENCES : name);
	put(goal.under_group, p->kind >= REFERENCE ? CID_REFERENCES : name);
	if (p->kind == REFERENCES)
		put(goal.name, p->name);
	else
		snprintf(goal.name, sizeof(goal.name), "%s: %s", name, p->name);
	each(arg, &goal);
}

static void say_all(const struct pattern *patterns, size_t n, cid_goal_fn *each,
		    void *arg)
{
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < sizeof(cases) / sizeof(cases[0]); j++)
			if (patterns[i].cases >> j & 1)
				say(&patterns[i], cases[j], each, arg);
}

void cid_each_goal(cid_goal_fn *each, void *arg)
{
	say_all(inline_patterns,
		sizeof(inline_patterns) / sizeof(inline_patterns[0]), each,
		arg);
	say_all(textbook_patterns,
		sizeof(textbook_patterns) / sizeof(textbook_patterns[0]), each,
		arg);
	say_all(portable_patterns,
		sizeof(portable_patterns) / sizeof(portable_patterns[0]), each,
		arg);
}
