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

/** Calls visit(sheet name, row) for each row that is there, in order; in a stream, a visit that returns false ends the sheet. */
async function eachRow(path, visit) {
    if (full) {
        const book = new ExcelJS.Workbook();
        await book.xlsx.readFile(path);
        book.eachSheet((sheet) => sheet.eachRow((row) => visit(sheet.name, row)));
        return;
    }
    for (let tries = 10; !(await streamRows(path, visit)); tries--)
        if (tries === 0)
            throw new Error(`${path}: the shared strings are not there`);
}

/**
 * ExcelJS 4.4.0 now and then passes over the shared strings of a file when they stand behind the sheets (its issue 683); all texts are
 * numbers then. The first row, a header, shows it: false, and the file must be read again.
 */
async function streamRows(path, visit) {
    let isFirst = true;
    for await (const sheet of new ExcelJS.stream.xlsx.WorkbookReader(path, STREAM))
        for await (const row of sheet) {
            if (isFirst && row.values.some((v) => v && v.sharedString !== undefined))
                return false;
            isFirst = false;
            if (visit(sheet.name, row) === false)
                break;
        }
    return true;
}

/** The streaming reader parses the error that a formula gave as a number. */
const LOST_ERROR = { error: '#VALUE!' };

/** What a cell shows: its value, or that of its formula, link or runs; null: nothing. */
function shown(cell) {
    let v = cell.value;
    if (v !== null && typeof v === 'object' && !(v instanceof Date)) {
        if ('formula' in v || 'sharedFormula' in v)
            v = Number.isNaN(cell.result) ? LOST_ERROR : cell.result; // not v.result: a result of 0 is left out there
        else if (v.richText)
            v = v.richText.map((run) => run.text).join('');
        else if (v.hyperlink)
            v = v.text;
    }
    return v === undefined || v === '' ? null : v;
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

/** Every book twice: first its headers, for the result's goes first. */
async function stackStreaming(out, paths, union, source) {
    for (const path of paths)
        await eachRow(path, (name, row) => {
            headerColumns(union, row);
            return false;
        });
    const book = new ExcelJS.stream.xlsx.WorkbookWriter({ filename: out, useStyles: true, useSharedStrings: false });
    const sheet = book.addWorksheet('Data');
    sheet.addRow([...union.at.keys()]).commit();
    await appendAll(sheet, paths, union, source);
    await book.commit();
}

async function stackInMemory(out, paths, union, source) {
    const book = new ExcelJS.Workbook();
    const sheet = book.addWorksheet('Data');
    sheet.addRow([]);
    await appendAll(sheet, paths, union, source);
    sheet.getRow(1).values = [...union.at.keys()];
    await book.xlsx.writeFile(out);
}

async function appendAll(sheet, paths, union, source) {
    for (const path of paths) {
        let current, columns;
        await eachRow(path, (name, row) => {
            if (name !== current)
                [current, columns] = [name, []];
            if (row.number === 1)
                columns = headerColumns(union, row);
            else
                append(sheet, columns, path, name, row, source);
        });
    }
}

const stack = (out, paths, source) => (full ? stackInMemory : stackStreaming)(out, paths, new Union(source ? SOURCE : []), source);

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
    if (!full)
        added.commit();
}

main(read, stack);
