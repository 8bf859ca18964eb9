// SPDX-License-Identifier: BSD-2-Clause

package quiclb

// #include "shim.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// Key holds secret bytes. It prints as its length; a []byte can be assigned to
// it.
type Key []byte

// Format never prints the bytes, whatever the verb.
func (k Key) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, "(%d secret bytes)", len(k))
}

// Wipe zeroes the bytes.
func (k Key) Wipe() { Wipe(k) }

// Config is one config of the draft: what servers and decoders must agree on.
// The library checks it wherever it is used.
type Config struct {
	Codec          string // a name of Codecs
	ConfigRotation uint8
	RotationBits   uint8 // 3 or 2; 0: as is usual for the codec
	ServerIDLen    uint8
	NonceLen       uint8
	ServerUseLen   uint8 // bytes behind the nonce
	EncodeLength   bool  // the first octet encodes the CID's length
	Key            Key   // nil: none. Read during calls only
	WorkerLen      uint8 // first bytes of the nonce that name a worker
	UncountedLen   uint8 // last server-use bytes, left out of the length
}

// Preset returns a layout by the name of who uses it, for example "aws-nlb".
// Config rotation and key are the caller's.
func Preset(name string) (Config, error) {
	var c C.struct_quiclb_config
	C.quiclb_config_init(&c)
	err := withName(name, func(name *C.char) C.int {
		return C.quiclb_config_preset(&c, name)
	})
	if err != 0 {
		return Config{}, errorOf(err)
	}
	return Config{
		Codec:        C.GoString(C.quiclb_codec_name(C.int(c.codec))),
		RotationBits: uint8(c.rotation_bits),
		ServerIDLen:  uint8(c.server_id_len),
		NonceLen:     uint8(c.nonce_len),
		ServerUseLen: uint8(c.server_use_len),
		EncodeLength: c.encode_length != 0,
		WorkerLen:    uint8(c.worker_len),
		UncountedLen: uint8(c.uncounted_len),
	}, nil
}

// Check returns nil, or the first rule that the config breaks.
func (c *Config) Check() error {
	config, err := c.withoutKey()
	if err != nil {
		return err
	}
	return errorOf(C.shim_config_check(config, pointer(c.Key)))
}

// withoutKey returns the C struct; the key is put into it in C, where nothing
// copies it and it is wiped.
func (c *Config) withoutKey() (C.struct_quiclb_config, error) {
	var config C.struct_quiclb_config
	C.quiclb_config_init(&config)
	codec := withName(c.Codec, func(name *C.char) C.int {
		return C.quiclb_codec_by_name(name)
	})
	if codec < 0 {
		return config, errorOf(codec)
	}
	if len(c.Key) != 0 && len(c.Key) != KeyLen {
		return config, ErrArg
	}
	config.codec = C.uint8_t(codec)
	config.config_rotation = C.uint8_t(c.ConfigRotation)
	config.rotation_bits = C.uint8_t(c.RotationBits)
	config.server_id_len = C.uint8_t(c.ServerIDLen)
	config.nonce_len = C.uint8_t(c.NonceLen)
	config.server_use_len = C.uint8_t(c.ServerUseLen)
	if c.EncodeLength {
		config.encode_length = 1
	}
	config.worker_len = C.uint8_t(c.WorkerLen)
	config.uncounted_len = C.uint8_t(c.UncountedLen)
	return config, nil
}

// ServerID is a server ID. It can be compared, and be the key of a map.
type ServerID struct {
	bytes [MaxServerIDLen]byte // then zeros
	len   uint8
}

// NewServerID returns the server ID of these bytes.
func NewServerID(b []byte) (ServerID, error) {
	if len(b) > MaxServerIDLen {
		return ServerID{}, ErrServerIDLen
	}
	return serverIDOf(b), nil
}

func serverIDOf(b []byte) ServerID {
	var id ServerID
	id.len = uint8(copy(id.bytes[:], b))
	return id
}

// Len returns its length in bytes; of the zero ServerID 0.
func (id ServerID) Len() int { return int(id.len) }

// Bytes returns a copy of its bytes.
func (id ServerID) Bytes() []byte { return id.Append(nil) }

// Append appends its bytes to dst.
func (id ServerID) Append(dst []byte) []byte {
	return append(dst, id.bytes[:id.len]...)
}

// String returns its bytes in hex.
func (id ServerID) String() string {
	return fmt.Sprintf("%x", id.bytes[:id.len])
}

// refOf copies a CID for C. What is behind the longest CID belongs to the
// packet it came in.
func refOf(cid []byte) C.struct_shim_ref {
	var ref C.struct_shim_ref
	to := (*[MaxCIDLen]byte)(unsafe.Pointer(&ref.bytes))
	ref.len = C.uint32_t(copy(to[:], cid))
	return ref
}
