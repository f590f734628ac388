/* SPDX-License-Identifier: MIT
 *
 * The styles part (ECMA-376-1 18.8), as far as a value's meaning hangs on it: cellXfs with their
 * number format, fill and protection. Everything else (fonts, borders, named styles, differential
 * formats) is passed over. Formats and fills are looked up when the part is read to its end, since
 * order and counts in files lie.
 */
#include "workbook/styles.h"

#include <stdlib.h>

#include "core/must.h"
#include "workbook/colors.h"

/* Excel writes at most 65,490 cell formats. */
#define FORMATS_MAX 1000000
#define ARENA_BYTES ((size_t)64 << 20)

struct style {
    uint32_t format; /* numFmtId while reading, then an index into formats */
    int32_t fill;    /* fillId while reading, then a colour */
    bool is_locked;
};

struct number_format {
    uint32_t id;
    uint32_t order;
    struct span code;
    enum format_kind kind;
};

struct styles {
    struct arena *arena; /* the format codes */
    struct style *items;
    size_t n, capacity;
    struct number_format *formats; /* sorted by id once read */
    size_t n_formats, formats_capacity;
};

enum place { IN_OTHER, IN_NUM_FMTS, IN_FILLS, IN_CELL_XFS, IN_COLORS };

struct reading {
    struct styles *styles;
    struct why *why;
    struct color *fills;
    size_t n_fills, fills_capacity;
    struct palette palette;
    unsigned n_indexed;
    enum place place;
    unsigned depth;
    bool is_solid;
};

/* Room for one more; the count is checked against FORMATS_MAX before. */
static void *make_room(void *items, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return items;
    *capacity = *capacity ? *capacity * 2 : 64;
    return must_realloc(items, *capacity * size);
}

static enum fault check_room(const struct reading *self, size_t n, const char *what)
{
    if (n < FORMATS_MAX)
        return FAULT_NONE;
    return why_set(self->why, FAULT_LIMIT, "more than %d %s in the styles part", FORMATS_MAX, what);
}

/* --- elements -----------------------------------------------------------------------------------
 */

static enum fault add_number_format(struct reading *self, const struct xml_attribute *attributes,
                                    size_t n)
{
    struct styles *styles = self->styles;
    enum fault fault = check_room(self, styles->n_formats, "number formats");
    if (fault)
        return fault;
    uint32_t id = xml_get_u32(attributes, n, "numFmtId", UINT32_MAX);
    struct span code = xml_get(attributes, n, "formatCode");
    if (id == UINT32_MAX || id == 0 ||
        !code.data) /* 0 is General for every index that is not known */
        return FAULT_NONE;
    struct span kept = arena_copy(styles->arena, code);
    if (!kept.data)
        return why_set(self->why, FAULT_LIMIT, "more than %zu bytes of number formats",
                       ARENA_BYTES);
    styles->formats = make_room(styles->formats, styles->n_formats, &styles->formats_capacity,
                                sizeof *styles->formats);
    styles->formats[styles->n_formats] =
        (struct number_format){.id = id, .order = (uint32_t)styles->n_formats + 1, .code = kept};
    styles->n_formats++;
    return FAULT_NONE;
}

static enum fault add_fill(struct reading *self)
{
    enum fault fault = check_room(self, self->n_fills, "fills");
    if (fault)
        return fault;
    self->fills = make_room(self->fills, self->n_fills, &self->fills_capacity, sizeof *self->fills);
    self->fills[self->n_fills++] = (struct color){COLOR_NONE, 0, 0};
    return FAULT_NONE;
}

static enum fault add_style(struct reading *self, const struct xml_attribute *attributes, size_t n)
{
    struct styles *styles = self->styles;
    enum fault fault = check_room(self, styles->n, "cell formats");
    if (fault)
        return fault;
    styles->items = make_room(styles->items, styles->n, &styles->capacity, sizeof *styles->items);
    uint32_t fill = xml_get_u32(attributes, n, "fillId", 0);
    styles->items[styles->n++] =
        (struct style){.format = xml_get_u32(attributes, n, "numFmtId", 0),
                       .fill = fill < FORMATS_MAX ? (int32_t)fill : FORMATS_MAX,
                       .is_locked = true};
    return FAULT_NONE;
}

static void add_palette_color(struct reading *self, const struct xml_attribute *attributes,
                              size_t n)
{
    uint32_t rgb;
    if (self->n_indexed < PALETTE_COLORS && color_parse_hex(xml_get(attributes, n, "rgb"), &rgb))
        self->palette.indexed[self->n_indexed] = rgb;
    self->n_indexed++;
}

/* --- the walk
 * -------------------------------------------------------------------------------------- styleSheet
 * is depth 1, its collections depth 2. dxfs hold numFmt and fill as well, hence the place. */

static enum place place_of(struct span name)
{
    static const struct {
        const char *name;
        enum place place;
    } places[] = {{"numFmts", IN_NUM_FMTS},
                  {"fills", IN_FILLS},
                  {"cellXfs", IN_CELL_XFS},
                  {"colors", IN_COLORS}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (span_is(name, places[i].name))
            return places[i].place;
    }
    return IN_OTHER;
}

static enum fault start_in_fills(struct reading *self, struct span name,
                                 const struct xml_attribute *attributes, size_t n)
{
    if (self->depth == 3 && span_is(name, "fill"))
        return add_fill(self);
    if (self->depth == 4 && span_is(name, "patternFill"))
        self->is_solid = span_is(xml_get(attributes, n, "patternType"), "solid");
    if (self->depth == 5 && span_is(name, "fgColor") && self->is_solid && self->n_fills)
        self->fills[self->n_fills - 1] = color_read(attributes, n);
    return FAULT_NONE;
}

static enum fault on_start(void *context, enum xml_namespace ns, struct span name,
                           const struct xml_attribute *attributes, size_t n)
{
    (void)ns; /* files without the namespace are read all the same */
    struct reading *self = context;
    self->depth++;
    if (self->depth == 2)
        self->place = place_of(name);
    if (self->place == IN_NUM_FMTS && self->depth == 3 && span_is(name, "numFmt"))
        return add_number_format(self, attributes, n);
    if (self->place == IN_FILLS)
        return start_in_fills(self, name, attributes, n);
    if (self->place == IN_CELL_XFS && self->depth == 3 && span_is(name, "xf"))
        return add_style(self, attributes, n);
    if (self->place == IN_CELL_XFS && self->depth == 4 && span_is(name, "protection") &&
        self->styles->n)
        self->styles->items[self->styles->n - 1].is_locked =
            xml_get_bool(attributes, n, "locked", true);
    if (self->place == IN_COLORS && self->depth == 4 && span_is(name, "rgbColor"))
        add_palette_color(self, attributes, n);
    return FAULT_NONE;
}

static enum fault on_end(void *context, enum xml_namespace ns, struct span name)
{
    (void)ns;
    struct reading *self = context;
    if (self->depth == 2)
        self->place = IN_OTHER;
    if (self->depth == 4 && self->place == IN_FILLS && span_is(name, "patternFill"))
        self->is_solid = false;
    self->depth--;
    return FAULT_NONE;
}

/* --- looking up
 * ----------------------------------------------------------------------------------- */

/* Of several codes for one number the last of the file comes first, and only the first is kept. */
static int compare_formats(const void *a, const void *b)
{
    const struct number_format *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->order > y->order ? -1 : x->order < y->order;
}

static void add_builtin_formats(struct styles *styles)
{
    for (uint32_t id = 0; id < 64; id++) {
        struct span code = number_format_builtin(id);
        if (!code.data)
            continue;
        styles->formats = make_room(styles->formats, styles->n_formats, &styles->formats_capacity,
                                    sizeof *styles->formats);
        styles->formats[styles->n_formats++] =
            (struct number_format){.id = id, .order = 0, .code = code};
    }
}

static void settle_formats(struct styles *styles)
{
    add_builtin_formats(styles);
    qsort(styles->formats, styles->n_formats, sizeof *styles->formats, compare_formats);
    size_t n = 0;
    for (size_t i = 0; i < styles->n_formats; i++) {
        if (n && styles->formats[n - 1].id == styles->formats[i].id)
            continue;
        styles->formats[n] = styles->formats[i];
        styles->formats[n].kind = number_format_kind(styles->formats[n].code);
        n++;
    }
    styles->n_formats = n;
}

/* The index of a numFmtId, or that of General. */
static uint32_t find_format(const struct styles *styles, uint32_t id)
{
    size_t low = 0, high = styles->n_formats;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (styles->formats[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < styles->n_formats && styles->formats[low].id == id ? (uint32_t)low : 0;
}

static void settle(struct reading *self)
{
    struct styles *styles = self->styles;
    settle_formats(styles);
    for (size_t i = 0; i < styles->n; i++) {
        struct style *style = &styles->items[i];
        style->format = find_format(styles, style->format);
        style->fill = (size_t)style->fill < self->n_fills
                          ? color_resolve(self->fills[style->fill], &self->palette)
                          : -1;
    }
}

/* The part is bad, and nothing else: its values do not depend on it. */
static bool is_broken_part(enum fault fault)
{
    return fault == FAULT_CORRUPT || fault == FAULT_UNSAFE_XML || fault == FAULT_UNSUPPORTED ||
           fault == FAULT_ENCRYPTED;
}

/* A theme that cannot be read leaves the Office colours: colours are not worth a source. */
static enum fault read_theme(struct reading *self, struct book *book, struct why *why)
{
    bool is_needed = false;
    for (size_t i = 0; i < self->n_fills; i++)
        is_needed |= self->fills[i].kind == COLOR_THEME;
    if (!is_needed || book->theme_entry == PACKAGE_NONE)
        return FAULT_NONE;
    enum fault fault = theme_read(book->package, book->theme_entry, &self->palette, why);
    return is_broken_part(fault) ? FAULT_NONE : fault;
}

enum fault styles_read(struct book *book, struct styles **ret, struct why *why)
{
    struct styles *styles = must_alloc(sizeof *styles);
    styles->arena = arena_new(ARENA_BYTES);
    struct reading reading = {.styles = styles, .why = why};
    struct xml_handler handler = {.self = &reading, .start = on_start, .end = on_end};
    palette_init(&reading.palette);
    enum fault fault = FAULT_NONE;
    if (book->styles_entry != PACKAGE_NONE)
        fault = xml_parse_part(book->package, book->styles_entry, &handler, why);
    if (!fault || is_broken_part(fault))
        fault = read_theme(&reading, book, why);
    if (!fault) {
        settle(&reading);
        *ret = styles;
        styles = NULL;
    }
    free(reading.fills);
    styles_destroy(&styles);
    return fault;
}

void styles_destroy(struct styles **self)
{
    if (!*self)
        return;
    arena_destroy(&(*self)->arena);
    free((*self)->items);
    free((*self)->formats);
    free(*self);
    *self = NULL;
}

/* --- asking
 * ---------------------------------------------------------------------------------------- */

uint32_t styles_count(const struct styles *self)
{
    return (uint32_t)self->n;
}

static const struct number_format *format_of(const struct styles *self, uint32_t style)
{
    return &self->formats[style < self->n ? self->items[style].format
                                          : 0]; /* 0 is General: numFmtId 0 */
}

enum format_kind styles_kind(const struct styles *self, uint32_t style)
{
    return style < self->n ? format_of(self, style)->kind : FORMAT_GENERAL;
}

bool styles_is_percent(const struct styles *self, uint32_t style)
{
    return styles_kind(self, style) == FORMAT_PERCENT;
}

struct span styles_format(const struct styles *self, uint32_t style)
{
    return style < self->n ? format_of(self, style)->code : SPAN("General");
}

bool styles_is_locked(const struct styles *self, uint32_t style)
{
    return style < self->n ? self->items[style].is_locked : true;
}

int32_t styles_fill(const struct styles *self, uint32_t style)
{
    return style < self->n ? self->items[style].fill : -1;
}
