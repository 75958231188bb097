"""Words of the log-in and the own account."""

from __future__ import annotations

LOGIN = {
    "login.account": "Account",
    "login.password": "Password",
    "login.old": "Old password",
    "login.new": "New password (at least 12 characters)",
    "login.again": "The new password again",
    "login.code": "Code",
    "login.qr": "QR code for an authenticator app; it says the same as the key below",
    "login.by_hand": "Cannot scan? Type this key into the app:",
    "login.out": "Log out",
    "login.out_all": "Log out on every device",
    "login.step.login": "Log in",
    "login.step.code": "Second step: the code",
    "login.step.password": "Choose a new password",
    "login.step.enrol": "Connect your authenticator",
    "login.step.once": "Log in by a link",
    "login.why.once": "You follow a link that logs in once. Did you ask for it? Then go on; otherwise close this page.",
    "login.go.once": "Go on",
    "login.step.codes": "Recovery codes, shown this once",
    "login.why.login": (
        "Everything you do is logged under your name. No account, or the password forgotten? Ask an administrator."
    ),
    "login.why.code": (
        "Type the 6 digits that your authenticator app shows now; without the phone, one of your recovery codes."
    ),
    "login.why.password": (
        "Your present password was made by somebody else. Choose one that only you know: four words that have "
        "nothing to do with each other are easy to keep and hard to guess."
    ),
    "login.why.enrol": (
        "Administrators log in with two things: the password and a phone. Scan this with an authenticator app, "
        "then type the 6 digits it shows."
    ),
    "login.go.login": "Log in",
    "login.go.code": "Go on",
    "login.go.password": "Keep the new password",
    "login.go.enrol": "Connect",
    "login.codes.why": (
        "They let you in when the phone is lost, each of them once. Write them down and keep them away from the phone."
    ),
    "login.codes.kept": "Written down, go on",
    "login.often": (
        "Too many attempts, so none is taken for now. Try again in {s} s; an administrator can reset a forgotten "
        "password."
    ),
    "login.wrong.login": (
        "Account, password or link is wrong, or the account is disabled. Check them and try again, or ask an "
        "administrator to reset it."
    ),
    "login.wrong.code": "The code is wrong or was used already. Wait until the app shows the next one and type that.",
    "login.wrong.password": (
        "The old password is wrong, so nothing was changed. Try again, or ask an administrator to reset it."
    ),
    "login.wrong.enrol": (
        "The code does not belong to this key, so nothing is connected yet. See that the phone's clock is right and "
        "type the code again."
    ),
    "login.weak.short": "Too short: at least 12 characters. Four words that do not belong together will do.",
    "login.weak.long": "Too long: at most 128 characters.",
    "login.weak.common": (
        "This password is easy to guess. No account name, no rows of keys, no usual words: take words that have "
        "nothing to do with work."
    ),
    "login.weak.same": "The new password is the old one. Choose another.",
    "login.weak.again": "The two new passwords differ, so nothing was changed. Type the same one twice.",
    "account.title": "My account",
    "account.why": (
        "What is done on this device is logged under this name. At the end of a shift log out and let the next one in."
    ),
    "account.grants": "Roles",
    "account.second": "Authenticator",
    "account.second.on": "connected",
    "account.second.off": "not connected",
    "account.sessions": "Devices logged in",
    "account.everywhere": "whole district",
    "refused.title": "Not among your rights",
    "refused.why": (
        "This page is not part of your role or your area, so it was not opened. Where something must be done, call "
        "whoever is on duty there; where the rights are wrong, ask an administrator."
    ),
}
