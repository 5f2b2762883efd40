from dataclasses import dataclass

from application.accounts.verify_password import VerifyPassword
from application.ports.unit_of_work import Transaction, UnitOfWork
from domain.errors import Invalid, Unauthenticated
from domain.session import Client
from domain.user import EmailAddress, User, normalize_email


class InvalidLogin(Invalid):
    code = "L01"
    sentence = "The email address or the password is missing."


class WrongCredentials(Unauthenticated):
    """Never says which of the two is wrong, nor that an account is disabled."""

    code = "L02"
    sentence = "The email address or the password is wrong."


@dataclass(frozen=True, slots=True)
class VerifyCredentials:
    """Whose address and password these are: shared by all who ask somebody that has no session.

    An unknown address costs as long as a wrong password: a password is verified either way.
    Raises InvalidLogin, WrongCredentials, TooManyAttempts or HasherBusy.
    """

    uow: UnitOfWork
    verify_password: VerifyPassword

    def __call__(self, email: str, password: str, client: Client) -> User:
        if not email or not password:
            raise InvalidLogin
        address = EmailAddress(normalize_email(email))
        with self.uow.read() as tx:
            known = tx.users.by_email(address)
        right = self.verify_password(known, address, password, client)
        if known is None or not right:
            raise WrongCredentials
        return known

    def hold(self, tx: Transaction, verified: User) -> User | None:
        """The user as they are now, held by the transaction: hashing took its time.

        None when the password that was verified is not theirs any more, or was hashed anew by a
        login. Raises WrongCredentials.
        """
        user = tx.users.lock(verified.id)
        if user is None or not user.is_enabled:
            raise WrongCredentials
        return user if user.password_hash == verified.password_hash else None
