"""The API in FastAPI, with SQLAlchemy's asyncio extension, PyJWT and pwdlib."""

import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException, status
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import ForeignKey, event, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SECRET_KEY = os.environ["JWT_SECRET"]
ALGORITHM = "HS256"
ACCESS_TOKEN_SECONDS = int(os.environ["ACCESS_TOKEN_SECONDS"])
REFRESH_TOKEN_DAYS = 14

# The database

engine = create_async_engine(
    f"sqlite+aiosqlite:///{os.environ['DATABASE_PATH']}",
    connect_args={"timeout": 5},
    pool_size=20,
)
SessionLocal = async_sessionmaker(engine, expire_on_commit=False)


@event.listens_for(engine.sync_engine, "connect")
def set_sqlite_pragmas(connection, _record):
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[str]
    disabled_at: Mapped[str | None]


class Task(Base):
    __tablename__ = "tasks"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    is_completed: Mapped[bool]
    ts: Mapped[str]
    version: Mapped[int]


class RefreshToken(Base):
    __tablename__ = "refresh_tokens"

    jti: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


async def get_session() -> AsyncIterator[AsyncSession]:
    async with SessionLocal() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


# What is sent


class Schema(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, from_attributes=True
    )


class TaskOut(Schema):
    id: int = Field(validation_alias="number")
    name: str
    is_completed: bool
    ts: datetime
    version: int


class TaskIn(Schema):
    name: str = Field(min_length=1, max_length=500)
    is_completed: bool = False


class LoginBody(Schema):
    email: str
    password: str


class RefreshBody(Schema):
    refresh_token: str


class Tokens(Schema):
    access_token: str
    refresh_token: str
    token_type: str = "Bearer"
    expires_in: int = ACCESS_TOKEN_SECONDS
    user_id: int


# Signing in

password_hash = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19456, parallelism=1),))
unauthorized = HTTPException(
    status.HTTP_401_UNAUTHORIZED,
    detail="Could not validate credentials",
    headers={"WWW-Authenticate": "Bearer"},
)


def sign(user_id: int, kind: str, lifetime: timedelta, **claims: str) -> str:
    now = datetime.now(UTC)
    payload = {"sub": str(user_id), "type": kind, "iat": now, "exp": now + lifetime, **claims}
    return jwt.encode(payload, SECRET_KEY, algorithm=ALGORITHM)


def verify(token: str, kind: str) -> dict:
    try:
        payload = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM])
    except jwt.InvalidTokenError:
        raise unauthorized from None
    if payload.get("type") != kind:
        raise unauthorized
    return payload


def issue_tokens(session: AsyncSession, user_id: int) -> Tokens:
    lifetime = timedelta(days=REFRESH_TOKEN_DAYS)
    stored = RefreshToken(
        jti=uuid.uuid4().hex, user_id=user_id, expires_at=datetime.now(UTC) + lifetime
    )
    session.add(stored)
    return Tokens(
        access_token=sign(user_id, "access", timedelta(seconds=ACCESS_TOKEN_SECONDS)),
        refresh_token=sign(user_id, "refresh", lifetime, jti=stored.jti),
        user_id=user_id,
    )


async def get_current_user(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())], session: Session
) -> User:
    payload = verify(credentials.credentials, "access")
    user = await session.get(User, int(payload["sub"]))
    if user is None or user.disabled_at is not None:
        raise unauthorized
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


# The API

app = FastAPI()


@app.post("/api/users/login")
async def login(body: LoginBody, session: Session) -> Tokens:
    user = await session.scalar(select(User).where(User.email == body.email))
    if user is None or not await run_in_threadpool(
        password_hash.verify, body.password, user.password_hash
    ):
        raise unauthorized
    tokens = issue_tokens(session, user.id)
    await session.commit()
    return tokens


@app.post("/api/users/refresh_token")
async def refresh(body: RefreshBody, session: Session) -> Tokens:
    payload = verify(body.refresh_token, "refresh")
    revoked = await session.execute(
        update(RefreshToken)
        .where(RefreshToken.jti == payload["jti"], RefreshToken.revoked_at.is_(None))
        .values(revoked_at=datetime.now(UTC))
    )
    if revoked.rowcount != 1:
        raise unauthorized
    tokens = issue_tokens(session, int(payload["sub"]))
    await session.commit()
    return tokens


@app.get("/api/tasks", response_model=list[TaskOut])
async def list_tasks(user: CurrentUser, session: Session):
    tasks = await session.scalars(
        select(Task).where(Task.user_id == user.id).order_by(Task.number)
    )
    return tasks.all()


@app.post("/api/tasks", response_model=TaskOut, status_code=status.HTTP_201_CREATED)
async def add_task(body: TaskIn, user: CurrentUser, session: Session):
    next_number = (
        select(func.coalesce(func.max(Task.number), 0) + 1)
        .where(Task.user_id == user.id)
        .scalar_subquery()
    )
    task = Task(
        user_id=user.id,
        number=next_number,
        name=body.name,
        is_completed=body.is_completed,
        ts=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        version=1,
    )
    session.add(task)
    await session.commit()
    return task
