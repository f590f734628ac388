/* SPDX-License-Identifier: MIT */
#include "workers/issue_log.h"

#include <stdio.h>

#include "core/utf8.h"

static void put_in_partial(void *context, const struct issue *issue)
{
    partial_builder_issue(context, issue);
}

void issue_log_init(struct issue_log *self, struct partial_builder *builder)
{
    issue_log_init_with(self, put_in_partial, builder);
}

void issue_log_init_with(struct issue_log *self, issue_put *put, void *context)
{
    *self = (struct issue_log){.put = put, .context = context};
}

void issue_log_end(struct issue_log *self)
{
    for (uint32_t code = 0; code < ISSUE_CODES; code++) {
        if (self->seen[code] <= ISSUES_PER_CODE)
            continue;
        uint32_t more = self->seen[code] - ISSUES_PER_CODE;
        char detail[96];
        int n = snprintf(detail, sizeof detail, "%u more of %s", more,
                         issue_name((enum issue_code)code));
        struct issue issue = {.code = ISSUE_TOO_MANY,
                              .source = ISSUE_NO_SOURCE,
                              .sheet = self->sheet,
                              .value = span_of(issue_name((enum issue_code)code)),
                              .detail = span_make(detail, (size_t)n),
                              .count = more,
                              .input = self->input[code]};
        self->put(self->context, &issue);
    }
    memset(self->seen, 0, sizeof self->seen);
    self->sheet = (struct span){"", 0};
}

void issue_log_sheet(struct issue_log *self, struct span sheet)
{
    issue_log_end(self);
    self->sheet = sheet;
}

bool issue_log_add(struct issue_log *self, struct issue issue)
{
    self->input[issue.code] = issue.input;
    if (self->seen[issue.code]++ >= ISSUES_PER_CODE)
        return false;
    issue.source = ISSUE_NO_SOURCE;
    issue.sheet = self->sheet;
    issue.value = utf8_cut_utf16(issue.value, ISSUE_VALUE_UNITS);
    self->put(self->context, &issue);
    return true;
}

void issue_log_cell(struct issue_log *self, enum issue_code code, uint32_t row, uint32_t col,
                    struct span value, struct span detail)
{
    issue_log_add(self, (struct issue){.code = code,
                                       .row = row + 1,
                                       .col = col + 1,
                                       .value = value,
                                       .detail = detail,
                                       .count = 1});
}
