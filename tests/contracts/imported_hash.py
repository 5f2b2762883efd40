"""What is promised of ImportedHash."""

from base64 import b64encode

import pytest

from application.ports.imported_hash import ImportedHash

KEY = b64encode(bytes(range(32))).decode()
OTHER_KEY = b64encode(bytes(range(32, 64))).decode()
SALT = b64encode(bytes(range(16))).decode()


class ImportedHashContract:
    def test_another_key_or_salt_is_another_hash(self, imported_hash: ImportedHash) -> None:
        pairs = [(KEY, SALT), (KEY, KEY), (OTHER_KEY, SALT)]

        encoded = {imported_hash(key, salt) for key, salt in pairs}

        assert len(encoded) == len(pairs)

    def test_the_same_pair_is_the_same_hash(self, imported_hash: ImportedHash) -> None:
        assert imported_hash(KEY, SALT) == imported_hash(KEY, SALT)

    @pytest.mark.parametrize(
        ("key", "salt", "which"),
        [
            ("no base64", SALT, "hash"),
            ("", SALT, "hash"),
            (KEY, "no base64", "salt"),
            (KEY, "", "salt"),
        ],
    )
    def test_what_cannot_be_right_is_named(
        self, imported_hash: ImportedHash, key: str, salt: str, which: str
    ) -> None:
        with pytest.raises(ValueError, match=f"The {which} "):
            imported_hash(key, salt)
