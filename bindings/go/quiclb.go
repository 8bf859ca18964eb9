// SPDX-License-Identifier: BSD-2-Clause

// Package quiclb issues and decodes QUIC connection IDs (CIDs) that carry a
// server ID, after draft-ietf-quic-load-balancers, with libquiclb.
//
// A server makes an Encoder and takes every CID it issues from it. Whatever
// must find the server again makes a Decoder, or, where configs change while
// packets arrive, a Table with a Reader for each goroutine.
//
// Every type may be used by many goroutines at once; the comment on each says
// what that costs and what to do about it. Close releases C memory and wipes
// keys at once; what is forgotten, a finalizer closes some day. After Close
// every method returns ErrClosed.
//
// A call into C costs some 40 ns whatever it does: where many CIDs are at hand,
// use NextBatch and DecodeBatch. Of the methods that are called for each CID
// only those that return a new slice allocate: Next and Encode.
package quiclb

/*
#cgo pkg-config: libquiclb
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"strings"
	"unsafe"
)

// Lengths and numbers that callers need for arrays, from the C header.
const (
	MaxCIDLen        = C.QUICLB_CID_MAX_BYTES
	MaxServerIDLen   = C.QUICLB_SERVER_ID_CAP_BYTES
	MaxNonceLen      = C.QUICLB_NONCE_MAX_BYTES
	KeyLen           = C.QUICLB_KEY_BYTES
	NonceSecretLen   = C.QUICLB_NONCE_SECRET_BYTES
	ResetTokenLen    = C.QUICLB_RESET_TOKEN_BYTES
	MinResetKeyLen   = C.QUICLB_RESET_KEY_MIN_BYTES
	MarkStep         = C.QUICLB_MARK_STEP
	MaxParts         = C.QUICLB_N_PARTS
	MaxTenants       = C.QUICLB_N_TENANTS
	MinUnroutableLen = C.QUICLB_UNROUTABLE_MIN_BYTES
)

// Version returns "MAJOR.MINOR.PATCH" of the library that is linked.
func Version() string {
	return C.GoString(C.quiclb_version())
}

// Codec is what the library says about one of its codecs.
type Codec struct {
	Name         string
	Number       int
	Keyed        bool // needs a key; the others take none
	RotationBits int  // of the first octet, where a config does not say
}

// Codecs returns all codecs, by number.
func Codecs() []Codec {
	var codecs []Codec
	n := C.quiclb_codec_next(0)
	for ; n != 0; n = C.quiclb_codec_next(n) {
		codecs = append(codecs, Codec{
			Name:         C.GoString(C.quiclb_codec_name(n)),
			Number:       int(n),
			Keyed:        C.quiclb_codec_is_keyed(n) == 1,
			RotationBits: int(C.quiclb_codec_rotation_bits(n)),
		})
	}
	return codecs
}

// FillUnroutable makes cid an unroutable CID of its own length: one that says
// it carries no server ID. It cannot fail. For servers without a config; use
// it for one CID per connection only.
func FillUnroutable(cid []byte) {
	C.quiclb_unroutable(pointer(cid), C.size_t(len(cid)))
}

// ResetToken is a stateless reset token.
type ResetToken [ResetTokenLen]byte

// NewResetToken returns the stateless reset token of a CID, bound to one
// server: serverID is this server's own, whatever the CID decodes to.
func NewResetToken(key, serverID, cid []byte) (ResetToken, error) {
	var token ResetToken
	err := C.quiclb_reset_token(pointer(key), C.size_t(len(key)),
		pointer(serverID), C.size_t(len(serverID)),
		pointer(cid), C.size_t(len(cid)), pointer(token[:]))
	return token, errorOf(err)
}

// Wipe zeroes key bytes, in a way no compiler removes.
func Wipe(b []byte) {
	C.quiclb_wipe(unsafe.Pointer(pointer(b)), C.size_t(len(b)))
}

// pointer returns where b begins, for the length of one call; nil if empty.
func pointer(b []byte) *C.uint8_t {
	if len(b) == 0 {
		return nil
	}
	return (*C.uint8_t)(unsafe.Pointer(&b[0]))
}

// withName calls f with a C string; C would take "plain\x00x" for "plain".
func withName(name string, f func(*C.char) C.int) C.int {
	if strings.IndexByte(name, 0) >= 0 {
		return C.QUICLB_ERR_CODEC
	}
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	return f(c)
}
