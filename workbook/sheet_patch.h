/* SPDX-License-Identifier: MIT
 *
 * A worksheet part rewritten where cells change and copied byte for byte elsewhere. Two streaming passes: the first
 * finds out what is there (so that rows and cells out of order, twice, or without `r` are patched right), the second
 * writes. Memory grows with the edits, not with the sheet.
 */
#ifndef SHEAF_WORKBOOK_SHEET_PATCH_H
#define SHEAF_WORKBOOK_SHEET_PATCH_H

#include "workbook/cell_ref.h"
#include "workbook/codec.h"
#include "workbook/package.h"

enum edit_kind {
    EDIT_STYLE, /* only the style */
    EDIT_NUMBER,
    EDIT_TEXT,
    EDIT_BOOLEAN,
    EDIT_ERROR,
    /* the cached value of a formula; ignored where there is none */
    EDIT_CACHE_NUMBER,
    EDIT_CACHE_TEXT,
    EDIT_CACHE_BOOLEAN,
    EDIT_CACHE_ERROR,
    EDIT_CACHE_DROP,
};

static inline bool edit_is_cache(uint8_t kind)
{
    return kind >= EDIT_CACHE_NUMBER;
}

struct edit {
    uint32_t row;
    uint16_t col;
    uint8_t kind;   /* enum edit_kind */
    uint8_t marks;  /* private to the patch */
    uint32_t style; /* or UINT32_MAX */
    uint32_t text_len;
    union {
        double number;
        uint64_t text_at; /* into sheet_patch.texts */
    };
};

struct sheet_patch {
    struct edit *edits; /* sorted by row, column; one per cell */
    size_t n_edits;
    const struct buffer *texts;
    struct span hyperlinks;     /* to add: the attributes of one <hyperlink> per line; may be empty */
    struct span legacy_drawing; /* r:id to add; empty when there is one or none is wanted */
    bool is_strict;
    bool drop_all_cached; /* every formula's value goes, whatever `edits` say about it */
};

/* What the first pass finds. */
struct sheet_survey {
    struct cell_range *links; /* of the hyperlinks that are there */
    size_t n_links, links_capacity;
    char legacy_drawing[64]; /* its r:id, or "" */
    bool has_hyperlinks, has_sheet_data;
    uint64_t cached_values; /* formulas with a value */
};

/* `patch` may be NULL; otherwise its edits are marked for sheet_patch_write. */
enum fault sheet_survey(struct package *package, size_t entry, struct sheet_patch *patch, struct sheet_survey *ret,
                        struct why *why) MUST_CHECK;
void sheet_survey_free(struct sheet_survey *self);

struct sheet_patch_counts {
    uint64_t cells_written, caches_written, caches_dropped;
};

/* After sheet_survey with the same patch. Bytes go to `sink`. */
enum fault sheet_patch_write(struct package *package, size_t entry, struct sheet_patch *patch,
                             const struct sheet_survey *survey, codec_sink *sink, void *context,
                             struct sheet_patch_counts *counts, struct why *why) MUST_CHECK;

/* The edit of a cell, or NULL. */
struct edit *sheet_patch_find(const struct sheet_patch *self, uint32_t row, uint32_t col);

#endif
