from falcon import Request

from domain.session import Client

MAX_USER_AGENT_LENGTH = 300


def client_of(req: Request, label: str = "") -> Client:
    """Where a request comes from, and what the client calls itself."""
    return Client(
        label=label,
        user_agent=(req.user_agent or "")[:MAX_USER_AGENT_LENGTH],
        ip_address=req.context.address,
    )
