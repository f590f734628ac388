/* SPDX-License-Identifier: MIT
 *
 * The five lists of a styles part that a cell format leans on. Each keeps how many entries there are and the XML of
 * those to be added; finish puts them in with one splice per list. A list that is missing is made, with the entries
 * that Excel takes for granted (font 0, fills 0 and 1, border 0, format 0).
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "workbook/number_format.h"
#include "workbook/number_format_code.h"
#include "workbook/part_edit.h"
#include "workbook/styles_patch.h"
#include "workbook/xml_put.h"

#define CUSTOM_FORMAT_FIRST 164u
#define FORMAT_UNITS_MAX 255u

enum list { LIST_FORMATS, LIST_FONTS, LIST_FILLS, LIST_BORDERS, LIST_XFS, LISTS };

static const char *const list_names[LISTS] = {"numFmts", "fonts", "fills", "borders", "cellXfs"};

/* ECMA-376-1 18.8.39 CT_Stylesheet: the order of its children. */
static const char *const order[] = {"numFmts", "fonts",      "fills", "borders",     "cellStyleXfs", "cellXfs",
                                    "cellStyles", "dxfs", "tableStyles", "colors", "extLst"};

struct style_list {
    const struct outline_item *item; /* NULL: to be made */
    struct outline outline;
    uint32_t n;          /* entries, added ones included */
    struct buffer added; /* XML */
};

struct added_code {
    struct span code;
    uint32_t id;
};

struct styles_patch {
    struct buffer *document;
    struct outline root;
    struct style_list lists[LISTS];
    char prefix[32];
    uint32_t next_format;
    struct added_code *codes; /* number formats made here: many cell formats share few of them */
    size_t n_codes;
    struct {
        const char *color; /* of the last border or fill made for styles_patch_like: as a rule all are alike */
        uint32_t id;
    } last_border, last_fill;
    bool is_changed;
};

static const char new_document[] = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
                                   "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
                                   "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>"
                                   "</cellStyleXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" "
                                   "builtinId=\"0\"/></cellStyles></styleSheet>";

/* --- what is there ------------------------------------------------------------------------------------------------ */

static uint32_t last_format_id(const struct outline *formats)
{
    uint32_t last = CUSTOM_FORMAT_FIRST - 1, id;
    for (size_t i = 0; i < formats->n; i++)
        if (xml_cut_value_u32(&formats->children[i].tag, "numFmtId", &id) && id > last && id < UINT32_MAX / 2)
            last = id;
    return last;
}

static uint32_t put_entry(struct styles_patch *self, enum list list, const char *inner)
{
    struct style_list *to = &self->lists[list];
    for (const char *at = inner; *at; at++) { /* "<" and "</" are followed by the prefix */
        buffer_put_char(&to->added, *at);
        if (*at != '<')
            continue;
        if (at[1] == '/')
            buffer_put_char(&to->added, *++at);
        buffer_put_text(&to->added, self->prefix);
    }
    self->is_changed = true;
    return to->n++;
}

/* What Excel takes for granted and a thin file may lack. Added only when something is added behind it. */
static void fill_list(struct styles_patch *self, enum list list)
{
    static const char *const granted[LISTS][2] = {
        [LIST_FONTS] = {"<font><sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/></font>"},
        [LIST_FILLS] = {"<fill><patternFill patternType=\"none\"/></fill>", "<fill><patternFill patternType=\"gray125\"/></fill>"},
        [LIST_BORDERS] = {"<border><left/><right/><top/><bottom/><diagonal/></border>"},
        [LIST_XFS] = {"<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>"}};
    while (self->lists[list].n < 2 && granted[list][self->lists[list].n])
        put_entry(self, list, granted[list][self->lists[list].n]);
}

static enum fault read_list(struct styles_patch *self, enum list list, struct why *why)
{
    struct style_list *to = &self->lists[list];
    to->item = outline_find(&self->root, list_names[list]);
    if (!to->item)
        return FAULT_NONE;
    enum fault fault = outline_read(to->item->whole, &to->outline, why);
    to->n = (uint32_t)to->outline.n;
    return fault;
}

/* <styleSheet/> is opened: lists have to stand somewhere. */
static enum fault open_root(struct styles_patch *self, struct why *why)
{
    enum fault fault = outline_read(buffer_span(self->document), &self->root, why);
    if (fault || self->root.self.tag.kind != XML_CUT_EMPTY)
        return fault;
    struct splices splices;
    splices_init(&splices, buffer_span(self->document));
    splices_append(&splices, &self->root.self, SPAN(""), NULL, 0);
    splices_apply(&splices, self->document);
    outline_free(&self->root);
    return outline_read(buffer_span(self->document), &self->root, why);
}

enum fault styles_patch_new(struct buffer *document, struct styles_patch **ret, struct why *why)
{
    struct styles_patch *self = must_alloc(sizeof *self);
    self->document = document;
    for (int i = 0; i < LISTS; i++)
        buffer_init(&self->lists[i].added, BUFFER_LIMIT_DEFAULT);
    if (!document->len) {
        buffer_put_text(document, new_document);
        self->is_changed = true;
    }
    enum fault fault = open_root(self, why);
    if (!fault && (!xml_cut_is(&self->root.self.tag, "styleSheet") || self->root.self.tag.prefix.len >= sizeof self->prefix))
        fault = why_set(why, FAULT_CORRUPT, "the styles part is no style sheet");
    for (int i = 0; i < LISTS && !fault; i++)
        fault = read_list(self, (enum list)i, why);
    if (fault) {
        styles_patch_destroy(&self);
        return fault;
    }
    memcpy(self->prefix, self->root.self.tag.prefix.data, self->root.self.tag.prefix.len);
    self->next_format = last_format_id(&self->lists[LIST_FORMATS].outline) + 1;
    if (self->is_changed)
        fill_list(self, LIST_FONTS), fill_list(self, LIST_FILLS), fill_list(self, LIST_BORDERS), fill_list(self, LIST_XFS);
    *ret = self;
    return FAULT_NONE;
}

void styles_patch_destroy(struct styles_patch **self_p)
{
    struct styles_patch *self = *self_p;
    if (!self)
        return;
    for (int i = 0; i < LISTS; i++) {
        outline_free(&self->lists[i].outline);
        buffer_free(&self->lists[i].added);
    }
    outline_free(&self->root);
    for (size_t i = 0; i < self->n_codes; i++)
        free((char *)self->codes[i].code.data);
    free(self->codes);
    free(self);
    *self_p = NULL;
}

void styles_patch_pad(struct styles_patch *self, uint32_t n)
{
    while (self->lists[LIST_XFS].n < n && self->lists[LIST_XFS].n < CELL_FORMATS_MAX / 2)
        put_entry(self, LIST_XFS, "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>");
}

bool styles_patch_is_changed(const struct styles_patch *self)
{
    return self->is_changed;
}

/* --- adding --------------------------------------------------------------------------------------------------------- */

/* <sz val> and <name val> of font 0, for fonts that look like the rest of the workbook. */
static void put_default_font(const struct styles_patch *self, struct buffer *out, bool larger, const char *color)
{
    const struct outline *fonts = &self->lists[LIST_FONTS].outline;
    struct outline font = {0};
    struct why why;
    double size = 11;
    struct span name = SPAN("Calibri");
    if (fonts->n && outline_read(fonts->children[0].whole, &font, &why) == FAULT_NONE) {
        const struct outline_item *sz = outline_find(&font, "sz"), *face = outline_find(&font, "name");
        char text[16] = "";
        struct span value = sz ? xml_cut_value(&sz->tag, "val") : SPAN("");
        if (value.len && value.len < sizeof text)
            memcpy(text, value.data, value.len);
        double stated = strtod(text, NULL);
        size = stated >= 1 && stated <= 409 ? stated : size;
        value = face ? xml_cut_value(&face->tag, "val") : value;
        name = face && value.len ? value : name;
    }
    buffer_putf(out, "<sz val=\"%g\"/>", size + (larger ? 3 : 0));
    if (color)
        buffer_putf(out, "<color rgb=\"%s\"/>", color);
    buffer_putf(out, "<name val=\"%.*s\"/>", SPAN_ARGS(name));
    outline_free(&font);
}

static uint32_t add_font(struct styles_patch *self, const struct style_look *look)
{
    struct buffer xml;
    buffer_init(&xml, BUFFER_LIMIT_DEFAULT);
    fill_list(self, LIST_FONTS);
    buffer_putf(&xml, "<font>%s%s", look->bold ? "<b/>" : "", look->underlined ? "<u/>" : "");
    put_default_font(self, &xml, look->larger, look->font_color);
    buffer_put_text(&xml, "</font>");
    uint32_t id = put_entry(self, LIST_FONTS, buffer_text(&xml));
    buffer_free(&xml);
    return id;
}

static uint32_t add_fill(struct styles_patch *self, const char *color)
{
    char xml[160];
    fill_list(self, LIST_FILLS);
    snprintf(xml, sizeof xml,
             "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"%s\"/><bgColor indexed=\"64\"/></patternFill></fill>", color);
    return put_entry(self, LIST_FILLS, xml);
}

static uint32_t add_border(struct styles_patch *self, const char *color, bool is_bottom_only)
{
    static const char *const sides[] = {"left", "right", "top", "bottom"};
    struct buffer xml;
    buffer_init(&xml, BUFFER_LIMIT_DEFAULT);
    fill_list(self, LIST_BORDERS);
    buffer_put_text(&xml, "<border>");
    for (int i = 0; i < 4; i++) {
        if (is_bottom_only && i < 3)
            buffer_putf(&xml, "<%s/>", sides[i]);
        else
            buffer_putf(&xml, "<%s style=\"thin\"><color rgb=\"%s\"/></%s>", sides[i], color, sides[i]);
    }
    buffer_put_text(&xml, "<diagonal/></border>");
    uint32_t id = put_entry(self, LIST_BORDERS, buffer_text(&xml));
    buffer_free(&xml);
    return id;
}

static uint32_t box_border(struct styles_patch *self, const char *color)
{
    if (!self->last_border.color || strcmp(self->last_border.color, color) != 0) {
        self->last_border.id = add_border(self, color, false);
        self->last_border.color = color;
    }
    return self->last_border.id;
}

static uint32_t like_fill(struct styles_patch *self, const char *color)
{
    if (!self->last_fill.color || strcmp(self->last_fill.color, color) != 0) {
        self->last_fill.id = add_fill(self, color);
        self->last_fill.color = color;
    }
    return self->last_fill.id;
}

/* Excel says of a file with a code that it cannot read that it is damaged, and drops all formats. */
static bool is_readable(struct span code)
{
    struct format_code parsed;
    if (!utf8_valid(code) || utf16_units(code) > FORMAT_UNITS_MAX)
        return false;
    format_code_parse(code, &parsed);
    return !parsed.is_malformed;
}

static uint32_t add_format(struct styles_patch *self, struct span code)
{
    uint32_t id;
    if (!code.len || number_format_builtin_id(code, &id))
        return code.len ? id : 0;
    for (size_t i = 0; i < self->n_codes; i++)
        if (span_equal(self->codes[i].code, code))
            return self->codes[i].id;
    if (!is_readable(code))
        return 0;
    id = self->next_format++;
    self->codes = must_realloc(self->codes, (self->n_codes + 1) * sizeof *self->codes);
    self->codes[self->n_codes++] = (struct added_code){span_make(must_strndup(code.data, code.len), code.len), id};
    struct buffer xml;
    buffer_init(&xml, BUFFER_LIMIT_DEFAULT);
    buffer_putf(&xml, "<numFmt numFmtId=\"%u\" formatCode=\"", id);
    xml_put_value(&xml, code);
    buffer_put_text(&xml, "\"/>");
    put_entry(self, LIST_FORMATS, buffer_text(&xml));
    buffer_free(&xml);
    return id;
}

enum fault styles_patch_add(struct styles_patch *self, const struct style_look *look, uint32_t *ret)
{
    fill_list(self, LIST_XFS);
    if (self->lists[LIST_XFS].n >= CELL_FORMATS_MAX)
        return FAULT_LIMIT;
    uint32_t font = look->bold || look->underlined || look->larger || look->font_color ? add_font(self, look) : 0;
    uint32_t fill = look->fill ? add_fill(self, look->fill) : 0;
    uint32_t border = look->bottom_border ? add_border(self, look->bottom_border, true) : 0;
    uint32_t format = add_format(self, look->format);
    struct buffer xml;
    buffer_init(&xml, BUFFER_LIMIT_DEFAULT);
    buffer_putf(&xml, "<xf numFmtId=\"%u\" fontId=\"%u\" fillId=\"%u\" borderId=\"%u\"", format, font, fill, border);
    if (outline_find(&self->root, "cellStyleXfs"))
        buffer_put_text(&xml, " xfId=\"0\"");
    buffer_putf(&xml, "%s%s%s%s", format ? " applyNumberFormat=\"1\"" : "", font ? " applyFont=\"1\"" : "",
                fill ? " applyFill=\"1\"" : "", border ? " applyBorder=\"1\"" : "");
    if (look->wrapped || look->top)
        buffer_putf(&xml, " applyAlignment=\"1\"><alignment%s%s/></xf>", look->top ? " vertical=\"top\"" : "",
                    look->wrapped ? " wrapText=\"1\"" : "");
    else
        buffer_put_text(&xml, "/>");
    *ret = put_entry(self, LIST_XFS, buffer_text(&xml));
    buffer_free(&xml);
    return FAULT_NONE;
}

enum fault styles_patch_like(struct styles_patch *self, uint32_t base, const char *border, const char *fill, uint32_t *ret)
{
    struct style_list *xfs = &self->lists[LIST_XFS];
    fill_list(self, LIST_XFS);
    if (xfs->n >= CELL_FORMATS_MAX)
        return FAULT_LIMIT;
    uint32_t made = border ? box_border(self, border) : like_fill(self, fill);
    char text[160];
    if (xfs->outline.n) {
        const struct outline_item *old = &xfs->outline.children[base < xfs->outline.n ? base : 0];
        snprintf(text, sizeof text, "%u", made);
        const struct xml_cut_change changes[] = {{border ? "borderId" : "fillId", span_of(text)},
                                                {border ? "applyBorder" : "applyFill", SPAN("1")}};
        xml_cut_put_changed(&xfs->added, &old->tag, changes, 2, old->tag.kind);
        buffer_put(&xfs->added, span_from(old->whole, old->tag.raw.len));
        self->is_changed = true;
        *ret = xfs->n++;
    } else { /* only the format taken for granted is there */
        snprintf(text, sizeof text, "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"%u\" borderId=\"%u\" %s=\"1\"/>",
                 fill ? made : 0, border ? made : 0, border ? "applyBorder" : "applyFill");
        *ret = put_entry(self, LIST_XFS, text);
    }
    return FAULT_NONE;
}

/* --- writing -------------------------------------------------------------------------------------------------------- */

static int order_rank(struct span name)
{
    int n = (int)(sizeof order / sizeof order[0]);
    for (int i = 0; i < n; i++)
        if (span_is(name, order[i]))
            return i;
    return -1;
}

/* Where a list that is missing belongs: in front of the first child behind it in the order. */
static struct span place_of(const struct styles_patch *self, const char *list)
{
    for (size_t i = 0; i < self->root.n; i++)
        if (order_rank(self->root.children[i].tag.local) > order_rank(span_of(list)))
            return span_make(self->root.children[i].whole.data, 0);
    return span_make(self->root.self.close.data, 0);
}

static void put_list(struct styles_patch *self, struct splices *splices, enum list list)
{
    struct style_list *from = &self->lists[list];
    if (!from->added.len)
        return;
    char count[16];
    snprintf(count, sizeof count, "%u", from->n);
    if (from->item) {
        struct xml_cut_change change = {"count", span_of(count)};
        splices_append(splices, from->item, buffer_span(&from->added), &change, 1);
        return;
    }
    struct buffer xml;
    buffer_init(&xml, BUFFER_LIMIT_DEFAULT);
    buffer_putf(&xml, "<%s%s count=\"%s\">", self->prefix, list_names[list], count);
    buffer_put(&xml, buffer_span(&from->added));
    buffer_putf(&xml, "</%s%s>", self->prefix, list_names[list]);
    splices_replace(splices, place_of(self, list_names[list]), buffer_span(&xml));
    buffer_free(&xml);
}

void styles_patch_finish(struct styles_patch *self)
{
    struct splices splices;
    splices_init(&splices, buffer_span(self->document));
    for (int i = 0; i < LISTS; i++)
        put_list(self, &splices, (enum list)i);
    splices_apply(&splices, self->document);
}
