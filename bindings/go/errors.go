// SPDX-License-Identifier: BSD-2-Clause

package quiclb

// #include "shim.h"
import "C"

import "errors"

// Error is an error of the library, by its number.
type Error int

// The errors of the library: see quiclb.h for when each is returned. Compare
// with errors.Is.
const (
	ErrArg            = Error(C.QUICLB_ERR_ARG)
	ErrSpace          = Error(C.QUICLB_ERR_SPACE)
	ErrVersion        = Error(C.QUICLB_ERR_VERSION)
	ErrCodec          = Error(C.QUICLB_ERR_CODEC)
	ErrRotation       = Error(C.QUICLB_ERR_ROTATION)
	ErrServerIDLen    = Error(C.QUICLB_ERR_SERVER_ID_LEN)
	ErrNonceLen       = Error(C.QUICLB_ERR_NONCE_LEN)
	ErrSumLen         = Error(C.QUICLB_ERR_SUM_LEN)
	ErrCIDLen         = Error(C.QUICLB_ERR_CID_LEN)
	ErrKeyMissing     = Error(C.QUICLB_ERR_KEY_MISSING)
	ErrKeyUnexpected  = Error(C.QUICLB_ERR_KEY_UNEXPECTED)
	ErrSinglePassLen  = Error(C.QUICLB_ERR_SINGLE_PASS_LEN)
	ErrFourPassLen    = Error(C.QUICLB_ERR_FOUR_PASS_LEN)
	ErrNonceRestart   = Error(C.QUICLB_ERR_NONCE_RESTART)
	ErrRotationInUse  = Error(C.QUICLB_ERR_ROTATION_IN_USE)
	ErrRotationBits   = Error(C.QUICLB_ERR_ROTATION_BITS)
	ErrLayoutLen      = Error(C.QUICLB_ERR_LAYOUT_LEN)
	ErrLayoutRotation = Error(C.QUICLB_ERR_LAYOUT_ROTATION)
	ErrEncodeLength   = Error(C.QUICLB_ERR_ENCODE_LENGTH)
	ErrAmbiguous      = Error(C.QUICLB_ERR_AMBIGUOUS)
	ErrTenants        = Error(C.QUICLB_ERR_TENANTS)
	ErrWorkerLen      = Error(C.QUICLB_ERR_WORKER_LEN)
	ErrUncountedLen   = Error(C.QUICLB_ERR_UNCOUNTED_LEN)
	ErrNoMem          = Error(C.QUICLB_ERR_NOMEM)
	ErrExhausted      = Error(C.QUICLB_ERR_EXHAUSTED)
	ErrRandom         = Error(C.QUICLB_ERR_RANDOM)
	ErrForked         = Error(C.QUICLB_ERR_FORKED)
	ErrCrypto         = Error(C.QUICLB_ERR_CRYPTO)
	ErrSplit          = Error(C.QUICLB_ERR_SPLIT)
	ErrPartTaken      = Error(C.QUICLB_ERR_PART_TAKEN)
	ErrMark           = Error(C.QUICLB_ERR_MARK)
	ErrShort          = Error(C.QUICLB_ERR_SHORT)
	ErrReserved       = Error(C.QUICLB_ERR_RESERVED)
	ErrNoConfig       = Error(C.QUICLB_ERR_NO_CONFIG)
	ErrUnknownServer  = Error(C.QUICLB_ERR_UNKNOWN_SERVER)
)

// ErrClosed is returned by every method after Close, and by those of what
// another object has taken over.
var ErrClosed = errors.New("quiclb: closed")

// Error returns the library's text.
func (e Error) Error() string {
	return "quiclb: " + C.GoString(C.quiclb_strerror(C.int(e)))
}

// Unroutable tells whether the error is one of the packet's: an expected
// outcome, no fault.
func (e Error) Unroutable() bool {
	return C.quiclb_is_unroutable(C.int(e)) != 0
}

// IsUnroutable tells whether err is an Error that is Unroutable.
func IsUnroutable(err error) bool {
	var e Error
	return errors.As(err, &e) && e.Unroutable()
}

// Errors returns every error of the library.
func Errors() []Error {
	var all []Error
	for i := C.uint(0); C.shim_error(i) != 0; i++ {
		all = append(all, Error(C.shim_error(i)))
	}
	return all
}

// interfaces has every error as an interface already: packets that nobody can
// route must not cost an allocation each.
var interfaces = func() map[int]error {
	m := make(map[int]error)
	for _, e := range Errors() {
		m[int(e)] = e
	}
	return m
}()

// errorOf returns nil for results that are none.
func errorOf(result C.int) error { return errorOfNumber(int(result)) }

func errorOfNumber(result int) error {
	if result >= 0 {
		return nil
	}
	if err, ok := interfaces[result]; ok {
		return err
	}
	return Error(result)
}

// storeError is what a MarkStore returned: ErrMark, and the reason for it.
type storeError struct{ reason error }

func (e *storeError) Error() string {
	return ErrMark.Error() + ": " + e.reason.Error()
}

func (e *storeError) Is(target error) bool { return target == ErrMark }

func (e *storeError) Unwrap() error { return e.reason }
