"""A site of somebody else's, whose pages send forms to the installation in the name of whoever is lured there."""

import http.server
import threading
from html import escape
from urllib.parse import unquote


class Elsewhere:
    """Serves one page for each lure: a form for another address, with fields and a tempting button."""

    def __init__(self):
        self.pages = {}
        pages = self.pages

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                page = pages.get(unquote(self.path.lstrip("/")))
                self.send_response(200 if page else 404)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write((page or "").encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def lure(self, name, action, fields):
        """Puts a page up, under `name`, that posts `fields` to the address `action` when its button is pressed."""
        hidden = "".join(f'<input type="hidden" name="{escape(key)}" value="{escape(value)}">' for key, value in fields.items())
        form = f'<form method="post" action="{escape(action)}">{hidden}<button>Win a prize</button></form>'
        self.pages[name] = f'<!doctype html><html lang="en"><title>Prizes</title><h1>Prizes</h1>{form}'

    def address(self, host, name):
        """Where a lure is. To a browser at an installation on 127.0.0.1, `localhost` is another site, and `127.0.0.1` is another
        origin of the same site, to which it sends cookies along."""
        return f"http://{host}:{self.server.server_port}/{name}"
