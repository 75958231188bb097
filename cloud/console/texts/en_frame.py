"""English: what surrounds every page."""

from __future__ import annotations

FRAME: dict[str, str] = {
    # frame
    "site.name": "Gridwhistle",
    "site.centre": "Command centre",
    "page.board": "Board",
    "list.sep": ", ",
    "list.pages": "Pages",
    "list.page": "Page {at} of {pages}",
    "list.prev": "Previous",
    "list.next": "Next",
    "sep.colon": ": ",
    "sep.comma": ", ",
    "sep.part": "; ",
    "in.brackets": " ({text})",
    "skip": "Skip to the main content",
    "room.all": "Rooms",
    "room.board": "Board",
    "room.map": "Map",
    "room.report": "New",
    "room.equipment": "Devices",
    "room.history": "History",
    "room.patrols": "Patrols",
    "room.areas": "Areas",
    "room.duty": "Duty",
    "room.plan": "Rules",
    "room.system": "System",
    "nav.back": "Back to the board",
    "lang.other": "中文",
    "lang.switch": "Language",
    "theme.day": "Day",
    "theme.night": "Night",
    "theme.to_day": "Switch to day colours",
    "theme.to_night": "Switch to night colours",
    "clock.label": "Local time",
    "clock.replay": "Replay ×{speed}",
    "parts.missing": (
        "The browser parts are not installed, so this page does not update by itself. "
        "Run python scripts/vendor.py, then open the page again."
    ),
    "noscript": "Scripts are off: the picture is renewed every 15 s and there is no sound. Please turn scripts on.",
    # connection
    "stray.403": "Your account may not do this, or the place is not in your areas. An administrator can change that.",
    "stray.404": "Not found, or not yours. Check the address, or go back to the overview.",
    "stray.cross-site": "This did not come from a page of this system; nothing was done. Do it again there.",
    "stray.too-large": "Too large; nothing was kept. At most 16 MB at a time: send it in parts.",
    "live.age": "age {age}",
    "live.new": "The system was updated and this page is still the old one. Reload it when you have finished writing.",
    "live.reload": "Reload",
    "live.on": "Live",
    "live.wait": "Connecting",
    "live.off": "Connection lost",
    "live.lost": "Connection lost — the picture stopped at {at}",
    "live.unsent": (
        "The centre did not answer: this step may not have happened. Once the connection is back, look at the stage;"
        " press again if it is as before."
    ),
    "live.ago": "{age} ago",
    "live.act": (
        "New incidents are not visible now: phone the grid workers on duty. Reconnecting by itself; no need to reload."
    ),
    # sound
    "sound.enable": "Enable sound",
    "sound.why": "The browser wants one click before a fire alarm may sound.",
    "sound.locked": "Sound not enabled",
    "sound.on": "Sound enabled",
    "sound.ringing": "Sounding",
    "sound.silenced": "Silenced",
    "sound.silence": "Silence",
    "sound.silence.hint": "Stops this alarm only; a new fire sounds again",
    "sound.test": "Test",
    "sound.label": "Alarm sound",
    # operator
    "operator.none": "Not logged in",
    "operator.choose": "Log in",
    "operator.needed": (
        "You are not logged in, so nothing was done: the log must say who did it. Log in, then press again."
    ),
}
