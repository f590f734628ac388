/* SPDX-License-Identifier: MIT */
#include "core/hash.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/interrupt.h"
#include "core/must.h"

#define FILE_STEP_BYTES ((size_t)256 << 10)

struct sha256_stream {
    EVP_MD_CTX *context;
};

struct sha256_stream *sha256_stream_new(void)
{
    struct sha256_stream *self = must_alloc(sizeof *self);
    /* Its cleanup at exit must not run beside threads that still end: they would lose what is theirs, or use what is gone. */
    must(OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) == 1);
    self->context = EVP_MD_CTX_new();
    must(self->context && EVP_DigestInit_ex(self->context, EVP_sha256(), NULL) == 1);
    return self;
}

void sha256_stream_add(struct sha256_stream *self, struct span bytes)
{
    must(EVP_DigestUpdate(self->context, bytes.data, bytes.len) == 1);
}

struct sha256 sha256_stream_end(struct sha256_stream **self)
{
    struct sha256 hash;
    must(EVP_DigestFinal_ex((*self)->context, hash.bytes, NULL) == 1);
    sha256_stream_destroy(self);
    return hash;
}

void sha256_stream_destroy(struct sha256_stream **self)
{
    if (!*self)
        return;
    EVP_MD_CTX_free((*self)->context);
    free(*self);
    *self = NULL;
}

struct sha256 sha256_of(struct span bytes)
{
    struct sha256_stream *stream = sha256_stream_new();
    sha256_stream_add(stream, bytes);
    return sha256_stream_end(&stream);
}

bool sha256_equal(struct sha256 a, struct sha256 b)
{
    return memcmp(a.bytes, b.bytes, SHA256_BYTES) == 0;
}

void sha256_hex(struct sha256 hash, char out[65])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < SHA256_BYTES; i++) {
        out[2 * i] = digits[hash.bytes[i] >> 4];
        out[2 * i + 1] = digits[hash.bytes[i] & 15];
    }
    out[64] = '\0';
}

enum fault sha256_file(const char *path, struct sha256 *ret, uint64_t *ret_size, struct why *why)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return why_set(why, fault_from_errno(errno), "cannot open: %s", strerror(errno));
    enum fault fault = FAULT_NONE;
    struct sha256_stream *stream = sha256_stream_new();
    char *step = must_alloc(FILE_STEP_BYTES);
    uint64_t size = 0;
    ssize_t n;
    while ((n = read(file, step, FILE_STEP_BYTES)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            fault = why_set(why, FAULT_IO, "cannot read: %s", strerror(errno));
            break;
        }
        sha256_stream_add(stream, span_make(step, (size_t)n));
        size += (uint64_t)n;
        if (interrupt_wanted()) {
            fault = why_set(why, FAULT_CANCELLED, "interrupted while it was read");
            break;
        }
    }
    if (fault == FAULT_NONE) {
        *ret = sha256_stream_end(&stream);
        *ret_size = size;
    }
    sha256_stream_destroy(&stream);
    free(step);
    close(file);
    return fault;
}

/* Multiply-fold mixing (the idea of wyhash): 16 bytes a step through a 64 x 64 -> 128 bit product. */
static uint64_t seeds[2];
static pthread_once_t seeded = PTHREAD_ONCE_INIT;

static void seed(void)
{
    must(getrandom(seeds, sizeof seeds, 0) == sizeof seeds);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_bytes(struct span bytes)
{
    pthread_once(&seeded, seed);
    uint64_t state = seeds[0] ^ bytes.len;
    const char *at = bytes.data;
    size_t left = bytes.len;
    for (; left >= 16; at += 16, left -= 16) {
        uint64_t words[2];
        memcpy(words, at, 16);
        state = mix(words[0] ^ seeds[1], words[1] ^ state);
    }
    uint64_t tail[2] = {0, 0};
    if (left)
        memcpy(tail, at, left);
    return mix(tail[0] ^ seeds[1], mix(tail[1] ^ state, 0x9E3779B97F4A7C15u));
}

/* --- large messages --- */

#define BLOCK_BYTES ((size_t)64 << 10)
#define SHORT_BYTES ((size_t)4 << 10)

/* Two lanes that do not wait for each other, with keys that are the same everywhere. */
static void sum_block(struct span block, unsigned char out[16])
{
    static const uint64_t keys[4] = {UINT64_C(0xA0761D6478BD642F), UINT64_C(0xE7037ED1A0B428DB), UINT64_C(0x8EBC6AF09C88C6E3),
                                     UINT64_C(0x589965CC75374CC3)};
    uint64_t lanes[2] = {keys[0] ^ block.len, keys[1]};
    const char *at = block.data;
    size_t left = block.len;
    unsigned char last[32] = {0};
    for (bool is_last = false; !is_last;) {
        uint64_t words[4];
        if (left < sizeof words) {
            memcpy(last, at, left);
            at = (const char *)last;
            is_last = true;
        }
        memcpy(words, at, sizeof words);
        lanes[0] = mix(le64toh(words[0]) ^ keys[2], le64toh(words[1]) ^ lanes[0]);
        lanes[1] = mix(le64toh(words[2]) ^ keys[3], le64toh(words[3]) ^ lanes[1]);
        at += sizeof words;
        left -= is_last ? left : sizeof words;
    }
    uint64_t sums[2] = {htole64(mix(lanes[0], lanes[1] ^ keys[0])), htole64(lanes[0] + lanes[1] * keys[1])};
    memcpy(out, sums, sizeof sums);
}

struct sha256 message_digest(struct span message)
{
    if (message.len <= SHORT_BYTES)
        return sha256_of(message);
    struct sha256_stream *stream = sha256_stream_new();
    for (struct span rest = message; rest.len;) {
        struct span block = span_make(rest.data, rest.len < BLOCK_BYTES ? rest.len : BLOCK_BYTES);
        unsigned char sum[16];
        sum_block(block, sum);
        sha256_stream_add(stream, span_make(sum, sizeof sum));
        rest = span_from(rest, block.len);
    }
    return sha256_stream_end(&stream);
}
