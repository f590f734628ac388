/* SPDX-License-Identifier: MIT */
#include "sink/json_out.h"

#include <math.h>

#include "core/must.h"
#include "core/number.h"
#include "core/utf8.h"

static void json_key(struct json_out *self, const char *name)
{
    if (self->has_member)
        buffer_put_char(self->out, ',');
    self->has_member = true;
    buffer_putf(self->out, "\"%s\":", name);
}

void json_text(struct json_out *self, const char *name, struct span text)
{
    json_key(self, name);
    utf8_put_json(self->out, text);
}

/* Most texts of most lines are empty. */
void json_text_if_any(struct json_out *self, const char *name, struct span text)
{
    if (text.len)
        json_text(self, name, text);
}

void json_count(struct json_out *self, const char *name, uint64_t count)
{
    json_key(self, name);
    buffer_put_u64(self->out, count);
}

void json_bool(struct json_out *self, const char *name, bool value)
{
    json_key(self, name);
    buffer_put_text(self->out, value ? "true" : "false");
}

void json_double(struct json_out *self, const char *name, double value)
{
    char digits[NUMBER_TEXT_MAX];
    must(isfinite(value));
    json_key(self, name);
    buffer_put(self->out, span_make(digits, number_format(value, digits)));
}

void json_open_object(struct json_out *self, const char *name)
{
    json_key(self, name);
    buffer_put_char(self->out, '{');
    self->has_member = false;
}

void json_close_object(struct json_out *self)
{
    buffer_put_char(self->out, '}');
    self->has_member = true;
}

void json_open_list(struct json_out *self, const char *name)
{
    if (self->depth++)
        json_key(self, name);
    else
        buffer_putf(self->out, ",\n\"%s\":", name);
    buffer_put_char(self->out, '[');
    self->has_item = false;
}

void json_close_list(struct json_out *self)
{
    buffer_put_text(self->out, --self->depth ? "]" : "\n]");
    self->has_item = true; /* a list in a list is in an item */
    self->has_member = true;
}

static void begin_item(struct json_out *self)
{
    if (self->has_item)
        buffer_put_char(self->out, ',');
    if (self->depth == 1)
        buffer_put_char(self->out, '\n');
    self->has_item = true;
}

void json_open_item(struct json_out *self)
{
    begin_item(self);
    buffer_put_char(self->out, '{');
    self->has_member = false;
}

void json_close_item(struct json_out *self)
{
    buffer_put_char(self->out, '}');
    self->has_member = true;
}

void json_text_item(struct json_out *self, struct span text)
{
    begin_item(self);
    utf8_put_json(self->out, text);
}
