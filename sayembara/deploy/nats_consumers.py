"""The accounts of consumers, in the NATS server's configuration.

Each has an account of its own with one user, so nobody hears another's answers, and no answer can
be sent anywhere but to who asked. `LOG` lends it three things: what its own durable consumer is
doing, that consumer's next messages, and to acknowledge them; to an auditor's also the log as a
whole, to read. In its account the calls have the
names that every client library uses, so it needs no setting but the address and its key.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sayembara.deploy.nats_config import API, HERE, NO_CONSUMERS, WHOLE_LOG

CONNECTIONS_MAX = 4
SUBSCRIPTIONS_MAX = 100
PAYLOAD_BYTES_MAX = 4096
"""The most that it may send at a time: it sends requests and acknowledgements only."""

ACCOUNT = """\
{account} {{
  limits {{
    max_connections: {connections}
    max_subscriptions: {subscriptions}
    max_payload: {payload}
    max_leafnodes: 0
  }}
  users: [{{
    nkey: {nkey}
    permissions: {{
      publish: {{ allow: [{publish}] }}
      subscribe: {{ allow: ["_INBOX.>"] }}
    }}
  }}]
  imports: [
{imports}
  ]
  mappings: {{
{mappings}
  }}
}}
"""


@dataclass(frozen=True)
class Account:
    """Of a consumer: the name of its account and durable consumer, its stream, its public key."""

    name: str
    stream: str
    nkey: str
    whole_log: bool


def consumers_config(accounts: Iterable[Account]) -> str:
    """The file that a configuration includes."""
    return NO_CONSUMERS + "".join(map(_text, accounts))


def _text(account: Account) -> str:
    own = f"{account.stream}.{account.name}"
    asked = [f"{API}.CONSUMER.INFO.{own}", f"{API}.CONSUMER.MSG.NEXT.{own}"]
    asked += WHOLE_LOG if account.whole_log else ()
    acknowledged = f"$JS.ACK.{own}.>"
    here = [each.replace(API, HERE) for each in asked]
    imported = zip([*asked, acknowledged], [*here, acknowledged], strict=True)
    return ACCOUNT.format(
        account=json.dumps(account.name),
        connections=CONNECTIONS_MAX,
        subscriptions=SUBSCRIPTIONS_MAX,
        payload=PAYLOAD_BYTES_MAX,
        nkey=account.nkey,
        publish=", ".join(map(json.dumps, [*here, acknowledged])),
        imports="\n".join(_import(*each) for each in imported),
        mappings="\n".join(
            f"    {json.dumps(plain)}: {json.dumps(mapped)}"
            for plain, mapped in zip(asked, here, strict=True)
        ),
    )


def _import(subject: str, here: str) -> str:
    to = "" if here == subject else f", to: {json.dumps(here)}"
    return f"    {{ service: {{ account: LOG, subject: {json.dumps(subject)} }}{to} }}"
