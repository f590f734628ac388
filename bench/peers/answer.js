// SPDX-License-Identifier: MIT
// What the Node peers say, and how they are called (README.md).
'use strict';
const path = require('path');
const { createRequire } = require('module');

const installed = createRequire(path.join(__dirname, '../../build/bench/peers/node/peers.js'));
const DAY = 86400000, EPOCH = Date.UTC(1899, 11, 30);

/** The number that a date was in the sheet. */
const serial = (date) => (date.getTime() - EPOCH) / DAY;

class Tally {
    constructor() {
        Object.assign(this, { numbers: 0, texts: 0, booleans: 0, errors: 0, sum: 0 });
    }
    number(v) {
        this.numbers++;
        this.sum += v;
    }
    say() {
        console.log(JSON.stringify({ ...this, sum: String(this.sum) }));
    }
}

/** Columns in order of first appearance. */
class Union {
    constructor(columns) {
        this.at = new Map();
        columns.forEach((name) => this.place(name));
    }
    place(name) {
        let at = this.at.get(name);
        if (at === undefined)
            this.at.set(name, (at = this.at.size));
        return at;
    }
}

const SOURCE = ['_file', '_sheet', '_row'];

/** read FILE... | stack [--source] OUT FILE... */
async function main(read, stack) {
    const [what, ...rest] = process.argv.slice(2).filter((word) => word !== '--source');
    return what === 'read' ? read(rest) : stack(rest[0], rest.slice(1), process.argv.includes('--source'));
}

module.exports = { installed, serial, Tally, Union, SOURCE, main };
