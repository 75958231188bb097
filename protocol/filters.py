"""Subscription filters of those who listen to many devices; an endpoint never needs one."""

from protocol.topics import build

# Who says and who hears what. Access lists of brokers follow from these four.
FROM_ENDPOINT = ("readings", "status", "clock", "report", "piece", "answer", "fetch")
TO_ENDPOINT = ("command", "ack", "config", "receipt", "task", "bundle")
FROM_GATEWAY = ("incident", "history", "status", "report")
TO_GATEWAY = ("ack", "task")


def every_device(site: str, kind: str) -> str:
    """Subscription filter for one kind of message of all devices of a site."""
    return build(site, "any", kind).replace("/any/", "/+/")


def every_site(kind: str) -> str:
    """Subscription filter for one kind of message of all sites and devices."""
    return build("any", "any", kind).replace("/any/any/", "/+/+/")
