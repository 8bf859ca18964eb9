/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs of programs.bpf.c, loaded and parked.
 */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include <bpf/libbpf.h>

struct programs {
	struct bench_programs *skel;
	int pass, tx, grow, parse; /* file descriptors */
};

void programs_open(struct programs *p);
void programs_close(struct programs *p);

/*
 * Lets all programs of an object have frames of several buffers, where the
 * kernel knows such: a tail call needs both ends alike, and quic_steer has it.
 */
int programs_allow_frags(struct bpf_object *object);

#endif /* PROGRAMS_H */
