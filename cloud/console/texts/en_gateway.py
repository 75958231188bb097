"""English: what is wrong with a gateway, and what to do. Keys are the same in every language."""

from __future__ import annotations

GATEWAY: dict[str, str] = {
    "eq.gateways.more": "{n} more gateways",
    "eq.find": "To look at",
    "eq.find.silent": "The centre has not heard it for {span}",
    "eq.find.silent.do": "What stands below is its last word; its endpoints count as unknown. "
    "The site may go on by itself: look at power, network, then its program.",
    "eq.find.clock_behind": "Its clock is {span} behind",
    "eq.find.clock_behind.do": "Times of its incidents are early by as much; shelves still end in time. "
    "See whether it reaches its time server (NTP), then its battery.",
    "eq.find.clock_ahead": "Its clock is {span} ahead",
    "eq.find.clock_ahead.do": "Times of its incidents are late by as much, and shelves of the centre end early. "
    "See whether it reaches its time server (NTP).",
    "eq.find.site_link": "It is cut off from the broker of its site",
    "eq.find.site_link.do": "It hears no endpoint. Look at the switch, the broker and the cable there.",
    "eq.find.owed": "{n} messages are not delivered, the oldest for {span}",
    "eq.find.owed.do": "Incidents go before readings; none is lost. Where it grows, look at the link to the centre, "
    "then whether the centre refuses.",
    "eq.find.dropped": "{n} readings were dropped",
    "eq.find.dropped.do": "After too long an outage the oldest readings make room for incidents; none of those is "
    "lost. See why the link was away so long.",
    "eq.find.disk": "{n} MB of its disk are left",
    "eq.find.disk.do": "Once it is full, readings stay at the endpoints; incidents are told. "
    "Make room, or take a larger disk.",
    "eq.find.torn": "Its database broke {n} times and was replaced",
    "eq.find.torn.do": "Mostly the card or the power supply: take industrial storage, check the supply.",
    "eq.find.often": "Started {n} times within a day",
    "eq.find.often.do": "Check its power; where that is good, read its log before each start.",
    "eq.find.killed": "The run before did not end properly",
    "eq.find.killed.do": "Its power went, or it was killed. Once does not matter; where it is often, check its power.",
    "eq.find.failures": "Inner tasks were restarted {n} times ({names})",
    "eq.find.failures.do": "It recovered. Where it still grows, send its log to who maintains it.",
    "eq.find.update_failed": "{n} updates failed",
    "eq.find.update_failed.do": "Those endpoints work on with their old program. The reasons stand at the updates.",
    "eq.find.refused": "{n} messages were refused",
    "eq.find.refused.do": "A refused message becomes no incident. Reasons and samples stand at the refused messages.",
    "eq.span.s": "{n} s",
    "eq.span.min": "{n} min",
    "eq.span.h": "{n} h",
    "eq.span.d": "{n} days",
    "eq.outbox.age": "the oldest for {span}",
    "eq.end.clean_exit": "the run before ended properly",
    "eq.end.killed": "the run before lost its power or was killed",
    "eq.update.failed.refused": "The endpoint did not take it.",
    "eq.update.failed.rolled_back": "The new program failed its trial; the old one is back by itself.",
    "eq.update.failed.lost": "It was not heard again after the restart: go and look.",
    "eq.quarantine.do": "By the reason: an unknown endpoint belongs into the site file; wrong content asks for a "
    "newer program of the endpoint; where it is none of yours, find out who sends here.",
    "eq.why.not_json": "not readable as JSON",
    "eq.why.not_senml": "not in the form of readings (SenML)",
    "eq.why.not_object": "its content is no object",
    "eq.why.unknown_device": "the site file has no such endpoint",
    "eq.why.device_mismatch": "it names another endpoint than its topic",
    "eq.why.unknown_panel": "the site file has no such panel",
    "eq.why.too_long": "too long",
    "eq.why.empty": "empty",
    "eq.why.future": "its time lies in the future",
    "eq.why.twice": "something stands there twice",
    "eq.why.field": "a field is missing or wrong",
    "eq.why.centre": "the centre did not take it",
    "eq.why.internal_error": "an error inside the gateway",
}
