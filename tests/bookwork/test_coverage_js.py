"""The account of what the tests run of the JavaScript: by line, over all that ran it."""

import json

from bookwork.evidence.coverage_js import code_lines, covered_lines, report

SOURCE = """\
// A remark.

/** What it does,
 *  at length. */
export function sign(x) {
  if (x < 0) {
    return -1;
  }
  return 1;
}
"""


def ranges(*spans):
    return [{"ranges": [{"startOffset": start, "endOffset": end, "count": count} for start, end, count in spans]}]


def test_remarks_and_brackets_are_no_lines_of_code():
    assert code_lines(SOURCE) == {4, 5, 6, 8}


def test_an_inner_range_has_the_last_word():
    start = SOURCE.index("{\n    return -1")
    end = SOURCE.index("}\n  return 1") + 1
    assert covered_lines(SOURCE, ranges((0, len(SOURCE), 1))) >= {4, 5, 6, 8}
    # The bracket that opens the block ran as a part of the line with the condition.
    assert covered_lines(SOURCE, ranges((0, len(SOURCE), 1), (start, end, 0))) & code_lines(SOURCE) == {4, 5, 8}


def test_what_one_browser_misses_another_may_run(tmp_path):
    folder = tmp_path / "house"
    folder.mkdir()
    (folder / "sign.mjs").write_text(SOURCE, encoding="utf-8")
    (folder / "never.mjs").write_text("export const never = 1;\n", encoding="utf-8")
    start = SOURCE.index("{\n    return -1")
    end = SOURCE.index("}\n  return 1") + 1
    halves = [((0, len(SOURCE), 1), (start, end, 0)), ((0, start, 1), (end, len(SOURCE), 0), (start, end, 1))]
    accounts = []
    for number, half in enumerate(halves):
        script = {"url": (folder / "sign.mjs").as_uri(), "functions": ranges(*half)}
        accounts.append(tmp_path / f"{number}.json")
        accounts[-1].write_text(json.dumps({"result": [script]}), encoding="utf-8")
    share, table = report(accounts[:1], folder)
    assert share == 3 / 5
    assert "sign.mjs" in table
    assert " 7\n" in table
    assert report(accounts, folder)[0] == 4 / 5
