// SPDX-License-Identifier: BSD-2-Clause

// Package probe lets tests look at the memory of C: how much malloc has given
// out, and whether bytes are found anywhere that is not Go's.
package probe

/*
#include <malloc.h>

// one arena: mallinfo2() counts no other
__attribute__((constructor)) static void one_arena(void)
{
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
}

static size_t in_use(void)
{
	return mallinfo2().uordblks;
}
*/
import "C"

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strings"
)

// InUse returns the bytes that malloc has given out.
func InUse() int {
	return int(C.in_use())
}

// Found returns where in memory that can be written the bytes are, outside of
// what Go allocates: the heap of C, stacks of threads, data.
func Found(pattern []byte) ([]string, error) {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return nil, err
	}
	defer maps.Close()
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		return nil, err
	}
	defer memory.Close()
	var found []string
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		from, to, ok := writable(lines.Text())
		if ok && within(memory, from, to, pattern) {
			found = append(found, lines.Text())
		}
	}
	return found, nil
}

// Go's heap begins at 0xc000000000; nothing else of a process comes near. What
// is larger than tooLarge belongs to the race detector.
const (
	goHeap, goHeapEnd = 0xc000000000, 0xd000000000
	tooLarge          = 1 << 28
)

func writable(line string) (from, to int64, ok bool) {
	var access string
	n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &access)
	return from, to, n == 3 && strings.HasPrefix(access, "rw") &&
		to-from < tooLarge && (from < goHeap || from >= goHeapEnd)
}

func within(memory *os.File, from, to int64, pattern []byte) bool {
	const step = 1 << 20
	buffer := make([]byte, step+len(pattern))
	for ; from < to; from += step {
		size := int64(len(buffer))
		if size > to-from {
			size = to - from
		}
		n, _ := memory.ReadAt(buffer[:size], from)
		if bytes.Contains(buffer[:n], pattern) {
			return true
		}
	}
	return false
}
