// SPDX-License-Identifier: MIT
// SheetJS: `read FILE...`, `stack [--source] OUT FILE...`; dense sheets, nothing parsed that is not asked for. Dates stay serials.
'use strict';
const { installed, Tally, Union, SOURCE, main } = require('../answer.js');
const XLSX = installed('xlsx');
XLSX.CFB.utils.use_zlib(require('zlib')); // its own deflate has fixed codes: no faster, and the file three times as large

const OPTIONS = { dense: true, cellFormula: false, cellHTML: false, cellText: false };

function read(paths) {
    const tally = new Tally();
    for (const path of paths) {
        const book = XLSX.readFile(path, OPTIONS);
        for (const name of book.SheetNames)
            for (const row of book.Sheets[name])
                for (const cell of row || [])
                    count(tally, cell);
    }
    tally.say();
}

function count(tally, cell) {
    if (!cell)
        return;
    if (cell.t === 'n')
        tally.number(cell.v);
    else if (cell.t === 's')
        tally.texts += cell.v !== '';
    else if (cell.t === 'b')
        tally.booleans++;
    else if (cell.t === 'e')
        tally.errors++;
}

function stack(out, paths, source) {
    const union = new Union(source ? SOURCE : []);
    const data = [null];
    for (const path of paths) {
        const book = XLSX.readFile(path, { ...OPTIONS, cellNF: true });
        for (const name of book.SheetNames)
            append(data, union, path, name, book.Sheets[name], source);
    }
    data[0] = [...union.at.keys()].map((v) => ({ t: 's', v }));
    data['!ref'] = XLSX.utils.encode_range({ s: { r: 0, c: 0 }, e: { r: data.length - 1, c: union.at.size - 1 } });
    const book = { SheetNames: ['Data'], Sheets: { Data: data } };
    XLSX.writeFile(book, out, { compression: true });
}

const isBlank = (cell) => !cell || cell.t === 'z' || cell.v === '';

function append(data, union, path, name, sheet, source) {
    const places = Array.from(sheet[0] || [], (cell) => (isBlank(cell) ? -1 : union.place(String(cell.v))));
    for (let r = 1; r < sheet.length; r++) {
        const row = sheet[r] || [], line = [];
        row.forEach((cell, c) => {
            if (!isBlank(cell) && places[c] >= 0)
                line[places[c]] = cell;
        });
        if (line.length === 0)
            continue;
        if (source) {
            line[0] = { t: 's', v: path };
            line[1] = { t: 's', v: name };
            line[2] = { t: 'n', v: r + 1 };
        }
        data.push(line);
    }
}

main(read, stack);
