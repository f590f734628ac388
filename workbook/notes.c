/* SPDX-License-Identifier: MIT
 *
 * Comments are XML and go through outlines. The drawing is what Excel makes of VML (unclosed <br>, bare attributes),
 * so it is only ever appended to, in front of its last </xml>.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "workbook/notes.h"
#include "workbook/part_edit.h"
#include "workbook/xml_put.h"

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define MAIN_SPACE "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define STRICT_SPACE "http://purl.oclc.org/ooxml/spreadsheetml/main"
#define CLUSTER_IDS 1024u
#define CLUSTERS_MAX (1u << 20)

/* --- comments --------------------------------------------------------------------------------------------------- */

struct authors {
    struct outline list; /* of the document */
    struct span *added;
    size_t n_added;
};

static bool author_is(const struct outline_item *item, struct span name)
{
    if (item->tag.kind == XML_CUT_EMPTY)
        return name.len == 0;
    const char *start = item->tag.raw.data + item->tag.raw.len;
    struct buffer text;
    buffer_init(&text, BUFFER_LIMIT_DEFAULT);
    xml_cut_decode(span_make(start, (size_t)(item->close.data - start)), &text);
    bool same = span_equal(buffer_span(&text), name);
    buffer_free(&text);
    return same;
}

static size_t author_id(struct authors *self, struct span name)
{
    for (size_t i = 0; i < self->list.n; i++)
        if (author_is(&self->list.children[i], name))
            return i;
    for (size_t i = 0; i < self->n_added; i++)
        if (span_equal(self->added[i], name))
            return self->list.n + i;
    self->added = must_realloc(self->added, (self->n_added + 1) * sizeof *self->added);
    self->added[self->n_added] = name;
    return self->list.n + self->n_added++;
}

static void put_comment(struct buffer *out, struct span prefix, const struct note_view *note, size_t author)
{
    char ref[CELL_REF_TEXT_MAX];
    cell_ref_format(note->at, ref);
    int p = (int)prefix.len;
    const char *x = prefix.len ? prefix.data : "";
    buffer_putf(out,
                "<%.*scomment ref=\"%s\" authorId=\"%zu\" shapeId=\"0\"><%.*stext><%.*sr><%.*srPr><%.*ssz val=\"9\"/>"
                "<%.*scolor indexed=\"81\"/><%.*srFont val=\"Tahoma\"/><%.*sfamily val=\"2\"/></%.*srPr>"
                "<%.*st xml:space=\"preserve\">",
                p, x, ref, author, p, x, p, x, p, x, p, x, p, x, p, x, p, x, p, x, p, x);
    xml_put_text(out, note->text);
    buffer_putf(out, "</%.*st></%.*sr></%.*stext></%.*scomment>", p, x, p, x, p, x, p, x);
}

static void put_new_authors(struct buffer *out, struct span prefix, const struct authors *authors)
{
    for (size_t i = 0; i < authors->n_added; i++) {
        buffer_putf(out, "<%.*sauthor>", SPAN_ARGS(prefix));
        xml_put_text(out, authors->added[i]);
        buffer_putf(out, "</%.*sauthor>", SPAN_ARGS(prefix));
    }
}

static enum fault extend_comments(struct buffer *document, const struct outline *root, const struct note_view *notes,
                                  size_t n, struct why *why)
{
    const struct outline_item *list = outline_find(root, "commentList"), *names = outline_find(root, "authors");
    if (!list || !names)
        return why_set(why, FAULT_CORRUPT, "the comments part has no list of comments and authors");
    struct authors authors = {0};
    enum fault fault = outline_read(names->whole, &authors.list, why);
    if (fault)
        return fault;
    struct buffer comments, added;
    buffer_init(&comments, BUFFER_LIMIT_DEFAULT);
    buffer_init(&added, BUFFER_LIMIT_DEFAULT);
    for (size_t i = 0; i < n; i++)
        put_comment(&comments, list->tag.prefix, &notes[i], author_id(&authors, notes[i].author));
    put_new_authors(&added, names->tag.prefix, &authors);
    struct splices splices;
    splices_init(&splices, buffer_span(document));
    if (added.len)
        splices_append(&splices, names, buffer_span(&added), NULL, 0);
    splices_append(&splices, list, buffer_span(&comments), NULL, 0);
    splices_apply(&splices, document);
    buffer_free(&comments);
    buffer_free(&added);
    outline_free(&authors.list);
    free(authors.added);
    return FAULT_NONE;
}

enum fault notes_put_comments(struct buffer *document, const struct note_view *notes, size_t n, bool is_strict,
                              struct why *why)
{
    if (!document->len)
        buffer_putf(document, XML_HEAD "<comments xmlns=\"%s\"><authors></authors><commentList></commentList></comments>",
                    is_strict ? STRICT_SPACE : MAIN_SPACE);
    struct outline root;
    enum fault fault = outline_read(buffer_span(document), &root, why);
    if (!fault)
        fault = extend_comments(document, &root, notes, n, why);
    outline_free(&root);
    return fault;
}

/* --- drawing ----------------------------------------------------------------------------------------------------- */

static const char new_drawing[] =
    "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" "
    "xmlns:x=\"urn:schemas-microsoft-com:office:excel\"></xml>";

static const char shape_type[] =
    "<v:shapetype%s id=\"_x0000_t202\" coordsize=\"21600,21600\" o:spt=\"202\" path=\"m,l,21600r21600,l21600,xe\">"
    "<v:stroke joinstyle=\"miter\"/><v:path gradientshapeok=\"t\" o:connecttype=\"rect\"/></v:shapetype>";

static const char *last_of(struct span in, const char *what)
{
    size_t len = strlen(what);
    for (size_t i = in.len; i >= len; i--)
        if (memcmp(in.data + i - len, what, len) == 0)
            return in.data + i - len;
    return NULL;
}

static const char *const spaces[3] = {"xmlns:v=\"urn:schemas-microsoft-com:vml\"",
                                      "xmlns:o=\"urn:schemas-microsoft-com:office:office\"",
                                      "xmlns:x=\"urn:schemas-microsoft-com:office:excel\""};

/* The start tag of the root; empty when there is none in front of an end tag. */
static struct span find_root(struct span drawing)
{
    const char *root = drawing.len ? memmem(drawing.data, drawing.len, "<xml", 4) : NULL;
    const char *end = root ? memchr(root, '>', (size_t)(drawing.data + drawing.len - root)) : NULL;
    const char *close = last_of(drawing, "</xml>");
    return end && close > end ? span_make(root, (size_t)(end - root) + 1) : span_make(NULL, 0);
}

/* What an element of ours must declare: nothing where the root binds v, o and x as everybody does. */
static const char *declarations(struct span root)
{
    for (int i = 0; i < 3; i++)
        if (!memmem(root.data, root.len, spaces[i], strlen(spaces[i])))
            return " xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" "
                   "xmlns:x=\"urn:schemas-microsoft-com:office:excel\"";
    return "";
}

bool notes_can_extend(struct span drawing)
{
    return find_root(drawing).len > 0;
}

static uint32_t read_number(const char **at, const char *end)
{
    uint32_t value = 0;
    for (; *at < end && isdigit((unsigned char)**at) && value < CLUSTERS_MAX * CLUSTER_IDS / 16; (*at)++)
        value = value * 10 + (uint32_t)(**at - '0');
    return value;
}

/* The value of data="1,2" in <o:idmap>; empty without one. */
static struct span find_map(struct span drawing)
{
    const char *map = drawing.len ? memmem(drawing.data, drawing.len, "<o:idmap", 8) : NULL;
    if (!map)
        return span_make(NULL, 0);
    const char *end = memchr(map, '>', (size_t)(drawing.data + drawing.len - map));
    const char *data = end ? memmem(map, (size_t)(end - map), "data=\"", 6) : NULL;
    const char *close = data ? memchr(data + 6, '"', (size_t)(end - data - 6)) : NULL;
    return close ? span_make(data + 6, (size_t)(close - data) - 6) : span_make(NULL, 0);
}

/* The first cluster behind those of the map and of the shapes. */
static uint32_t next_cluster(struct span drawing, uint32_t wanted)
{
    struct span map = find_map(drawing);
    map = map.len ? map : SPAN("");
    const char *at = map.data, *end = at + map.len;
    for (; at < end; at++) {
        uint32_t id = read_number(&at, end);
        wanted = id >= wanted ? id + 1 : wanted;
    }
    at = drawing.data;
    end = at + drawing.len;
    while (at < end && (at = memmem(at, (size_t)(end - at), "_x0000_s", 8))) {
        at += 8;
        uint32_t id = read_number(&at, end) / CLUSTER_IDS;
        wanted = id >= wanted ? id + 1 : wanted;
    }
    return wanted;
}

struct box {
    uint32_t left, top, right, bottom;
};

/* Right of the cell, as high as its lines; the other side at the edges of the grid. */
static struct box place_box(const struct note_view *note)
{
    uint32_t lines = 2, width = 4;
    size_t run = 0;
    for (size_t i = 0; i < note->text.len; i++) {
        run = note->text.data[i] == '\n' ? 0 : run + 1;
        lines += note->text.data[i] == '\n' || (run && run % 40 == 0);
    }
    uint32_t height = lines < 4 ? 4 : lines > 16 ? 16 : lines;
    struct box box = {.left = note->at.col + 1, .top = note->at.row ? note->at.row - 1 : 0};
    if (box.left + width >= GRID_COLS)
        box.left = note->at.col - width - 1;
    if (box.top + height >= GRID_ROWS)
        box.top = GRID_ROWS - 1 - height;
    box.right = box.left + width;
    box.bottom = box.top + height;
    return box;
}

static void put_shape(struct buffer *out, const char *declared, const struct note_view *note, uint32_t id, size_t z)
{
    struct box box = place_box(note);
    buffer_putf(out,
                "<v:shape%s id=\"_x0000_s%u\" type=\"#_x0000_t202\" style='position:absolute;margin-left:60pt;margin-top:2pt;"
                "width:192pt;height:%upt;z-index:%zu;visibility:hidden' fillcolor=\"#ffffe1\" o:insetmode=\"auto\">"
                "<v:fill color2=\"#ffffe1\"/><v:shadow on=\"t\" color=\"black\" obscured=\"t\"/><v:path o:connecttype=\"none\"/>"
                "<v:textbox style='mso-direction-alt:auto'><div style='text-align:left'></div></v:textbox>"
                "<x:ClientData ObjectType=\"Note\"><x:MoveWithCells/><x:SizeWithCells/>"
                "<x:Anchor>%u, 15, %u, 2, %u, 15, %u, 4</x:Anchor><x:AutoFill>False</x:AutoFill>"
                "<x:Row>%u</x:Row><x:Column>%u</x:Column></x:ClientData></v:shape>",
                declared, id, (box.bottom - box.top) * 15, z, box.left, box.top, box.right, box.bottom, note->at.row, note->at.col);
}

/* Adds the clusters to the map, or begins one at the start of the drawing. */
static void extend_map(struct splices *splices, struct span drawing, struct span root, uint32_t first, uint32_t last)
{
    struct span map = find_map(drawing);
    struct buffer text;
    buffer_init(&text, BUFFER_LIMIT_DEFAULT);
    if (!map.data)
        buffer_putf(&text, "<o:shapelayout%s v:ext=\"edit\"><o:idmap v:ext=\"edit\" data=\"", declarations(root));
    for (uint32_t cluster = first; cluster <= last; cluster++)
        buffer_putf(&text, "%s%u", cluster > first || map.len ? "," : "", cluster);
    if (map.data) {
        splices_replace(splices, span_make(map.data + map.len, 0), buffer_span(&text));
    } else {
        buffer_put_text(&text, "\"/></o:shapelayout>");
        splices_replace(splices, span_make(root.data + root.len, 0), buffer_span(&text));
    }
    buffer_free(&text);
}

enum fault notes_put_drawing(struct buffer *document, const struct note_view *notes, size_t n, uint32_t *cluster,
                             struct why *why)
{
    if (!document->len)
        buffer_put_text(document, new_drawing);
    struct span drawing = buffer_span(document);
    const char *close = last_of(drawing, "</xml>");
    struct span root = find_root(drawing);
    uint32_t first = next_cluster(drawing, *cluster), at = first, in_cluster = 0;
    if (!root.len || first > CLUSTERS_MAX)
        return why_set(why, FAULT_CORRUPT, "the drawing with the boxes of the notes cannot be extended");
    struct buffer shapes;
    buffer_init(&shapes, BUFFER_LIMIT_DEFAULT);
    if (!memmem(drawing.data, drawing.len, "id=\"_x0000_t202\"", 16))
        buffer_putf(&shapes, shape_type, declarations(root));
    for (size_t i = 0; i < n; i++) {
        if (++in_cluster == CLUSTER_IDS) { /* id 0 of a cluster is the drawing's own */
            at++;
            in_cluster = 1;
        }
        put_shape(&shapes, declarations(root), &notes[i], at * CLUSTER_IDS + in_cluster, i + 1);
    }
    *cluster = at + 1;
    struct splices splices;
    splices_init(&splices, drawing);
    extend_map(&splices, drawing, root, first, at);
    splices_replace(&splices, span_make(close, 0), buffer_span(&shapes));
    splices_apply(&splices, document);
    buffer_free(&shapes);
    return FAULT_NONE;
}
