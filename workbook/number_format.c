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

/* ECMA-376-1 18.8.30; where the standard leaves the look to the locale, what Excel (en-US) shows. */
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
    [14] = "m/d/yyyy",
    [15] = "d-mmm-yy",
    [16] = "d-mmm",
    [17] = "mmm-yy",
    [18] = "h:mm AM/PM",
    [19] = "h:mm:ss AM/PM",
    [20] = "h:mm",
    [21] = "h:mm:ss",
    [22] = "m/d/yyyy h:mm",
    [27] = "m/d/yyyy",
    [28] = "m/d/yyyy",
    [29] = "m/d/yyyy",
    [30] = "m/d/yyyy",
    [31] = "m/d/yyyy",
    [32] = "h:mm",
    [33] = "h:mm:ss",
    [34] = "m/d/yyyy",
    [35] = "m/d/yyyy",
    [36] = "m/d/yyyy",
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
    [47] = "mm:ss.0",
    [48] = "##0.0E+0",
    [49] = "@",
    [50] = "m/d/yyyy",
    [51] = "m/d/yyyy",
    [52] = "m/d/yyyy",
    [53] = "m/d/yyyy",
    [54] = "m/d/yyyy",
    [55] = "m/d/yyyy",
    [56] = "m/d/yyyy",
    [57] = "m/d/yyyy",
    [58] = "m/d/yyyy",
};

struct span number_format_builtin(uint32_t id)
{
    return id < sizeof builtin / sizeof builtin[0] ? span_of(builtin[id]) : (struct span){0};
}
