/* SPDX-License-Identifier: MIT
 *
 * Cells and shared strings from parser events: the same for every parser, so that only the parsers
 * differ.
 */
#include "bench/peers/c/scan.h"

#include <stdlib.h>
#include <string.h>

#include "core/must.h"

static void append(struct pool *pool, const char *text, size_t len)
{
    if (pool->len + len + 1 > pool->room) {
        pool->room = (pool->len + len + 1) * 2;
        pool->bytes = realloc(pool->bytes, pool->room);
        must(pool->bytes);
    }
    memcpy(pool->bytes + pool->len, text, len);
    pool->len += len;
    pool->bytes[pool->len] = '\0';
}

static void begin_string(struct strings *strings)
{
    if (strings->n + 2 > strings->room) {
        strings->room = strings->n * 2 + 64;
        strings->at = realloc(strings->at, strings->room * sizeof *strings->at);
        must(strings->at);
    }
    strings->at[strings->n++] = strings->pool.len;
}

/* Terminated, so that it can be handed out as it is. */
static void end_string(struct strings *strings)
{
    append(&strings->pool, "", 1);
    strings->at[strings->n] = strings->pool.len;
}

static void place_cell(struct scan *self, struct slice ref)
{
    self->cell.row = self->next_row;
    self->cell.col = self->next_col;
    if (ref.at) {
        uint32_t col = 0;
        size_t i = 0;
        for (; i < ref.len && ref.at[i] >= 'A'; i++)
            col = col * 26 + (uint32_t)(ref.at[i] - 'A' + 1);
        self->cell.col = col - 1;
        self->cell.row = (uint32_t)strtoul(ref.at + i, NULL, 10) - 1;
    }
    self->next_col = self->cell.col + 1;
}

static void begin_cell(struct scan *self, attribute_find *find, const void *attributes)
{
    struct slice style = find(attributes, "s"), type = find(attributes, "t");
    place_cell(self, find(attributes, "r"));
    self->cell.style = style.at ? (uint32_t)strtoul(style.at, NULL, 10) : 0;
    size_t len = type.len < sizeof self->type ? type.len : sizeof self->type - 1;
    if (type.at)
        memcpy(self->type, type.at, len);
    self->type[len] = '\0';
    self->has_value = false;
    self->value.len = 0;
}

void scan_begin(struct scan *self, const char *name, attribute_find *find, const void *attributes)
{
    if (strcmp(name, "c") == 0) {
        begin_cell(self, find, attributes);
    } else if (strcmp(name, "v") == 0) {
        self->in_value = self->has_value = true;
    } else if (strcmp(name, "t") == 0) {
        self->in_value = self->has_value = !self->in_phonetic;
    } else if (strcmp(name, "row") == 0) {
        struct slice ref = find(attributes, "r");
        if (ref.at)
            self->next_row = (uint32_t)strtoul(ref.at, NULL, 10) - 1;
        self->next_col = 0;
    } else if (strcmp(name, "si") == 0) {
        begin_string(&self->strings);
    } else if (strcmp(name, "rPh") == 0) {
        self->in_phonetic = true;
    }
}

void scan_text(struct scan *self, const char *text, size_t len)
{
    if (self->in_value)
        append(self->is_strings ? &self->strings.pool : &self->value, text, len);
}

static void take_text(struct scan *self, const char *text, size_t len)
{
    self->cell.kind = CELL_TEXT;
    self->cell.text = text;
    self->cell.len = len;
}

static void take_shared(struct scan *self)
{
    const struct strings *strings = &self->strings;
    size_t i = strtoul(self->value.bytes, NULL, 10);
    must(i < strings->n);
    take_text(self, strings->pool.bytes + strings->at[i], strings->at[i + 1] - strings->at[i] - 1);
}

static void end_cell(struct scan *self)
{
    if (!self->has_value || self->value.len == 0)
        return;
    switch (self->type[0]) {
    case 's':
        if (self->type[1] == '\0')
            take_shared(self);
        else
            take_text(self, self->value.bytes, self->value.len);
        break;
    case 'i':
        take_text(self, self->value.bytes, self->value.len);
        break;
    case 'e':
        take_text(self, self->value.bytes, self->value.len);
        self->cell.kind = CELL_ERROR;
        break;
    default:
        self->cell.kind = self->type[0] == 'b' ? CELL_BOOLEAN : CELL_NUMBER;
        self->cell.number = strtod(self->value.bytes, NULL);
    }
    if (self->cell.kind != CELL_TEXT || self->cell.len > 0)
        self->visit(self->context, &self->cell);
}

void scan_end(struct scan *self, const char *name)
{
    if (strcmp(name, "c") == 0)
        end_cell(self);
    else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
        self->in_value = false;
    else if (strcmp(name, "row") == 0)
        self->next_row++;
    else if (strcmp(name, "si") == 0)
        end_string(&self->strings);
    else if (strcmp(name, "rPh") == 0)
        self->in_phonetic = false;
}

void scan_strings(struct scan *self, const struct zip *zip)
{
    struct zip_entry entry;
    self->strings.n = self->strings.pool.len = 0;
    self->is_done = false;
    if (!zip_find(zip, "xl/sharedStrings.xml", &entry))
        return;
    self->is_strings = true;
    parse_entry(self, &entry);
    self->is_strings = false;
}

void scan_sheet(struct scan *self, const struct zip_entry *sheet, cell_visit *visit, void *context)
{
    self->next_row = self->next_col = 0;
    self->is_done = false;
    self->visit = visit;
    self->context = context;
    parse_entry(self, sheet);
}

void scan_free(struct scan *self)
{
    free(self->strings.pool.bytes);
    free(self->strings.at);
    free(self->value.bytes);
    *self = (struct scan){0};
}
