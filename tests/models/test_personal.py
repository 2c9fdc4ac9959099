"""Personal fields: sealed for their place, opened by their key alone, found again by a keyed digest."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.personal import FieldCipher, UnreadableField

SECRET = "a secret of the office, long enough"
CIPHER = FieldCipher(SECRET)
PLACE = "applicant:7:identity_number"
NUMBER = "11010519491231002X"

values = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@settings(max_examples=100, deadline=None)
@given(values, values)
def test_what_is_sealed_for_a_place_opens_there(value: str, place: str) -> None:
    sealed = CIPHER.seal(value, place)
    assert CIPHER.open(sealed, place) == value


@pytest.mark.parametrize("empty", [None, ""])
def test_nothing_stays_nothing(empty: str | None) -> None:
    assert CIPHER.seal(empty, PLACE) is None
    assert CIPHER.open(None, PLACE) is None
    assert CIPHER.index(empty) is None


def test_a_sealed_value_shows_nothing_of_what_it_holds() -> None:
    sealed = CIPHER.seal(NUMBER, PLACE)
    assert NUMBER.encode() not in sealed
    assert NUMBER[:6].encode() not in sealed


def test_sealing_twice_gives_two_values_that_both_open() -> None:
    first, second = CIPHER.seal(NUMBER, PLACE), CIPHER.seal(NUMBER, PLACE)
    assert first != second
    assert CIPHER.open(first, PLACE) == CIPHER.open(second, PLACE) == NUMBER


@pytest.mark.parametrize(
    "elsewhere",
    ["applicant:8:identity_number", "applicant:7:telephone", "agency:7:identity_number", "", f"{PLACE} "],
)
def test_a_value_moved_to_another_place_does_not_open(elsewhere: str) -> None:
    with pytest.raises(UnreadableField) as raised:
        CIPHER.open(CIPHER.seal(NUMBER, PLACE), elsewhere)
    assert NUMBER not in str(raised.value)


def test_another_key_does_not_open_and_the_place_is_named() -> None:
    with pytest.raises(UnreadableField, match=PLACE):
        FieldCipher(SECRET + "!").open(CIPHER.seal(NUMBER, PLACE), PLACE)


def test_the_same_secret_opens_after_a_restart() -> None:
    assert FieldCipher(SECRET).open(CIPHER.seal(NUMBER, PLACE), PLACE) == NUMBER


def test_no_altered_byte_opens() -> None:
    sealed = CIPHER.seal(NUMBER, PLACE)
    for index in range(len(sealed)):
        altered = sealed[:index] + bytes([sealed[index] ^ 1]) + sealed[index + 1 :]
        with pytest.raises(UnreadableField):
            CIPHER.open(altered, PLACE)


def test_no_shortened_value_opens() -> None:
    sealed = CIPHER.seal(NUMBER, PLACE)
    for length in range(len(sealed)):
        with pytest.raises(UnreadableField):
            CIPHER.open(sealed[:length], PLACE)
    with pytest.raises(UnreadableField):
        CIPHER.open(sealed + b"\0", PLACE)


def test_a_sealed_value_begins_with_its_version_and_the_id_of_its_key() -> None:
    one, other = CIPHER.seal("a", PLACE), CIPHER.seal("b", PLACE)
    assert one[:1] == b"\x01"
    assert one[:5] == other[:5]
    assert one[:5] != FieldCipher(SECRET + "!").seal("a", PLACE)[:5]
    assert len(one) == 1 + 4 + 12 + 1 + 16


# The index


@pytest.mark.parametrize(
    "written",
    [
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "１１０１０５１９４９１２３１００２ｘ",
        " 11010519491231002X ",
        "110105 19491231 002X",
        "110105\u300019491231\u3000002X",
        "110105\t19491231\n002X",
        "110105\u00a019491231002X",
    ],
)
def test_the_index_finds_a_number_however_it_is_written(written: str) -> None:
    assert CIPHER.index(written) == CIPHER.index(NUMBER)


@pytest.mark.parametrize("other", ["110105194912310021", "11010519491231002", "1101051949123100 2XX", "X"])
def test_the_index_tells_two_numbers_apart(other: str) -> None:
    assert CIPHER.index(other) != CIPHER.index(NUMBER)


def test_the_index_cannot_be_made_without_the_secret() -> None:
    assert FieldCipher(SECRET + "!").index(NUMBER) != CIPHER.index(NUMBER)
    assert FieldCipher(SECRET).index(NUMBER) == CIPHER.index(NUMBER)
    assert len(CIPHER.index(NUMBER)) == 32


# The secret


@pytest.mark.parametrize("secret", ["", "short", "fifteen letters"])
def test_a_short_secret_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match=f"{len(secret)} 个字符，应至少 16 个") as raised:
        FieldCipher(secret)
    assert not secret or secret not in str(raised.value)


def test_a_secret_of_16_characters_is_taken() -> None:
    assert FieldCipher("sixteen letters!").open(FieldCipher("sixteen letters!").seal("x", PLACE), PLACE) == "x"


def test_the_cipher_does_not_show_its_keys() -> None:
    assert SECRET not in repr(CIPHER)
    assert not any(SECRET in str(value) for value in vars(CIPHER).values())
