/* SPDX-License-Identifier: MIT
 *
 * SHA-256 (FIPS 180-4, by OpenSSL's libcrypto) as the name of content, and a fast 64-bit hash for
 * tables in memory (not for anything that an attacker may choose the bytes of and gains by colliding,
 * unless seeded: see hash_bytes).
 */
#ifndef SHEAF_CORE_HASH_H
#define SHEAF_CORE_HASH_H

#include <stdint.h>

#include "core/fault.h"
#include "core/span.h"

#define SHA256_BYTES 32
struct sha256 {
    unsigned char bytes[SHA256_BYTES];
};

struct sha256 sha256_of(struct span bytes);
bool sha256_equal(struct sha256 a, struct sha256 b);
void sha256_hex(struct sha256 hash, char out[65]); /* lower case, terminated */

/* Streaming; `sha256_stream_end` frees and gives the hash. */
struct sha256_stream;
struct sha256_stream *sha256_stream_new(void);
void sha256_stream_add(struct sha256_stream *self, struct span bytes);
struct sha256 sha256_stream_end(struct sha256_stream **self);
void sha256_stream_destroy(struct sha256_stream **self);

/* Reads a whole file in 256 KiB steps. FAULT_IO, FAULT_NOT_FOUND with the reason in `why`; FAULT_CANCELLED
 * (core/interrupt.h). Blocks. */
enum fault sha256_file(const char *path, struct sha256 *ret, uint64_t *ret_size, struct why *why) MUST_CHECK;

/* Seeded by getrandom once per process: collisions cannot be prepared. */
uint64_t hash_bytes(struct span bytes);

/* Tells whether a message arrived as it was sent: up to 4 KiB its SHA-256, beyond that the SHA-256 of sums of 128 bits over blocks
 * of 64 KiB, at memory speed. Against accidents, not against forgers: those are the transport's to keep away. The same on
 * every machine. */
struct sha256 message_digest(struct span message);

#endif
