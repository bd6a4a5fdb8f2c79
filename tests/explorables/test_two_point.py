"""TwoPointLab from Python: its controls, its runs against the rest of the package, and the bundle it shows itself with."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import deeplinear as dl
from deeplinear.explorables import TwoPointLab
from deeplinear.explorables.linking import modules

IDENTITY = re.compile(r'id="(dl-\w+)"')


@pytest.mark.parametrize("method", ["rule", "factors"])
@pytest.mark.parametrize("depth", [1, 2, 3, 8])
def test_a_run_is_what_the_core_computes_step_by_step(method, depth):
    lab = TwoPointLab(depth=depth, method=method, ratio=10, learning_rate=1e-5, steps=200)
    run = lab.compute()
    w, factors = lab.start, dl.balanced(lab.start, depth)
    path = {}
    for t in range(201):
        path[t] = w
        if method == "rule":
            w = dl.end_to_end_step(w, lab.problem.gradient(w), lab.learning_rate, depth)
        else:
            factors = dl.gradient_step(factors, lab.problem.gradient(w), lab.learning_rate)
            w = dl.end_to_end(factors)[0]
    np.testing.assert_allclose(run.weights, [path[t] for t in run.steps], rtol=1e-11)
    np.testing.assert_allclose(run.loss, lab.problem.loss(run.weights), rtol=1e-12)


def test_plain_descent_multiplies_each_residual_by_its_own_factor():
    lab = TwoPointLab(method="gd", learning_rate=1e-4, steps=24)
    residuals = lab.compute().weights - [100.0, 1.0]
    np.testing.assert_allclose(residuals[1:], residuals[:-1] * (1 - 1e-4 * residuals[:-1] ** 2), rtol=1e-9, atol=1e-12)


def test_the_steps_to_the_goal_are_the_published_ones_at_the_published_rates():
    steps = {
        method: TwoPointLab(method=method, learning_rate=10 ** (k / 6)).compute().reached
        for method, k in (("gd", -24), ("rule", -29), ("factors", -27))
    }
    assert steps == {"gd": 20_365, "rule": 1_486, "factors": 754}


def test_the_best_rates_are_islands_between_rates_that_diverge():
    for method, best in (("rule", -29), ("factors", -27)):
        runs = {k: TwoPointLab(method=method, learning_rate=10 ** (k / 6)).compute() for k in (best - 1, best, best + 1)}
        assert [run.diverged is None for run in runs.values()] == [False, True, False]


def test_the_step_of_the_appendix_works_by_the_rule_and_not_on_the_layers():
    lab = TwoPointLab(method="rule", learning_rate=5e-4)
    run = lab.compute()
    assert run.weights[1] == pytest.approx([99.80, 0.4995], abs=5e-3)
    assert (run.reached, run.diverged) == (12, None)
    lab.method = "factors"
    assert lab.compute().diverged == 2


def test_a_run_ends_with_its_steps_its_divergence_or_its_success():
    assert TwoPointLab(steps=50).compute().steps[-1] == 50
    diverged = TwoPointLab(learning_rate=1e-2).compute()
    assert diverged.steps[-1] == diverged.diverged
    assert not diverged.loss[-1] <= 1e12 * diverged.loss[0]
    settled = TwoPointLab(p=2, method="gd", learning_rate=0.5).compute()
    assert settled.loss[-1] <= 1e-6 < settled.loss[-2]


@pytest.mark.parametrize(
    ("control", "value", "error", "message"),
    [
        ("depth", 0, ValueError, "depth is 0, it must be 1 or more"),
        ("depth", 9, ValueError, "depth is 9, it must be 8 or less"),
        ("depth", 2.0, TypeError, "depth is 2.0, it must be a whole number"),
        ("p", 1.5, ValueError, "p is 1.5, it must be 2 or more"),
        ("p", "four", TypeError, "p is 'four', it must be a real number"),
        ("ratio", 2000, ValueError, "ratio is 2000, it must be 1000 or less"),
        ("learning_rate", 0, ValueError, "learning_rate is 0, it must be greater than 0"),
        ("learning_rate", float("nan"), ValueError, "learning_rate is nan, it must be finite"),
        ("method", "sgd", ValueError, "method is 'sgd', it must be one of 'factors', 'rule', 'gd', 'momentum', 'adam'"),
        ("direction", "up", ValueError, "direction is 'up'"),
        ("steps", 10**6, ValueError, "steps is 1e\\+06, it must be 100000 or less"),
    ],
)
def test_a_value_out_of_place_is_refused_by_name_when_made_and_when_set(control, value, error, message):
    with pytest.raises(error, match=message):
        TwoPointLab(**{control: value})
    lab = TwoPointLab()
    before = lab.state
    with pytest.raises(error, match=message):
        setattr(lab, control, value)
    assert lab.state == before


def test_an_unknown_control_is_refused_with_those_there_are():
    with pytest.raises(TypeError, match="TwoPointLab has no control 'rate', it has p, depth, ratio, learning_rate"):
        TwoPointLab(rate=1)


def test_every_control_is_synced_with_the_front_end():
    lab = TwoPointLab()
    assert list(lab.state) == ["p", "depth", "ratio", "learning_rate", "method", "scale", "direction", "goal", "steps"]
    assert set(lab.state) <= set(lab.get_state())


def test_the_repr_is_python_that_makes_the_same_figure():
    lab = TwoPointLab(depth=3, method="rule")
    assert eval(repr(lab), {"TwoPointLab": TwoPointLab}).state == lab.state


def test_the_bundle_holds_a_widget_a_page_and_a_picture_and_little_weight():
    data, metadata = TwoPointLab()._repr_mimebundle_()
    assert metadata == {}
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "text/html", "image/svg+xml", "text/plain"}
    assert len(data["text/html"].encode()) <= 60_000


def test_two_figures_with_one_state_get_two_ids_and_the_rest_is_the_same():
    first, second = (TwoPointLab(ratio=77.5)._repr_mimebundle_()[0]["text/html"] for _ in range(2))
    ids = [IDENTITY.search(html)[1] for html in (first, second)]
    assert ids[0] != ids[1]
    number = re.compile(r'"name":"TwoPointLab(-\d+)?"')
    alike = [number.sub("", html.replace(identity, "")) for html, identity in zip((first, second), ids, strict=True)]
    assert alike[0] == alike[1]


def test_the_page_is_well_formed_and_no_source_can_end_its_script():
    html = TwoPointLab()._repr_mimebundle_()[0]["text/html"]
    script = html[html.index('<script type="module">') + 22 : html.rindex("</script>")]
    assert "<" not in script[: script.index("]];")]
    seen = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag, attributes):
            seen.append(tag)

        def handle_endtag(self, tag):
            seen.append("/" + tag)

    Tags().feed(html)
    assert seen.count("figure") == seen.count("/figure") == seen.count("script") == seen.count("/script") == 1


def test_the_poster_says_in_words_what_it_shows():
    lab = TwoPointLab()
    html = lab._repr_mimebundle_()[0]["text/html"]
    assert "network, N = 2 reaches a loss of 0.01 after 7,034 steps" in lab.summary()
    assert f'aria-label="{lab.summary()}"' in html
    assert "diverges at step 2" in TwoPointLab(learning_rate=5e-4).summary()
    assert "does not reach" in TwoPointLab(steps=20).summary()


@pytest.mark.parametrize(
    "state", [{"p": 2}, {"p": 8, "ratio": 1000}, {"learning_rate": 1.0}, {"ratio": 1, "scale": 1}, {"method": "adam"}]
)
def test_a_poster_can_be_drawn_of_any_state(state):
    poster = TwoPointLab(**{"steps": 300} | state).poster(standalone=True)
    assert poster.startswith("<svg ")
    assert not re.search("nan|inf", poster)


def test_modules_are_listed_with_their_imports_first_and_once():
    listed = modules("page.mjs", "two_point.mjs")
    names = [name for name, _ in listed]
    assert names[-1] == "two_point.mjs"
    assert len(names) == len(set(names))
    for position, (_, source) in enumerate(listed):
        imports = re.findall(r'from "@([^"]+)"', source)
        assert set(imports) <= set(names[:position])
        assert 'from "./' not in source


def test_a_page_carries_the_modules_without_comments_and_without_spaces_that_mean_nothing():
    from deeplinear.explorables import linking

    source = 'const a = { b: "x = (y)" }; // why\n/** What. */\nconst c = 1 - -2 + (a.b ? 3 : 4);\nconst d = `e = ${ c }`;\n'
    assert linking._lean(source) == 'const a={b:"x = (y)"};const c=1 - -2 +(a.b?3:4);const d = `e = ${ c }`;'
    assert linking._lean("const f = 'a \"=\" b';") == "const f='a \"=\" b';"


def test_modules_in_a_circle_are_refused(tmp_path, monkeypatch):
    from deeplinear.explorables import linking

    (tmp_path / "a.mjs").write_text('import { b } from "./b.mjs";\n')
    (tmp_path / "b.mjs").write_text('import { a } from "./a.mjs";\n')
    monkeypatch.setattr(linking, "HERE", tmp_path)
    with pytest.raises(ValueError, match=r"in a circle: a\.mjs → b\.mjs → a\.mjs"):
        linking.modules("a.mjs")
