"""What every figure has from its frame: controls, the bundle for notebook and page, one script out of its modules."""

import re
from html import escape
from html.parser import HTMLParser

import pytest

from deeplinear.explorables import FIGURES
from deeplinear.explorables.frame import linking

KINDS = {"application/vnd.jupyter.widget-view+json", "text/html", "image/svg+xml", "text/plain"}


@pytest.fixture(params=FIGURES)
def figure(request):
    """The name of a figure's folder."""
    return request.param


@pytest.fixture
def lab(figure):
    return FIGURES[figure]()


def page(lab):
    return lab._repr_mimebundle_()[0]["text/html"]


def test_an_unknown_control_is_refused_with_those_there_are(figure):
    Lab = FIGURES[figure]
    with pytest.raises(TypeError, match=f"{Lab.__name__} has no control 'pace', it has {', '.join(Lab().state)}"):
        Lab(pace=1)


def test_every_control_is_synced_with_the_front_end(lab):
    assert set(lab.state) <= set(lab.get_state())


def test_the_repr_is_python_that_makes_the_same_figure(lab):
    assert eval(repr(lab), {type(lab).__name__: type(lab)}).state == lab.state


def test_the_bundle_holds_a_widget_a_page_and_a_picture_and_little_weight(lab):
    data, metadata = lab._repr_mimebundle_()
    assert metadata == {}
    assert set(data) == KINDS
    assert len(data["text/html"].encode()) <= 60_000


def test_a_figure_that_is_shown_again_is_the_same_to_the_last_letter(lab):
    assert page(lab) == page(type(lab)())


def test_the_page_is_well_formed_and_no_source_can_end_its_script(lab):
    html = page(lab)
    script = html[html.index('<script type="module">') + 22 : html.rindex("</script>")]
    assert not re.search("<[/!s]", script)
    seen = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag, attributes):
            seen.append(tag)

        def handle_endtag(self, tag):
            seen.append("/" + tag)

    Tags().feed(html)
    assert seen.count("figure") == seen.count("/figure") == seen.count("script") == seen.count("/script") == 1


def test_the_poster_says_in_words_what_it_shows(lab):
    assert f'aria-label="{escape(lab.summary())}"' in page(lab)


def test_modules_are_listed_with_their_imports_first_and_once(figure):
    listed = linking.modules("frame/page.mjs", f"{figure}/view.mjs")
    names = [name for name, _ in listed]
    assert names[-1] == f"{figure}/view.mjs"
    assert len(names) == len(set(names))
    for position, (_, source) in enumerate(listed):
        imports = re.findall(r'from ?"@([^"]+)"', source)
        assert set(imports) <= set(names[:position])
        assert not re.search(r'from ?"\.', source)


@pytest.mark.parametrize(
    ("source", "lean"),
    [
        ('const a = { b: "x = (y)" }; // why\n/** What. */\n', "const a={b:'x = (y)'};"),
        ("const c = 1 - -2 + (a.b ? 3 : 4);\n", "const c=1 - -2+(a.b?3:4);"),
        ("const d = `e = ${ c }`;\n", "const d=`e = ${ c }`;"),
        ("const f = 'a \"=\" b';", "const f='a \"=\" b';"),
        ('const g = "x // y"; // z\n', "const g='x // y';"),
        ("const h = `x // y ${a ? `${b} = ` : `=`} = `; // z\n", "const h=`x // y ${a ? `${b} = ` : `=`} = `;"),
        ("f(\n  a\n    ? b\n    : c,\n);\n", "f(a?b:c);"),
        ("for (; i < 3; i++);\nif (a) {\n  i++;\n}\nb++;\n", "for(;i<3;i++);if(a){i++}b++;"),
        ("while (b()) {\n  while (a());\n}\n", "while(b()){while(a());}"),
        ("const a = b\n  .map(c)\n  .join();\nlet d = i++ + j - 2;", "const a=b.map(c).join();let d=i++ + j-2;"),
        ('f(\n  "a " +\n    "b " +\n    `${c} ` +\n    `d`,\n);', "f('a b '+`${c} d`);"),
        (
            "if (a)\n  return b;\nelse\n  return c;\nfunction f() {\n  g();\n}\nh();",
            "if(a)return b;else\nreturn c;function f(){g();}h();",
        ),
    ],
)
def test_a_page_carries_the_modules_without_comments_and_without_spaces_that_mean_nothing(source, lean):
    assert linking._lean(source) == lean


def test_modules_in_a_circle_are_refused(tmp_path, monkeypatch):
    (tmp_path / "a.mjs").write_text('import { b } from "./b.mjs";\n')
    (tmp_path / "b.mjs").write_text('import { a } from "./a.mjs";\n')
    monkeypatch.setattr(linking, "HERE", tmp_path)
    with pytest.raises(ValueError, match=r"in a circle: a\.mjs → b\.mjs → a\.mjs"):
        linking.modules("a.mjs")
