/* SPDX-License-Identifier: MIT */
#include "cli/alias_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/fields.h"
#include "core/must.h"

#define ALIAS_FILE_MAX ((size_t)16 << 20)
#define ALIASES_MAX 20000u

static bool add_alias(struct invocation *self, uint32_t line, struct span from, struct span to)
{
    struct stack_options *stack = &self->job.stack;
    if (!from.len || !to.len)
        return invocation_wrong(self, "line %u: a field is empty; a line is: a name in the sources, the column that it means", line);
    for (uint32_t i = 0; i < stack->n_column_aliases; i++) {
        if (!span_equal(stack->column_aliases[i].from, from))
            continue;
        if (span_equal(stack->column_aliases[i].to, to))
            return true;
        return invocation_wrong(self, "line %u: %.*s cannot be both %.*s and %.*s", line, SPAN_ARGS(from),
                                SPAN_ARGS(stack->column_aliases[i].to), SPAN_ARGS(to));
    }
    if (stack->n_column_aliases == ALIASES_MAX)
        return invocation_wrong(self, "line %u: more than %u aliases", line, ALIASES_MAX);
    struct alias *list = stack->column_aliases;
    uint32_t n = stack->n_column_aliases;
    if ((n & (n - 1)) == 0) { /* 0, 1, 2, 4, 8 ...: time to double */
        list = arena_alloc(self->job.arena, (n ? n * 2 : 1) * sizeof *list);
        must(list);
        if (n)
            memcpy(list, stack->column_aliases, n * sizeof *list);
    }
    list[n] = (struct alias){invocation_keep(self, from), invocation_keep(self, to)};
    stack->column_aliases = list;
    stack->n_column_aliases = n + 1;
    return true;
}

static char find_delimiter(struct span text)
{
    static const char delimiters[] = "\t,;";
    for (const char *at = delimiters; *at; at++) {
        struct fields fields;
        fields_init(&fields, text, *at);
        uint32_t n = fields_next(&fields, NULL, 0);
        fields_free(&fields);
        if (n == 2)
            return *at;
    }
    return ',';
}

bool alias_text_read(struct invocation *self, struct span text)
{
    struct fields fields;
    struct span pair[2];
    bool is_good = true;
    fields_init(&fields, text, find_delimiter(text));
    for (uint32_t n; is_good && (n = fields_next(&fields, pair, 2)) > 0;)
        is_good = n == 2 ? add_alias(self, fields.line, pair[0], pair[1])
                         : invocation_wrong(self, "line %u: %u field%s where two are wanted: a name in the sources, the column that it means",
                                            fields.line, n, n == 1 ? "" : "s");
    if (is_good && fields.wrong)
        is_good = invocation_wrong(self, "line %u: %s", fields.line, fields.wrong);
    fields_free(&fields);
    return is_good;
}

bool alias_file_read(struct invocation *self, const char *path)
{
    FILE *file = fopen(path, "r");
    struct buffer text;
    size_t n = 0;
    if (!file)
        return invocation_wrong(self, "%s", strerror(errno));
    buffer_init(&text, ALIAS_FILE_MAX + BUFSIZ);
    do {
        char *room = buffer_reserve(&text, BUFSIZ);
        n = room ? fread(room, 1, BUFSIZ, file) : 0;
        text.len += n;
    } while (n > 0 && text.len <= ALIAS_FILE_MAX);
    bool is_good = true;
    if (ferror(file))
        is_good = invocation_wrong(self, "%s", strerror(errno));
    else if (text.len > ALIAS_FILE_MAX)
        is_good = invocation_wrong(self, "larger than %zu bytes", ALIAS_FILE_MAX);
    is_good = is_good && alias_text_read(self, buffer_span(&text));
    buffer_free(&text);
    fclose(file);
    return is_good;
}
