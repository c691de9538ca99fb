"""Ids and secrets tell nobody anything: no order, no time, no repetition."""

import hashlib
import uuid

import pytest

from portal.core.ids import new_id, new_ids, new_token, token_hash

pytestmark = pytest.mark.security


def test_ids_are_random_and_never_the_same() -> None:
    made = [new_id() for _number in range(2000)]
    assert len(set(made)) == len(made)
    assert {one.version for one in made} == {4}
    assert made != sorted(made)


def test_many_ids_at_once_are_as_random() -> None:
    made = new_ids(2000)
    assert len(set(made)) == len(made) == 2000
    assert {(one.version, one.variant) for one in made} == {(4, uuid.RFC_4122)}
    assert made != sorted(made)
    assert new_ids(0) == []


def test_an_id_holds_neither_machine_nor_time() -> None:
    node = f"{uuid.getnode():012x}"
    assert not any(str(new_id()).endswith(node) for _number in range(200))


def test_a_secret_has_256_bits_and_fits_an_address() -> None:
    made = {new_token() for _number in range(500)}
    assert len(made) == 500
    assert {len(token) for token in made} == {43}
    assert all(token.replace("-", "").replace("_", "").isalnum() for token in made)


def test_only_the_hash_is_kept() -> None:
    token = new_token()
    assert token_hash(token) == hashlib.sha256(token.encode()).digest()
    assert token.encode() not in token_hash(token)
