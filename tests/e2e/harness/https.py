"""An HTTP/1.1 server under TLS, Python's own; it offers nothing by ALPN."""

import http.server
import ssl
import threading


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"secret")

    def log_message(self, *_):
        pass


class HttpsServer(http.server.ThreadingHTTPServer):
    """`certificate` is its file and its key's; `paths` are those that were asked for."""

    def __init__(self, certificate):
        super().__init__(("127.0.0.1", 0), Answer)
        self.paths = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """Clients that leave are expected."""

    def close(self):
        self.shutdown()
        self.server_close()
