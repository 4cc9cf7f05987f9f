"""Everybody: whoever comes without a name may hear what is public right then, and nothing else.

The anonymous user is one of the WebSocket listener alone. On the other port a client without a
password is refused, as ever, so no service can come in unnoticed as nobody.
"""

import json

from contracts.stream import LIVE_ROOT

ACCOUNT = "PUBLIC"
CONNECTIONS = 10_000
"""How many anonymous connections one server takes; the next one is refused."""
SUBSCRIPTIONS = 20
"""How many subscriptions each connection may have."""
PAYLOAD_BYTES = 1_024
"""More than it takes to say nothing: a client that sends more is cut off."""

LIVE = f"{LIVE_ROOT}.>"
EXPORT = f'{{ stream: "{LIVE}", accounts: ["{ACCOUNT}"] }}'
ANONYMOUS = f"""\
  {ACCOUNT} {{
    users: [{{
      user: "public"
      allowed_connection_types: ["WEBSOCKET"]
      permissions: {{
        publish: {{ deny: [">"] }}
        subscribe: {{ allow: ["{LIVE}"] }}
      }}
    }}]
    imports: [
      {{ stream: {{ account: LOG, subject: "{LIVE}" }} }}
    ]
    limits: {{
      max_connections: {CONNECTIONS}
      max_subscriptions: {SUBSCRIPTIONS}
      max_payload: {PAYLOAD_BYTES}
    }}
  }}"""


def websocket(listen: str) -> str:
    """The listener that browsers come to. TLS is for whatever stands in front of it."""
    return f"""\
websocket {{
  listen: {json.dumps(listen)}
  no_tls: true
  no_auth_user: "public"
}}
"""
