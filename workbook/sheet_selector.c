/* SPDX-License-Identifier: MIT
 *
 * The forms of --sheet. A name never needs quoting: what is not one of the special forms is a name.
 */
#include "workbook/sheet_selector.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"

static enum fault parse_number(struct span digits, struct sheet_selector *ret, struct why *why)
{
    uint32_t number = 0;
    bool is_number = digits.len > 0 && digits.len <= 6;
    for (size_t i = 0; i < digits.len && is_number; i++) {
        is_number = digits.data[i] >= '0' && digits.data[i] <= '9';
        number = number * 10 + (uint32_t)(digits.data[i] - '0');
    }
    if (!is_number || number == 0)
        return why_set(why, FAULT_USAGE, "--sheet \"#%.*s\": a sheet's number is 1 or more",
                       SPAN_ARGS(digits));
    *ret = (struct sheet_selector){.kind = SELECT_NUMBER, .number = number};
    return FAULT_NONE;
}

static enum fault parse_regex(struct span expression, struct sheet_selector *ret, struct why *why)
{
    struct sheet_selector self = {.kind = SELECT_REGEX};
    char *text = must_strndup(expression.data, expression.len);
    int error = regcomp(&self.regex, text, REG_EXTENDED | REG_NOSUB | REG_ICASE);
    free(text);
    if (error) {
        char reason[128];
        regerror(error, &self.regex, reason, sizeof reason);
        return why_set(why, FAULT_USAGE, "--sheet \"/%.*s/\": %s", SPAN_ARGS(expression), reason);
    }
    *ret = self;
    return FAULT_NONE;
}

enum fault sheet_selector_parse(struct span text, struct sheet_selector *ret, struct why *why)
{
    *ret = (struct sheet_selector){0};
    if (text.len == 0)
        return FAULT_NONE;
    if (span_is(text, "all")) {
        ret->kind = SELECT_ALL;
    } else if (span_is(text, "active")) {
        ret->kind = SELECT_ACTIVE;
    } else if (text.data[0] == '#') {
        return parse_number(span_from(text, 1), ret, why);
    } else if (text.len >= 2 && text.data[0] == '/' && text.data[text.len - 1] == '/') {
        return parse_regex(span_make(text.data + 1, text.len - 2), ret, why);
    } else {
        ret->kind = SELECT_NAME;
        ret->name = text;
    }
    return FAULT_NONE;
}

void sheet_selector_free(struct sheet_selector *self)
{
    if (self->kind == SELECT_REGEX)
        regfree(&self->regex);
    *self = (struct sheet_selector){0};
}

static bool name_matches(const struct sheet_selector *self, struct span name)
{
    char *text = must_strndup(name.len ? name.data : "", name.len);
    bool matches = regexec(&self->regex, text, 0, NULL, 0) == 0;
    free(text);
    return matches;
}

bool sheet_selector_picks(const struct sheet_selector *self, const struct book *book, size_t index)
{
    must(index < book->n_sheets);
    const struct book_sheet *sheet = &book->sheets[index];
    if (sheet->kind != SHEET_WORKSHEET)
        return false;
    switch (self->kind) {
    case SELECT_NAME:
        return book_find_sheet(book, self->name) == (int)index;
    case SELECT_NUMBER:
        return index + 1 == self->number;
    case SELECT_ACTIVE:
        return index == book->active_tab;
    case SELECT_REGEX:
        return name_matches(self, sheet->name);
    default:
        return true;
    }
}
