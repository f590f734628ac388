/* SPDX-License-Identifier: MIT
 *
 * JSON written as it comes: an object of members, lists of objects or texts. What is put is always
 * well-formed as long as what is opened is closed.
 */
#ifndef SHEAF_SINK_JSON_OUT_H
#define SHEAF_SINK_JSON_OUT_H

#include "core/buffer.h"

struct json_out {
    struct buffer *out;
    bool has_item;   /* the list being written */
    bool has_member; /* the object being written */
    unsigned depth;  /* of lists */
};

void json_text(struct json_out *self, const char *name, struct span text);
/* Most texts of most lines are empty. */
void json_text_if_any(struct json_out *self, const char *name, struct span text);
void json_count(struct json_out *self, const char *name, uint64_t count);
void json_bool(struct json_out *self, const char *name, bool value);
/* Finite. */
void json_double(struct json_out *self, const char *name, double value);
void json_open_object(struct json_out *self, const char *name);
void json_close_object(struct json_out *self);
/* A list of items. The outermost has each on a line of its own. */
void json_open_list(struct json_out *self, const char *name);
void json_close_list(struct json_out *self);
void json_open_item(struct json_out *self);
void json_close_item(struct json_out *self);
void json_text_item(struct json_out *self, struct span text); /* instead of an object */

#endif
