/* SPDX-License-Identifier: MIT
 *
 * where_parse on any bytes: no crash; what it accepts has a name, a finite number if any, and means the same when it is written with
 * quotes around its parts.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "core/must.h"
#include "core/utf8.h"
#include "ventilator/where.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_quoted(struct buffer *out, struct span text)
{
    buffer_put_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'')
            buffer_put_char(out, '\'');
        buffer_put_char(out, text.data[i]);
    }
    buffer_put_char(out, '\'');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">=", "~", "!~"};
    struct arena *arena = arena_new((size_t)64 << 20);
    struct where where, again;
    struct why why = {0};
    if (size < 4096 && where_parse(span_make(data, size), arena, &where, &why) == FAULT_NONE) {
        must(where.name.len && utf8_valid(where.name) && utf8_valid(where.condition.text));
        must(isfinite(where.condition.number) && (where.condition.has_number || where.condition.number == 0));
        struct buffer text;
        buffer_init(&text, BUFFER_LIMIT_DEFAULT);
        put_quoted(&text, where.name);
        buffer_put_text(&text, signs[where.condition.op]);
        put_quoted(&text, where.condition.text);
        must(where_parse(buffer_span(&text), arena, &again, &why) == FAULT_NONE);
        must(span_equal(where.name, again.name) && where.condition.op == again.condition.op && !again.condition.has_number);
        must(span_equal(where.condition.text, again.condition.text));
        buffer_free(&text);
    }
    arena_destroy(&arena);
    return 0;
}
