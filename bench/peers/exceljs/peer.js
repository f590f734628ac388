// SPDX-License-Identifier: MIT
// ExcelJS: `read [--full] FILE...`, `stack [--full] [--source] OUT FILE...`; streaming reader and writer, but for --full. Dates become
// Date objects; their serials are what was in the sheet, to the millisecond.
'use strict';
const { installed, serial, Tally, Union, SOURCE, main } = require('../answer.js');
const ExcelJS = installed('exceljs');

const full = process.argv.includes('--full');
if (full)
    process.argv.splice(process.argv.indexOf('--full'), 1);

const STREAM = { worksheets: 'emit', sharedStrings: 'cache', styles: 'cache', hyperlinks: 'ignore', entries: 'ignore' };

/** Calls row(sheet name, row) for each row that is there, in order. */
async function eachRow(path, visit) {
    if (full) {
        const book = new ExcelJS.Workbook();
        await book.xlsx.readFile(path);
        book.eachSheet((sheet) => sheet.eachRow((row) => visit(sheet.name, row)));
        return;
    }
    for await (const sheet of new ExcelJS.stream.xlsx.WorkbookReader(path, STREAM))
        for await (const row of sheet)
            visit(sheet.name, row);
}

/** What a cell shows: its value, or that of its formula, link or runs; null: nothing. */
function shown(cell) {
    let v = cell.value;
    if (v === null || typeof v !== 'object' || v instanceof Date)
        return v === undefined || v === '' ? null : v;
    if ('formula' in v || 'sharedFormula' in v)
        v = v.result === undefined ? null : v.result;
    else if (v.richText)
        v = v.richText.map((run) => run.text).join('');
    else if (v.hyperlink)
        v = v.text;
    return v === '' ? null : v;
}

async function read(paths) {
    const tally = new Tally();
    for (const path of paths)
        await eachRow(path, (name, row) => row.eachCell((cell) => count(tally, shown(cell))));
    tally.say();
}

function count(tally, v) {
    if (v === null)
        return;
    if (typeof v === 'number')
        tally.number(v);
    else if (typeof v === 'string')
        tally.texts++;
    else if (typeof v === 'boolean')
        tally.booleans++;
    else if (v instanceof Date)
        tally.number(serial(v));
    else
        tally.errors++;
}

async function stack(out, paths, source) {
    const union = new Union(source ? SOURCE : []);
    const places = new Map();
    for (const path of paths)
        await eachRow(path, (name, row) => {
            if (row.number === 1)
                places.set(path + '\0' + name, headerColumns(union, row));
        });
    const { book, sheet } = openResult(out);
    sheet.addRow([...union.at.keys()]).commit();
    for (const path of paths)
        await eachRow(path, (name, row) => {
            if (row.number > 1)
                append(sheet, places.get(path + '\0' + name) || [], path, name, row, source);
        });
    await (full ? book.xlsx.writeFile(out) : book.commit());
}

function openResult(out) {
    const book = full ? new ExcelJS.Workbook() : new ExcelJS.stream.xlsx.WorkbookWriter({ filename: out, useStyles: true, useSharedStrings: false });
    return { book, sheet: book.addWorksheet('Data') };
}

function headerColumns(union, row) {
    const columns = [];
    row.eachCell((cell, c) => {
        const v = shown(cell);
        if (v !== null)
            columns[c] = union.place(String(v)) + 1;
    });
    return columns;
}

function append(sheet, columns, path, name, row, source) {
    const line = [], formats = [];
    row.eachCell((cell, c) => {
        const v = shown(cell);
        if (v === null || !columns[c])
            return;
        line[columns[c]] = v;
        if (v instanceof Date)
            formats.push([columns[c], cell.numFmt]);
    });
    if (line.length === 0)
        return;
    if (source)
        [line[1], line[2], line[3]] = [path, name, row.number];
    const added = sheet.addRow(line);
    for (const [at, format] of formats)
        added.getCell(at).numFmt = format;
    added.commit();
}

main(read, stack);
