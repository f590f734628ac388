/* SPDX-License-Identifier: MIT
 *
 * The colour scheme of a theme part (ECMA-376-1 20.1.6.2): twelve slots, each an sRGB colour or a
 * system colour with the value that it last had.
 */
#include "workbook/colors.h"

#define NO_SLOT (-1)

struct reading {
    struct palette *palette;
    bool is_in_scheme;
    int slot;
};

static int slot_of(struct span name)
{
    static const char *const slots[THEME_COLORS] = {"lt1",     "dk1",     "lt2",     "dk2",
                                                    "accent1", "accent2", "accent3", "accent4",
                                                    "accent5", "accent6", "hlink",   "folHlink"};
    for (int i = 0; i < THEME_COLORS; i++) {
        if (span_is(name, slots[i]))
            return i;
    }
    return NO_SLOT;
}

static enum fault on_start(void *context, enum xml_namespace ns, struct span name,
                           const struct xml_attribute *attributes, size_t n)
{
    (void)ns;
    struct reading *self = context;
    if (span_is(name, "clrScheme")) {
        self->is_in_scheme = true;
    } else if (self->is_in_scheme && self->slot == NO_SLOT) {
        self->slot = slot_of(name);
    } else if (self->is_in_scheme) {
        struct span value = {0};
        if (span_is(name, "srgbClr"))
            value = xml_get(attributes, n, "val");
        else if (span_is(name, "sysClr"))
            value = xml_get(attributes, n, "lastClr");
        (void)color_parse_hex(value, &self->palette->theme[self->slot]);
    }
    return FAULT_NONE;
}

static enum fault on_end(void *context, enum xml_namespace ns, struct span name)
{
    (void)ns;
    struct reading *self = context;
    if (span_is(name, "clrScheme"))
        self->is_in_scheme = false;
    else if (self->slot != NO_SLOT && slot_of(name) == self->slot)
        self->slot = NO_SLOT;
    return FAULT_NONE;
}

enum fault theme_read(struct package *package, size_t entry, struct palette *palette,
                      struct why *why)
{
    struct reading reading = {.palette = palette, .slot = NO_SLOT};
    struct xml_handler handler = {.self = &reading, .start = on_start, .end = on_end};
    return xml_parse_part(package, entry, &handler, why);
}
