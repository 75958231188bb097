"""The wires from the virtual board to its parts, which the host plays: one line out, one line back."""

import socket

EIO = 5


class Wires:
    """A loopback connection; `ask` waits for the answer, `tell` does not."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket()
        self._socket.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])

    def ask(self, line: str) -> str:
        """The answer. Raises OSError with the number the part gave where it did not answer."""
        self.tell(line)
        answer = self._socket.readline().decode().strip()
        if not answer or answer[0] == "!":
            raise OSError(int(answer[1:] or EIO))
        return answer

    def tell(self, line: str) -> None:
        """Nothing comes back."""
        self._socket.write(line + "\n")
