from typing import Protocol


class ImportedHash(Protocol):
    def __call__(self, key_base64: str, salt_base64: str) -> str:
        """The stored form of a hash that the tutorial keeps as two columns in base64.

        Raises ValueError, saying which of the two is wrong and why.
        """
        ...
