"""Connection to a server: HTTP/1.1 by h11 over a socket, with what it needs kept from the time of its import.

A test may replace the network, `http.client` or what else a client needs, or record what goes over it. The plugin asks
about a world meanwhile, and has to be answered. So nothing here is looked up in a module once tests run.
"""

import socket
from collections.abc import Mapping
from socket import SOCK_STREAM, getaddrinfo
from typing import NamedTuple

import h11

_READ_BYTES = 65536


class Answer(NamedTuple):
    """An HTTP response as far as a client reads it; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Socket(socket.socket):
    """A socket with the methods that sockets have now."""

    connect = socket.socket.connect
    sendall = socket.socket.sendall
    recv = socket.socket.recv
    settimeout = socket.socket.settimeout
    close = socket.socket.close
    detach = socket.socket.detach


def connect(host: str, port: int, timeout: float) -> socket.socket:
    """Return a socket that is connected to a host; `timeout` is in seconds, for this and each later step.

    Raises OSError, also for a name that cannot be one.
    """
    try:
        addresses = getaddrinfo(host, port, 0, SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host} is not a valid host name") from error
    failure = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in addresses:
        connecting = _Socket(family, kind, protocol)
        try:
            connecting.settimeout(timeout)
            connecting.connect(address)
        except OSError as error:
            connecting.close()
            failure = error
        except BaseException:
            connecting.close()
            raise
        else:
            return connecting
    raise failure


class Connection:
    """One connection that is kept open; it closes itself with its last reference.

    `used` says that it has brought an answer before.
    """

    def __init__(self, connected: socket.socket) -> None:
        self.used = False
        self.open = True
        self._socket = connected
        self._http = h11.Connection(h11.CLIENT)

    def __del__(self) -> None:
        self.close()

    def exchange(self, method: str, target: str, headers: Mapping[str, str], payload: bytes) -> Answer:
        """Send a request and return the answer; raises OSError, and closes the connection, if there is none.

        Values of headers are bytes as Latin-1 reads them.
        """
        try:
            request = h11.Request(method=method, target=target, headers=as_bytes(headers))
            sent = (request, *([h11.Data(payload)] if payload else []), h11.EndOfMessage())
            self._socket.sendall(b"".join(self._http.send(event) or b"" for event in sent))
            answer = self._answer()
        except h11.RemoteProtocolError as error:
            self.close()
            raise OSError(f"the answer is not valid HTTP: {error}") from error
        except BaseException:  # also a time-out or Ctrl-C: a connection cannot be used after half an exchange
            self.close()
            raise
        self.used = True
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self.close()
        return answer

    def _answer(self) -> Answer:
        status, headers, body = 0, {}, bytearray()
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                data = self._socket.recv(_READ_BYTES)
                if not data and not status:
                    raise ConnectionResetError("the server closed the connection without an answer")
                self._http.receive_data(data)
            elif isinstance(event, h11.Response):
                status = event.status_code
                headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return Answer(status, headers, bytes(body))

    def close(self) -> None:
        """Close the connection."""
        self.open = False
        self._socket.close()


def as_bytes(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Return headers as they are sent."""
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
