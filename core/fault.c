/* SPDX-License-Identifier: MIT */
#include "core/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/must.h"

static const struct {
    const char *name, *class, *text;
    int status;
} table[FAULT_COUNT] = {
#define X(name, status, class, text) {#name, class, text, status},
    FAULT_TABLE(X)
#undef X
};

/* Cuts a string that vsnprintf may have cut within a UTF-8 sequence back to a whole character. */
static void cut_at_character(char *text, size_t size)
{
    size_t len = strlen(text);
    if (len + 1 < size)
        return;
    size_t at = len;
    while (at > 0 && ((unsigned char)text[at - 1] & 0xC0) == 0x80)
        at--;
    if (at == 0)
        return;
    unsigned char lead = (unsigned char)text[at - 1];
    size_t want = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead >= 0xC0 && len - (at - 1) < want)
        text[at - 1] = '\0';
}

static void copy_cut(char *to, size_t size, struct span from)
{
    size_t n = from.len < size - 1 ? from.len : size - 1;
    if (n)
        memcpy(to, from.data, n);
    to[n] = '\0';
    cut_at_character(to, size);
}

enum fault why_set(struct why *why, enum fault fault, const char *format, ...)
{
    if (!why)
        return fault;
    memset(why, 0, sizeof *why);
    why->fault = fault;
    va_list args;
    va_start(args, format);
    vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
    cut_at_character(why->text, sizeof why->text);
    return fault;
}

void why_at_part(struct why *why, struct span part)
{
    if (why && !why->part[0])
        copy_cut(why->part, sizeof why->part, part);
}

void why_at_sheet(struct why *why, struct span sheet)
{
    if (why && !why->sheet[0])
        copy_cut(why->sheet, sizeof why->sheet, sheet);
}

void why_at_cell(struct why *why, uint32_t row, uint32_t col)
{
    if (why && !why->row && !why->col) {
        why->row = row;
        why->col = col;
    }
}

const char *why_line(const struct why *why, char *out, unsigned long size)
{
    must(size > 0);
    char ref[24] = "";
    if (why->row && why->col) {
        char letters[8];
        int n = 0;
        for (uint32_t c = why->col; c && n < 7; c = (c - 1) / 26)
            letters[n++] = (char)('A' + (c - 1) % 26);
        char column[8];
        for (int i = 0; i < n; i++)
            column[i] = letters[n - 1 - i];
        column[n] = '\0';
        snprintf(ref, sizeof ref, "%s%u", column, why->row);
    } else if (why->row) {
        snprintf(ref, sizeof ref, "row %u", why->row);
    }
    snprintf(out, size, "%s%s%s%s%s%s%s", why->part, why->part[0] ? ", " : "", why->sheet,
             why->sheet[0] && ref[0] ? "!" : "", ref, why->sheet[0] || ref[0] ? ": " : "", why->text);
    cut_at_character(out, size);
    return out;
}

const char *fault_name(enum fault fault)
{
    must(fault < FAULT_COUNT);
    return table[fault].name;
}

const char *fault_class(enum fault fault)
{
    must(fault < FAULT_COUNT);
    return table[fault].class;
}

const char *fault_text(enum fault fault)
{
    must(fault < FAULT_COUNT);
    return table[fault].text;
}

int fault_http_status(enum fault fault)
{
    must(fault < FAULT_COUNT);
    return table[fault].status;
}

enum fault fault_from_errno(int error)
{
    if (error == ENOSPC || error == EDQUOT)
        return FAULT_NO_SPACE;
    return error == ENOENT ? FAULT_NOT_FOUND : FAULT_IO;
}
