/* SPDX-License-Identifier: MIT
 *
 * Cell formats added to a styles part: fonts, fills, borders, number formats and cellXfs are appended and
 * counted; what is there keeps its bytes and its numbers.
 */
#ifndef SHEAF_WORKBOOK_STYLES_PATCH_H
#define SHEAF_WORKBOOK_STYLES_PATCH_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/fault.h"

#define CELL_FORMATS_MAX 65490u

struct styles_patch;

/* A look from nothing; the font is the workbook's default one with these changes. */
struct style_look {
    bool bold, underlined, larger;
    const char *font_color;    /* "FF0563C1" or NULL */
    const char *fill;          /* solid, or NULL */
    const char *bottom_border; /* thin, or NULL */
    struct span format;        /* number format code; empty or one that Excel would not read: General */
    bool wrapped, top;
};

/* `document` is the part (UTF-8), or empty to begin a new one; borrowed until destroy. FAULT_CORRUPT: not a styles part. */
enum fault styles_patch_new(struct buffer *document, struct styles_patch **ret, struct why *why) MUST_CHECK;
void styles_patch_destroy(struct styles_patch **self);
/* FAULT_LIMIT over CELL_FORMATS_MAX. */
enum fault styles_patch_add(struct styles_patch *self, const struct style_look *look, uint32_t *ret) MUST_CHECK;
/* A copy of cell format `base` with a thin border of that colour all around, or that fill. A base out of range is
 * copied from format 0. Colours are literals. */
enum fault styles_patch_like(struct styles_patch *self, uint32_t base, const char *border, const char *fill,
                             uint32_t *ret) MUST_CHECK;
/* Plain formats up to `n` in all: for a new part whose cells already have numbers. */
void styles_patch_pad(struct styles_patch *self, uint32_t n);
bool styles_patch_is_changed(const struct styles_patch *self);
/* Writes what was added into the document. Afterwards only destroy is allowed. */
void styles_patch_finish(struct styles_patch *self);

#endif
