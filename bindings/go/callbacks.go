// SPDX-License-Identifier: BSD-2-Clause

package quiclb

// #include "shim.h"
import "C"

import (
	"runtime/cgo"
	"sync/atomic"
	"unsafe"
)

// callbacks are the Go functions that C calls. C knows them by a handle, so
// they live as long as something in C may call them: users counts these.
type callbacks struct {
	known     func(tenant uint32, id ServerID) bool
	mark      func(mark uint64) error
	threshold func(remaining uint64)

	handle cgo.Handle
	users  int32
}

// start makes the handle, for one user.
func (c *callbacks) start() *callbacks {
	c.handle = cgo.NewHandle(c)
	c.users = 1
	return c
}

// keep and drop do nothing with nil: there are no callbacks.
func (c *callbacks) keep() *callbacks {
	if c != nil {
		atomic.AddInt32(&c.users, 1)
	}
	return c
}

func (c *callbacks) drop() {
	if c != nil && atomic.AddInt32(&c.users, -1) == 0 {
		c.handle.Delete()
	}
}

func (c *callbacks) number() C.uintptr_t {
	if c == nil {
		return 0
	}
	return C.uintptr_t(c.handle)
}

func callbacksOf(handle C.uintptr_t) *callbacks {
	return cgo.Handle(handle).Value().(*callbacks)
}

// thrown is what a callback panicked with.
type thrown struct{ value any }

// collect hands on what a callback left behind in C: it returns an error, and
// panics with what the callback panicked with, now that C has returned.
func collect(left C.uintptr_t) error {
	if left == 0 {
		return nil
	}
	h := cgo.Handle(left)
	what := h.Value()
	h.Delete()
	if t, ok := what.(thrown); ok {
		panic(t.value)
	}
	return what.(error)
}

// leave leaves something for collect; the first of one call stays.
func leave(left *C.uintptr_t, what any) {
	if *left == 0 {
		*left = C.uintptr_t(cgo.NewHandle(what))
	}
}

// guard is deferred by each callback: no panic may unwind through C.
func guard(done *bool, left *C.uintptr_t) {
	if r := recover(); r != nil || !*done {
		leave(left, thrown{r})
	}
}

//export quiclbGoKnown
func quiclbGoKnown(handle C.uintptr_t, tenant C.uint32_t, id *C.uint8_t,
	n C.size_t, left *C.uintptr_t) (known C.int) {
	done := false
	defer guard(&done, left)
	yes := callbacksOf(handle).known(uint32(tenant),
		serverIDOf(unsafe.Slice((*byte)(id), n)))
	done = true
	if yes {
		return 1
	}
	return 0
}

//export quiclbGoMark
func quiclbGoMark(handle C.uintptr_t, mark C.uint64_t,
	left *C.uintptr_t) (failed C.int) {
	done := false
	failed = 1
	defer guard(&done, left)
	err := callbacksOf(handle).mark(uint64(mark))
	done = true
	if err != nil {
		leave(left, &storeError{err})
		return 1
	}
	return 0
}

//export quiclbGoThreshold
func quiclbGoThreshold(handle C.uintptr_t, remaining C.uint64_t,
	left *C.uintptr_t) {
	done := false
	defer guard(&done, left)
	callbacksOf(handle).threshold(uint64(remaining))
	done = true
}
