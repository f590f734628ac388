/* SPDX-License-Identifier: MIT
 *
 * The complete road over the whole document against every fast road over pieces: the same events, fault and place. The
 * first byte chooses the pieces and whether the rest is a document or the inside of a row.
 */
#include <stdint.h>

#include "tests/support/sheet_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAIN "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define IN_ROW 0x80
#define PADDING 0x40

static void build(struct buffer *document, uint8_t choice, struct span text)
{
    if (choice & IN_ROW)
        buffer_put_text(document, "<worksheet " MAIN " xmlns:q=\"urn:q\"><sheetData><row r=\"1\">");
    buffer_put(document, text);
    if (choice & PADDING) /* the fast road looks 72 bytes ahead */
        buffer_put_text(document, "<!--                                                                              -->");
    if (choice & IN_ROW)
        buffer_put_text(document, "</row></sheetData></worksheet>");
}

static void compare(struct span document, size_t piece, const struct shared_strings *strings)
{
    struct sheet_events expected = {.wants_blanks = true}, got = {.wants_blanks = true};
    buffer_init(&expected.text, BUFFER_LIMIT_DEFAULT);
    buffer_init(&got.text, BUFFER_LIMIT_DEFAULT);
    sheet_events_scan(&expected, document, 0, document.len + 1, SCAN_ROAD_SLOW, strings);
    for (enum scan_road road = SCAN_ROAD_BEST; road < SCAN_ROADS; road++) {
        if (sheet_events_scan(&got, document, 0, document.len + 1, road, strings))
            must(span_equal(buffer_span(&expected.text), buffer_span(&got.text)));
        if (sheet_events_scan(&got, document, piece, piece, road, strings))
            must(span_equal(buffer_span(&expected.text), buffer_span(&got.text)));
    }
    buffer_free(&expected.text);
    buffer_free(&got.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct buffer document;
    buffer_init(&document, BUFFER_LIMIT_DEFAULT);
    build(&document, data[0], span_make(data + 1, size - 1));
    struct shared_strings *strings =
        strings_from(SPAN("<sst " MAIN "><si><t>a</t></si><si><t>b</t></si></sst>"), 1000, true, NULL);
    compare(buffer_span(&document), (size_t)(data[0] & 0x3F) + 1, strings);
    shared_strings_destroy(&strings);
    buffer_free(&document);
    return 0;
}
