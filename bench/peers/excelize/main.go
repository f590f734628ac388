// SPDX-License-Identifier: MIT

// excelize: `read FILE...`, `rows FILE...`, `stack [--source] OUT FILE...`.
//
// The streaming Rows gives texts only: `rows` counts cells. Kinds and styles are told cell by cell (GetCellType, GetCellStyle), by
// which excelize loads the whole sheet; so the other two take both roads, as its users must who need to know a number from a text.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

type tally struct {
	Numbers  int    `json:"numbers"`
	Texts    int    `json:"texts"`
	Booleans int    `json:"booleans"`
	Errors   int    `json:"errors"`
	Sum      string `json:"sum"`
	sum      float64
}

var raw = excelize.Options{RawCellValue: true}

// eachRow calls visit for every row of a sheet with its number, from 1.
func eachRow(book *excelize.File, sheet string, visit func(number int, row []string) error) error {
	rows, err := book.Rows(sheet)
	if err != nil {
		return err
	}
	for number := 1; rows.Next(); number++ {
		row, err := rows.Columns(raw)
		if err != nil {
			return err
		}
		if err = visit(number, row); err != nil {
			return err
		}
	}
	return rows.Close()
}

// eachSheet opens every file and calls visit for every sheet in it.
func eachSheet(paths []string, visit func(book *excelize.File, sheet string) error) error {
	for _, path := range paths {
		book, err := excelize.OpenFile(path, raw)
		if err != nil {
			return err
		}
		for _, sheet := range book.GetSheetList() {
			if err = visit(book, sheet); err != nil {
				return err
			}
		}
		if err = book.Close(); err != nil {
			return err
		}
	}
	return nil
}

// typed gives a raw text its kind: float64, string, bool or the error's text as an excelize.Cell.
func typed(book *excelize.File, sheet, cell, text string) (any, error) {
	kind, err := book.GetCellType(sheet, cell)
	if err != nil {
		return nil, err
	}
	switch kind {
	case excelize.CellTypeUnset, excelize.CellTypeNumber, excelize.CellTypeDate:
		return strconv.ParseFloat(text, 64)
	case excelize.CellTypeBool:
		return text == "1" || text == "TRUE", nil
	case excelize.CellTypeError:
		return excelize.Cell{Value: text}, nil
	}
	return text, nil
}

func (t *tally) add(value any) {
	switch v := value.(type) {
	case float64:
		t.Numbers++
		t.sum += v
	case string:
		t.Texts++
	case bool:
		t.Booleans++
	default:
		t.Errors++
	}
}

func read(paths []string) error {
	var t tally
	err := eachSheet(paths, func(book *excelize.File, sheet string) error {
		return eachRow(book, sheet, func(number int, row []string) error {
			for i, text := range row {
				if text == "" {
					continue
				}
				cell, err := excelize.CoordinatesToCellName(i+1, number)
				if err != nil {
					return err
				}
				value, err := typed(book, sheet, cell, text)
				if err != nil {
					return err
				}
				t.add(value)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	t.Sum = strconv.FormatFloat(t.sum, 'g', -1, 64)
	return json.NewEncoder(os.Stdout).Encode(t)
}

func readRows(paths []string) error {
	cells := 0
	err := eachSheet(paths, func(book *excelize.File, sheet string) error {
		return eachRow(book, sheet, func(_ int, row []string) error {
			for _, text := range row {
				if text != "" {
					cells++
				}
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]int{"cells": cells})
}

// union holds the columns in order of first appearance.
type union struct {
	names []any
	at    map[string]int
}

func (u *union) place(name string) int {
	at, ok := u.at[name]
	if !ok {
		at = len(u.names)
		u.at[name] = at
		u.names = append(u.names, name)
	}
	return at
}

// places says where each column of a header goes; -1: nowhere.
func (u *union) places(header []string) []int {
	places := make([]int, len(header))
	for i, name := range header {
		places[i] = -1
		if name != "" {
			places[i] = u.place(name)
		}
	}
	return places
}

// survey opens all files and reads their headers. They stay open, for opening inflates all of a file.
func (u *union) survey(paths []string) ([]*excelize.File, error) {
	books := make([]*excelize.File, len(paths))
	for i, path := range paths {
		var err error
		if books[i], err = excelize.OpenFile(path, raw); err != nil {
			return nil, err
		}
		for _, sheet := range books[i].GetSheetList() {
			if err = u.surveySheet(books[i], sheet); err != nil {
				return nil, err
			}
		}
	}
	return books, nil
}

func (u *union) surveySheet(book *excelize.File, sheet string) error {
	rows, err := book.Rows(sheet)
	if err != nil {
		return err
	}
	if rows.Next() {
		header, err := rows.Columns(raw)
		if err != nil {
			return err
		}
		u.places(header)
	}
	return rows.Close()
}

// dates knows which styles of one book show dates, and the style that such a cell gets in the result.
type dates struct {
	book   *excelize.File
	result *excelize.File
	known  map[int]int
	ours   map[string]int
}

// built-in formats that show a date or a time
var dateFormats = map[int]string{14: "yyyy-mm-dd", 15: "yyyy-mm-dd", 16: "yyyy-mm-dd", 17: "yyyy-mm-dd", 18: "hh:mm:ss", 19: "hh:mm:ss",
	20: "hh:mm:ss", 21: "hh:mm:ss", 22: "yyyy-mm-dd hh:mm:ss", 45: "[h]:mm:ss", 46: "[h]:mm:ss", 47: "[h]:mm:ss"}

func formatOf(style *excelize.Style) string {
	if style.CustomNumFmt == nil {
		return dateFormats[style.NumFmt]
	}
	if strings.ContainsAny(*style.CustomNumFmt, "ymdhs") {
		return *style.CustomNumFmt
	}
	return ""
}

// style is 0 for a cell that shows no date.
func (d *dates) style(sheet, cell string) (int, error) {
	index, err := d.book.GetCellStyle(sheet, cell)
	if err != nil || index == 0 {
		return 0, err
	}
	if style, ok := d.known[index]; ok {
		return style, nil
	}
	style, err := d.book.GetStyle(index)
	if err != nil {
		return 0, err
	}
	format := formatOf(style)
	if _, ok := d.ours[format]; !ok && format != "" {
		if d.ours[format], err = d.result.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return 0, err
		}
	}
	d.known[index] = d.ours[format]
	return d.known[index], nil
}

// line makes one row of the result; nil when nothing is in it.
func (d *dates) line(sheet string, number int, row []string, places []int, width int) ([]any, error) {
	var line []any
	for i, text := range row {
		if text == "" || i >= len(places) || places[i] < 0 {
			continue
		}
		cell, err := excelize.CoordinatesToCellName(i+1, number)
		if err != nil {
			return nil, err
		}
		value, err := typed(d.book, sheet, cell, text)
		if err != nil {
			return nil, err
		}
		if _, ok := value.(float64); ok {
			style, err := d.style(sheet, cell)
			if err != nil {
				return nil, err
			}
			if style > 0 {
				value = excelize.Cell{StyleID: style, Value: value}
			}
		}
		if line == nil {
			line = make([]any, width)
		}
		line[places[i]] = value
	}
	return line, nil
}

// result is the workbook that is written.
type result struct {
	book   *excelize.File
	target *excelize.StreamWriter
	union  union
	source bool
	n      int
}

func (r *result) open() (err error) {
	r.book = excelize.NewFile()
	if err = r.book.SetSheetName("Sheet1", "Data"); err != nil {
		return err
	}
	if r.target, err = r.book.NewStreamWriter("Data"); err != nil {
		return err
	}
	r.n = 1
	return r.target.SetRow("A1", r.union.names)
}

func (r *result) appendSheet(d *dates, path, sheet string) error {
	var places []int
	return eachRow(d.book, sheet, func(number int, row []string) error {
		if number == 1 {
			places = r.union.places(row)
			return nil
		}
		line, err := d.line(sheet, number, row, places, len(r.union.names))
		if err != nil || line == nil {
			return err
		}
		if r.source {
			line[0], line[1], line[2] = path, sheet, number
		}
		r.n++
		return r.target.SetRow("A"+strconv.Itoa(r.n), line)
	})
}

func stack(out string, paths []string, source bool) error {
	r := result{union: union{at: map[string]int{}}, source: source}
	if source {
		r.union.places([]string{"_file", "_sheet", "_row"})
	}
	books, err := r.union.survey(paths)
	if err != nil {
		return err
	}
	if err = r.open(); err != nil {
		return err
	}
	ours := map[string]int{}
	for i, book := range books {
		d := dates{book, r.book, map[int]int{}, ours}
		for _, sheet := range book.GetSheetList() {
			if err = r.appendSheet(&d, paths[i], sheet); err != nil {
				return err
			}
		}
		if err = book.Close(); err != nil {
			return err
		}
		books[i] = nil
	}
	if err = r.target.Flush(); err != nil {
		return err
	}
	return r.book.SaveAs(out)
}

func main() {
	var rest []string
	source := false
	for _, word := range os.Args[1:] {
		if word == "--source" {
			source = true
		} else {
			rest = append(rest, word)
		}
	}
	err := fmt.Errorf("read FILE... | rows FILE... | stack [--source] OUT FILE...")
	switch {
	case len(rest) > 1 && rest[0] == "read":
		err = read(rest[1:])
	case len(rest) > 1 && rest[0] == "rows":
		err = readRows(rest[1:])
	case len(rest) > 2 && rest[0] == "stack":
		err = stack(rest[1], rest[2:], source)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "excelize-peer:", err)
		os.Exit(1)
	}
}
