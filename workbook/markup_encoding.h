/* SPDX-License-Identifier: MIT
 *
 * Finds out in which encoding a part comes (byte order mark, zero bytes, XML declaration) and hands it on as UTF-8
 * without a byte order mark: UTF-8 as it is, UTF-16 and ISO-8859-1 transcoded in pieces.
 */
#ifndef SHEAF_WORKBOOK_MARKUP_ENCODING_H
#define SHEAF_WORKBOOK_MARKUP_ENCODING_H

#include "core/fault.h"
#include "core/span.h"

struct markup_encoding;

typedef enum fault markup_encoding_sink(void *context, struct span utf8);

struct markup_encoding *markup_encoding_new(markup_encoding_sink *sink, void *context, struct why *why);
void markup_encoding_destroy(struct markup_encoding **self);
/* FAULT_CORRUPT for broken UTF-16, FAULT_UNSUPPORTED for another encoding, or the sink's fault. */
enum fault markup_encoding_push(struct markup_encoding *self, struct span bytes) MUST_CHECK;
enum fault markup_encoding_finish(struct markup_encoding *self) MUST_CHECK;

#endif
