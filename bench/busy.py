"""`python -m bench.busy PORT MICROSECONDS`: a server that is busy for so long for each request.

Beside that it only reads and answers, in one thread. A hold-up within the time costs it nothing, so
that by milliseconds the tail is the least that cores and load client add to anybody's.
"""

import gc
import select
import socket
import sys
import time

# As long as a list of 20 tasks; whoever refreshes asks with this token again.
BODY = b'{"refreshToken":"none"}'.ljust(2000)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)


def main(port: int, seconds: float) -> None:
    gc.disable()
    listener = socket.create_server(("127.0.0.1", port), backlog=512)
    clients: dict[int, socket.socket] = {}
    ready = select.epoll()
    ready.register(listener, select.EPOLLIN)
    while True:
        for number, _ in ready.poll():
            if number == listener.fileno():
                client, _ = listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                clients[client.fileno()] = client
                ready.register(client, select.EPOLLIN)
            elif not _answered(clients[number], seconds):
                clients.pop(number).close()


def _answered(client: socket.socket, seconds: float) -> bool:
    """One request whose head comes at once; False when the client has gone."""
    done_at = time.perf_counter() + seconds
    try:
        if not client.recv(1 << 16):
            return False
        while time.perf_counter() < done_at:
            pass
        client.sendall(ANSWER)
    except ConnectionError:
        return False
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]) / 1e6)
