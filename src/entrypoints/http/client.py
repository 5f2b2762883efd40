from falcon import Request

from domain.session import Client

MAX_USER_AGENT_LENGTH = 300


def client_of(req: Request) -> Client:
    """Where a request comes from, by its own account."""
    return Client(
        label="",
        user_agent=(req.user_agent or "")[:MAX_USER_AGENT_LENGTH],
        ip_address=req.remote_addr,
    )
