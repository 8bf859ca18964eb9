/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A private copy of the real program with maps of its own, run frame by frame
 * by BPF_PROG_TEST_RUN.  Live steering, if there is any, is not touched.
 */
#ifndef RIG_H
#define RIG_H

#include "frame.h"
#include "steer/private.h"

#define RIG_INTERFACE_ROW 3 /* any but the default */
#define RIG_ROWS (QUICLB_CAP_INTERFACES + 16)

struct rig {
	struct quicsteer_program program;
	struct quicsteer_maps maps;
	struct quiclb_control control;
	struct quicsteer_records *records;
	uint32_t ingress; /* frames come in here */
	uint32_t linear;  /* bytes of a frame's first buffer, from Linux 6.18;
			     0: all that fit */
	int n_cpus;
	struct quiclb_counters counted[RIG_ROWS]; /* so far, over all CPUs */
};

struct rig_result {
	uint32_t action;
	uint32_t row;	      /* of the one counter that went up, by one */
	unsigned int reason;  /* which that was */
	uint8_t frame[16384]; /* as it left */
	size_t len;
};

/*
 * Loads the program; frames come in at the device.  n_addresses: room for
 * next hops; memo_entries: per CPU, or 0;
 * n_flows: or 0.  At most 8 VIPs: the table of
 * counters is small, so that it can be read as a whole for every frame.
 */
void rig_open(struct rig *rig, const char *device, size_t n_addresses,
	      uint32_t memo_entries, uint32_t n_flows);
void rig_close(struct rig *rig);

/* The next generation: as a reload does it, but for neighbours. */
void rig_switch(struct rig *rig, const struct quiclb_deployment *deployment);

/* Runs one frame and asserts that exactly one counter moved. */
void rig_run(struct rig *rig, const uint8_t *frame, size_t len,
	     struct rig_result *result);

/* A row of counters, over all CPUs; and all of them, after other runs. */
void rig_read(const struct rig *rig, uint32_t row, struct quiclb_counters *sum);
void rig_sync(struct rig *rig);

/*
 * Memo, budgets and copies are the CPU's: tests of them run on one, or know on
 * which.  Two that the process may run on, if it has not been told yet to stay
 * on one; for want of a second the same twice.  It stays on the first.
 */
void rig_stay_on_this_cpu(void);
void rig_two_cpus(int cpus[2]);
void rig_go_to_cpu(int cpu);

/* Gives every CPU this much of its budget, in ns, as of `ago` ns. */
void rig_set_credit(const struct rig *rig, uint64_t ns, uint64_t ago);

/* Row of the VIP with this index in the deployment; -1: of the interface. */
uint32_t rig_row(const struct rig *rig, int vip);

/* Asserts that the frame passes untouched and counts so. */
void rig_passes(struct rig *rig, const struct frame *frame, unsigned int reason,
		int vip);

/* Asserts that it leaves, with this action and these bytes, as steered. */
void rig_steers(struct rig *rig, const struct frame *frame,
		const struct frame *out, uint32_t action, int vip);

#endif /* RIG_H */
