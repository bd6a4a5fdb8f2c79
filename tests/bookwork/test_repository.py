"""The address of the repository: one line of `_config.yml`, and everything else as it follows from that."""

import shutil

import checkout
import pytest

from bookwork.release.repository import Repository, disagreements, main, move, repository, site

FORK = Repository("Some-One", "book.v2")


@pytest.fixture
def tree(tmp_path):
    """A copy of every file that mentions the address, known to git."""
    slug = repository().slug.encode()
    for path in checkout.files():
        if slug in path.read_bytes():
            copy = tmp_path / path.relative_to(checkout.ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    checkout.commit(tmp_path)
    return tmp_path


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}


def test_every_file_says_what_the_configuration_says():
    assert disagreements() == [], "run `python -m bookwork.release.repository`"


@pytest.mark.parametrize(
    ("url", "pages"),
    [
        ("https://github.com/Some-One/Book", "https://some-one.github.io/Book/"),
        ("https://github.com/someone/book.git", "https://someone.github.io/book/"),
        ("https://github.com/Someone/someone.github.io/", "https://someone.github.io/"),
    ],
)
def test_the_addresses_that_follow(url, pages):
    assert Repository.at(url).pages == pages


@pytest.mark.parametrize(
    "url", ["", "someone/book", "http://github.com/a/b", "https://gitlab.com/a/b", "https://github.com/a"]
)
def test_what_is_no_address_is_refused_with_the_form_that_is_right(url):
    with pytest.raises(ValueError, match="OWNER/NAME") as caught:
        Repository.at(url)
    assert repr(url) in str(caught.value)


def test_a_move_leaves_nothing_of_the_old_address_and_the_move_back_restores_every_byte(tree):
    ours, before = repository(), contents(tree)
    assert {"_config.yml", "CITATION.cff", "README.md", "pyproject.toml"} <= set(move(FORK, tree))
    assert repository(tree) == FORK
    assert disagreements(tree) == []
    for path, content in contents(tree).items():
        assert ours.slug.encode() not in content, path
        assert ours.pages.encode() not in content, path
    move(ours, tree)
    assert contents(tree) == before


def test_a_second_move_to_the_same_place_changes_nothing(tree):
    move(FORK, tree)
    assert move(FORK, tree) == []


def test_an_edit_of_the_configuration_alone_is_noticed_and_made_good(tree):
    path = tree / "_config.yml"
    path.write_text(path.read_text().replace(repository().url, FORK.url))
    assert any(f'CITATION.cff: repository-code: "{FORK.url}"' in wrong for wrong in disagreements(tree))
    move(repository(tree), tree)
    assert disagreements(tree) == []


def test_longer_names_are_left_alone(tree):
    longer = f"{repository().url}-tools and my-{repository().slug}"
    (tree / "README.md").write_text((tree / "README.md").read_text() + longer)
    move(FORK, tree)
    assert (tree / "README.md").read_text().endswith(longer)


def test_the_site_is_on_github_pages_unless_the_configuration_has_an_address_for_it(tree):
    assert site(tree) == repository().pages
    path = tree / "_config.yml"
    path.write_text(path.read_text().replace("\nhtml:\n", "\nhtml:\n  baseurl: https://book.example.org/deep\n"))
    assert site(tree) == "https://book.example.org/deep/"


def test_the_command_line_refuses_what_is_no_address(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["https://example.org/book"])
    assert caught.value.code == 2
    assert "write https://github.com/OWNER/NAME" in capsys.readouterr().err
