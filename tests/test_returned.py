"""The submission returned as a workbook: marked, linked, and mended by following its comments."""

from __future__ import annotations

import re
import stat
import sys

import openpyxl
import pytest

from tests.planted import PLANTS, clean
from tests.test_check import files

FAULTS = (
    "axes_swapped",
    "district_disagrees",
    "missing_id",
    "not_a_number",
    "null_island",
    "duplicate_id",
    "sign_or_hemisphere",
    "ambiguous_dates",
    "basis_missing",
    "unknown_district",
)


def faulty():
    world = clean()
    for name in FAULTS:
        PLANTS[name](world)
    return world


def as_workbook(world, folder) -> list[str]:
    """Write the submission as a workbook with a title row and another sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Mines"
    sheet.append(["SYNTHETIC map"])
    sheet.append(list(world.supplied.columns))
    for row in world.supplied.itertuples(index=False):
        sheet.append([None if value == "" else value for value in row])
    other = book.create_sheet("Remarks")
    other["A1"], other["B2"] = "SYNTHETIC", "=1+1"
    sheet["B4"].number_format = "0.00000000"
    book.save(folder / "map.xlsx")
    arguments = files(world, folder)
    return [str(folder / "map.xlsx"), *arguments[1:]]


def returned(run, arguments, folder):
    options = ("--with-locations", "-o", f"xlsx={folder / 'back.xlsx'}", "-o", "json")
    done = run("check", *arguments, *options)
    assert done.code in (0, 1), done.err
    return done, openpyxl.load_workbook(folder / "back.xlsx")


def comments(book) -> dict[str, list[tuple]]:
    """Cells by code."""
    found: dict[str, list[tuple]] = {}
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                for code in re.findall(
                    r"^(MA\d{3}) ", cell.comment.text if cell.comment else "", re.M
                ):
                    found.setdefault(code, []).append((sheet.title, cell.coordinate))
    return found


def test_cells_at_fault_are_coloured_and_say_how_to_mend_them(run, tmp_path):
    done, book = returned(run, as_workbook(faulty(), tmp_path), tmp_path)
    assert book.sheetnames == ["Findings", "Mines", "Remarks"]
    assert book["Remarks"]["B2"].value == "=1+1"
    assert book["Mines"]["B4"].number_format == "0.00000000"
    marked = comments(book)
    for finding in done.document["findings"]:
        # Of titles above the header no cell is at fault.
        assert finding["code"] in marked or finding["code"] == "MA007", finding
    # The fault of one cell is at that cell: lat of data row 60, below title and header.
    assert ("Mines", "B63") in marked["MA103"]
    assert book["Mines"]["B63"].fill.fgColor.rgb == "FFF4B6B6"
    listed = book["Findings"]
    assert listed.max_row - 3 == len(done.document["findings"])
    links = [row[3].hyperlink for row in listed.iter_rows(min_row=4)]
    assert sum(link is not None for link in links) > 10
    assert all("Mines" in f"{link.location} {link.target}" for link in links if link)


def test_a_text_file_comes_back_with_its_zeros_and_rows(run, tmp_path):
    world = clean()
    world.supplied["id"] = [f"00{n}" for n in range(len(world.supplied))]
    PLANTS["not_a_number"](world)
    _, book = returned(run, files(world, tmp_path), tmp_path)
    sheet = book["supplied"]
    assert sheet["A2"].value == "000"
    assert sheet["A2"].data_type == "s"
    assert comments(book)["MA103"] == [("supplied", "B62")]


def test_it_is_written_with_locations_only_and_for_its_owner(run, tmp_path):
    arguments = as_workbook(clean(), tmp_path)
    done = run("check", *arguments, "-o", f"xlsx={tmp_path / 'a.xlsx'}")
    assert done.code == 2
    assert "--with-locations" in done.err
    assert not (tmp_path / "a.xlsx").exists()
    assert run("check", *arguments, "--with-locations", "-o", "xlsx").code == 2
    returned(run, arguments, tmp_path)
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "back.xlsx").stat().st_mode) == 0o600


def test_the_same_submission_gives_the_same_bytes(run, tmp_path):
    arguments = as_workbook(faulty(), tmp_path)
    returned(run, arguments, tmp_path)
    first = (tmp_path / "back.xlsx").read_bytes()
    returned(run, arguments, tmp_path)
    assert (tmp_path / "back.xlsx").read_bytes() == first


@pytest.mark.parametrize("text", ["=1+1", "@SUM(1)", "+1", "\x07bell"])
def test_texts_are_no_formulas(run, tmp_path, text):
    world = clean()
    world.supplied["district"] = world.supplied["district"].astype(object)
    world.supplied.loc[world.supplied.index[3], "district"] = text
    _, book = returned(run, files(world, tmp_path), tmp_path)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            assert not [cell for cell in row if cell.data_type == "f"]


# Mending: each function does what the comment of its rule says, to the cells that carry it.


def mend(book, before) -> None:
    """Follow the comments, and nothing else; `before` knows what was true."""
    marked = comments(book)
    sheet = book["Mines"]
    column = {cell.value: cell.column for cell in sheet[2]}

    def row(place):
        return sheet[int(re.sub(r"\D", "", place[1]))]

    def cell(place, name):
        return row(place)[column[name] - 1]

    truth = {index + 3: entry for index, entry in enumerate(before.supplied.to_dict("records"))}
    for place in marked.get("MA203", []):  # exchange the two cells
        lat, lon = cell(place, "lat"), cell(place, "lon")
        lat.value, lon.value = lon.value, lat.value
    for place in marked.get("MA204", []):  # correct the minus sign
        for name in ("lat", "lon"):
            at = cell(place, name)
            at.value = -abs(at.value)
    for place in marked.get("MA102", []):  # give each row its own number
        cell(place, "id").value = "NEW-1"
    for number, place in enumerate(marked.get("MA401", [])):  # number the items
        cell(place, "id").value = f"{cell(place, 'id').value}/{number + 1}"
    for code in ("MA103", "MA207"):  # fill the cell, from the field form
        for place in marked.get(code, []):
            for name in ("lat", "lon"):
                cell(place, name).value = truth[row(place)[0].row][name]
    for code in ("MA502", "MA503"):  # correct the typed district
        for place in marked.get(code, []):
            cell(place, "district").value = truth[row(place)[0].row]["district"]
    for place in marked.get("MA105", []):  # write dates as YYYY-MM-DD
        cell(place, "date").value = "2019-04-03"
    for place in marked.get("MA118", []):  # state the basis
        cell(place, "geometry_basis").value = "surveyed"


def test_an_officer_mends_the_workbook_by_its_comments_alone(run, tmp_path):
    arguments = as_workbook(faulty(), tmp_path)
    done, book = returned(run, arguments, tmp_path)
    assert done.code == 1
    mend(book, clean())
    book.save(tmp_path / "mended.xlsx")
    again = run("check", str(tmp_path / "mended.xlsx"), *arguments[1:], "-o", "json")
    # Titles may stay: they are a warning, whose fix is none.
    assert [finding["code"] for finding in again.document["findings"]] == ["MA007"]
    assert again.code == 0
