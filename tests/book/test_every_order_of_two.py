"""Every control and every button of every figure, in every order of two: nothing that is seen or said stays stale.

What a figure shows after two actions is what a fresh figure shows that is put into the same state. A pointer works at
leisure, on a light page: its second action comes when the work of the first is done. A keyboard is in a hurry, on a
dark one.
"""

import pytest
from live import CLASSES
from twin import Lab, every_order_of_two

pytestmark = pytest.mark.browser
each_figure = pytest.mark.parametrize("name", CLASSES)

POINTER, KEYBOARD = ("pointer", "light"), ("keyboard", "dark")


@pytest.fixture
def lab(browser, name):
    """Open a figure for a hand, which is a pointer or a keyboard, on a page of a theme."""
    opened = []

    def open_one(hand, theme):
        context = browser.new_context(viewport={"width": 1000, "height": 2400}, color_scheme=theme)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        opened.append(Lab(context, name, hand))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def work(lab, actions, look):
    """Do all actions, and look at the figure after every so manieth."""
    done = []
    for action in actions:
        lab.do(action)
        done.append(action)
        if len(done) % look == 0:
            found = lab.stale()
            assert not found, f"after {done[-2 * look :]}:\n" + "\n".join(found[:5])


@each_figure
def test_one_after_the_other(lab):
    figure = lab(*POINTER)
    work(figure, every_order_of_two(figure.actions()), look=1)


@each_figure
def test_one_while_the_other_is_at_work(lab):
    figure = lab(*KEYBOARD)
    work(figure, every_order_of_two(figure.actions()), look=2)


@each_figure
@pytest.mark.parametrize("hand", [POINTER, KEYBOARD], ids=" in the ".join)
def test_a_comparison_that_is_asked_for_before_and_after(lab, hand):
    figure = lab(*hand)
    if figure.ask is None:
        return
    for other in figure.actions():
        figure.begin()
        # The pointer asks and then acts, while the answers come; the keyboard acts and then asks. Then they act once
        # more.
        first = [figure.ask, other] if hand == POINTER else [other, figure.ask]
        work(figure, first, look=2)
        work(figure, [other], look=1)
    for pick in figure.picks():
        work(figure, [pick, figure.ask], look=1)


# What a figure might forget to bring up to date, changed behind its back.
FORGOTTEN = {
    "a word": "live.querySelector('.dlx-sentence').firstChild.data += ' or not'",
    "a number": "live.querySelector('output').firstChild.data = '0.123'",
    "a handle": "live.querySelector('input').value = live.querySelector('input').max",
    "a drawing": "live.querySelector('canvas').getContext('2d').fillText('old', 9, 9)",
    "the address": "history.replaceState(null, '', '#' + location.hash)",
    "what is said": "live.querySelector('.dlx-spoken').textContent = 'old'",
}


@pytest.mark.parametrize("what", FORGOTTEN)
@pytest.mark.parametrize("name", CLASSES[:1])
def test_what_is_stale_is_noticed(lab, what):
    figure = lab(*POINTER)
    figure.do(figure.actions()[0])
    assert figure.stale() == []
    figure.page.evaluate(f"() => {{ const live = document.querySelector('.dlx-live'); {FORGOTTEN[what]}; }}")
    assert figure.stale() != []
