/* SPDX-License-Identifier: MIT
 *
 * Every message decode on any bytes. The first byte picks the message, or the frame header. What is accepted encodes to
 * bytes that decode again, and to the same bytes: nothing is lost or invented on the way through a role.
 */
#include <stddef.h>
#include <stdint.h>

#include "core/must.h"
#include "wire/assembly.h"
#include "wire/delivery.h"
#include "wire/header.h"
#include "wire/session.h"
#include "wire/submit.h"
#include "wire/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MESSAGES(X)                                                                                           \
    X(hello) X(welcome) X(stat) X(drain) X(plan_notice) X(task_batch) X(done_batch) X(fail) X(job_notice)     \
    X(opening) X(grant) X(delivery) X(counted) X(nak) X(job_opening) X(dead_batch) X(finalize) X(mismatch)    \
    X(writing) X(final) X(submit) X(batch) X(seal) X(ok) X(progress) X(err)

#define ROUND_TRIP(name)                                                    \
    static void try_##name(struct span body)                                \
    {                                                                       \
        struct name message, again;                                         \
        struct buffer first, second;                                        \
        if (name##_decode(body, &message) != FAULT_NONE)                    \
            return;                                                         \
        buffer_init(&first, BUFFER_LIMIT_DEFAULT);                          \
        buffer_init(&second, BUFFER_LIMIT_DEFAULT);                         \
        name##_encode(&first, &message);                                    \
        must(name##_decode(buffer_span(&first), &again) == FAULT_NONE);     \
        name##_encode(&second, &again);                                     \
        must(span_equal(buffer_span(&first), buffer_span(&second)));        \
        buffer_free(&first);                                                \
        buffer_free(&second);                                               \
    }
MESSAGES(ROUND_TRIP)

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
    static void (*const table[])(struct span) = {MESSAGES(ENTRY) try_header, try_empty};
    if (size)
        table[data[0] % (sizeof table / sizeof table[0])](span_make(data + 1, size - 1));
    return 0;
}
