"""The API in Flask, with Flask-SQLAlchemy, Flask-JWT-Extended and argon2-cffi."""

import os
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from flask import Flask, abort, jsonify, request
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    get_jwt,
    get_jwt_identity,
    jwt_required,
)
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, event, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{os.environ['DATABASE_PATH']}"
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"connect_args": {"timeout": 5}}
app.config["JWT_SECRET_KEY"] = os.environ["JWT_SECRET"]
app.config["JWT_ACCESS_TOKEN_EXPIRES"] = timedelta(seconds=int(os.environ["ACCESS_TOKEN_SECONDS"]))
app.config["JWT_REFRESH_TOKEN_EXPIRES"] = timedelta(days=14)
app.config["JWT_REFRESH_JSON_KEY"] = "refreshToken"
app.json.sort_keys = False
app.json.ensure_ascii = False

# The database


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(app, model_class=Base)


class User(db.Model):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[str]
    disabled_at: Mapped[str | None]


class Task(db.Model):
    __tablename__ = "tasks"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    is_completed: Mapped[bool]
    ts: Mapped[str]
    version: Mapped[int]

    def to_dict(self):
        return {
            "id": self.number,
            "name": self.name,
            "isCompleted": self.is_completed,
            "ts": self.ts.replace(".000000Z", "Z"),
            "version": self.version,
        }


class TokenBlocklist(db.Model):
    __tablename__ = "token_blocklist"

    id: Mapped[int] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


with app.app_context():

    @event.listens_for(db.engine, "connect")
    def set_sqlite_pragmas(connection, _record):
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()


# Signing in

jwt = JWTManager(app)
hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@jwt.token_in_blocklist_loader
def is_revoked(_header, payload):
    # Access tokens live for minutes and are not revoked: only a refresh costs a query.
    if payload["type"] != "refresh":
        return False
    return db.session.scalar(select(TokenBlocklist.id).filter_by(jti=payload["jti"])) is not None


def tokens_for(user_id):
    return {
        "accessToken": create_access_token(identity=str(user_id)),
        "refreshToken": create_refresh_token(identity=str(user_id)),
        "tokenType": "Bearer",
        "expiresIn": int(app.config["JWT_ACCESS_TOKEN_EXPIRES"].total_seconds()),
        "userId": user_id,
    }


# The API


@app.post("/api/users/login")
def login():
    body = request.get_json()
    user = db.session.scalar(select(User).filter_by(email=body["email"]))
    if user is None:
        abort(401)
    try:
        hasher.verify(user.password_hash, body["password"])
    except VerifyMismatchError:
        abort(401)
    return jsonify(tokens_for(user.id))


@app.post("/api/users/refresh_token")
@jwt_required(refresh=True, locations=["json"])
def refresh():
    db.session.add(TokenBlocklist(jti=get_jwt()["jti"], created_at=datetime.now(UTC)))
    try:
        db.session.commit()
    except IntegrityError:
        abort(401)
    return jsonify(tokens_for(int(get_jwt_identity())))


@app.get("/api/tasks")
@jwt_required()
def list_tasks():
    user_id = int(get_jwt_identity())
    tasks = db.session.scalars(select(Task).filter_by(user_id=user_id).order_by(Task.number))
    return jsonify([task.to_dict() for task in tasks])


@app.post("/api/tasks")
@jwt_required()
def add_task():
    user_id = int(get_jwt_identity())
    body = request.get_json()
    next_number = (
        select(func.coalesce(func.max(Task.number), 0) + 1)
        .filter_by(user_id=user_id)
        .scalar_subquery()
    )
    task = Task(
        user_id=user_id,
        number=next_number,
        name=body["name"],
        is_completed=body.get("isCompleted", False),
        ts=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        version=1,
    )
    db.session.add(task)
    db.session.commit()
    return jsonify(task.to_dict()), 201
