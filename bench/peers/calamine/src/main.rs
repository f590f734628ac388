// SPDX-License-Identifier: MIT
// calamine (next_cell: cell by cell, no range in memory) and rust_xlsxwriter:
// `read FILE...`, `stack [--source] [--normal] OUT FILE...` (constant memory, but for --normal).
use calamine::{open_workbook, CellErrorType, DataRef, Reader, Xlsx};
use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};
use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::BufReader;

type Book = Xlsx<BufReader<File>>;
type Outcome = Result<(), Box<dyn Error>>;

#[derive(Default)]
struct Tally {
    numbers: u64,
    texts: u64,
    booleans: u64,
    errors: u64,
    sum: f64,
}

impl Tally {
    fn number(&mut self, value: f64) {
        self.numbers += 1;
        self.sum += value;
    }

    fn add(&mut self, value: &DataRef) {
        match value {
            DataRef::Float(v) => self.number(*v),
            DataRef::Int(v) => self.number(*v as f64),
            DataRef::DateTime(v) => self.number(v.as_f64()),
            DataRef::SharedString(v) => self.texts += !v.is_empty() as u64,
            DataRef::String(v) | DataRef::DateTimeIso(v) | DataRef::DurationIso(v) => {
                self.texts += !v.is_empty() as u64
            }
            DataRef::Bool(_) => self.booleans += 1,
            DataRef::Error(_) => self.errors += 1,
            DataRef::Empty => (),
        }
    }
}

fn read(paths: &[String]) -> Outcome {
    let mut tally = Tally::default();
    for path in paths {
        let mut book: Book = open_workbook(path)?;
        for name in book.sheet_names() {
            let mut cells = book.worksheet_cells_reader(&name)?;
            while let Some(cell) = cells.next_cell()? {
                tally.add(cell.get_value());
            }
        }
    }
    println!(
        r#"{{"numbers": {}, "texts": {}, "booleans": {}, "errors": {}, "sum": "{:?}"}}"#,
        tally.numbers, tally.texts, tally.booleans, tally.errors, tally.sum
    );
    Ok(())
}

/// Columns in order of first appearance.
#[derive(Default)]
struct Union {
    names: Vec<String>,
    at: HashMap<String, u16>,
}

impl Union {
    fn place(&mut self, name: String) -> u16 {
        *self.at.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            (self.names.len() - 1) as u16
        })
    }
}

/// Where each column of one sheet goes.
type Places = Vec<Option<u16>>;

/// Opens all books once, for their strings are parsed when they are opened; the headers are read first.
fn survey(
    paths: &[String],
    union: &mut Union,
) -> Result<Vec<(Book, Vec<(String, Places)>)>, Box<dyn Error>> {
    let mut all = Vec::new();
    for path in paths {
        let mut book: Book = open_workbook(path)?;
        let mut sheets = Vec::new();
        for name in book.sheet_names() {
            let mut places = Places::new();
            let mut cells = book.worksheet_cells_reader(&name)?;
            while let Some(cell) = cells.next_cell()? {
                let (row, column) = cell.get_position();
                if row > 0 {
                    break;
                }
                let header = text_of(cell.get_value());
                if !header.is_empty() {
                    places.resize(column as usize + 1, None);
                    places[column as usize] = Some(union.place(header));
                }
            }
            sheets.push((name, places));
        }
        all.push((book, sheets));
    }
    Ok(all)
}

fn text_of(value: &DataRef) -> String {
    match value {
        DataRef::SharedString(v) => v.to_string(),
        DataRef::String(v) => v.clone(),
        DataRef::Float(v) => v.to_string(),
        DataRef::Int(v) => v.to_string(),
        DataRef::DateTime(v) => v.as_f64().to_string(),
        DataRef::Bool(v) => if *v { "TRUE" } else { "FALSE" }.to_string(),
        DataRef::Error(v) => v.to_string(),
        DataRef::DateTimeIso(v) | DataRef::DurationIso(v) => v.clone(),
        DataRef::Empty => String::new(),
    }
}

struct Formats {
    date: Format,
    date_time: Format,
    duration: Format,
}

/// The formula that gives an error: the one way of rust_xlsxwriter to write one.
fn error_formula(error: &CellErrorType) -> Formula {
    let (formula, result) = match error {
        CellErrorType::Div0 => ("1/0", "#DIV/0!"),
        CellErrorType::NA | CellErrorType::GettingData => ("NA()", "#N/A"),
        CellErrorType::Name => ("#NAME?", "#NAME?"),
        CellErrorType::Null => ("#NULL!", "#NULL!"),
        CellErrorType::Num => ("#NUM!", "#NUM!"),
        CellErrorType::Ref => ("#REF!", "#REF!"),
        CellErrorType::Value => ("#VALUE!", "#VALUE!"),
    };
    Formula::new(formula).set_result(result)
}

/// False when there was nothing to write.
fn write_cell(
    target: &mut Worksheet,
    row: u32,
    at: u16,
    value: &DataRef,
    formats: &Formats,
) -> Result<bool, Box<dyn Error>> {
    match value {
        DataRef::Float(v) => target.write_number(row, at, *v)?,
        DataRef::Int(v) => target.write_number(row, at, *v as f64)?,
        DataRef::DateTime(v) => {
            let serial = v.as_f64();
            let format = if v.is_duration() {
                &formats.duration
            } else if serial.fract() == 0.0 {
                &formats.date
            } else {
                &formats.date_time
            };
            target.write_number_with_format(row, at, serial, format)?
        }
        DataRef::SharedString("") | DataRef::Empty => return Ok(false),
        DataRef::SharedString(v) => target.write_string(row, at, *v)?,
        DataRef::String(v) | DataRef::DateTimeIso(v) | DataRef::DurationIso(v) => {
            if v.is_empty() {
                return Ok(false);
            }
            target.write_string(row, at, v)?
        }
        DataRef::Bool(v) => target.write_boolean(row, at, *v)?,
        DataRef::Error(v) => target.write_formula(row, at, error_formula(v))?,
    };
    Ok(true)
}

fn append(
    target: &mut Worksheet,
    n: &mut u32,
    book: &mut Book,
    path: &str,
    sheet: &str,
    places: &Places,
    source: bool,
    formats: &Formats,
) -> Outcome {
    let mut cells = book.worksheet_cells_reader(sheet)?;
    let mut current = 0;
    while let Some(cell) = cells.next_cell()? {
        let (row, column) = cell.get_position();
        let Some(Some(at)) = places.get(column as usize).filter(|_| row > 0) else {
            continue;
        };
        let is_new = row != current;
        let line = *n + is_new as u32;
        if write_cell(target, line, *at, cell.get_value(), formats)? && is_new {
            *n = line;
            current = row;
            if source {
                target.write_string(line, 0, path)?;
                target.write_string(line, 1, sheet)?;
                target.write_number(line, 2, (row + 1) as f64)?;
            }
        }
    }
    Ok(())
}

fn stack(out: &str, paths: &[String], source: bool, normal: bool) -> Outcome {
    let mut union = Union::default();
    if source {
        for name in ["_file", "_sheet", "_row"] {
            union.place(name.to_string());
        }
    }
    let books = survey(paths, &mut union)?;
    let formats = Formats {
        date: Format::new().set_num_format("yyyy-mm-dd"),
        date_time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        duration: Format::new().set_num_format("[h]:mm:ss"),
    };
    let mut result = Workbook::new();
    let target = if normal {
        result.add_worksheet()
    } else {
        result.add_worksheet_with_constant_memory()?
    };
    target.set_name("Data")?;
    for (at, name) in union.names.iter().enumerate() {
        target.write_string(0, at as u16, name)?;
    }
    let mut n = 0;
    for (path, (mut book, sheets)) in paths.iter().zip(books) {
        for (name, places) in sheets {
            append(
                target, &mut n, &mut book, path, &name, &places, source, &formats,
            )?;
        }
    }
    result.save(out)?;
    Ok(())
}

fn main() -> Outcome {
    let mut rest: Vec<String> = std::env::args().skip(1).collect();
    let mut flag = |name: &str| {
        let at = rest.iter().position(|a| a == name);
        at.map(|i| rest.remove(i)).is_some()
    };
    let (source, normal) = (flag("--source"), flag("--normal"));
    match rest.first().map(String::as_str) {
        Some("read") => read(&rest[1..]),
        Some("stack") if rest.len() > 1 => stack(&rest[1], &rest[2..], source, normal),
        _ => Err("read FILE... | stack [--source] [--normal] OUT FILE...".into()),
    }
}
