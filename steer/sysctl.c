/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one sysctl per family that steering needs: the FIB answers a BPF
 * program only for a way in that forwards, and a real server does not forward.
 * lo is the way in we name, so lo alone is allowed to; nothing else changes.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "steer/private.h"

static const struct {
	const char *path;
	uint32_t restore;
} sysctls[] = {
	{ "/proc/sys/net/ipv4/conf/lo/forwarding",
	  QUICLB_RESTORE_LO_FORWARDING_4 },
	{ "/proc/sys/net/ipv6/conf/lo/forwarding",
	  QUICLB_RESTORE_LO_FORWARDING_6 },
};
#define LOCK_STEP_NS (10 * 1000 * 1000)
#define LOCK_STEPS 100 /* a second in all */

#define N_SYSCTLS (sizeof(sysctls) / sizeof(sysctls[0]))

static int put(const char *path, char value)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? -1 : write(fd, &value, 1);
	const int err = errno;

	if (fd >= 0)
		close(fd);
	errno = err;
	return n == 1 ? 0 : -1;
}

/* '0' or '1', or 0 if there is no such file: no IPv6, say. */
static char get(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	char value = 0;

	if (fd < 0)
		return 0;
	if (read(fd, &value, 1) != 1)
		value = 0;
	close(fd);
	return value;
}

int quicsteer_sysctl_set(uint32_t *restore, struct quicsteer_error *error)
{
	size_t i;

	for (i = 0; i < N_SYSCTLS; i++) {
		if (get(sysctls[i].path) != '0')
			continue;
		if (put(sysctls[i].path, '1'))
			return quicsteer_fail_errno(error, errno, "writing %s",
						    sysctls[i].path);
		*restore |= sysctls[i].restore;
	}
	return QUICSTEER_DONE;
}

void quicsteer_sysctl_restore(uint32_t restore)
{
	size_t i;

	for (i = 0; i < N_SYSCTLS; i++)
		if (restore & sysctls[i].restore)
			put(sysctls[i].path, '0');
}

int quicsteer_sysctl_lock(void)
{
	const struct timespec step = { .tv_nsec = LOCK_STEP_NS };
	const int fd = open(sysctls[0].path, O_RDONLY | O_CLOEXEC);
	int i;

	/* Anyone may lock a file that anyone may read: do not wait for ever. */
	for (i = 0; fd >= 0 && i < LOCK_STEPS; i++) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			break;
		nanosleep(&step, NULL);
	}
	return fd;
}

void quicsteer_sysctl_unlock(int fd)
{
	if (fd >= 0)
		close(fd);
}

int quicsteer_sysctl_is_set(void)
{
	size_t i;

	for (i = 0; i < N_SYSCTLS; i++)
		if (get(sysctls[i].path) == '0')
			return 0;
	return 1;
}

int quicsteer_sysctl_allow(const struct quicsteer_maps *maps,
			   struct quiclb_control *control,
			   struct quicsteer_error *error)
{
	const uint32_t before = control->restore;
	const int lock = quicsteer_sysctl_lock();
	int result = quicsteer_sysctl_set(&control->restore, error);

	quicsteer_sysctl_unlock(lock);
	/* the first time, this also writes the ABI and the interfaces */
	if (!result && (!control->generation || control->restore != before))
		result = quicsteer_control_write(maps, control, error);
	return result;
}
