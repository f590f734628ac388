/* SPDX-License-Identifier: MIT
 *
 * The output workbook: a template package, patched. Only changed cells of sheets that got an edit are
 * rewritten; every other part is copied as it is, compressed bytes and all. New sheets, notes, links and styles
 * are added without touching what is there. The calculation chain is dropped, fullCalcOnLoad set, cached
 * values of formulas recomputed where workbook/formula.h can and dropped where it cannot: never stale.
 *
 * One thread. Order of calls: new, styles/edits/notes/links/sheets in any order, write once, destroy.
 */
#ifndef SHEAF_WORKBOOK_OUTPUT_BOOK_H
#define SHEAF_WORKBOOK_OUTPUT_BOOK_H

#include "workbook/book.h"
#include "workbook/package_writer.h"
#include "workbook/sheet_writer.h"

struct output_book;

/* `book` (and its package) is the template, borrowed until destroy. NULL: a new workbook from nothing (no sheets yet). */
enum fault output_book_new(struct book *book, enum deflate_level level, const char *spool_folder,
                           struct output_book **ret, struct why *why) MUST_CHECK;
void output_book_destroy(struct output_book **self);

/* --- styles: an index for cells of new sheets, or for a template cell keeping its look --- */
enum output_style {
    OUTPUT_PLAIN,
    OUTPUT_HEADER,  /* bold, light fill, bottom border, wrapped */
    OUTPUT_TITLE,   /* bold, larger */
    OUTPUT_NUMBER,  /* #,##0.00## shown as General with thousands */
    OUTPUT_WARNING, /* light orange fill */
    OUTPUT_ERROR,   /* light red fill */
    OUTPUT_LINK,    /* blue, underlined */
    OUTPUT_WRAP,    /* wrapped, top aligned */
    OUTPUT_DATE,    /* yyyy-mm-dd */
    OUTPUT_DATE_TIME,
    OUTPUT_DURATION, /* [h]:mm */
    OUTPUT_PERCENT,  /* 0.00% */
    OUTPUT_STYLES
};
uint32_t output_book_style(struct output_book *self, enum output_style style);
enum output_highlight { HIGHLIGHT_NONE, HIGHLIGHT_BORDER, HIGHLIGHT_FILL };
/* A cellXfs entry like `style` of the template with an FF8C00 border or a light fill. Cached per style. FAULT_LIMIT over
 * 65,490 cell formats. */
enum fault output_book_highlight(struct output_book *self, uint32_t style, enum output_highlight highlight,
                                 uint32_t *ret_style) MUST_CHECK;

/* --- edits of template cells; the last edit of a cell wins --- */
#define STYLE_KEEP UINT32_MAX /* the cell keeps its style (a cell that is not there takes its row's or column's) */
void output_book_set_number(struct output_book *self, size_t sheet, struct cell_ref at, double value, uint32_t style);
void output_book_set_text(struct output_book *self, size_t sheet, struct cell_ref at, struct span text, uint32_t style);
void output_book_set_boolean(struct output_book *self, size_t sheet, struct cell_ref at, bool value, uint32_t style);
void output_book_set_error(struct output_book *self, size_t sheet, struct cell_ref at, struct span error, uint32_t style);
void output_book_set_style(struct output_book *self, size_t sheet, struct cell_ref at, uint32_t style);

/* A note (comment) with a hidden yellow box; the last one of a cell counts. A cell that has a note in the template keeps
 * that one, and a sheet whose comments or drawing are damaged takes none: false. Text over 32,767 units is the caller's
 * to cut. */
bool output_book_note(struct output_book *self, size_t sheet, struct cell_ref at, struct span author, struct span text);
/* An internal link on a template cell ("Contributions!A12"), once per cell. A cell inside a hyperlink of the template
 * keeps that: false. At most 65,530 per sheet. */
bool output_book_link(struct output_book *self, size_t sheet, struct cell_ref at, struct span location,
                      struct span tooltip);

/* --- new sheets, after the template's, in the order of adding --- */
/* `name` is made valid and unique (31 units, no []:*?/\, folded) as in "Contributions", "Contributions (2)"; the
 * name used is in *ret_name (lives as long as self). The writer belongs to the book. */
enum fault output_book_add_sheet(struct output_book *self, struct span name, struct sheet_writer **ret,
                                 struct span *ret_name, struct why *why) MUST_CHECK;

/* The mark by which our own outputs are known when they lie among the sources: custom document property `name` (a new
 * docProps/custom.xml, or, when the template has that part, which then stays as it is, a hidden defined name "sheaf.output"). */
void output_book_mark(struct output_book *self, struct span value);
/* Does a package carry such a mark? Cheap: reads docProps/custom.xml and the defined names of `book`. */
bool output_book_is_marked(struct book *book);
/* The same of a package that may be no workbook. Cheaper: most files are told from the bytes of two small parts. */
bool output_package_is_marked(struct package *package);

/* Entries carry the time of writing, not the fixed one: the bytes then differ from run to run. */
void output_book_stamp(struct output_book *self);

/* Writes and commits. The outcome of recalculation is told in `stats` (may be NULL). */
struct output_stats {
    uint64_t formulas_recomputed, formulas_dropped, cells_written, parts_copied, parts_changed;
    uint64_t signatures_dropped; /* parts of a package signature, which no longer holds */
    uint64_t bytes;              /* size of the file */
};
enum fault output_book_write(struct output_book *self, const char *path, bool durable, struct output_stats *stats,
                             struct why *why) MUST_CHECK;

/* The same in two steps, for an output of several files that appear together or not at all: prepare writes and syncs, commit
 * only renames. `*ret_readable` is a path of the finished file until commit; it lives as long as self. Without commit,
 * destroy leaves an earlier file as it was. */
enum fault output_book_prepare(struct output_book *self, const char *path, bool durable, const char **ret_readable,
                               struct output_stats *stats, struct why *why) MUST_CHECK;
enum fault output_book_commit(struct output_book *self, struct why *why) MUST_CHECK;

#endif
