/* SPDX-License-Identifier: MIT
 *
 * Ledgers: one sheet of postings, twenty columns of every kind: a document number of its own as text, accounts and names from
 * pools, dates, amounts of two decimals, rates, booleans, and some blanks, half of them styled.
 */
#include "bench/lib/shape.h"

enum {
    DOCUMENT, BOOKED, ACCOUNT, ACCOUNT_NAME, CUSTOMER, COUNTRY, PRODUCT, QUANTITY, PRICE, NET,
    TAX_RATE, TAX, GROSS, DUE, IS_PAID, PAID, COST_CENTRE, CURRENCY, RATE, REMARK, N_COLUMNS,
};
enum { GENERAL, HEADER, DATE_STYLE, MONEY, PERCENT, TEXT, FOUR_DECIMALS };
enum { N_ACCOUNTS = 400, N_CUSTOMERS = 5000, N_COUNTRIES = 30, N_PRODUCTS = 800, N_CURRENCIES = 6, N_REMARKS = 200 };
enum {
    FIRST_ACCOUNT = N_COLUMNS,
    FIRST_ACCOUNT_NAME = FIRST_ACCOUNT + N_ACCOUNTS,
    FIRST_CUSTOMER = FIRST_ACCOUNT_NAME + N_ACCOUNTS,
    FIRST_COUNTRY = FIRST_CUSTOMER + N_CUSTOMERS,
    FIRST_PRODUCT = FIRST_COUNTRY + N_COUNTRIES,
    FIRST_CURRENCY = FIRST_PRODUCT + N_PRODUCTS,
    FIRST_REMARK = FIRST_CURRENCY + N_CURRENCIES,
    FIRST_DOCUMENT = FIRST_REMARK + N_REMARKS,
};
enum { FIRST_DAY = 44927, DAYS = 730, CENT = 100, UNIT = 10000 };

static const char *const sheet_names[] = {"Postings"};

static const char styles[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
    "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
    "<numFmts count=\"2\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/><numFmt numFmtId=\"165\" formatCode=\"0.0000\"/></numFmts>"
    "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/></font>"
    "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/></font></fonts>"
    "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>"
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>"
    "<cellXfs count=\"7\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
    "<xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/>"
    "<xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>"
    "<xf numFmtId=\"4\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>"
    "<xf numFmtId=\"10\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>"
    "<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>"
    "<xf numFmtId=\"165\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/></cellXfs>"
    "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>";

/* In cents, rounded half up. */
static int64_t part_of(int64_t cents, int64_t ten_thousandths)
{
    return (cents * ten_thousandths + UNIT / 2) / UNIT;
}

static void put_money(struct cell_writer *out, uint64_t random)
{
    static const int64_t rates[] = {810, 810, 260, 0};
    int64_t quantity = (int64_t)(random % 500) + 1, price = (int64_t)((random >> 10) % 90000) + 95;
    int64_t rate = rates[random >> 30 & 3], net = quantity * price, tax = part_of(net, rate);
    put_amount_cell(out, QUANTITY, GENERAL, quantity * UNIT);
    put_amount_cell(out, PRICE, MONEY, price * CENT);
    put_amount_cell(out, NET, MONEY, net * CENT);
    put_amount_cell(out, TAX_RATE, PERCENT, rate);
    put_amount_cell(out, TAX, MONEY, tax * CENT);
    put_amount_cell(out, GROSS, MONEY, (net + tax) * CENT);
}

static void put_blank(struct cell_writer *out, uint32_t column, uint32_t style)
{
    if (out->row % 2 == 0)
        put_blank_cell(out, column, style);
}

static void put_row(const struct shape *self, uint32_t file, uint32_t sheet, struct cell_writer *out)
{
    (void)self;
    if (out->row == 1) {
        for (uint32_t column = 0; column < N_COLUMNS; column++)
            put_text_cell(out, column, HEADER, column);
        return;
    }
    uint64_t a = shape_random(file, out->row, 1), b = shape_random(file, out->row, 2), c = shape_random(file, out->row, 3);
    uint32_t account = (uint32_t)(a % N_ACCOUNTS), booked = FIRST_DAY + (out->row / 28 + sheet) % DAYS;
    bool is_paid = c % 10 < 7;
    put_text_cell(out, DOCUMENT, GENERAL, FIRST_DOCUMENT + out->row - 2);
    put_date_cell(out, BOOKED, DATE_STYLE, booked);
    put_text_cell(out, ACCOUNT, TEXT, FIRST_ACCOUNT + account);
    put_text_cell(out, ACCOUNT_NAME, GENERAL, FIRST_ACCOUNT_NAME + account);
    put_text_cell(out, CUSTOMER, GENERAL, FIRST_CUSTOMER + (uint32_t)((a >> 10) % N_CUSTOMERS));
    put_text_cell(out, COUNTRY, GENERAL, FIRST_COUNTRY + (uint32_t)((a >> 24) % N_COUNTRIES));
    put_text_cell(out, PRODUCT, GENERAL, FIRST_PRODUCT + (uint32_t)((a >> 32) % N_PRODUCTS));
    put_money(out, b);
    put_date_cell(out, DUE, DATE_STYLE, booked + 30);
    put_boolean_cell(out, IS_PAID, GENERAL, is_paid);
    if (is_paid)
        put_date_cell(out, PAID, DATE_STYLE, booked + 5 + (uint32_t)((c >> 8) % 60));
    else
        put_blank(out, PAID, DATE_STYLE);
    put_amount_cell(out, COST_CENTRE, GENERAL, (int64_t)(1000 + (c >> 16) % 90 * 10) * UNIT);
    put_text_cell(out, CURRENCY, GENERAL, FIRST_CURRENCY + (uint32_t)((c >> 24) % N_CURRENCIES));
    put_amount_cell(out, RATE, FOUR_DECIMALS, 8000 + (int64_t)((c >> 28) % 4000));
    if ((c >> 40) % 10 < 6)
        put_text_cell(out, REMARK, GENERAL, FIRST_REMARK + (uint32_t)((c >> 44) % N_REMARKS));
    else
        put_blank(out, REMARK, GENERAL);
}

static uint32_t put_strings(const struct shape *self, uint32_t file, struct cell_writer *out)
{
    static const char *const headers[N_COLUMNS] = {
        "Document", "Booked", "Account", "Account name", "Customer", "Country", "Product", "Quantity", "Price", "Net",
        "Tax rate", "Tax", "Gross", "Due", "Paid", "Paid on", "Cost centre", "Currency", "Rate", "Remark"};
    static const char *const kinds[] = {"Receivables", "Payables", "Stock", "Travel", "Rent", "Wages", "Interest", "Sundry"};
    static const char *const towns[] = {"Arbon", "Brig", "Chur", "Davos", "Einsiedeln", "Flawil", "Gossau", "Horgen", "Ilanz", "Jona"};
    static const char *const trades[] = {"Timber", "Dairy", "Printing", "Tools &amp; Dies", "Logistics", "Seeds", "Glass"};
    static const char *const currencies[N_CURRENCIES] = {"CHF", "EUR", "USD", "GBP", "SEK", "NOK"};
    for (uint32_t i = 0; i < N_COLUMNS; i++)
        put_string(out, "%s", headers[i]);
    for (uint32_t i = 0; i < N_ACCOUNTS; i++)
        put_string(out, "%06u", 1000 + i * 25);
    for (uint32_t i = 0; i < N_ACCOUNTS; i++)
        put_string(out, "%s %s %u", kinds[i % 8], towns[i / 8 % 10], i / 80 + 1);
    for (uint32_t i = 0; i < N_CUSTOMERS; i++)
        put_string(out, "%s %s %04u AG", towns[i % 10], trades[i / 10 % 7], i);
    for (uint32_t i = 0; i < N_COUNTRIES; i++)
        put_string(out, "%c%c", 'A' + (char)(i * 7 % 26), 'A' + (char)(i * 11 % 26));
    for (uint32_t i = 0; i < N_PRODUCTS; i++)
        put_string(out, "Article %03u-%c", i, 'A' + (char)(i % 5));
    for (uint32_t i = 0; i < N_CURRENCIES; i++)
        put_string(out, "%s", currencies[i]);
    for (uint32_t i = 0; i < N_REMARKS; i++)
        put_string(out, "see delivery note %u of %s", i * 37 + 11, towns[i % 10]);
    for (uint32_t row = 2; row <= self->n_rows; row++)
        put_string(out, "D%03u-%07u", file + 1, row - 1);
    return FIRST_DOCUMENT + self->n_rows - 1;
}

struct shape ledger_shape(uint32_t files, uint32_t rows)
{
    return (struct shape){
        .sheet_names = sheet_names, .n_sheets = 1, .n_columns = N_COLUMNS, .n_files = files, .n_rows = rows, .styles = styles,
        .columns = "<cols><col min=\"1\" max=\"20\" width=\"14.7109375\" customWidth=\"1\"/></cols>",
        .put_strings = put_strings, .put_row = put_row,
    };
}
