"""Nova's application. It reads sys.argv for its own flags, so a WSGI server's must be gone by then."""

import sys

sys.argv = sys.argv[:1]

from nova.wsgi.osapi_compute import application  # noqa: E402, F401
