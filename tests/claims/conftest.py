"""A claim's tolerance stands in its marker, where the book's ledger reads it, and reaches the test as an argument."""


def pytest_generate_tests(metafunc):
    if "tolerance" in metafunc.fixturenames:
        metafunc.parametrize("tolerance", [metafunc.definition.get_closest_marker("claim").kwargs["tolerance"]])
