/* SPDX-License-Identifier: MIT
 *
 * The workbook part and what hangs off it by relationships (never by fixed part names): the sheet list,
 * defined names, date system, and the entries of styles, shared strings, theme and calcChain. Broken defined
 * names, styles or drawings never block the values.
 */
#ifndef SHEAF_WORKBOOK_BOOK_H
#define SHEAF_WORKBOOK_BOOK_H

#include "core/arena.h"
#include "workbook/cell_ref.h"
#include "workbook/package.h"

enum sheet_kind { SHEET_WORKSHEET, SHEET_CHARTSHEET, SHEET_DIALOGSHEET, SHEET_MACROSHEET, SHEET_MISSING };
enum sheet_state { SHEET_VISIBLE, SHEET_HIDDEN, SHEET_VERY_HIDDEN };

struct book_sheet {
    struct span name;      /* as in the file, UTF-8 */
    struct span part_name; /* "xl/worksheets/sheet1.xml" */
    struct span rel_id;    /* "rId1" */
    uint32_t sheet_id;
    enum sheet_kind kind;
    enum sheet_state state;
    size_t entry; /* PACKAGE_NONE when the part is missing */
};

struct defined_name {
    struct span name, formula;
    uint32_t sheet; /* localSheetId, or UINT32_MAX */
    bool is_hidden;
};

struct relationship {
    struct span id, type, target; /* target resolved to a part name when internal; Strict types as Transitional */
    bool is_external;
};

struct relationships {
    struct relationship *items; /* in document order */
    size_t n;
    const uint32_t *by_id; /* indexes into items, sorted by id */
    bool is_strict;        /* a type of ISO/IEC 29500 Strict was seen */
};

struct content_types; /* of the package (content_types.h) */

struct book {
    struct arena *arena;
    struct package *package; /* borrowed */
    struct book_sheet *sheets;
    size_t n_sheets;
    struct defined_name *names;
    size_t n_names;
    bool is_1904;
    bool has_strict_dates; /* dateCompatibility="0": t="d" cells count as date_from_iso_strict says */
    bool has_macros;     /* xlsm, xltm: by the content type of the workbook part */
    bool is_strict;
    uint32_t active_tab; /* index of the first visible bookView's activeTab, clamped */
    struct span part_name;  /* of the workbook part */
    size_t entry;           /* of the workbook part */
    size_t styles_entry, strings_entry, theme_entry, calc_chain_entry; /* PACKAGE_NONE when absent */
    struct span styles_part, strings_part;
    bool is_strings_missing; /* the part is referenced but absent: a cell that needs it is FAULT_CORRUPT */
    struct relationships relationships; /* of the workbook part */
    struct content_types *content_types;
};

/* More sheets or names than these are FAULT_LIMIT. */
#define BOOK_SHEETS_MAX 10000
#define BOOK_NAMES_MAX 250000
#define RELATIONSHIPS_MAX 100000

/* Reads _rels/.rels, [Content_Types].xml, the workbook part and its relationships. A sheet without its part is
 * SHEET_MISSING, no fault: who needs it must say so. The package must outlive the book. */
enum fault book_open(struct package *package, struct book **ret, struct why *why) MUST_CHECK;
void book_close(struct book **self);

/* Index by name, trimmed and case folded (utf8_fold); -1 when absent. Exact spelling wins over folded. */
int book_find_sheet(const struct book *self, struct span name);

/* The relationships of a part ("" for the package); an absent .rels part gives n = 0. Memory from `arena`. Two of one id
 * are FAULT_CORRUPT. */
enum fault relationships_read(struct package *package, struct span part_name, struct arena *arena,
                              struct relationships *ret, struct why *why) MUST_CHECK;
const struct relationship *relationships_find(const struct relationships *self, struct span id);
/* By the last word of the type: "comments", "vmlDrawing", "table" ...; NULL when absent. */
const struct relationship *relationships_find_type(const struct relationships *self, const char *last_word);

/* The content type of a part ("" if none) by override or extension. */
struct span book_content_type(const struct book *self, struct span part_name);

#endif
