#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes examples/template.xlsx and examples/returns/: a district's quarterly return as real ones look, flaws included; and
examples/ledgers/: small purchase ledgers, each kept in its own way, whose rows belong below each other. `make.py ledgers` makes only these.

Needs XlsxWriter, openpyxl and, for the one encrypted file, msoffcrypto-tool (PyPI). What it makes is in git; run this only to change
it. Everything comes from one seed."""
import datetime, io, os, random, shutil, sys
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = 20240930
OFFICES = ['Aberdeen North', 'Bergen', 'Cork', 'Derby', 'Évora', 'Florianópolis', 'Gdańsk', 'Harare', 'Ísafjörður', 'Jos', 'Kigali', 'León',
           'Maseru', 'Nairobi', 'Örebro', 'Perth', 'Quito', 'Recife', 'Salem', 'Tromsø', 'Umtata', 'Växjö', 'Windhoek', '横浜']
INCOME = ['Grants received', 'Rates and levies', 'Service charges', 'Rents', 'Licence fees', 'Fines', 'Interest', 'Other income']
COSTS = ['Salaries and wages', 'Overtime', 'Pensions', 'Rent of premises', 'Electricity and water', 'Vehicles and fuel', 'Repairs',
         'Office supplies', 'Telephone and data', 'Travel', 'Training', 'Contractors', 'Insurance', 'Contingencies']
CENTRES = ['Administration', 'Roads', 'Water', 'Health', 'Education']
GRADES = ['Senior management', 'Professional', 'Technical', 'Clerical', 'General workers']
MONTHS = ['July', 'August', 'September']
FLAWS = {2: ['text_numbers'], 3: ['insert_row'], 4: ['blanks'], 5: ['case', 'wrong_tab'], 6: ['no_staff'], 7: ['euro_text'], 9: ['errors'],
         10: ['words'], 12: ['below'], 13: ['extra_sheet'], 14: ['typed_total'], 15: ['percent_points'], 16: ['label'], 17: ['hidden'],
         18: ['zeros'], 19: ['boolean'], 20: ['no_cached']}


class Form:
    """The form, written empty (the template) or filled (a return)."""

    def __init__(self, path, office=None, rng=None, flaws=()):
        self.book = xlsxwriter.Workbook(path, {'in_memory': True})
        self.book.set_properties({'title': 'Quarterly return', 'author': 'Treasury', 'created': datetime.datetime(2024, 7, 1)})
        self.office, self.rng, self.flaws, self.values = office, rng, set(flaws), {}
        f = self.book.add_format
        field = {'border': 1, 'bg_color': '#FFFFE5'}
        self.title = f({'bold': True, 'font_size': 16, 'font_color': '#1F3864', 'valign': 'vcenter'})
        self.note = f({'italic': True, 'font_color': '#595959'})
        self.head = f({'bold': True, 'bg_color': '#D9E2F3', 'border': 1, 'align': 'center', 'valign': 'vcenter', 'text_wrap': True})
        self.label = f({'border': 1, 'bg_color': '#F2F2F2'})
        self.field = f(field)
        self.money = f(dict(field, num_format='#,##0.00'))
        self.whole = f(dict(field, num_format='0'))
        self.share = f(dict(field, num_format='0.0%'))
        self.date = f(dict(field, num_format='dd/mm/yyyy'))
        self.total = f({'border': 1, 'bold': True, 'num_format': '#,##0.00', 'bg_color': '#E2EFDA'})
        self.ratio = f({'border': 1, 'bold': True, 'num_format': '0.0%', 'bg_color': '#E2EFDA'})

    def number(self, ws, row, col, style, low, high, digits=2):
        """An input cell: blank in the template."""
        if self.office is None:
            ws.write_blank(row, col, None, style)
            return 0
        value = round(self.rng.uniform(low, high), digits)
        value = value if digits else int(value)
        self.values[ws.name, row, col] = value
        ws.write_number(row, col, value, style)
        return value

    def get(self, ws, row, col):
        return self.values.get((ws.name, row, col), 0)

    def formula(self, ws, row, col, text, style, value):
        value = round(value, 10)
        self.values[ws.name, row, col] = value
        ws.write_formula(row, col, '=' + text, style, value)

    def sums(self, ws, row, columns, first, last):
        for c in columns:
            col = xl_col_to_name(c)
            self.formula(ws, row, c, 'SUM(%s%d:%s%d)' % (col, first + 1, col, last + 1), self.total,
                         sum(self.get(ws, r, c) for r in range(first, last + 1)))

    def cover(self):
        ws = self.book.add_worksheet('Cover')
        ws.set_column(0, 0, 26)
        ws.set_column(1, 3, 18)
        ws.merge_range('A1:D1', 'Quarterly return to the district treasury', self.title)
        ws.write('A2', 'Form DT-7, quarter to 30 September 2024', self.note)
        for i, text in enumerate(['Office', 'Prepared by', 'Date of return', 'Reporting year', 'Approved']):
            ws.write(3 + i, 0, text, self.label)
            ws.merge_range(3 + i, 1, 3 + i, 3, '', self.field)
        for cell in ('B4', 'B5', 'B6', 'B8'):
            ws.write_comment(cell, '@ignore', {'author': 'Treasury'})
        ws.write_number('B7', 2024, self.field)
        ws.data_validation('B8', {'validate': 'list', 'source': '=Lists!$A$2:$A$3'})
        if self.office is not None:
            ws.write('B4', self.office, self.field)
            ws.write('B5', 'A. N. Other', self.field)
            ws.write_datetime('B6', datetime.datetime(2024, 10, self.rng.randint(1, 14)), self.date)
            ws.write('B8', 'Yes', self.field)
        return ws

    def income(self):
        ws = self.book.add_worksheet('Income')
        ws.set_column(0, 0, 28)
        ws.set_column(1, 6, 14)
        ws.freeze_panes(4, 1)
        ws.merge_range('A1:G1', 'Part A: Income', self.title)
        ws.merge_range('A3:A4', 'Source of income', self.head)
        ws.merge_range('B3:D3', 'Received in', self.head)
        for i, month in enumerate(MONTHS):
            ws.write(3, 1 + i, month, self.head)
        for i, text in enumerate(['Quarter', 'Budget', 'Collected']):
            ws.merge_range(2, 4 + i, 3, 4 + i, text, self.head)
        first = 4
        if 'insert_row' in self.flaws:
            ws.write(4, 0, 'see covering letter', self.note)
            first = 5
        last = first + len(INCOME) - 1
        for r, name in enumerate(INCOME, first):
            ws.write(r, 0, name, self.label)
            total = sum(self.number(ws, r, c, self.money, 500, 90000) for c in (1, 2, 3))
            self.formula(ws, r, 4, 'SUM(B%d:D%d)' % (r + 1, r + 1), self.total, total)
            budget = self.number(ws, r, 5, self.money, 3000, 250000)
            self.formula(ws, r, 6, 'IF(F%d=0,0,E%d/F%d)' % (r + 1, r + 1, r + 1), self.ratio, total / budget if budget else 0)
        end = last + 1
        ws.write(end, 0, 'Total income', self.label)
        self.sums(ws, end, range(1, 6), first, last)
        budget = self.get(ws, end, 5)
        self.formula(ws, end, 6, 'IF(F%d=0,0,E%d/F%d)' % (end + 1, end + 1, end + 1), self.ratio, self.get(ws, end, 4) / budget if budget else 0)
        ws.data_validation(first, 1, last, 5, {'validate': 'decimal', 'criteria': '>=', 'value': -1e9, 'error_title': 'Amount',
                                               'error_message': 'An amount in the local currency'})
        ws.conditional_format(first, 6, end, 6, {'type': 'data_bar', 'bar_color': '#63C384'})
        return ws

    def costs(self):
        ws = self.book.add_worksheet('EXPENDITURE' if 'case' in self.flaws else 'Expenditure')
        ws.set_column(0, 0, 26)
        ws.set_column(1, 6, 15)
        ws.freeze_panes(4, 1)
        ws.merge_range('A1:G1', 'Part B: Expenditure by cost centre', self.title)
        ws.merge_range('A3:A4', 'Kind of cost', self.head)
        ws.merge_range('B3:F3', 'Cost centre', self.head)
        for i, centre in enumerate(CENTRES):
            ws.write(3, 1 + i, centre, self.head)
        ws.merge_range('G3:G4', 'All centres', self.head)
        for r, name in enumerate(COSTS, 4):
            ws.write(r, 0, name, self.label)
            total = sum(self.number(ws, r, 1 + c, self.money, 50, 40000) for c in range(len(CENTRES)))
            self.formula(ws, r, 6, 'SUM(B%d:F%d)' % (r + 1, r + 1), self.total, total)
        end = 4 + len(COSTS)
        ws.write(end, 0, 'Total expenditure', self.label)
        self.sums(ws, end, range(1, 7), 4, end - 1)
        ws.conditional_format(4, 1, end - 1, 5, {'type': 'cell', 'criteria': '<', 'value': 0,
                                                 'format': self.book.add_format({'font_color': '#C00000'})})
        if 'below' in self.flaws:
            ws.write(end + 3, 0, 'working figures')
            ws.write_number(end + 4, 1, 1234.5)
            ws.write_number(end + 4, 2, 77)
        return ws

    def staff(self):
        ws = self.book.add_worksheet('Staff')
        ws.set_column(0, 0, 24)
        ws.set_column(1, 5, 15)
        ws.merge_range('A1:F1', 'Part C: Staff at the end of the quarter', self.title)
        for i, text in enumerate(['Grade', 'Posts', 'Filled', 'Vacancy rate', 'Longest day (hours)', 'Absence rate']):
            ws.write(2, i, text, self.head)
        vacancy = 'IF(B%d=0,0,1-C%d/B%d)'
        for r, grade in enumerate(GRADES, 3):
            ws.write(r, 0, grade, self.label)
            posts = self.number(ws, r, 1, self.whole, 5, 120, 0)
            filled = self.number(ws, r, 2, self.whole, 3, posts or 3, 0)
            self.formula(ws, r, 3, vacancy % (r + 1, r + 1, r + 1), self.ratio, 1 - filled / posts if posts else 0)
            self.number(ws, r, 4, self.whole, 6, 14, 0)
            self.number(ws, r, 5, self.share, 0.005, 0.12, 3)
            ws.write_comment(r, 4, '@max', {'author': 'Treasury'})
        end = 3 + len(GRADES)
        ws.write(end, 0, 'All grades', self.label)
        self.sums(ws, end, (1, 2), 3, end - 1)
        posts = self.get(ws, end, 1)
        self.formula(ws, end, 3, vacancy % (end + 1, end + 1, end + 1), self.ratio, 1 - self.get(ws, end, 2) / posts if posts else 0)
        return ws

    def summary(self, cost_sheet):
        ws = self.book.add_worksheet('Summary')
        ws.set_column(0, 0, 34)
        ws.set_column(1, 1, 18)
        ws.merge_range('A1:B1', 'Summary', self.title)
        r_income = 5 + len(INCOME) + ('insert_row' in self.flaws)
        r_cost = 5 + len(COSTS)
        income = self.values.get(('Income', r_income - 1, 4), 0)
        cost = self.values.get((cost_sheet, r_cost - 1, 6), 0)
        rows = [('Income of the quarter', 'Income!E%d' % r_income, income, self.total),
                ('Expenditure of the quarter', '%s!G%d' % (cost_sheet, r_cost), cost, self.total),
                ('Surplus or deficit', 'B4-B5', income - cost, self.total),
                ('Expenditure as a share of income', 'IF(B4=0,0,B5/B4)', cost / income if income else 0, self.ratio)]
        ws.write(2, 0, 'Figure', self.head)
        ws.write(2, 1, 'Amount', self.head)
        for r, (name, text, value, style) in enumerate(rows, 3):
            ws.write(r, 0, name, self.label)
            self.formula(ws, r, 1, text, style, value)
        chart = self.book.add_chart({'type': 'column'})
        chart.add_series({'name': 'Expenditure by cost centre', 'categories': [cost_sheet, 3, 1, 3, 5],
                          'values': [cost_sheet, r_cost - 1, 1, r_cost - 1, 5], 'fill': {'color': '#4472C4'}})
        chart.set_title({'name': 'Expenditure by cost centre'})
        chart.set_legend({'none': True})
        ws.insert_chart('D3', chart)
        return ws

    def write(self):
        sheets = {'Cover': self.cover(), 'Income': self.income(), 'Expenditure': self.costs()}
        if 'no_staff' not in self.flaws:
            sheets['Staff'] = self.staff()
        sheets['Summary'] = self.summary(sheets['Expenditure'].name)
        lists = self.book.add_worksheet('Lists')
        for i, text in enumerate(['Approved', 'Yes', 'No']):
            lists.write(i, 0, text)
        lists.hide()
        if 'extra_sheet' in self.flaws:
            self.book.add_worksheet('Working papers').write(0, 0, 'draft figures, not part of the return')
        self.spoil(sheets)
        sheets['Summary' if 'wrong_tab' in self.flaws else 'Cover'].activate()
        self.book.define_name('Total_income', '=Income!$E$%d' % (5 + len(INCOME)))
        self.book.close()

    def spoil(self, sheets):
        income, costs, staff = sheets['Income'], sheets['Expenditure'], sheets.get('Staff')
        texts = {'text_numbers': [(income, 'B6', ' 12450.75 '), (income, 'C7', '8,707.08'), (costs, 'D9', '3731.31\u00a0'), (costs, 'E12', '1.234')],
                 'euro_text': [(costs, 'B8', '22.519,75'), (costs, 'C8', "6'136.35"), (costs, 'D8', '(100)')],
                 'words': [(costs, 'B10', 'TBC'), (costs, 'C10', 'n/a'), (costs, 'D10', '007')],
                 'label': [(costs, 'A6', 'Ovértime')]}
        for flaw in sorted(self.flaws & set(texts)):
            for ws, cell, text in texts[flaw]:
                ws.write_string(cell, text, self.label if flaw == 'label' else self.money)
        if 'errors' in self.flaws:
            costs.write_formula('C15', '=VLOOKUP("x",A1:A2,1,0)', self.money, '#N/A')
            costs.write_formula('G15', '=SUM(B15:F15)', self.total, '#N/A')
            costs.write_formula('C19', '=SUM(C5:C18)', self.total, '#N/A')
            costs.write_formula('G19', '=SUM(G5:G18)', self.total, '#N/A')
        if 'blanks' in self.flaws:
            for cell in ('B5', 'C5', 'D5', 'B11'):
                costs.write_blank(cell, None, self.money)
        if 'zeros' in self.flaws:
            for cell in ('B5', 'C5', 'D5', 'F5'):
                income.write_number(cell, 0, self.money)
        if 'typed_total' in self.flaws:
            income.write_number('E6', 99999.99, self.total)
        if 'percent_points' in self.flaws:
            staff.write_number('F5', 8.5, self.share)
        if 'boolean' in self.flaws:
            staff.write_boolean('B6', True, self.whole)
        if 'hidden' in self.flaws:
            costs.set_row(6, None, None, {'hidden': True})


def lock(path):
    """A password-protected return (password: district)."""
    from msoffcrypto.format.ooxml import OOXMLFile
    plain = io.BytesIO()
    Form(plain, 'Xalapa', random.Random(SEED + 25)).write()
    plain.seek(0)
    with open(path, 'wb') as out:
        OOXMLFile(plain).encrypt('district', out)


def without_cached_values(path):
    """What a library writes that does not calculate."""
    import openpyxl
    book = openpyxl.load_workbook(path)
    book['Income']['B6'] = '=4000+500.25'
    book.save(path)


COLUMNS = ['Date', 'Voucher', 'Supplier', 'Account', 'Net', 'VAT', 'Paid']
SUPPLIERS = ['Atlas Stationers', 'Blue Crane Fuels', 'Cederberg Foods', 'Delta Hardware', "O'Neill & Sons", 'Pêra Lda.', '株式会社 北斗']


class Ledger:
    """One depot's purchases: a table whose columns everybody names and orders as he likes."""

    def __init__(self, name, rng, columns=COLUMNS, rows=12, **options):
        self.book = xlsxwriter.Workbook(os.path.join(HERE, 'ledgers', name + '.xlsx'), dict(options, in_memory=True))
        self.book.set_properties({'title': 'Purchases', 'author': 'Treasury', 'created': datetime.datetime(2024, 10, 1)})
        f = self.book.add_format
        self.bold, self.date = f({'bold': True}), f({'num_format': 'dd/mm/yyyy'})
        self.formats = {'Net': f({'num_format': '#,##0.00'}), 'VAT': f({'num_format': '0.0%'})}
        self.ws = self.book.add_worksheet('Purchases')
        self.ws.set_column(0, len(columns) - 1, 16)
        self.columns, self.row, self.net = columns, 0, []
        self.data = [self.voucher(rng, i) for i in range(rows)]

    def voucher(self, rng, i):
        return {'Date': datetime.date(2024, 7, 1) + datetime.timedelta(days=rng.randint(0, 91)), 'Voucher': '%05d' % (rng.randint(1, 90) * 100 + i),
                'Supplier': rng.choice(SUPPLIERS), 'Account': rng.choice([5200, 5210, 5300, 6100]), 'Net': round(rng.uniform(12, 9500), 2),
                'VAT': rng.choice([0.15, 0.15, 0.09, 0]), 'Paid': rng.random() < 0.7, 'Remarks': rng.choice(['', '', 'urgent', 'see contract'])}

    def line(self, *texts):
        for col, text in enumerate(texts):
            self.ws.write(self.row, col, text, self.bold)
        self.row += 1

    def header(self, names=None):
        self.line(*[(names or {}).get(c, c) for c in self.columns])

    def write(self, rows):
        for values in rows:
            for col, column in enumerate(self.columns):
                value = values[column]
                if isinstance(value, datetime.date):
                    self.ws.write_datetime(self.row, col, datetime.datetime.combine(value, datetime.time()), self.date)
                elif isinstance(value, str):
                    self.ws.write_string(self.row, col, value) if value else None
                else:
                    self.ws.write(self.row, col, value, self.formats.get(column))
            self.net.append(values['Net'])
            self.row += 1

    def total(self):
        self.ws.write(self.row, 0, 'Total', self.bold)
        col = self.columns.index('Net')
        letter = xl_col_to_name(col)
        first = self.row - len(self.net)
        self.ws.write_formula(self.row, col, '=SUM(%s%d:%s%d)' % (letter, first + 1, letter, self.row), self.formats['Net'], round(sum(self.net), 2))
        self.row += 1


def ledgers():
    folder = os.path.join(HERE, 'ledgers')
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    rng = random.Random(SEED)
    books = [Ledger('1 Bergen', rng)]
    books[-1].header()
    books[-1].write(books[-1].data)
    books.append(Ledger('2 Cork', rng, rows=9))  # a title above the table
    books[-1].line('Purchases of the Cork depot')
    books[-1].line('Quarter to 30 September 2024')
    books[-1].row += 1
    books[-1].header()
    books[-1].write(books[-1].data)
    books.append(Ledger('3 Évora', rng, ['Voucher', 'Date', 'Net', 'VAT', 'Account', 'Supplier', 'Paid'], 11))  # another order, other words
    books[-1].header({'Net': 'NET', 'Supplier': 'Vendor', 'Date': ' date '})
    books[-1].write(books[-1].data)
    books.append(Ledger('4 Gdańsk', rng, COLUMNS + ['Remarks'], 10))  # one column more, blank rows between months
    books[-1].header()
    books[-1].write(books[-1].data[:4])
    books[-1].row += 2
    books[-1].write(books[-1].data[4:])
    books.append(Ledger('5 Harare', rng, rows=8))  # a total and a signature
    books[-1].header()
    books[-1].write(books[-1].data)
    books[-1].total()
    books[-1].row += 2
    books[-1].line('Checked by', 'T. Moyo')
    books.append(Ledger('6 Recife', rng, COLUMNS[:-1], 14, date_1904=True))  # dates count from 1904, the header again on page two
    books[-1].header()
    books[-1].write(books[-1].data[:8])
    books[-1].header()
    books[-1].write(books[-1].data[8:])
    for book in books:
        book.book.close()
    with open(os.path.join(HERE, 'ledger-names.csv'), 'w', encoding='utf-8') as out:
        out.write('Vendor,Supplier\n')
    print('%d ledgers, %d rows' % (len(books), sum(len(b.data) for b in books)))


def returns():
    folder = os.path.join(HERE, 'returns')
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    Form(os.path.join(HERE, 'template.xlsx')).write()
    for i, office in enumerate(OFFICES, 1):
        path = os.path.join(folder, '%02d %s.xlsx' % (i, office))
        flaws = FLAWS.get(i, [])
        Form(path, office, random.Random(SEED + i), flaws).write()
        if 'no_cached' in flaws:
            without_cached_values(path)
    shutil.copy(os.path.join(folder, '08 Harare.xlsx'), os.path.join(folder, '08 Harare - Copy.xlsx'))
    lock(os.path.join(folder, '25 Xalapa (protected).xlsx'))
    with open(os.path.join(folder, '11 Kigali.xlsx'), 'rb') as whole, open(os.path.join(folder, '26 Ypres (broken).xlsx'), 'wb') as out:
        out.write(whole.read()[:7000])
    sizes = [os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder)]
    print('%d returns, %d KB' % (len(sizes), sum(sizes) // 1024))


if __name__ == '__main__':
    if sys.argv[1:] != ['ledgers']:
        returns()
    ledgers()
