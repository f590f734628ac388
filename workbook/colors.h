/* SPDX-License-Identifier: MIT
 *
 * Colours as a styles part says them: direct, by palette index, or by theme slot with a tint.
 * Private to workbook/styles.c and theme.c.
 */
#ifndef SHEAF_WORKBOOK_COLORS_H
#define SHEAF_WORKBOOK_COLORS_H

#include <stdbool.h>
#include <stdint.h>

#include "workbook/xml.h"

enum color_kind { COLOR_NONE, COLOR_RGB, COLOR_INDEXED, COLOR_THEME };

struct color {
    enum color_kind kind;
    uint32_t value; /* 0xRRGGBB, palette index or theme slot */
    double tint;    /* -1..1 */
};

#define PALETTE_COLORS 64
#define THEME_COLORS \
    12 /* in the order of the attribute theme="": lt1 dk1 lt2 dk2 accent1..6 hlink folHlink */

struct palette {
    uint32_t indexed[PALETTE_COLORS];
    uint32_t theme[THEME_COLORS];
};

void palette_init(struct palette *self); /* Excel's own colours and the Office theme */
/* rgb, indexed or theme of an element like fgColor; `auto` and what cannot be read is COLOR_NONE.
 */
struct color color_read(const struct xml_attribute *attributes, size_t n);
/* "FF8C00" or "FFFF8C00" (alpha is dropped). */
bool color_parse_hex(struct span text, uint32_t *ret);
int32_t color_resolve(struct color color,
                      const struct palette *palette); /* 0xRRGGBB, -1 for none */

/* Reads the colour scheme of a theme part into palette->theme; what it does not say stays. */
enum fault theme_read(struct package *package, size_t entry, struct palette *palette,
                      struct why *why) MUST_CHECK;

#endif
