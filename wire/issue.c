/* SPDX-License-Identifier: MIT */
#include "wire/issue.h"

#include "core/must.h"

static const struct {
    const char *name, *text, *action;
    enum severity severity;
} table[ISSUE_CODES] = {
#define X(code, severity, text, action) {#code, text, action, SEVERITY_##severity},
    ISSUE_TABLE(X)
#undef X
};

const char *issue_name(enum issue_code code)
{
    must(code < ISSUE_CODES);
    return table[code].name;
}

enum severity issue_severity(enum issue_code code)
{
    must(code < ISSUE_CODES);
    return table[code].severity;
}

const char *issue_text(enum issue_code code)
{
    must(code < ISSUE_CODES);
    return table[code].text;
}

const char *issue_action(enum issue_code code)
{
    must(code < ISSUE_CODES);
    return table[code].action;
}

const char *severity_name(enum severity severity)
{
    static const char *const names[] = {"info", "warning", "error"};
    must(severity <= SEVERITY_ERROR);
    return names[severity];
}

void issue_encode(struct buffer *out, const struct issue *issue)
{
    pack_array(out, 8);
    pack_u64(out, issue->code);
    pack_text(out, issue->sheet);
    pack_u64(out, issue->row);
    pack_u64(out, issue->col);
    pack_text(out, issue->value);
    pack_text(out, issue->detail);
    pack_u64(out, issue->count);
    pack_u64(out, issue->input);
}

enum fault issue_decode(struct cursor *in, struct issue *ret)
{
    uint32_t n = cursor_enter(in, 7);
    uint32_t code = cursor_u32(in);
    struct issue issue = {.source = ISSUE_NO_SOURCE};
    issue.sheet = cursor_text(in);
    issue.row = cursor_u32(in);
    issue.col = cursor_u32(in);
    issue.value = cursor_text(in);
    issue.detail = cursor_text(in);
    issue.count = cursor_u64(in);
    if (n > 7)
        issue.input = cursor_u32(in);
    cursor_leave(in, n > 7 ? n - 8 : 0);
    if (in->fault != FAULT_NONE)
        return in->fault;
    if (code >= ISSUE_CODES)
        return FAULT_PROTOCOL;
    issue.code = (enum issue_code)code;
    *ret = issue;
    return FAULT_NONE;
}
