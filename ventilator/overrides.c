/* SPDX-License-Identifier: MIT
 *
 * Parsing of overrides. What is addressed to us and cannot be understood is a fault, never ignored:
 * a misspelt "@summ" that has no effect would cost somebody a wrong total.
 */
#include "ventilator/overrides.h"

#include "core/must.h"

#define REGIONS_MAX 100000u
#define WORD_MAX 16

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The role that a word names, in any case. */
static bool find_role(struct span word, struct role_override *ret)
{
    char lower[WORD_MAX];
    if (word.len == 0 || word.len > sizeof lower)
        return false;
    for (size_t i = 0; i < word.len; i++)
        lower[i] =
            (char)(word.data[i] >= 'A' && word.data[i] <= 'Z' ? word.data[i] + 32 : word.data[i]);
    *ret = (struct role_override){.is_ignore = span_is(span_make(lower, word.len), "ignore")};
    return ret->is_ignore || function_find(span_make(lower, word.len), &ret->function);
}

/* "(C5)" at the front of `text`: the reference between the brackets. */
static bool take_weight(struct span text, struct span *ret)
{
    if (text.len == 0 || text.data[0] != '(')
        return false;
    const char *close = memchr(text.data, ')', text.len);
    if (!close)
        return false;
    *ret = span_trim_ascii(span_make(text.data + 1, (size_t)(close - text.data) - 1));
    return ret->len > 0;
}

/* The word after an "@" that begins a word itself; false when there is none at `at`. */
static bool word_at(struct span text, size_t at, struct span *ret)
{
    bool begins = text.data[at] == '@' &&
                  (at == 0 || is_space(text.data[at - 1]) || text.data[at - 1] == ':');
    size_t end = at + 1;
    while (end < text.len && is_letter(text.data[end]))
        end++;
    bool ends = end == text.len || is_space(text.data[end]) || strchr("(.,;", text.data[end]);
    *ret = span_make(text.data + at + 1, end - at - 1);
    return begins && ends && ret->len > 0;
}

/* What follows an author's line ("Name:\n@sum"), trimmed. */
static struct span without_author(struct span text)
{
    text = span_trim_ascii(text);
    const char *line = text.len ? memchr(text.data, '\n', text.len) : NULL;
    if (line && line > text.data && line[-1] == ':')
        text = span_from(text, (size_t)(line - text.data) + 1);
    return span_trim_ascii(text);
}

enum note_verdict note_parse(struct span text, struct role_override *ret, struct span *ret_word)
{
    for (size_t at = 0; at < text.len; at++) {
        struct span word;
        struct role_override role;
        if (!word_at(text, at, &word) || !find_role(word, &role))
            continue;
        struct span rest = span_from(text, at + 1 + word.len);
        *ret_word = word;
        if (!role.is_ignore && role.function == FUNCTION_WAVG && !take_weight(rest, &role.weight))
            return NOTE_MISTAKE;
        *ret = role;
        return NOTE_OVERRIDE;
    }
    struct span only = without_author(text);
    struct span word;
    if (only.len && word_at(only, 0, &word) && word.len + 1 == only.len) {
        *ret_word = word;
        return NOTE_MISTAKE;
    }
    return NOTE_NOTHING;
}

/* --- regions --- */

struct region_list {
    struct arena *arena;
    struct regions regions;
    uint32_t capacity;
};

static bool add_region(struct region_list *list, struct region region)
{
    if (list->regions.n == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 16;
        struct region *items =
            capacity > REGIONS_MAX ? NULL : arena_alloc(list->arena, capacity * sizeof *items);
        if (!items)
            return false;
        if (list->regions.n)
            memcpy(items, list->regions.items, list->regions.n * sizeof *items);
        list->regions.items = items;
        list->capacity = capacity;
    }
    list->regions.items[list->regions.n++] = region;
    return true;
}

/* The text up to a comma outside quotes; takes it and the comma off `text`. */
static struct span take_part(struct span *text)
{
    bool is_quoted = false;
    size_t i = 0;
    for (; i < text->len && (is_quoted || text->data[i] != ','); i++) {
        if (text->data[i] == '\'')
            is_quoted = !is_quoted;
    }
    struct span part = span_trim_ascii(span_make(text->data, i));
    *text = span_from(*text, i < text->len ? i + 1 : i);
    return part;
}

/* One reference into a region; false when it is none, or names a sheet that is not there. */
static bool parse_region(const struct book *book, struct arena *arena, struct span text,
                         struct region *ret)
{
    char *name = arena_alloc(arena, text.len + 1);
    size_t len;
    if (!name || !sheet_range_parse(text, name, &len, &ret->range))
        return false;
    ret->sheet = EVERY_SHEET;
    if (len == 0)
        return true;
    int index = book_find_sheet(book, span_make(name, len));
    ret->sheet = (size_t)index;
    return index >= 0;
}

static enum fault add_name(const struct book *book, const struct defined_name *name,
                           struct role_override role, struct region_list *list, struct why *why)
{
    struct span rest = name->formula;
    do {
        struct region region = {.role = role};
        struct span part = take_part(&rest);
        if (!parse_region(book, list->arena, part, &region))
            return why_set(
                why, FAULT_USAGE,
                "the defined name %.*s refers to \"%.*s\", which is no range of this workbook",
                SPAN_ARGS(name->name), SPAN_ARGS(part));
        if (region.sheet == EVERY_SHEET && name->sheet != UINT32_MAX)
            region.sheet = name->sheet;
        if (!add_region(list, region))
            return why_set(why, FAULT_LIMIT, "more than %u ranges in defined names", REGIONS_MAX);
    } while (rest.len);
    return FAULT_NONE;
}

/* The part of a name behind "sheaf.", in any case; false for other names. */
static bool is_ours(struct span name, struct span *ret_role)
{
    static const char prefix[] = "sheaf.";
    size_t n = sizeof prefix - 1;
    for (size_t i = 0; i < n; i++) {
        if (i >= name.len ||
            (is_letter(name.data[i]) ? (name.data[i] | 32) : name.data[i]) != prefix[i])
            return false;
    }
    *ret_role = span_from(name, n);
    return true;
}

enum fault regions_from_names(const struct book *book, struct arena *arena, struct regions *ret,
                              struct why *why)
{
    struct region_list list = {.arena = arena};
    for (size_t i = 0; i < book->n_names; i++) {
        const struct defined_name *name = &book->names[i];
        struct span word;
        struct role_override role;
        if (!is_ours(name->name, &word))
            continue;
        if (!find_role(word, &role) || (!role.is_ignore && role.function == FUNCTION_WAVG))
            return why_set(why, FAULT_USAGE,
                           "the defined name %.*s is none that sheaf knows: sheaf.ignore, "
                           "sheaf.sum, sheaf.average, "
                           "sheaf.max ... (a weighted average needs a note: @wavg(C5))",
                           SPAN_ARGS(name->name));
        enum fault fault = add_name(book, name, role, &list, why);
        if (fault != FAULT_NONE)
            return fault;
    }
    *ret = list.regions;
    return FAULT_NONE;
}

enum fault regions_from_ranges(const struct job *job, const struct book *book, struct arena *arena,
                               struct regions *ret, struct why *why)
{
    struct region_list list = {.arena = arena};
    for (uint32_t i = 0; i < job->n_ranges; i++) {
        struct span rest = job->ranges[i];
        do {
            struct region region = {0};
            struct span part = take_part(&rest);
            if (!parse_region(book, arena, part, &region))
                return why_set(why, FAULT_USAGE,
                               "--range \"%.*s\": no range (\"B2:F9\"), or a sheet that the "
                               "template does not have",
                               SPAN_ARGS(part));
            if (!add_region(&list, region))
                return why_set(why, FAULT_LIMIT, "more than %u ranges", REGIONS_MAX);
        } while (rest.len);
    }
    *ret = list.regions;
    return FAULT_NONE;
}
