/* SPDX-License-Identifier: MIT */
#include "workers/row_totals.h"

#include <math.h>

#include "core/must.h"
#include "core/utf8.h"

#define WORD_BYTES_MAX 48

/* --- words --- */

/* As utf8_fold leaves them. A new one may need its first letters in may_begin_word. */
static const char *const words[] = {
    "ara toplam",     "celkem",       "delsum",       "delsumma",    "eindtotaal",    "ensemble",     "gesamt",
    "gesamtbetrag",   "gesamtsumme",  "genel toplam", "grand total", "grand totals",  "i alt",        "insgesamt",
    "iš viso",        "jumlah",       "kokku",        "kopā",        "mezisoučet",    "mellansumma",  "ogółem",
    "overall total",  "razem",        "samtals",      "skupaj",      "soma",          "somma",        "somme",
    "sous total",     "sous-total",   "spolu",        "sub total",   "sub totals",    "sub-total",    "sub-totals",
    "subtotaal",      "subtotal",     "subtotale",    "subtotals",   "subtotalt",     "sum",          "sum total",
    "suma",           "suma częściowa", "suma total", "summa",       "summe",         "sums",         "súčet",
    "součet",         "toplam",       "totaal",       "total",       "total general", "total geral",  "total général",
    "total amount",   "totale",       "totale generale", "totali",   "totals",        "totalt",       "totaux",
    "totalsumma",     "totalsumme",   "tổng",         "tổng cộng",   "ukupno",        "välisumma",    "yhteensä",
    "zusammen",       "zwischensumme", "összeg",      "összesen",    "részösszeg",    "σύνολο",       "γενικό σύνολο",
    "μερικό σύνολο",  "итого",        "итог",         "всего",       "сумма",         "общо",         "общий итог",
    "промежуточный итог", "разом",    "усього",       "всього",      "укупно",        "סה\"כ",        "المجموع",
    "الإجمالي",       "مجموع",        "合计",         "总计",        "小计",          "合計",         "總計",
    "総計",           "小計",         "総合計",       "計",          "합계",          "총계",         "소계",
    "कुल",             "รวม",          "รวมทั้งสิ้น",
};

/* The letters that follow a first letter, so that nearly every text is told to be no word by one look. What begins beyond
 * ASCII or with a blank is looked up in any case. */
static bool may_begin_word(struct span text)
{
    static const char *const seconds[26] = {
        ['a' - 'a'] = "r", ['c' - 'a'] = "e",   ['d' - 'a'] = "e",    ['e' - 'a'] = "in", ['g' - 'a'] = "er", ['i' - 'a'] = " n",
        ['j' - 'a'] = "u", ['k' - 'a'] = "o",   ['m' - 'a'] = "e",    ['o' - 'a'] = "gv", ['r' - 'a'] = "a",  ['s' - 'a'] = "akopu",
        ['t' - 'a'] = "o", ['u' - 'a'] = "k",   ['y' - 'a'] = "h",    ['z' - 'a'] = "uw",
    };
    unsigned char a = (unsigned char)text.data[0], b = (unsigned char)text.data[1];
    if (a >= 0x80 || b >= 0x80 || a <= ' ')
        return true;
    unsigned letter = (a | 0x20u) - 'a';
    return letter < 26 && seconds[letter] && strchr(seconds[letter], b | 0x20);
}

bool row_is_total_word(struct span text)
{
    if (text.len < 2 || text.len > WORD_BYTES_MAX || !may_begin_word(text))
        return false;
    struct buffer folded;
    buffer_init(&folded, 16 * WORD_BYTES_MAX);
    utf8_fold(text, &folded);
    struct span key = buffer_span(&folded);
    while (key.len && (key.data[key.len - 1] == ':' || key.data[key.len - 1] == ' ' || key.data[key.len - 1] == '.'))
        key.len--;
    bool is_word = false;
    for (size_t i = 0; i < sizeof words / sizeof words[0] && !is_word; i++)
        is_word = span_is(key, words[i]);
    buffer_free(&folded);
    return is_word;
}

/* --- sums --- */

#define ROUNDING 1e-12     /* of the sum: what 15 digits leave out */
#define CANCELLATION 1e-14 /* of what was added: sums of doubles in a formula go astray by that */

void row_sum_add(struct row_sum *self, double value)
{
    double sum = self->sum + value;
    if (fabs(self->sum) >= fabs(value))
        self->error += (self->sum - sum) + value;
    else
        self->error += (value - sum) + self->sum;
    self->sum = sum;
    self->size += fabs(value);
    self->n++;
}

static bool is_near(double a, double b, double size)
{
    return fabs(a - b) <= ROUNDING * fabs(a) + CANCELLATION * size;
}

bool row_sum_is(const struct row_sum *self, double value)
{
    return self->n && is_near(self->sum + self->error, value, self->size);
}

bool row_sum_is_mean(const struct row_sum *self, double value)
{
    return self->n && is_near((self->sum + self->error) / self->n, value, self->size / self->n);
}

/* --- evidence --- */

void row_evidence_number(struct row_evidence *self, const struct row_column_sums *sums, double value)
{
    self->n_numbers++;
    bool is_sum = row_sum_is(&sums->all, value) || row_sum_is(&sums->part, value);
    if (is_sum && value != 0.0)
        self->n_proving++;
    else if (!is_sum && !row_sum_is_mean(&sums->all, value) && !row_sum_is_mean(&sums->part, value) &&
             value != sums->all.n && value != sums->part.n)
        self->n_against++;
}

bool row_evidence_is_total(const struct row_evidence *self)
{
    return self->n_proving && self->n_proving >= self->n_against;
}
