/* SPDX-License-Identifier: MIT */
#include "wire/source.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"

#define SOURCE_FIELDS 14

void source_encode(struct buffer *out, const struct source *self)
{
    pack_array(out, SOURCE_FIELDS);
    pack_u64(out, self->index);
    pack_text(out, self->path);
    pack_text(out, self->name);
    pack_text(out, self->identity);
    pack_bytes(out, span_make(self->sha.bytes, SHA256_BYTES));
    pack_u64(out, self->size);
    pack_i64(out, self->mtime_ns);
    pack_u64(out, self->state);
    pack_u64(out, self->same_as);
    pack_u64(out, self->fault);
    pack_text(out, self->reason);
    pack_u64(out, self->slice);
    pack_u64(out, self->slices);
    pack_bytes(out, self->layout);
}

enum fault source_decode(struct cursor *in, struct source *ret)
{
    uint32_t n = cursor_enter(in, SOURCE_FIELDS);
    struct source s = {.index = cursor_u32(in)};
    s.path = cursor_text(in);
    s.name = cursor_text(in);
    s.identity = cursor_text(in);
    struct span sha = cursor_bytes(in);
    s.size = cursor_u64(in);
    s.mtime_ns = cursor_i64(in);
    uint32_t state = cursor_u32(in);
    s.same_as = cursor_u32(in);
    uint32_t fault = cursor_u32(in);
    s.reason = cursor_text(in);
    s.slice = cursor_u32(in);
    s.slices = cursor_u32(in);
    s.layout = cursor_bytes(in);
    cursor_leave(in, n - SOURCE_FIELDS);
    if (in->fault != FAULT_NONE)
        return in->fault;
    if (sha.len != SHA256_BYTES || state > SOURCE_FAILED || fault >= FAULT_COUNT ||
        s.slices > SOURCE_SLICES_MAX || (s.slice && (s.slice >= s.slices || s.slice > s.index)))
        return FAULT_PROTOCOL;
    memcpy(s.sha.bytes, sha.data, SHA256_BYTES);
    s.state = (enum source_state)state;
    s.fault = (enum fault)fault;
    *ret = s;
    return FAULT_NONE;
}

/* An open-addressing set of folded identities. */
struct seen {
    struct slot {
        struct span folded; /* from the arena; data NULL when free */
        uint32_t source;
    } *slots;
    size_t mask;
};

static struct slot *look_up(struct seen *seen, struct span folded)
{
    size_t at = hash_bytes(folded) & seen->mask;
    while (seen->slots[at].folded.data && !span_equal(seen->slots[at].folded, folded))
        at = (at + 1) & seen->mask;
    return &seen->slots[at];
}

/* The folder name before the file name of "a/b/c.xlsx": "b"; empty when there is none. */
static struct span parent_folder(struct span name)
{
    size_t slash = name.len;
    while (slash > 0 && name.data[slash - 1] != '/')
        slash--;
    if (slash == 0)
        return (struct span){"", 0};
    size_t end = slash - 1, begin = end;
    while (begin > 0 && name.data[begin - 1] != '/')
        begin--;
    return span_make(name.data + begin, end - begin);
}

static struct span join(struct arena *arena, const char *format, struct span a, struct span b, unsigned n)
{
    struct buffer text;
    buffer_init(&text, BUFFER_LIMIT_DEFAULT);
    for (; *format; format++) {
        if (*format == 'a')
            buffer_put(&text, a);
        else if (*format == 'b')
            buffer_put(&text, b);
        else if (*format == 'n')
            buffer_put_u64(&text, n);
        else
            buffer_put_char(&text, *format);
    }
    struct span copy = arena_copy(arena, buffer_span(&text));
    must(copy.data);
    buffer_free(&text);
    return copy;
}

/* Takes `identity` for `source` when it is free; otherwise tells who has it. */
static bool take(struct seen *seen, struct arena *arena, struct span identity, uint32_t source, uint32_t *ret_holder)
{
    struct buffer folded;
    buffer_init(&folded, BUFFER_LIMIT_DEFAULT);
    utf8_fold(identity, &folded);
    buffer_put_char(&folded, '\n'); /* never empty */
    struct slot *slot = look_up(seen, buffer_span(&folded));
    bool is_free = !slot->folded.data;
    if (is_free)
        *slot = (struct slot){arena_copy(arena, buffer_span(&folded)), source};
    else
        *ret_holder = slot->source;
    buffer_free(&folded);
    return is_free;
}

static void make_unique(struct seen *seen, struct source *s, struct arena *arena,
                        void (*clash)(void *, uint32_t, uint32_t), void *context)
{
    uint32_t holder, other;
    if (take(seen, arena, s->identity, s->index, &holder))
        return;
    struct span folder = parent_folder(s->name), base = s->identity;
    if (folder.len) {
        base = join(arena, "a/b", folder, s->identity, 0);
        if (take(seen, arena, base, s->index, &other)) {
            s->identity = base;
            if (clash)
                clash(context, s->index, holder);
            return;
        }
    }
    for (unsigned n = 2;; n++) {
        struct span numbered = join(arena, "a#n", base, base, n);
        if (take(seen, arena, numbered, s->index, &other)) {
            s->identity = numbered;
            break;
        }
    }
    if (clash)
        clash(context, s->index, holder);
}

void source_unique(struct source *sources, uint32_t n, struct arena *arena,
                   void (*clash)(void *, uint32_t, uint32_t), void *context)
{
    size_t size = 16;
    while (size < (size_t)n * 2)
        size *= 2;
    struct seen seen = {must_alloc(size * sizeof(struct slot)), size - 1};
    for (uint32_t i = 0; i < n; i++)
        make_unique(&seen, &sources[i], arena, clash, context);
    free(seen.slots);
}
