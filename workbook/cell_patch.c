/* SPDX-License-Identifier: MIT
 *
 * The cell is cut into its children once (formula, value, the rest), then put together again from the pieces that
 * stay and those that are new.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/must.h"
#include "core/number.h"
#include "workbook/cell_patch.h"
#include "workbook/formula_shift.h"
#include "workbook/xml_put.h"

#define KEEP UINT32_MAX

/* --- values -------------------------------------------------------------------------------------------------- */

static struct span edit_text(const struct edit *edit, const struct buffer *texts)
{
    return edit->text_len ? span_make(texts->data + edit->text_at, edit->text_len) : span_make("", 0);
}

/* The `t` that goes with a kind; NULL for numbers, which need none. */
static const char *edit_type(const struct edit *edit)
{
    switch ((enum edit_kind)edit->kind) {
    case EDIT_TEXT:
        return "inlineStr";
    case EDIT_CACHE_TEXT:
        return "str";
    case EDIT_BOOLEAN:
    case EDIT_CACHE_BOOLEAN:
        return "b";
    case EDIT_ERROR:
    case EDIT_CACHE_ERROR:
        return "e";
    case EDIT_NUMBER:
    case EDIT_CACHE_NUMBER:
        return isfinite(edit->number) ? NULL : "e";
    case EDIT_STYLE:
    case EDIT_CACHE_DROP:
        break;
    }
    return NULL;
}

static void put_inline(struct buffer *out, struct span prefix, struct span text)
{
    buffer_putf(out, "<%.*sis><%.*st", SPAN_ARGS(prefix), SPAN_ARGS(prefix));
    buffer_put_text(out, xml_wants_preserve(text) ? " xml:space=\"preserve\">" : ">");
    xml_put_text(out, text);
    buffer_putf(out, "</%.*st></%.*sis>", SPAN_ARGS(prefix), SPAN_ARGS(prefix));
}

static void put_number(struct buffer *out, double value)
{
    char text[NUMBER_TEXT_MAX];
    if (isfinite(value))
        buffer_put(out, span_make(text, number_format(value, text)));
    else
        buffer_put_text(out, "#NUM!");
}

/* <v>...</v> or <is>...</is>; nothing for kinds without a value. */
static void put_value(struct buffer *out, struct span prefix, const struct edit *edit, const struct buffer *texts)
{
    enum edit_kind kind = (enum edit_kind)edit->kind;
    if (kind == EDIT_STYLE || kind == EDIT_CACHE_DROP)
        return;
    if (kind == EDIT_TEXT) {
        put_inline(out, prefix, edit_text(edit, texts));
        return;
    }
    buffer_putf(out, "<%.*sv", SPAN_ARGS(prefix));
    if (kind == EDIT_CACHE_TEXT && xml_wants_preserve(edit_text(edit, texts)))
        buffer_put_text(out, " xml:space=\"preserve\"");
    buffer_put_char(out, '>');
    if (kind == EDIT_NUMBER || kind == EDIT_CACHE_NUMBER)
        put_number(out, edit->number);
    else if (kind == EDIT_BOOLEAN || kind == EDIT_CACHE_BOOLEAN)
        buffer_put_char(out, edit->number != 0 ? '1' : '0');
    else
        xml_put_text(out, edit_text(edit, texts));
    buffer_putf(out, "</%.*sv>", SPAN_ARGS(prefix));
}

void cell_patch_new(struct buffer *out, struct span prefix, const struct edit *edit, uint32_t style,
                    const struct buffer *texts)
{
    char ref[CELL_REF_TEXT_MAX];
    cell_ref_format((struct cell_ref){edit->row, edit->col}, ref);
    buffer_putf(out, "<%.*sc r=\"%s\"", SPAN_ARGS(prefix), ref);
    if (style)
        buffer_putf(out, " s=\"%u\"", style);
    if (edit->kind == EDIT_STYLE) {
        buffer_put_text(out, "/>");
        return;
    }
    if (edit_type(edit))
        buffer_putf(out, " t=\"%s\"", edit_type(edit));
    buffer_put_char(out, '>');
    put_value(out, prefix, edit, texts);
    buffer_putf(out, "</%.*sc>", SPAN_ARGS(prefix));
}

/* --- shared formulas ------------------------------------------------------------------------------------------- */

void orphans_free(struct orphans *self)
{
    for (size_t i = 0; i < self->n; i++)
        free(self->items[i].formula);
    free(self->items);
    free(self->blocks);
    *self = (struct orphans){0};
}

static struct orphan *find_orphan(struct orphans *self, uint32_t index)
{
    for (size_t i = 0; i < self->n; i++)
        if (self->items[i].index == index)
            return &self->items[i];
    return NULL;
}

static void adopt(struct orphans *self, uint32_t index, struct cell_ref master, struct span formula)
{
    struct orphan *orphan = find_orphan(self, index);
    if (!orphan) {
        self->items = must_realloc(self->items, (self->n + 1) * sizeof *self->items);
        orphan = &self->items[self->n++];
        *orphan = (struct orphan){.index = index};
    }
    self->n_active += !orphan->is_active;
    free(orphan->formula);
    orphan->formula = must_strndup(formula.data, formula.len);
    orphan->master = master;
    orphan->is_active = true;
}

/* A later master of the same index that stays: its followers are its own. */
static void release(struct orphans *self, uint32_t index)
{
    struct orphan *orphan = find_orphan(self, index);
    if (!orphan || !orphan->is_active)
        return;
    orphan->is_active = false;
    self->n_active--;
}

/* --- array formulas -------------------------------------------------------------------------------------------- */

#define BLOCKS_MAX 100000u

/* The cells of an array formula behind its first have values and no formula of their own. */
static void keep_block(struct orphans *self, const struct xml_cut_token *formula)
{
    struct span type = xml_cut_value(formula, "t");
    struct cell_range range;
    if ((!span_is(type, "array") && !span_is(type, "dataTable")) || self->n_blocks == BLOCKS_MAX ||
        !cell_range_parse(xml_cut_value(formula, "ref"), &range))
        return;
    self->blocks = must_realloc(self->blocks, (self->n_blocks + 1) * sizeof range);
    self->blocks[self->n_blocks++] = range;
}

static bool is_in_block(const struct orphans *self, struct cell_ref at)
{
    for (size_t i = 0; i < self->n_blocks; i++)
        if (cell_range_has(self->blocks[i], at.row, at.col))
            return true;
    return false;
}

/* --- the cell in pieces ------------------------------------------------------------------------------------------ */

struct pieces {
    struct xml_cut_token tag;
    struct span formula;          /* the whole <f> element */
    struct xml_cut_token formula_tag;
    struct buffer formula_text;   /* decoded */
    struct span rest;             /* <extLst>, at most one piece */
    struct span value;            /* the whole <v> or <is> */
    struct span close;            /* </c>, or empty */
    bool has_formula, has_value;
};

static enum fault read_formula(struct xml_cut *cutter, struct pieces *self, struct why *why)
{
    struct xml_cut_token token;
    bool is_end = false;
    enum fault fault = FAULT_NONE;
    for (unsigned depth = cutter->depth; cutter->depth >= depth && !fault;) {
        fault = xml_cut_read(cutter, &token, &is_end, why);
        if (!fault && token.kind == XML_CUT_TEXT)
            xml_cut_decode(token.raw, &self->formula_text);
        else if (!fault && token.kind == XML_CUT_CDATA)
            buffer_put(&self->formula_text, span_make(token.raw.data + 9, token.raw.len - 12));
    }
    return fault;
}

static enum fault take_child(struct xml_cut *cutter, struct pieces *self, const struct xml_cut_token *child,
                             struct why *why)
{
    enum fault fault = FAULT_NONE;
    size_t start = cutter->at - child->raw.len;
    bool is_ours = span_equal(child->prefix, self->tag.prefix);
    bool is_formula = is_ours && xml_cut_is(child, "f") && !self->has_formula;
    if (child->kind == XML_CUT_START)
        fault = is_formula ? read_formula(cutter, self, why) : xml_cut_skip(cutter, why);
    struct span whole = span_make(cutter->document.data + start, cutter->at - start);
    if (is_formula) {
        self->formula = whole;
        self->formula_tag = *child;
        self->has_formula = true;
    } else if (is_ours && (xml_cut_is(child, "v") || xml_cut_is(child, "is"))) {
        self->value = whole;
        self->has_value = true;
    } else {
        self->rest = whole;
    }
    return fault;
}

static enum fault cut_cell(struct span cell, struct pieces *ret, struct why *why)
{
    struct xml_cut cutter = {.document = cell};
    struct xml_cut_token token;
    bool is_end = false;
    *ret = (struct pieces){0};
    buffer_init(&ret->formula_text, BUFFER_LIMIT_DEFAULT);
    enum fault fault = xml_cut_read(&cutter, &ret->tag, &is_end, why);
    if (!fault && !xml_cut_opens(&ret->tag))
        fault = why_set(why, FAULT_CORRUPT, "a cell does not begin with its tag");
    while (!fault && ret->tag.kind == XML_CUT_START && !ret->close.len) {
        fault = xml_cut_read(&cutter, &token, &is_end, why);
        if (fault || is_end)
            return fault ? fault : why_set(why, FAULT_CORRUPT, "a cell is not closed");
        if (xml_cut_opens(&token))
            fault = take_child(&cutter, ret, &token, why);
        else if (token.kind == XML_CUT_END)
            ret->close = token.raw;
    }
    return fault;
}

/* --- putting it together ------------------------------------------------------------------------------------------ */

static struct span text_span(const char *text)
{
    return text ? span_of(text) : span_make(NULL, 0);
}

static void put_tag(struct buffer *out, const struct xml_cut_token *tag, const char *type, bool changes_type,
                    uint32_t style, bool drops_cell_metadata, bool is_empty)
{
    struct xml_cut_change changes[4];
    char digits[16];
    size_t n = 0;
    if (style != KEEP) {
        int len = snprintf(digits, sizeof digits, "%u", style);
        changes[n++] = (struct xml_cut_change){"s", span_make(digits, (size_t)len)};
    }
    if (changes_type) {
        changes[n++] = (struct xml_cut_change){"t", text_span(type)};
        changes[n++] = (struct xml_cut_change){"vm", span_make(NULL, 0)};
    }
    if (drops_cell_metadata)
        changes[n++] = (struct xml_cut_change){"cm", span_make(NULL, 0)};
    xml_cut_put_changed(out, tag, changes, n, is_empty ? XML_CUT_EMPTY : XML_CUT_START);
}

static void put_close(struct buffer *out, const struct pieces *self)
{
    if (self->close.len)
        buffer_put(out, self->close);
    else
        buffer_putf(out, "</%.*s>", SPAN_ARGS(self->tag.name));
}

/* The formula as it stood, or written out when its master is gone. */
static void put_formula(struct buffer *out, const struct pieces *self, struct cell_ref at, const struct orphan *orphan)
{
    if (!orphan) {
        buffer_put(out, self->formula); /* nothing for the cells of an array formula behind its first */
        return;
    }
    struct xml_cut_change changes[] = {{"t", span_make(NULL, 0)}, {"si", span_make(NULL, 0)}, {"ref", span_make(NULL, 0)}};
    struct buffer text;
    buffer_init(&text, BUFFER_LIMIT_DEFAULT);
    formula_shift(span_of(orphan->formula), orphan->master, at, &text);
    xml_cut_put_changed(out, &self->formula_tag, changes, 3, XML_CUT_START);
    xml_put_plain(out, buffer_span(&text));
    buffer_putf(out, "</%.*s>", SPAN_ARGS(self->formula_tag.name));
    buffer_free(&text);
}

static void put_with_value(struct buffer *out, const struct pieces *self, const struct edit *edit,
                           const struct buffer *texts)
{
    put_tag(out, &self->tag, edit_type(edit), true, edit->style, true, false);
    put_value(out, self->tag.prefix, edit, texts);
    buffer_put(out, self->rest);
    put_close(out, self);
}

static void put_with_formula(struct buffer *out, const struct pieces *self, struct cell_ref at, const struct edit *edit,
                             bool drop_cached, const struct buffer *texts, const struct orphan *orphan)
{
    bool is_cache = edit && edit_is_cache(edit->kind) && !drop_cached;
    bool changes_value = is_cache || (drop_cached && self->has_value);
    put_tag(out, &self->tag, is_cache ? edit_type(edit) : NULL, changes_value, edit ? edit->style : KEEP, false, false);
    put_formula(out, self, at, orphan);
    if (is_cache)
        put_value(out, self->tag.prefix, edit, texts);
    else if (!changes_value)
        buffer_put(out, self->value);
    buffer_put(out, self->rest);
    put_close(out, self);
}

/* Keeps the book of shared masters; gives the orphan that this cell's formula follows, if any. */
static const struct orphan *follow_shared(const struct pieces *self, struct cell_ref at, bool is_overwritten,
                                          struct orphans *orphans)
{
    uint32_t index;
    if (!self->has_formula || !span_is(xml_cut_value(&self->formula_tag, "t"), "shared") ||
        !xml_cut_value_u32(&self->formula_tag, "si", &index))
        return NULL;
    if (self->formula_text.len == 0) {
        struct orphan *orphan = find_orphan(orphans, index);
        return orphan && orphan->is_active && !is_overwritten ? orphan : NULL;
    }
    if (is_overwritten)
        adopt(orphans, index, at, buffer_span(&self->formula_text));
    else
        release(orphans, index);
    return NULL;
}

static void count(struct sheet_patch_counts *counts, const struct pieces *self, const struct edit *edit,
                  bool is_overwritten, bool drop_cached)
{
    bool is_cache = edit && edit_is_cache(edit->kind);
    if (is_overwritten || (edit && !is_cache))
        counts->cells_written++;
    if (is_overwritten || (!self->has_formula && !drop_cached))
        return;
    if (is_cache && edit->kind != EDIT_CACHE_DROP && !drop_cached)
        counts->caches_written++;
    else if (self->has_value && (drop_cached || is_cache))
        counts->caches_dropped++;
}

enum fault cell_patch_rewrite(struct buffer *out, struct span cell, struct cell_ref at, const struct edit *edit,
                              bool drop_cached, const struct buffer *texts, struct orphans *orphans,
                              struct sheet_patch_counts *counts, struct why *why)
{
    struct pieces pieces;
    enum fault fault = cut_cell(cell, &pieces, why);
    if (fault)
        goto out;
    bool is_overwritten = edit && !edit_is_cache(edit->kind) && edit->kind != EDIT_STYLE;
    bool has_cache_edit = edit && edit_is_cache(edit->kind);
    const struct orphan *orphan = follow_shared(&pieces, at, is_overwritten, orphans);
    if (drop_cached && pieces.has_formula)
        keep_block(orphans, &pieces.formula_tag);
    else if (drop_cached && !is_in_block(orphans, at))
        drop_cached = false;
    if (edit && edit->kind == EDIT_CACHE_DROP)
        drop_cached = true;
    count(counts, &pieces, edit, is_overwritten, drop_cached);
    if (is_overwritten)
        put_with_value(out, &pieces, edit, texts);
    else if (drop_cached || (pieces.has_formula && (orphan || has_cache_edit)))
        put_with_formula(out, &pieces, at, edit, drop_cached, texts, orphan);
    else if (edit && !has_cache_edit) { /* style only */
        put_tag(out, &pieces.tag, NULL, false, edit->style, false, pieces.tag.kind == XML_CUT_EMPTY);
        buffer_put(out, span_from(cell, pieces.tag.raw.len));
    } else {
        buffer_put(out, cell);
    }
out:
    buffer_free(&pieces.formula_text);
    return fault;
}
