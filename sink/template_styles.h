/* SPDX-License-Identifier: MIT
 *
 * The style of each input cell in the template, for highlights that keep its look.
 */
#ifndef SHEAF_SINK_TEMPLATE_STYLES_H
#define SHEAF_SINK_TEMPLATE_STYLES_H

#include "wire/plan.h"
#include "workbook/book.h"

struct template_styles;

enum fault template_styles_new(struct book *book, const struct plan *plan, struct template_styles **ret,
                               struct why *why) MUST_CHECK;
void template_styles_destroy(struct template_styles **self);
/* Index into the template's cellXfs; 0 for a cell that the sheet does not hold. */
uint32_t template_styles_at(const struct template_styles *self, uint32_t input);

#endif
