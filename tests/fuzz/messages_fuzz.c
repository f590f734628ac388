/* SPDX-License-Identifier: MIT
 *
 * Every message decode on any bytes. The first byte picks the message, or the frame header. What is accepted encodes to
 * bytes that decode again, and to the same bytes: nothing is lost or invented on the way through a role.
 */
#include <stddef.h>
#include <stdint.h>

#include "core/must.h"
#include "wire/assembly.h"
#include "wire/body.h"
#include "wire/delivery.h"
#include "wire/header.h"
#include "wire/session.h"
#include "wire/submit.h"
#include "wire/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The order stays: the first byte of a saved input picks the message. PLAIN has a struct and an encode of its own, LIST is
 * items of one job (wire/body.h). */
#define MESSAGES(PLAIN, LIST) \
    PLAIN(hello) PLAIN(welcome) PLAIN(stat) PLAIN(drain) PLAIN(plan_notice) LIST(task_batch) \
    LIST(done_batch) PLAIN(fail) PLAIN(job_notice) PLAIN(opening) PLAIN(grant) PLAIN(delivery) \
    LIST(counted) PLAIN(nak) PLAIN(job_opening) LIST(dead_batch) PLAIN(finalize) PLAIN(mismatch) \
    PLAIN(writing) PLAIN(final) PLAIN(submit) PLAIN(batch) PLAIN(seal) PLAIN(ok) PLAIN(progress) \
    PLAIN(err)

#define ROUND_TRIP(name, type, encode)                                  \
    static void try_##name(struct span body)                            \
    {                                                                   \
        struct type message, again;                                     \
        struct buffer first, second;                                    \
        if (name##_decode(body, &message) != FAULT_NONE)                \
            return;                                                     \
        buffer_init(&first, BUFFER_LIMIT_DEFAULT);                      \
        buffer_init(&second, BUFFER_LIMIT_DEFAULT);                     \
        encode(&first, &message);                                       \
        must(name##_decode(buffer_span(&first), &again) == FAULT_NONE); \
        encode(&second, &again);                                        \
        must(span_equal(buffer_span(&first), buffer_span(&second)));    \
        buffer_free(&first);                                            \
        buffer_free(&second);                                           \
    }
#define PLAIN_TRIP(name) ROUND_TRIP(name, name, name##_encode)
#define LIST_TRIP(name) ROUND_TRIP(name, job_items, job_items_encode)
MESSAGES(PLAIN_TRIP, LIST_TRIP)

static void try_header(struct span frame)
{
    struct header header;
    struct span body;
    unsigned char bytes[HEADER_BYTES];
    if (header_decode(frame, &header, &body) != FAULT_NONE)
        return;
    must(body.len == frame.len - HEADER_BYTES);
    header_encode(bytes, &header);
    must(bytes[3] == (unsigned char)frame.data[3]);
}

static void try_empty(struct span body)
{
    if (empty_decode(body) == FAULT_NONE)
        must(body.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
#define ENTRY(name) try_##name,
    static void (*const table[])(struct span) = {MESSAGES(ENTRY, ENTRY) try_header, try_empty};
    if (size)
        table[data[0] % (sizeof table / sizeof table[0])](span_make(data + 1, size - 1));
    return 0;
}
