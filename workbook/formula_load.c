/* SPDX-License-Identifier: MIT
 *
 * Values are copied, formulas parsed, followers of a shared formula tied to the tree of its master.
 */
#include "workbook/formula_load.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "workbook/dates.h"
#include "workbook/text_pool.h"

#define CELLS_MAX ((size_t)4 << 20)
#define TREE_BYTES_MAX ((size_t)768 << 20)
#define SCRATCH_BYTES_MAX ((size_t)64 << 20)
#define SHARED_MAX 1048576u /* si */
#define NAMES_MAX 65536u

struct follower {
    uint32_t formula, shared_index;
};

struct loader {
    struct calculation *calculation;
    struct formula_names names;
    int (*find_sheet)(void *self, struct span name);
    void *find_sheet_self;
    size_t sheet;
    bool is_1904;
    bool is_full;
    uint32_t *masters; /* by si: the formula that wrote it last, or NO_FORMULA */
    size_t n_masters;
    struct follower *followers; /* met before their master */
    size_t n_followers, followers_capacity;
    struct cell_range *blocks; /* array formulas and data tables over several cells */
    size_t n_blocks, blocks_capacity;
    struct buffer folded;
};

struct calculation *calculation_make(size_t n_sheets)
{
    struct calculation *self = must_alloc(sizeof *self);
    self->trees = arena_new(TREE_BYTES_MAX);
    self->scratch = arena_new(SCRATCH_BYTES_MAX);
    self->texts = text_pool_new();
    self->n_sheets = n_sheets;
    self->grids = must_alloc((n_sheets + 1) * sizeof *self->grids);
    return self;
}

/* --- names ---------------------------------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    const struct formula_name *x = a, *y = b;
    int order = span_compare(x->folded, y->folded);
    return order ? order : (x->sheet > y->sheet) - (x->sheet < y->sheet);
}

/* *ret_index is -1 when the name is not one that is followed. */
static bool search_name(const struct calculation *calculation, struct span folded, uint32_t sheet, int *ret_index)
{
    struct formula_name key = {.folded = folded, .sheet = sheet};
    const struct formula_name *found = NULL;
    if (calculation->n_names)
        found = bsearch(&key, calculation->names, calculation->n_names, sizeof key, compare_names);
    if (found)
        *ret_index = found->root ? (int)(found - calculation->names) : -1;
    return found != NULL;
}

/* A sheet's own name hides the book's. */
static int find_name(void *context, struct span name, int sheet)
{
    struct loader *self = context;
    int found = -1;
    buffer_clear(&self->folded);
    utf8_fold(name, &self->folded);
    uint32_t own = sheet == OWN_SHEET ? (uint32_t)self->sheet : (uint32_t)sheet;
    struct span folded = buffer_span(&self->folded);
    if (!search_name(self->calculation, folded, own, &found))
        search_name(self->calculation, folded, UINT32_MAX, &found);
    return found;
}

static int find_sheet(void *context, struct span name)
{
    struct loader *self = context;
    return self->find_sheet(self->find_sheet_self, name);
}

/* A constant, or cells that stay where they are. Anything else could mean something else at each cell. */
static bool is_simple_name(const struct node *root)
{
    if (!root)
        return false;
    if (root->kind == NODE_REFERENCE)
        return root->reference.sheet != OWN_SHEET && !(root->reference.flags & REFERENCE_MOVES);
    if (root->kind == NODE_NEGATE)
        return root->child->kind == NODE_NUMBER;
    return root->kind <= NODE_ERROR;
}

static void take_name(struct loader *self, const struct defined_name *name)
{
    struct calculation *calculation = self->calculation;
    struct formula_names lookup = {.self = self, .find_sheet = find_sheet};
    bool has_subtotal, is_full;
    if (name->name.len > FORMULA_TEXT_MAX)
        return;
    const struct node *root =
        formula_parse(span_trim_ascii(name->formula), &lookup, calculation->trees, &has_subtotal, &is_full);
    buffer_clear(&self->folded);
    utf8_fold(name->name, &self->folded);
    struct span folded = arena_copy(calculation->trees, buffer_span(&self->folded));
    if (folded.data && folded.len)
        calculation->names[calculation->n_names++] =
            (struct formula_name){folded, name->sheet, is_simple_name(root) ? root : NULL};
}

/* The same name twice: which one Excel takes is not known, so neither. */
static void drop_twins(struct calculation *self)
{
    for (size_t i = 1; i < self->n_names; i++)
        if (compare_names(&self->names[i - 1], &self->names[i]) == 0)
            self->names[i - 1].root = self->names[i].root = NULL;
}

void loader_take_names(struct loader *self, const struct defined_name *names, size_t n)
{
    struct calculation *calculation = self->calculation;
    n = n < NAMES_MAX ? n : NAMES_MAX;
    calculation->names = must_alloc((n + 1) * sizeof *calculation->names);
    for (size_t i = 0; i < n; i++)
        take_name(self, &names[i]);
    qsort(calculation->names, calculation->n_names, sizeof *calculation->names, compare_names);
    drop_twins(calculation);
}

/* --- cells ---------------------------------------------------------------------------------------------------------- */

static struct calc_value keep_text(struct calculation *self, enum calc_kind kind, struct span text)
{
    struct calc_value value = {.kind = kind};
    return text_pool_keep(self->texts, text, &value.text) ? value : value_unknown();
}

static struct calc_value read_value(struct loader *self, const struct cell *cell)
{
    double number;
    if (!cell->has_value)
        return (struct calc_value){.kind = CALC_BLANK};
    switch (cell->type) {
    case CELL_BLANK:
        return (struct calc_value){.kind = CALC_BLANK};
    case CELL_NUMBER:
        return number_parse(cell->value, &number) ? value_unknown() : value_number(number);
    case CELL_DATE:
        return date_from_iso(cell->value, self->is_1904, &number) ? value_number(number) : value_unknown();
    case CELL_BOOLEAN:
        return value_boolean(span_is(cell->value, "1"));
    case CELL_ERROR:
        return keep_text(self->calculation, CALC_ERROR, cell->value);
    case CELL_TEXT:
        return keep_text(self->calculation, CALC_TEXT, cell->value);
    }
    return value_unknown();
}

static uint32_t add_formula(struct calculation *self, const struct formula *formula)
{
    if (self->n_formulas == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 256;
        self->formulas = must_realloc(self->formulas, self->capacity * sizeof *self->formulas);
    }
    self->formulas[self->n_formulas] = *formula;
    return (uint32_t)self->n_formulas++;
}

static void follow(struct formula *formula, const struct formula *master)
{
    formula->root = master->root;
    formula->base_row = master->base_row;
    formula->base_col = master->base_col;
    formula->has_subtotal = master->has_subtotal;
}

/* Where the master of shared formula `si` is noted; NULL when there is no such number. */
static uint32_t *master_of(struct loader *self, uint32_t si)
{
    if (si >= SHARED_MAX)
        return NULL;
    if (si >= self->n_masters) {
        size_t n = self->n_masters ? self->n_masters : 64;
        while (n <= si)
            n *= 2;
        self->masters = must_realloc(self->masters, n * sizeof *self->masters);
        memset(self->masters + self->n_masters, 0xFF, (n - self->n_masters) * sizeof *self->masters);
        self->n_masters = n;
    }
    return &self->masters[si];
}

static void await_master(struct loader *self, uint32_t formula, uint32_t si)
{
    if (self->n_followers == self->followers_capacity) {
        self->followers_capacity = self->followers_capacity ? self->followers_capacity * 2 : 16;
        self->followers = must_realloc(self->followers, self->followers_capacity * sizeof *self->followers);
    }
    self->followers[self->n_followers++] = (struct follower){formula, si};
}

static void share(struct loader *self, const struct cell *cell, uint32_t index)
{
    struct formula *formulas = self->calculation->formulas;
    uint32_t *master = master_of(self, cell->shared_index);
    if (!master)
        return;
    if (cell->formula_text.len) {
        if (cell->has_formula_range)
            *master = index;
    } else if (*master != NO_FORMULA) {
        follow(&formulas[index], &formulas[*master]);
    } else {
        await_master(self, index, cell->shared_index);
    }
}

static bool is_single(struct cell_range range)
{
    return range.first.row == range.last.row && range.first.col == range.last.col;
}

/* {=...} over one cell is calculated; over several, and a data table, all cells are unknown. */
static bool takes_block(struct loader *self, const struct cell *cell)
{
    if (cell->formula != FORMULA_ARRAY && cell->formula != FORMULA_DATA_TABLE)
        return false;
    if (cell->has_formula_range && !is_single(cell->formula_range)) {
        if (self->n_blocks == self->blocks_capacity) {
            self->blocks_capacity = self->blocks_capacity ? self->blocks_capacity * 2 : 16;
            self->blocks = must_realloc(self->blocks, self->blocks_capacity * sizeof *self->blocks);
        }
        self->blocks[self->n_blocks++] = cell->formula_range;
        return true;
    }
    return cell->formula == FORMULA_DATA_TABLE || !cell->has_formula_range;
}

static enum fault take_formula(struct loader *self, const struct cell *cell, struct calc_value cached, uint32_t *ret)
{
    struct formula formula = {.row = cell->row, .col = (uint16_t)cell->col, .base_row = cell->row,
                              .base_col = (uint16_t)cell->col, .sheet = (uint16_t)self->sheet, .cached = cached,
                              .has_cached = cell->has_value, .is_array = cell->formula == FORMULA_ARRAY};
    if (!takes_block(self, cell) && cell->formula_text.len)
        formula.root = formula_parse(cell->formula_text, &self->names, self->calculation->trees, &formula.has_subtotal,
                                     &self->is_full);
    if (self->is_full)
        return FAULT_LIMIT;
    *ret = add_formula(self->calculation, &formula);
    if (cell->formula == FORMULA_SHARED)
        share(self, cell, *ret);
    return FAULT_NONE;
}

enum fault loader_take_cell(void *context, const struct cell *cell)
{
    struct loader *self = context;
    struct calculation *calculation = self->calculation;
    if (++calculation->n_cells > CELLS_MAX) {
        self->is_full = true;
        return FAULT_LIMIT;
    }
    struct calc_value value = read_value(self, cell);
    struct slot *slot = grid_add(&calculation->grids[self->sheet], cell->row, cell->col);
    slot_put(slot, value);
    return cell->formula == FORMULA_NONE ? FAULT_NONE : take_formula(self, cell, value, &slot->formula);
}

enum fault loader_take_row(void *context, const struct sheet_row *row)
{
    struct loader *self = context;
    if (row->is_hidden && row->row < GRID_ROWS)
        grid_hide(&self->calculation->grids[self->sheet], row->row);
    return FAULT_NONE;
}

/* Cells inside an array formula have a value and no formula of their own: what they would be now is not known. */
static void spread_blocks(struct loader *self)
{
    struct calculation *calculation = self->calculation;
    struct grid *grid = &calculation->grids[self->sheet];
    for (size_t i = 0; i < self->n_blocks; i++) {
        struct grid_walk walk = grid_walk_begin(grid, self->blocks[i]);
        struct slot *slot;
        while ((slot = grid_walk_next(&walk)) != NULL) {
            if (slot->formula != NO_FORMULA)
                continue;
            struct formula formula = {.row = slot->row, .col = slot->col, .sheet = (uint16_t)self->sheet,
                                      .has_cached = slot->kind != CALC_BLANK, .cached = slot_value(slot)};
            slot->formula = add_formula(calculation, &formula);
        }
    }
}

/* --- the loader ------------------------------------------------------------------------------------------------------ */

struct loader *loader_new(struct calculation *calculation, bool is_1904, int (*find)(void *self, struct span name),
                          void *find_self)
{
    struct loader *self = must_alloc(sizeof *self);
    self->calculation = calculation;
    self->is_1904 = is_1904;
    self->find_sheet = find;
    self->find_sheet_self = find_self;
    self->names = (struct formula_names){.self = self, .find_sheet = find_sheet, .find_name = find_name};
    buffer_init(&self->folded, 8 * FORMULA_TEXT_MAX);
    return self;
}

void loader_destroy(struct loader **self)
{
    if (!*self)
        return;
    buffer_free(&(*self)->folded);
    free((*self)->masters);
    free((*self)->followers);
    free((*self)->blocks);
    free(*self);
    *self = NULL;
}

void loader_begin_sheet(struct loader *self, size_t sheet)
{
    self->sheet = sheet;
    self->n_followers = self->n_blocks = 0;
    if (self->n_masters)
        memset(self->masters, 0xFF, self->n_masters * sizeof *self->masters);
}

void loader_end_sheet(struct loader *self)
{
    struct formula *formulas = self->calculation->formulas;
    for (size_t i = 0; i < self->n_followers; i++) {
        uint32_t master = *master_of(self, self->followers[i].shared_index);
        if (master != NO_FORMULA)
            follow(&formulas[self->followers[i].formula], &formulas[master]);
    }
    grid_index(&self->calculation->grids[self->sheet]);
    spread_blocks(self);
}

bool loader_is_full(const struct loader *self)
{
    return self->is_full;
}
