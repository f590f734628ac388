/* SPDX-License-Identifier: MIT */
#include "workbook/xml.h"

#include "tests/support/suite.h"
#include "tests/support/zip_file.h"
#include "workbook/xml_guard.h"

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

/* Writes what it is told as text: <name a=v>, </name>, and text as it is. Names outside the main
 * namespace get its number. */
struct told {
    struct buffer out;
    const char *refuse; /* the element at which it gives FAULT_DRIFT */
};

static enum fault on_start(void *context, enum xml_namespace ns, struct span name,
                           const struct xml_attribute *attributes, size_t n)
{
    struct told *told = context;
    if (told->refuse && span_is(name, told->refuse))
        return FAULT_DRIFT;
    buffer_putf(&told->out, "<%.*s", SPAN_ARGS(name));
    if (ns != XML_NS_MAIN)
        buffer_putf(&told->out, ":%d", (int)ns);
    for (size_t i = 0; i < n; i++) {
        buffer_putf(&told->out, " %.*s", SPAN_ARGS(attributes[i].name));
        if (attributes[i].ns != XML_NS_NONE)
            buffer_putf(&told->out, ":%d", (int)attributes[i].ns);
        buffer_putf(&told->out, "=%.*s", SPAN_ARGS(attributes[i].value));
    }
    buffer_put_text(&told->out, ">");
    return FAULT_NONE;
}

static enum fault on_end(void *context, enum xml_namespace ns, struct span name)
{
    struct told *told = context;
    (void)ns;
    buffer_putf(&told->out, "</%.*s>", SPAN_ARGS(name));
    return FAULT_NONE;
}

static enum fault on_text(void *context, struct span text)
{
    struct told *told = context;
    buffer_put(&told->out, text);
    return FAULT_NONE;
}

static struct told told;
static struct why why;

static enum fault parse(struct span document)
{
    struct xml_handler handler = {&told, on_start, on_end, on_text};
    const char *refuse = told.refuse;
    buffer_free(&told.out);
    told = (struct told){.refuse = refuse};
    buffer_init(&told.out, 64 << 20);
    why = (struct why){0};
    enum fault fault = xml_parse(document, &handler, &why);
    ck_assert(!fault || fault == FAULT_DRIFT || (why.fault == fault && why.text[0]));
    return fault;
}

#define ck_assert_tells(document, expected)                                          \
    do {                                                                             \
        enum fault fault_ = parse(document);                                         \
        ck_assert_msg(fault_ == FAULT_NONE, "%s: %s", fault_name(fault_), why.text); \
        ck_assert_str_eq(buffer_text(&told.out), expected);                          \
    } while (0)

START_TEST(elements_attributes_and_text_are_told_decoded)
{
    ck_assert_tells(SPAN("<a xmlns='" MAIN "' x='1 &lt; 2 &amp; 3 &#38; &#x26; &quot;'>a&amp;b<!-- "
                         "c --><![CDATA[<&>]]><?p i?>&#65;</a>"),
                    "<a x=1 < 2 & 3 & & \">a&b<&>A</a>");
    ck_assert_tells(SPAN("\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?><a xmlns='" MAIN
                         "'>\xc3\xa4\r\nb</a>"),
                    "<a>\xc3\xa4\nb</a>");
    ck_assert_tells(SPAN("<a xmlns='" MAIN "' e='' amp='&amp;'/>"), "<a e= amp=&></a>");
}
END_TEST

START_TEST(namespaces_are_told_by_number_and_strict_as_transitional)
{
    char expected[64];
    ck_assert_tells(SPAN("<x:a xmlns:x='" MAIN "'/>"), "<a></a>");
    ck_assert_tells(SPAN("<a xmlns='http://purl.oclc.org/ooxml/spreadsheetml/main'/>"), "<a></a>");
    snprintf(expected, sizeof expected, "<a id:%d=rId1 id=2></a>", XML_NS_RELATIONSHIPS);
    ck_assert_tells(
        SPAN("<a xmlns='" MAIN
             "' xmlns:q='http://schemas.openxmlformats.org/officeDocument/2006/relationships'"
             " q:id='rId1' id='2'/>"),
        expected);
    ck_assert_tells(SPAN("<a xmlns='" MAIN
                         "' xmlns:q='http://purl.oclc.org/ooxml/officeDocument/relationships'"
                         " q:id='rId1' id='2'/>"),
                    expected);
    snprintf(expected, sizeof expected, "<a:%d></a>", XML_NS_NONE);
    ck_assert_tells(SPAN("<a/>"), expected);
    snprintf(expected, sizeof expected, "<a:%d></a>", XML_NS_OTHER);
    ck_assert_tells(SPAN("<q:a/>"), expected);
    ck_assert_tells(SPAN("<a xmlns='urn:x'/>"), expected);
}
END_TEST

START_TEST(of_alternate_content_only_the_fallback_is_told)
{
    ck_assert_tells(
        SPAN("<a xmlns='" MAIN
             "' xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'>"
             "<mc:AlternateContent><mc:Choice "
             "Requires='x'><b>no<mc:AlternateContent><mc:Fallback><n/>"
             "</mc:Fallback></mc:AlternateContent></b></mc:Choice><mc:Choice Requires='y'/>"
             "<mc:Fallback><c>yes</c></mc:Fallback></mc:AlternateContent><d/></a>"),
        "<a><c>yes</c><d></d></a>");
}
END_TEST

/* UTF-8 of the basic plane and one pair, to UTF-16. */
static struct span to_utf16(const char *text, bool is_big, bool has_mark, char *out)
{
    size_t n = 0;
    for (const unsigned char *p = (const unsigned char *)text - has_mark; *p; p++) {
        unsigned unit = p < (const unsigned char *)text ? 0xfeff : *p;
        out[n + is_big] = (char)unit;
        out[n + !is_big] = (char)(unit >> 8);
        n += 2;
    }
    return span_make(out, n);
}

START_TEST(utf16_is_read_with_and_without_a_mark)
{
    static const char text[] =
        "\x01<?xml version='1.0' encoding='UTF-16'?><a xmlns='" MAIN "'>text</a>";
    char bytes[sizeof text * 2];
    for (int kind = 0; kind < 4; kind++)
        ck_assert_tells(to_utf16(text + 1, kind & 1, kind & 2, bytes), "<a>text</a>");
    struct span cut = to_utf16(text + 1, false, true, bytes);
    cut.len--;
    ck_assert_int_eq(parse(cut), FAULT_CORRUPT);
    ck_assert_tells(SPAN("\xff\xfe<\0a\0>\0\x3d\xd8\x00\xde<\0/\0a\0>\0"),
                    "<a:1>\xf0\x9f\x98\x80</a>");
    ck_assert_int_eq(parse(SPAN("\xff\xfe<\0a\0>\0\x3d\xd8<\0/\0a\0>\0")), FAULT_CORRUPT);
    ck_assert_int_eq(parse(SPAN("\xff\xfe<\0a\0>\0\0\xde<\0/\0a\0>\0")), FAULT_CORRUPT);
}
END_TEST

START_TEST(long_utf16_and_utf8_survive_being_cut_into_pieces)
{
    struct buffer wide, narrow;
    buffer_init(&wide, 4 << 20), buffer_init(&narrow, 4 << 20);
    buffer_put(&wide, SPAN("\xff\xfe<\0a\0>\0x\0")); /* the x makes pairs straddle the pieces */
    buffer_put_text(&narrow, "<a>x");
    for (int i = 0; i < 100000; i++) {
        buffer_put(&wide, SPAN("\x3d\xd8\x00\xde"));
        buffer_put(&narrow, SPAN("\xf0\x9f\x98\x80"));
    }
    buffer_put(&wide, SPAN("<\0/\0a\0>\0"));
    buffer_put_text(&narrow, "</a>");
    struct buffer first;
    ck_assert_int_eq(parse(buffer_span(&wide)), FAULT_NONE);
    first = told.out;
    told.out = (struct buffer){0};
    ck_assert_int_eq(parse(buffer_span(&narrow)), FAULT_NONE);
    ck_assert_uint_eq(first.len, narrow.len + 2);
    ck_assert(span_equal(buffer_span(&first), buffer_span(&told.out)));
    buffer_free(&wide), buffer_free(&narrow), buffer_free(&first);
}
END_TEST

START_TEST(other_encodings_are_read_or_refused_but_never_guessed)
{
    ck_assert_tells(SPAN("<?xml version='1.0' encoding='ISO-8859-1'?><a xmlns='" MAIN "'>\xe4</a>"),
                    "<a>\xc3\xa4</a>");
    ck_assert_tells(SPAN("<?xml version='1.0' encoding=\"us-ascii\"?><a xmlns='" MAIN "'>x</a>"),
                    "<a>x</a>");
    ck_assert_int_eq(parse(SPAN("<?xml version='1.0' encoding='KOI8-R'?><a/>")), FAULT_UNSUPPORTED);
    ck_assert_int_eq(parse(SPAN("<?xml version='1.0' encoding='UTF-7'?><a/>")), FAULT_UNSUPPORTED);
    ck_assert_int_eq(parse(SPAN("\xff\xfe\0\0<\0\0\0")), FAULT_UNSUPPORTED);
    ck_assert_int_eq(parse(SPAN("<a>\xe4</a>")), FAULT_CORRUPT);
    ck_assert_int_eq(parse(SPAN("<a>\xc0\x80</a>")), FAULT_CORRUPT);
    ck_assert_int_eq(parse(SPAN("<a>\xed\xa0\x80</a>")), FAULT_CORRUPT);
    ck_assert_int_eq(parse(SPAN("<a>\xc3")), FAULT_CORRUPT);
    ck_assert_int_eq(parse(SPAN("<a>\0</a>")), FAULT_CORRUPT);
}
END_TEST

START_TEST(every_doctype_is_unsafe)
{
    static const char *const cases[] = {
        "<!DOCTYPE a><a/>",
        "<!doctype a><a/>",
        "<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        "<!ENTITY x 'y'><a/>",
        "<![INCLUDE[<!DOCTYPE a>]]><a/>"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(parse(span_of(cases[i])) == FAULT_UNSAFE_XML, "%s", cases[i]);
    char wide[512];
    ck_assert_int_eq(parse(to_utf16("<!DOCTYPE a><a/>", false, false, wide)), FAULT_UNSAFE_XML);
    ck_assert_tells(SPAN("<a xmlns='" MAIN "'><![CDATA[<!DOCTYPE a>]]><!-- <!DOCTYPE b> --></a>"),
                    "<a><!DOCTYPE a></a>");
}
END_TEST

START_TEST(what_is_not_well_formed_is_corrupt)
{
    static const char *const cases[] = {"",
                                        " ",
                                        "text",
                                        "<a>",
                                        "<a></b>",
                                        "<a><b></a></b>",
                                        "<a/><b/>",
                                        "<a/>text",
                                        "<a x=1/>",
                                        "<a x='1' x='2'/>",
                                        "<a x='<'/>",
                                        "<a>&nosuch;</a>",
                                        "<a>&#0;</a>",
                                        "<a>&#xFFFF;</a>",
                                        "<a>&#99999999999;</a>",
                                        "<a",
                                        "<a x='",
                                        "<!-- x",
                                        "<a>&amp</a>",
                                        "<a><![CDATA[x</a>",
                                        "<a>]]></a>",
                                        "<?xml version='1.0'",
                                        "<a/><?",
                                        "<!",
                                        "<!-",
                                        "<a x='&'/>"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(parse(span_of(cases[i])) == FAULT_CORRUPT, "%s", cases[i]);
}
END_TEST

static struct span repeat(struct buffer *out, const char *before, const char *middle, size_t n,
                          const char *after)
{
    buffer_free(out);
    buffer_init(out, (size_t)64 << 20);
    buffer_put_text(out, before);
    for (size_t i = 0; i < n; i++)
        buffer_putf(out, middle, (unsigned)i);
    buffer_put_text(out, after);
    return buffer_span(out);
}

START_TEST(masses_of_attributes_or_bytes_in_a_tag_are_over_the_limit)
{
    struct buffer out = {0};
    ck_assert_int_eq(parse(repeat(&out, "<a", " b%u=''", 256, "/>")), FAULT_NONE);
    ck_assert_int_eq(parse(repeat(&out, "<a", " b%u=''", 257, "/>")), FAULT_LIMIT);
    ck_assert_int_eq(parse(repeat(&out, "<a", " b%u=''", 200000, "/>")), FAULT_LIMIT);
    ck_assert_int_eq(parse(repeat(&out, "<a", " xmlns:b%u='u'", 200000, "/>")), FAULT_LIMIT);
    ck_assert_int_eq(parse(repeat(&out, "<a b='", "=", 1000, "'/>")), FAULT_NONE);
    ck_assert_int_eq(parse(repeat(&out, "<a b='", "x", 65000, "'/>")), FAULT_NONE);
    ck_assert_int_eq(parse(repeat(&out, "<a b='", "x", 65600, "'/>")), FAULT_LIMIT);
    ck_assert_int_eq(parse(repeat(&out, "<", "x", 65600, "/>")), FAULT_LIMIT);
    ck_assert_int_eq(parse(repeat(&out, "<a></", "x", 65600, "")), FAULT_LIMIT);
    ck_assert_int_eq(parse(repeat(&out, "<a b='", "&amp;", 13000, "'/>")), FAULT_NONE);
    buffer_free(&out);
}
END_TEST

START_TEST(depth_and_comments_have_their_limits)
{
    struct buffer out = {0}, nested;
    buffer_init(&nested, 1 << 20);
    for (int depth = 64; depth <= 65; depth++) {
        buffer_clear(&nested);
        for (int i = 0; i < depth; i++)
            buffer_put_text(&nested, "<a>");
        for (int i = 0; i < depth; i++)
            buffer_put_text(&nested, "</a>");
        ck_assert_int_eq(parse(buffer_span(&nested)), depth == 64 ? FAULT_NONE : FAULT_LIMIT);
    }
    ck_assert_int_eq(parse(repeat(&out, "<a>", "<b/>", 1000, "</a>")), FAULT_NONE);
    ck_assert_int_eq(parse(repeat(&out, "<a>", "<b>", 100000, "")), FAULT_LIMIT);
    ck_assert_int_eq(parse(repeat(&out, "<a><!--", " x", 500000, "--></a>")), FAULT_NONE);
    ck_assert_int_eq(parse(repeat(&out, "<a><!--", " x", 600000, "--></a>")), FAULT_LIMIT);
    ck_assert_int_eq(parse(repeat(&out, "<a><?p ", " x", 600000, "?></a>")), FAULT_LIMIT);
    buffer_free(&out), buffer_free(&nested);
}
END_TEST

START_TEST(the_guard_sees_the_same_whatever_the_pieces)
{
    static const struct span text = SPAN("<a><!-- <b> - -> --><![CDATA[ ]] > <b> ]]><?pi <b> ?><c "
                                         "d='>' e=\"'/>\"/><f g='/'></f></a>");
    for (size_t piece = 1; piece <= text.len; piece++) {
        struct xml_guard guard = {0};
        for (size_t at = 0; at < text.len; at += piece) {
            size_t len = text.len - at < piece ? text.len - at : piece;
            ck_assert_int_eq(xml_guard_check(&guard, span_make(text.data + at, len), NULL),
                             FAULT_NONE);
        }
        ck_assert_int_eq(guard.state, GUARD_TEXT);
        ck_assert_uint_eq(guard.depth, 0);
    }
}
END_TEST

START_TEST(a_fault_of_the_handler_stops_the_parse)
{
    told.refuse = "b";
    ck_assert_int_eq(parse(SPAN("<a><b/><c/></a>")), FAULT_DRIFT);
    ck_assert_str_eq(buffer_text(&told.out), "<a:1>");
    told.refuse = NULL;
}
END_TEST

START_TEST(a_part_is_parsed_as_it_streams_and_named_in_faults)
{
    char path[32];
    int fd;
    struct zip_file zip;
    struct buffer out = {0};
    zip_begin(&zip);
    zip_add_text(&zip, "xl/workbook.xml", "<a>");
    zip_add(&zip, (struct zip_part){.name = "big.xml",
                                    .content = repeat(&out, "<a>", "<b c='%u'/>", 100000, "</a>")});
    zip_add_text(&zip, "empty.xml", "");
    zip_end(&zip);
    struct package *package = NULL;
    ck_assert_int_eq(
        package_open(zip_path(buffer_span(&zip.bytes), path, &fd), NULL, &package, &why),
        FAULT_NONE);
    struct xml_handler silent = {0};
    ck_assert_int_eq(xml_parse_part(package, 0, &silent, &why), FAULT_CORRUPT);
    ck_assert_str_eq(why.part, "xl/workbook.xml");
    ck_assert_int_eq(xml_parse_part(package, 1, &silent, &why), FAULT_NONE);
    ck_assert_int_eq(xml_parse_part(package, 2, &silent, &why), FAULT_CORRUPT);
    package_close(&package);
    close(fd);
    zip_free(&zip);
    buffer_free(&out);
}
END_TEST

START_TEST(typed_attributes_fall_back_on_nonsense)
{
    const struct xml_attribute a[] = {
        {XML_NS_NONE, SPAN("t"), SPAN(" true ")},     {XML_NS_NONE, SPAN("f"), SPAN("0")},
        {XML_NS_NONE, SPAN("x"), SPAN("yes")},        {XML_NS_NONE, SPAN("n"), SPAN("4294967295")},
        {XML_NS_NONE, SPAN("o"), SPAN("4294967296")}, {XML_NS_NONE, SPAN("m"), SPAN("-1")},
        {XML_NS_NONE, SPAN("e"), {NULL, 0}},          {XML_NS_MAIN, SPAN("t"), SPAN("0")}};
    size_t n = sizeof a / sizeof a[0];
    ck_assert(xml_get_bool(a, n, "t", false));
    ck_assert(!xml_get_bool(a, n, "f", true));
    ck_assert(xml_get_bool(a, n, "x", true) && !xml_get_bool(a, n, "x", false) &&
              xml_get_bool(a, n, "gone", true));
    ck_assert_uint_eq(xml_get_u32(a, n, "n", 7), UINT32_MAX);
    ck_assert_uint_eq(xml_get_u32(a, n, "o", 7), 7);
    ck_assert_uint_eq(xml_get_u32(a, n, "m", 7), 7);
    ck_assert_uint_eq(xml_get_u32(a, n, "e", 7), 7);
    ck_assert_ptr_nonnull(xml_get(a, n, "e").data);
    ck_assert_ptr_null(xml_get(a, n, "gone").data);
    ck_assert(span_is(xml_get_ns(a, n, XML_NS_MAIN, "t"), "0"));
}
END_TEST

SUITE(workbook_xml, elements_attributes_and_text_are_told_decoded,
      namespaces_are_told_by_number_and_strict_as_transitional,
      of_alternate_content_only_the_fallback_is_told, utf16_is_read_with_and_without_a_mark,
      long_utf16_and_utf8_survive_being_cut_into_pieces,
      other_encodings_are_read_or_refused_but_never_guessed, every_doctype_is_unsafe,
      what_is_not_well_formed_is_corrupt, masses_of_attributes_or_bytes_in_a_tag_are_over_the_limit,
      depth_and_comments_have_their_limits, the_guard_sees_the_same_whatever_the_pieces,
      a_fault_of_the_handler_stops_the_parse, a_part_is_parsed_as_it_streams_and_named_in_faults,
      typed_attributes_fall_back_on_nonsense)
