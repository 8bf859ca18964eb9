/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What user space and BPF must agree on: scalar types, limits, the lists of
 * errors and verdict reasons, and the frozen config record.  It holds no code
 * beyond byte loads and includes no libc header beyond stdint.h.
 */
#ifndef QUICLB_WIRE_H
#define QUICLB_WIRE_H

#if defined(__bpf__)
#ifndef __VMLINUX_H__ /* vmlinux.h brings its own __u8..__u64 */
#include <linux/types.h>
#endif
typedef __u8 quiclb_u8;
typedef __u16 quiclb_u16;
typedef __u32 quiclb_u32;
typedef __u64 quiclb_u64;
#else
#include <stdint.h>
typedef uint8_t quiclb_u8;
typedef uint16_t quiclb_u16;
typedef uint32_t quiclb_u32;
typedef uint64_t quiclb_u64;
#endif

#if defined(__GNUC__) || defined(__clang__)
#define QUICLB_INLINE static inline __attribute__((always_inline))
#define QUICLB_OUTLINE static __attribute__((noinline, unused))
#elif defined(_MSC_VER)
#define QUICLB_INLINE static __forceinline
#define QUICLB_OUTLINE static __declspec(noinline)
#else
#define QUICLB_INLINE static inline
#define QUICLB_OUTLINE static inline
#endif

#ifdef __cplusplus
#define QUICLB_STATIC_ASSERT(cond, why) static_assert(cond, why)
#else
#define QUICLB_STATIC_ASSERT(cond, why) _Static_assert(cond, why)
#endif

/* Limits of the draft and of QUIC version 1.  Bytes unless the name differs. */
#define QUICLB_CID_MAX_BYTES 20	 /* RFC 9000 17.2 */
#define QUICLB_BODY_MAX_BYTES 19 /* a CID without its first octet */
#define QUICLB_SERVER_ID_MIN_BYTES 1
#define QUICLB_SERVER_ID_MAX_BYTES 15
#define QUICLB_NONCE_MIN_BYTES 4
#define QUICLB_NONCE_MAX_BYTES 18
/* Room for the server ID of any codec: plain-07 goes to 16. */
#define QUICLB_SERVER_ID_CAP_BYTES 16
#define QUICLB_KEY_BYTES 16	      /* AES-128 */
#define QUICLB_BLOCK_BYTES 16	      /* AES */
#define QUICLB_UNROUTABLE_MIN_BYTES 8 /* draft, unroutable connection IDs */
#define QUICLB_N_ROTATIONS 7	      /* config rotations 0..6 */
#define QUICLB_ROTATION_UNROUTABLE 7  /* 0b111: no config ever has it */
#define QUICLB_ROTATION_SHIFT 5	      /* three most significant bits */
#define QUICLB_LENGTH_MASK 0x1f	      /* the other five: length or random */
#define QUICLB_N_CODEPOINTS 8	      /* values of those three bits */
#define QUICLB_N_TENANTS 4	      /* configs that may share one of them */

/*
 * Every error of the library: ROW(NAME, number, text).  Numbers are frozen;
 * they never equal an errno, because BPF, Windows and the languages of the
 * bindings disagree on those.  Groups: -1xx the caller's mistake, -2xx the
 * configuration, -3xx a resource, -4xx the packet.  The last group is what
 * the draft calls unroutable: an expected outcome, not a fault.
 */
#define QUICLB_ERROR_LIST(ROW)                                                 \
	ROW(ARG, -101, "invalid argument")                                     \
	ROW(SPACE, -102, "output buffer too small")                            \
	ROW(VERSION, -201, "struct size of an unknown API version")            \
	ROW(CODEC, -202, "unknown codec")                                      \
	ROW(ROTATION, -203,                                                    \
	    "config rotation must be 0..6, of two rotation bits 0..2")         \
	ROW(SERVER_ID_LEN, -204, "server ID length must be 1..15 bytes")       \
	ROW(NONCE_LEN, -205, "nonce length must be 4..18 bytes")               \
	ROW(SUM_LEN, -206, "server ID and nonce must not exceed 19 bytes")     \
	ROW(CID_LEN, -207,                                                     \
	    "CID with server-use bytes must not exceed 20 bytes")              \
	ROW(KEY_MISSING, -208, "this codec needs a key")                       \
	ROW(KEY_UNEXPECTED, -209, "this codec takes no key")                   \
	ROW(SINGLE_PASS_LEN, -210,                                             \
	    "single-pass needs server ID and nonce to total 16 bytes")         \
	ROW(FOUR_PASS_LEN, -211,                                               \
	    "server ID and nonce of 16 bytes need single-pass, not four-pass") \
	ROW(NONCE_RESTART, -212,                                               \
	    "a nonce under 8 bytes may repeat after a restart")                \
	ROW(ROTATION_IN_USE, -213, "config rotation is in use")                \
	ROW(ROTATION_BITS, -214, "this codec has other rotation bits")         \
	ROW(LAYOUT_LEN, -215,                                                  \
	    "this codec's layout has other lengths, see quiclb codecs")        \
	ROW(LAYOUT_ROTATION, -216,                                             \
	    "config rotation must be the version of this codec's layout")      \
	ROW(ENCODE_LENGTH, -217,                                               \
	    "this codec's first octet has no room for the CID length")         \
	ROW(AMBIGUOUS, -218,                                                   \
	    "a first octet would belong to two configs, or to one and to "     \
	    "unroutable CIDs")                                                 \
	ROW(TENANTS, -219, "at most 4 configs can share a config rotation")    \
	ROW(WORKER_LEN, -220, "worker bytes must leave 4 bytes of the nonce")  \
	ROW(UNCOUNTED_LEN, -221,                                               \
	    "uncounted bytes are server-use bytes of a CID that encodes its "  \
	    "length")                                                          \
	ROW(NOMEM, -301, "out of memory")                                      \
	ROW(EXHAUSTED, -302, "every nonce of this config has been used")       \
	ROW(RANDOM, -303, "no random bytes to be had")                         \
	ROW(FORKED, -304, "encoder belongs to the parent process")             \
	ROW(CRYPTO, -305, "the cryptographic library failed")                  \
	ROW(SPLIT, -306, "encoder was split: only its parts issue CIDs")       \
	ROW(PART_TAKEN, -307, "this part of the encoder was taken before")     \
	ROW(MARK, -308, "the high-water mark of the nonces was not stored")    \
	ROW(SHORT, -401, "CID too short for its config")                       \
	ROW(RESERVED, -402,                                                    \
	    "config rotation of all ones is reserved: unroutable")             \
	ROW(NO_CONFIG, -403, "no config has this config rotation")             \
	ROW(UNKNOWN_SERVER, -404, "no server has this server ID")

enum quiclb_error {
#define QUICLB_ROW(name, number, text) QUICLB_ERR_##name = (number),
	QUICLB_ERROR_LIST(QUICLB_ROW)
#undef QUICLB_ROW
};

/*
 * Why the data plane did what it did with a packet: ROW(NAME, name, number,
 * text).  The number indexes the counters, the name stands in every output.
 * Each packet counts once, under exactly one of them.
 */
#define QUICLB_REASON_LIST(ROW)                                                \
	ROW(NOT_VIP, not_vip, 0, "not addressed to a VIP, or not UDP")         \
	ROW(LOCAL, local, 1, "the server ID is this host's: passed up")        \
	ROW(STEERED, steered, 2, "sent on to the server that owns the CID")    \
	ROW(FROM_PEER, from_peer, 3, "came from a peer: never steered again")  \
	ROW(RESERVED, reserved, 4,                                             \
	    "config rotation of all ones: unroutable CID")                     \
	ROW(NO_CONFIG, no_config, 5, "no config has this config rotation")     \
	ROW(SHORT_CID, short_cid, 6, "CID shorter than its config's")          \
	ROW(UNKNOWN_SERVER, unknown_server, 7, "no server has this server ID") \
	ROW(TRUNCATED, truncated, 8, "headers end before they should")         \
	ROW(FRAGMENT, fragment, 9, "an IP fragment")                           \
	ROW(EXT_HEADERS, ext_headers, 10,                                      \
	    "IPv6 extension headers: too many, too long, or on the way")       \
	ROW(NO_NEIGHBOUR, no_neighbour, 11, "no way to the server on this L2") \
	ROW(TTL, ttl, 12, "TTL or hop limit too low to forward")               \
	ROW(OTHER_HOST, other_host, 13, "addressed to another host's MAC")     \
	ROW(SERVER_DOWN, server_down, 14, "the server of the CID is down")     \
	ROW(INITIAL_PASSED, initial_passed, 15,                                \
	    "a client's first packet, not decoded")                            \
	ROW(NOT_QUIC, not_quic, 16, "the first byte is not one of QUIC's")     \
	ROW(OVERLOAD, overload, 17, "above the budget of cold decodes")        \
	ROW(DECAPSULATED, decapsulated, 18,                                    \
	    "out of a peer's tunnel: passed up")                               \
	ROW(TOO_BIG, too_big, 19, "too long for the tunnel to its server")     \
	ROW(ICMP_STEERED, icmp_steered, 20,                                    \
	    "an ICMP error, sent on to the server it is about")

enum quiclb_reason {
#define QUICLB_ROW(name, lower, number, text) QUICLB_REASON_##name = (number),
	QUICLB_REASON_LIST(QUICLB_ROW)
#undef QUICLB_ROW
};
#define QUICLB_N_REASONS 21
#define QUICLB_REASONS_CAP 32 /* counters in a row of the map: room to grow */

/*
 * Bytes as integers.  Byte 0 is the least significant byte of w[0] on every
 * machine, so that shifts and masks mean the same everywhere.
 */
struct quiclb_words {
	quiclb_u64 w[3]; /* up to 24 bytes; those past the end are zero */
};

struct quiclb_block {
	quiclb_u64 w[2]; /* one AES block */
};

/* Whether a server takes packets, as the operator says. */
enum quiclb_server_state {
	QUICLB_SERVER_UP = 0,
	QUICLB_SERVER_DRAINING = 1, /* finishes what it has */
	QUICLB_SERVER_DOWN = 2,
};

/* How packets get to a server that is not on the same L2. */
enum quiclb_encapsulation {
	QUICLB_ENCAPSULATION_GUE = 0, /* variant 1: IP directly behind UDP */
	QUICLB_ENCAPSULATION_IPIP = 1,
	QUICLB_ENCAPSULATION_NONE = 2, /* not at all */
};

/* What becomes of a packet whose server is down. */
enum quiclb_down_policy {
	QUICLB_DOWN_LOCAL = 0, /* passes up on the host where it arrived */
	QUICLB_DOWN_STEER = 1, /* is sent on all the same */
	QUICLB_DOWN_DROP = 2,
};

/*
 * A config, compiled once in user space so that the decoder needs no
 * variable offset and no loop over lengths.  Frozen: it is a map value, its
 * layout belongs to QUICLB_MAP_ABI.
 */
struct quiclb_record {
	quiclb_u8 codec;	 /* QUICLB_CODEC_*; 0: the record is empty */
	quiclb_u8 rotation;	 /* config rotation */
	quiclb_u8 rotation_bits; /* 3, 2 or 0 */
	quiclb_u8 encode_length; /* 1: first octet carries the length */
	quiclb_u8 length_code;	 /* the length it carries, bytes */
	quiclb_u8 server_id_len; /* bytes */
	quiclb_u8 nonce_len;	 /* bytes, the worker's among them */
	quiclb_u8 worker_len;  /* first bytes of the nonce that name a worker */
	quiclb_u8 body_len;    /* server ID and nonce, bytes: n of the draft */
	quiclb_u8 head_len;    /* 1; 0 for a layout without a first octet */
	quiclb_u8 min_cid_len; /* head_len + body_len */
	quiclb_u8 cid_len;     /* min_cid_len and the server-use bytes */
	quiclb_u8 half_len;    /* four-pass: ceil(n / 2) bytes */
	quiclb_u8 right_offset; /* four-pass: where the right half begins */
	quiclb_u8 first_pass;	/* four-pass: 1 if decoding must undo pass 1 */
	quiclb_u8 keyed;	/* 1: the codec has a key */
	quiclb_u32 tag; /* of the caller's choice; the decoder neither reads
			   nor sets it */
	quiclb_u32 pad1;
	quiclb_u64 server_id_mask[2]; /* server_id_len bytes of 0xff */
	quiclb_u64 left_mask[2];      /* four-pass: bits of the left half */
	quiclb_u64 right_mask[2];     /* four-pass: bits of the right half */
	quiclb_u64 round_keys[22];    /* bitsliced, see aes.h */
	quiclb_u64 pad2;
};

QUICLB_STATIC_ASSERT(sizeof(struct quiclb_record) == 256,
		     "frozen: four cache lines");

/* User space: whole words are loaded as they lie in memory. */
#if (defined(__GNUC__) || defined(__clang__)) && !defined(__bpf__) &&          \
	__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define QUICLB_WORD_LOADS
#endif

/* Loads: the first byte in memory becomes the least significant. */
QUICLB_INLINE quiclb_u64 quiclb_h_load64(const quiclb_u8 *p)
{
#if defined(__bpf__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	/* One load; the verifier allows it unaligned where the CPU does. */
	return *(const quiclb_u64 *)p;
#elif defined(QUICLB_WORD_LOADS)
	quiclb_u64 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
#else
	quiclb_u64 v = 0;
	int i;

	for (i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
#endif
}

QUICLB_INLINE quiclb_u32 quiclb_h_load32(const quiclb_u8 *p)
{
#if defined(__bpf__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return *(const quiclb_u32 *)p;
#elif defined(QUICLB_WORD_LOADS)
	quiclb_u32 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
#else
	return (quiclb_u32)p[0] | (quiclb_u32)p[1] << 8 |
	       (quiclb_u32)p[2] << 16 | (quiclb_u32)p[3] << 24;
#endif
}

#if defined(__bpf__)
/*
 * The same number.
 *
 * VERIFIER: 5.10 and 6.1 tell apart words on the stack that are zero, that
 * have a bound and that may be anything, and walk what follows once for each
 * kind.  Of a number negated twice they know nothing: 196,105 instructions of
 * quic_steer on 5.10 with clang 14, without this 341,085.
 */
QUICLB_INLINE quiclb_u64 quiclb_h_forget(quiclb_u64 x)
{
	__asm__ volatile("%0 = -%0\n\t%0 = -%0" : "+r"(x));
	return x;
}
#endif

/* A word that has bytes 0..len-1 of itself set; len in bytes, 0 or more. */
QUICLB_INLINE quiclb_u64 quiclb_h_mask64(int len)
{
	if (len <= 0)
		return 0;
	return len >= 8 ? ~0ULL : (1ULL << (8 * len)) - 1;
}

#endif /* QUICLB_WIRE_H */
