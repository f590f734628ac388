/* SPDX-License-Identifier: MIT
 *
 * The first 24 bytes of frame 0 of every message, big endian:
 *
 *     0x5348 "SH" u16 | version u8 | type u8 | flags u16 | reserved u16 | session u64 | sequence u64
 *
 * then the body, one msgpack array whose fields are only ever appended. Frame 1, if there is one, is a blob.
 */
#ifndef SHEAF_WIRE_HEADER_H
#define SHEAF_WIRE_HEADER_H

#include <stdint.h>

#include "core/fault.h"
#include "core/span.h"

/* Numbers are for ever: a type that goes out of use keeps its number. */
/* clang-format off */
#define MESSAGE_TABLE(X) \
    /* worker <-> broker */ \
    X(HELLO,    1) X(WELCOME,  2) X(STAT,     3) X(BYE,      4) X(HB,      5) X(DRAIN,   6) \
    X(PLAN,    10) X(TASK,    11) X(DONE,    12) X(FAIL,    13) X(CANCEL, 14) \
    /* worker <-> sink */ \
    X(OPEN,    20) X(PARTIAL, 21) X(COUNTED, 22) X(CREDIT,  23) X(NAK,    24) \
    /* broker <-> sink */ \
    X(JOB,     30) X(SOURCES, 31) X(DEAD,    32) X(FINALIZE,33) X(CLOSE,  34) X(WRITING, 35) \
    X(REPORT,  36) X(FINAL,   37) X(SYNC,    38) X(MISMATCH,39) \
    /* client <-> ventilator <-> broker */ \
    X(SUBMIT,  50) X(CHUNK,   51) X(SEAL,    52) X(OK,      53) X(PROGRESS,54) X(JOB_DONE,55) X(ERR, 56)
/* clang-format on */

enum message_type {
#define X(name, number) MESSAGE_##name = number,
    MESSAGE_TABLE(X)
#undef X
};

#define HEADER_BYTES 24
#define HEADER_VERSION 1

struct header {
    uint8_t type; /* enum message_type; decode refuses unknown ones */
    uint16_t flags;
    uint64_t session;  /* of the worker incarnation; 0 where there is none */
    uint64_t sequence; /* counted per socket and direction by wire/port */
};

void header_encode(unsigned char to[HEADER_BYTES], const struct header *self);
/* The body is what follows. FAULT_PROTOCOL: too short, wrong magic, unknown type. FAULT_VERSION: another version. */
enum fault header_decode(struct span frame, struct header *ret, struct span *ret_body) MUST_CHECK;

const char *message_name(uint8_t type); /* "HELLO"; "?" for an unknown one */

#endif
