"""What the page about `asyncapi.json` shows: its servers, channels, messages and bindings."""

from typing import Any

Part = dict[str, Any]


def of(document: Part) -> Part:
    """The document in the order in which it is read."""
    components = document["components"]
    schemas = components["schemas"]
    return {
        "document": document,
        "channels": [_channel(document, id_, each) for id_, each in document["channels"].items()],
        "messages": [_message(id_, each) for id_, each in components["messages"].items()],
        "headers": [
            ("headers", "Tajuk internal", "Internal headers", schemas["headers"]),
            (
                "public-headers",
                "Tajuk publik",
                "Headers of the public view",
                schemas["public-headers"],
            ),
        ],
    }


def _channel(document: Part, id_: str, channel: Part) -> Part:
    (message,) = channel["messages"]
    return {
        "id": id_,
        "address": channel["address"],
        "summary": channel["description"].split("\n\n", 1)[0],
        "message": message,
        "stream": channel["x-jetstream"]["stream"],
        "filter": channel["x-jetstream"]["filter"],
        "senders": _who(document, id_, "send"),
        "receivers": _who(document, id_, "receive"),
    }


def _who(document: Part, channel: str, action: str) -> str:
    """The services that do this on the channel: an operation is called `<service>.<verb>.…`."""
    return ", ".join(
        name.split(".", 1)[0]
        for name, operation in document["operations"].items()
        if operation["action"] == action and operation["channel"]["$ref"] == f"#/channels/{channel}"
    )


def _message(id_: str, message: Part) -> Part:
    return {
        "id": id_,
        "summary": message["summary"],
        "page": f"{message['name']}.html",
        "payload": message["payload"]["$ref"],
        "content_type": message["contentType"],
        "headers": message["headers"]["$ref"].rsplit("/", 1)[-1],
        "deprecated": message.get("x-deprecated"),
    }
