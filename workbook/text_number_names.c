/* SPDX-License-Identifier: MIT
 *
 * Currencies and locales: two tables. Case counts, since "5 mad" and "5 pen" are no amounts; ALL
 * and TOP are left out of the ISO codes, since "TOP 5" is none either.
 */
#include "workbook/text_number_names.h"

#include "workbook/text_number.h"

/* clang-format off */
static const char *const symbols[] = {
    "$", "\u20ac", "\u00a3", "\u00a5", "\u00a2", "\u20b9", "\u20a8", "\u20bd", "\u20a9", "\u20aa",
    "\u20ab", "\u20b1", "\u20b4", "\u20a6", "\u20a1", "\u20b2", "\u20b5", "\u20b8", "\u20ba",
    "\u20bc", "\u20be", "\u20ad", "\u20ae", "\u0e3f", "\u17db", "\ufdfc", "\uffe5", "\uff04",
    "\uffe6", "\u5143", "\u5186", "\uc6d0", "US$", "U$", "A$", "AU$", "C$", "CA$", "NZ$", "HK$",
    "S$", "NT$", "R$", "N$", "Z$", "J$", "B$", "BZ$", "TT$", "EC$", "FJ$", "MX$", "Mex$", "CLP$",
    "COL$", "$U", "RD$", "MOP$", "R", "Rs", "Rs.", "RM", "Rp", "Rp.", "KSh", "Ksh", "KSh.", "TSh",
    "USh", "Sh", "Sh.", "GH\u20b5", "GHS\u20b5", "kr", "kr.", "Kr", "Kr.", "KR", "Fr.", "Fr",
    "SFr.", "SFr", "sFr.", "fr.", "FCFA", "F CFA", "CFA", "Ar", "Br", "z\u0142", "zl", "K\u010d",
    "Kc", "Ft", "lei", "Lei", "leu", "din.", "din", "\u0434\u0438\u043d.", "\u0434\u0438\u043d",
    "\u043b\u0432.", "\u043b\u0432", "\u0440\u0443\u0431.", "\u0440\u0443\u0431", "\u0440.",
    "\u0433\u0440\u043d.", "\u0433\u0440\u043d", "\u0434\u0435\u043d", "\u0441\u043e\u043c", "TL",
    "Lek", "Bs", "Bs.", "S/", "S/.", "B/.", "Gs.", "DH", "Dh", "Dhs", "Kz", "Nfk", "FBu", "FRw",
};
/* clang-format on */

static const char iso[] = "AED AFN AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB "
                          "BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP "
                          "CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
                          "GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK "
                          "HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD "
                          "KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL "
                          "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
                          "OMR PAB PEN PGK PHP PKR PLN PYG QAR RON "
                          "RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP "
                          "SZL THB TJS TMT TND TRY TTD TWD TZS UAH "
                          "UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL ";

static bool is_iso(const char *code)
{
    for (const char *p = iso; *p; p += 4) {
        if (memcmp(p, code, 3) == 0)
            return true;
    }
    return false;
}

size_t text_number_currency_front(struct span text)
{
    size_t longest = text.len >= 3 && is_iso(text.data) ? 3 : 0;
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        struct span symbol = span_of(symbols[i]);
        if (symbol.len > longest && span_starts(text, symbol))
            longest = symbol.len;
    }
    return longest;
}

size_t text_number_currency_back(struct span text)
{
    size_t longest = text.len >= 3 && is_iso(text.data + text.len - 3) ? 3 : 0;
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        struct span symbol = span_of(symbols[i]);
        if (symbol.len > longest && span_ends(text, symbol))
            longest = symbol.len;
    }
    return longest;
}

/* --- locales (CLDR): the decimal mark, and the mark of thousands where it is not a blank
 * ----------------- */

struct locale_row {
    const char *names; /* a region alone overrides its language; "" ends nothing */
    char decimal;
    const char *grouping; /* "" : blanks only */
};

static const struct locale_row regions[] = {
    {" de-CH de-LI it-CH rm-CH gsw-CH ", '.', "\u2019"},
    {" es-MX es-US es-GT es-HN es-NI es-PA es-PE es-PR es-SV es-DO ", '.', ","},
    {" en-ZA ", ',', ""},
    {" de-AT en-AT en-DE en-NL en-BE en-DK en-SI ", ',', "."},
    {" en-FI en-SE ", ',', ""},
    {" en-CH ", '.', "\u2019"},
    {" fr-CH fr-CA ", ',', ""},
    {" fr-MA fr-LU ", ',', "."},
    {" pt-PT pt-AO pt-MZ pt-CV pt-GW pt-ST pt-TL ", ',', ""},
    {" sr-BA bs-BA ", ',', "."},
    {" ar-MA ar-DZ ar-TN ar-LY ar-MR ar-LB ", ',', "."},
};

static const struct locale_row languages[] = {
    {" en zh ja ko th he ms mt cy ga gd sw fil tl am ti so yo ig ha zu bn ta te ml kn mr gu pa si "
     "my km lo mn ar ur hi ne rm ",
     '.', ","},
    {" de nl es it pt da id tr el ro hr sl sr bs mk is ca gl eu az vi fo lb jv tk rw ln ", ',',
     "."},
    {" fr ru uk be bg cs sk pl sv nb no nn fi et lv lt hu kk ky uz tg hy ka sq af xh oc br eo tt ",
     ',', ""},
};

static bool is_listed(const char *names, struct span name)
{
    char word[16] = " ";
    if (name.len == 0 || name.len + 3 > sizeof word)
        return false;
    memcpy(word + 1, name.data, name.len);
    memcpy(word + 1 + name.len, " ", 2);
    return strstr(names, word) != NULL;
}

/* "de_ch.UTF-8" as "de-CH"; the length of the language in *ret_language. Empty when it has no such
 * form. */
static size_t write_tag(struct span name, char out[16], size_t *ret_language)
{
    size_t n = 0, language = 0;
    for (; n < name.len && n < 12 && name.data[n] != '.' && name.data[n] != '@'; n++) {
        char c = name.data[n];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if ((c == '-' || c == '_') && !language && n) {
            language = n;
            c = '-';
        } else if (!is_letter) {
            return 0;
        } else {
            c = (char)(language ? c & ~0x20 : c | 0x20);
        }
        out[n] = c;
    }
    if (n < name.len && name.data[n] != '.' && name.data[n] != '@')
        return 0;
    *ret_language = language ? language : n;
    return n;
}

static void set_locale(const struct locale_row *row, struct text_number_locale *ret)
{
    /* Blanks and apostrophes are never decimal marks, so they group in every locale. */
    *ret = (struct text_number_locale){.decimal = row->decimal, .grouping = {" ", "'"}};
    if (row->grouping[0])
        memcpy(ret->grouping[2], row->grouping, strlen(row->grouping));
}

static const struct locale_row *find_row(const struct locale_row *rows, size_t n, struct span name)
{
    for (size_t i = 0; i < n; i++) {
        if (is_listed(rows[i].names, name))
            return &rows[i];
    }
    return NULL;
}

bool text_number_locale_find(struct span name, struct text_number_locale *ret)
{
    char tag[16];
    size_t language = 0, n = write_tag(name, tag, &language);
    const struct locale_row *row =
        find_row(regions, sizeof regions / sizeof regions[0], span_make(tag, n));
    if (!row)
        row = find_row(languages, sizeof languages / sizeof languages[0],
                       span_make(tag, n ? language : 0));
    if (row)
        set_locale(row, ret);
    return row != NULL;
}
