/* SPDX-License-Identifier: MIT
 *
 * [Content_Types].xml (ECMA-376-2 annex B): the type of a part by its name or its extension.
 * Private to the module; others ask book_content_type.
 */
#ifndef SHEAF_WORKBOOK_CONTENT_TYPES_H
#define SHEAF_WORKBOOK_CONTENT_TYPES_H

#include "core/arena.h"
#include "workbook/package.h"

struct content_types;

#define CONTENT_TYPES_MAX 100000

/* A package without the part gives an empty table. Memory from `arena`. */
enum fault content_types_read(struct package *package, struct arena *arena,
                              struct content_types **ret, struct why *why) MUST_CHECK;
/* By override, else by extension; "" when neither says. */
struct span content_types_get(const struct content_types *self, struct span part_name);

#endif
