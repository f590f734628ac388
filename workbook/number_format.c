/* SPDX-License-Identifier: MIT
 *
 * What a number format code says about its cell, and the codes that files name by number only.
 */
#include "workbook/number_format.h"

#include "workbook/number_format_code.h"

static bool has_placeholder(const struct format_section *section)
{
    return section->digits || section->has_date || section->has_elapsed || section->has_text ||
           section->has_general;
}

static enum format_kind kind_of(const struct format_section *section)
{
    if (section->has_elapsed)
        return FORMAT_DURATION;
    if (section->has_date)
        return FORMAT_DATE;
    if (section->has_general)
        return FORMAT_GENERAL;
    if (section->digits)
        return section->has_percent ? FORMAT_PERCENT : FORMAT_NUMBER;
    return FORMAT_TEXT;
}

enum format_kind number_format_kind(struct span code)
{
    struct format_code parsed;
    format_code_parse(code, &parsed);
    for (size_t i = 0; i < parsed.n_sections; i++) {
        if (has_placeholder(&parsed.sections[i]))
            return kind_of(&parsed.sections[i]);
    }
    return FORMAT_GENERAL;
}

/* ECMA-376-1 18.8.30; where the standard leaves the look to the locale, what Excel (en-US) shows,
 * which for 14 and 22 also depends on the system: as Excel saves them to text, the year has two
 * digits. */
static const char *const builtin[] = {
    [0] = "General",
    [1] = "0",
    [2] = "0.00",
    [3] = "#,##0",
    [4] = "#,##0.00",
    [5] = "\"$\"#,##0_);\\(\"$\"#,##0\\)",
    [6] = "\"$\"#,##0_);[Red]\\(\"$\"#,##0\\)",
    [7] = "\"$\"#,##0.00_);\\(\"$\"#,##0.00\\)",
    [8] = "\"$\"#,##0.00_);[Red]\\(\"$\"#,##0.00\\)",
    [9] = "0%",
    [10] = "0.00%",
    [11] = "0.00E+00",
    [12] = "# ?/?",
    [13] = "# ?\?/??",
    [14] = "m/d/yy",
    [15] = "d-mmm-yy",
    [16] = "d-mmm",
    [17] = "mmm-yy",
    [18] = "h:mm AM/PM",
    [19] = "h:mm:ss AM/PM",
    [20] = "h:mm",
    [21] = "h:mm:ss",
    [22] = "m/d/yy h:mm",
    [27] = "m/d/yy",
    [28] = "m/d/yy",
    [29] = "m/d/yy",
    [30] = "m/d/yy",
    [31] = "m/d/yy",
    [32] = "h:mm",
    [33] = "h:mm:ss",
    [34] = "m/d/yy",
    [35] = "m/d/yy",
    [36] = "m/d/yy",
    [37] = "#,##0_);\\(#,##0\\)",
    [38] = "#,##0_);[Red]\\(#,##0\\)",
    [39] = "#,##0.00_);\\(#,##0.00\\)",
    [40] = "#,##0.00_);[Red]\\(#,##0.00\\)",
    [41] = "_(* #,##0_);_(* \\(#,##0\\);_(* \"-\"_);_(@_)",
    [42] = "_(\"$\"* #,##0_);_(\"$\"* \\(#,##0\\);_(\"$\"* \"-\"_);_(@_)",
    [43] = "_(* #,##0.00_);_(* \\(#,##0.00\\);_(* \"-\"?\?_);_(@_)",
    [44] = "_(\"$\"* #,##0.00_);_(\"$\"* \\(#,##0.00\\);_(\"$\"* \"-\"?\?_);_(@_)",
    [45] = "mm:ss",
    [46] = "[h]:mm:ss",
    [47] = "mmss.0",
    [48] = "##0.0E+0",
    [49] = "@",
    [50] = "m/d/yy",
    [51] = "m/d/yy",
    [52] = "m/d/yy",
    [53] = "m/d/yy",
    [54] = "m/d/yy",
    [55] = "m/d/yy",
    [56] = "m/d/yy",
    [57] = "m/d/yy",
    [58] = "m/d/yy",
};

struct span number_format_builtin(uint32_t id)
{
    return id < sizeof builtin / sizeof builtin[0] ? span_of(builtin[id]) : (struct span){0};
}

bool number_format_builtin_id(struct span code, uint32_t *ret)
{
    for (uint32_t id = 0; id <= 49; id++) {
        bool is_for_all = id <= 4 || (id >= 9 && id <= 22) || (id >= 37 && id <= 40) || id >= 45;
        if (is_for_all && span_is(code, builtin[id])) {
            *ret = id;
            return true;
        }
    }
    return false;
}
