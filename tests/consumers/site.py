"""A web server on loopback: pages of the tests, the npm packages, and files that a test puts there."""

import mimetypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "clients" / "web" / "dist" / "browser"
FOLDERS = {"npm": HERE / "node_modules", "pages": HERE / "pages", "web": WEB}
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".json": "application/json",
    ".xml": "text/xml",
    ".atlas": "text/plain",
    ".webp": "image/webp",
    ".webm": "video/webm",
    ".mp4": "video/mp4",
    ".pck": "application/octet-stream",
}


class Site:
    """What is served: `/files/…` from memory, `/npm/…`, `/pages/…` and `/web/…` from disk."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.files: Mapping[str, bytes] = {}

    def content(self, path: str) -> bytes | None:
        """The bytes at a decoded path, None where there is nothing."""
        root, _, rest = path.lstrip("/").partition("/")
        if root == "files":
            return self.files.get(rest)
        folder = FOLDERS.get(root)
        if folder is None:
            return None
        file = (folder / rest).resolve()
        return file.read_bytes() if file.is_relative_to(folder.resolve()) and file.is_file() else None


@contextmanager
def serving() -> Iterator[Site]:
    """A site on a free port, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.site = Site(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.site  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        content = self.server.site.content(path)  # type: ignore[attr-defined]
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Type", _type(path))
        self.send_header("Content-Length", str(len(content or b"")))
        self.send_header("Cache-Control", "max-age=3600" if path.startswith("/npm/") else "no-store")
        # Threads in WebAssembly (Godot) want a page that nothing from elsewhere can reach.
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *args: object) -> None:
        """Keep the tests' output to itself."""


def _type(path: str) -> str:
    suffix = Path(path).suffix
    return TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
