"""Words of the system's pages: accounts, tokens, wishes for notices, the audit log."""

from __future__ import annotations

from cloud.console.texts.en_deeds import DEEDS

ADMIN: dict[str, str] = {
    "adm.tabs": "System",
    "adm.tab.accounts": "Accounts",
    "adm.tab.tokens": "Tokens of programs",
    "adm.tab.notices": "Wishes for notices",
    "adm.tab.log": "Audit log",
    "adm.colon": ": ",
    # lists
    "adm.search": "Find by name or account",
    "adm.search.person": "Find by name or id",
    "adm.search.go": "Find",
    "adm.found": "{n} found of {all} accounts",
    "adm.people": "{n} people",
    "adm.none": "Nothing fits.",
    "adm.filter.all": "Every state",
    "adm.filter.locked": "Locked",
    "adm.filter.one_time": "Still a one-time password",
    "adm.filter.never": "Never logged in",
    "adm.filter.factor": "No authenticator",
    "adm.filter.stranger": "Not in the roster",
    "adm.filter.administrator": "Administrators",
    # accounts
    "adm.account": "Account",
    "adm.person": "Person of the roster",
    "adm.left": "has left",
    "adm.stranger": "not in the roster",
    "adm.state": "State",
    "adm.state.open": "may log in",
    "adm.state.locked": "locked",
    "adm.state.one_time": "one-time password",
    "adm.state.links": "by links only",
    "adm.password": "Password",
    "adm.password.own": "chosen by himself",
    "adm.password.one_time": "one-time, to be changed at the first log-in",
    "adm.password.links": "none, only a link lets in",
    "adm.last_login": "Last log-in",
    "adm.never": "never",
    "adm.seen": "last active",
    "adm.made": "Made",
    "adm.roles": "Roles",
    "adm.role": "Role",
    "adm.role.none": "(none)",
    "adm.no_role": "none",
    "adm.area": "Area",
    "adm.roles.roster": "From the roster",
    "adm.roles.own": "Given beside it",
    "adm.roles.now": "Roles now",
    "adm.roles.hint": (
        "A role holds in its area and everything below. An empty line is none; there are two more each time."
    ),
    "adm.roles.person": (
        "Whoever is in the roster has the roles and areas of the roster by himself; change those under Rules, people "
        "and shifts."
    ),
    "adm.does": "What can be done",
    "adm.self": (
        "This is your own account: another administrator locks or resets it or takes the role away. Your own password "
        "is changed at"
    ),
    "adm.log.of": "What he did, on record",
    "adm.new_account": "New account",
    "adm.account.hint": (
        "The id of a person of the roster, from the list ({n} have no account yet); for anybody else a name of small "
        "letters and digits, and a role."
    ),
    # steps
    "adm.step.lock": "Lock the account",
    "adm.step.unlock": "Unlock the account",
    "adm.step.reset": "Reset the password",
    "adm.step.sessions": "End all sessions",
    "adm.step.roles": "Change roles",
    "adm.means.lock": (
        "He is logged out everywhere now, cannot log in, and is paged no more. Incidents that he has go to nobody by "
        "themselves: see first who takes them."
    ),
    "adm.means.unlock": "He may log in with his old password again, and is paged again.",
    "adm.means.reset": (
        "Makes a one-time password. The old one stops at once and he is logged out everywhere. Make sure first, face "
        "to face or by phone, that it is he who asks."
    ),
    "adm.means.sessions": "He is logged out everywhere now; the password stays, and he may log in again.",
    "adm.means.roles": "They hold at once, on devices that are logged in too.",
    "adm.means.revoke": (
        "The program that uses this token is let in no more, for good; the name is never used again. Make sure that "
        "nothing needs it."
    ),
    "adm.go.lock": "Lock",
    "adm.go.unlock": "Unlock",
    "adm.go.reset": "Reset the password",
    "adm.go.sessions": "End all",
    "adm.go.roles": "Keep the roles",
    "adm.go.new_account": "Make the account",
    "adm.go.new_token": "Make the token",
    "adm.go.revoke": "Revoke",
    "adm.reset.second": "Take the authenticator off too (the phone is lost or a new one)",
    "adm.done.lock": "Locked, and logged out everywhere.",
    "adm.done.unlock": "Unlocked: he may log in.",
    "adm.done.sessions": "Logged out everywhere.",
    "adm.done.roles": "The roles are kept and hold now.",
    "adm.done.revoke": "The token is revoked.",
    "adm.done.kept": "Kept, from the next notice on.",
    "adm.done.tested": (
        "The test message was handed to the channel. Where nothing arrives, check the contacts, or ask an "
        "administrator to check the channel."
    ),
    "adm.why": "Why",
    "adm.why.hint": "Goes into the audit log with your name.",
    "adm.proof": "Please show again that it is you",
    "adm.proof.why": "You logged in more than 10 minutes ago. After your own password nobody asks for 10 minutes.",
    "adm.proof.none": "Your account has neither a password nor an authenticator: log out, log in again and come back.",
    "adm.proof.password": "Your own password",
    "adm.wrong.proof": "Your password or code is wrong, so nothing was changed. Type it again.",
    "adm.wrong.changed": (
        "Somebody changed this account since you opened the page, so nothing was done. Below is how it stands now: "
        "look, then decide."
    ),
    "adm.wrong.last": (
        "Nobody could keep accounts any more, or you would take this right from yourself, so nothing was done. Make "
        "another administrator first, or let another one do it."
    ),
    "adm.wrong.taken": (
        "This name is or was in use, so nothing was changed. Logs carry names, so none is used twice: choose another."
    ),
    "adm.wrong.value": "This cannot be, so nothing was changed: {why}",
    "adm.wrong.why": "Say why: whoever reads the log later cannot ask you.",
    # shown once
    "adm.secret.password": "One-time password",
    "adm.secret.token": "New token",
    "adm.secret.once": "Shown this once: it is gone when you leave the page",
    "adm.secret.password.why": (
        "Tell it to the person face to face or by phone, in no group chat. It must be changed at the first log-in."
    ),
    "adm.secret.token.why": (
        "Put it straight into the program's settings, into no mail and no chat. If it is lost, revoke it and make "
        "another."
    ),
    "adm.secret.kept": "Written down, go on",
    # tokens
    "adm.token": "Name",
    "adm.token.valid": "valid",
    "adm.token.soon": "ends soon",
    "adm.token.over": "over",
    "adm.token.revoked": "revoked",
    "adm.token.hint": (
        "What the program is called: small letters, digits, dot, dash, at most 48; no name is used twice."
    ),
    "adm.tokens.why": "Programs of other systems come in by a token and do what it allows, no more.",
    "adm.tokens.none": "There is no token.",
    "adm.tokens.every": "Show those that are over or revoked too ({n})",
    "adm.tokens.less": "Only those that work",
    "adm.made_by": "by {who}, {time}",
    "adm.new_token": "New token",
    "adm.scopes": "Narrowed to",
    "adm.scopes.all": "all of its roles",
    "adm.scopes.hint": (
        "Tick only what the program needs; nothing ticked is everything that its roles carry. This narrows, it never "
        "widens."
    ),
    "adm.used": "Last used",
    "adm.never_used": "never used",
    "adm.ends": "Ends",
    "adm.endless": "never",
    "adm.days": "Days until it ends",
    "adm.days.hint": "1 to 3660; empty for no end, which is no good idea.",
    "adm.others": "Speaks for others: passes on what people did, and names them",
    "adm.others.short": "speaks for others",
    "adm.revoke": "Revoke",
    # wishes
    "adm.wish": "Wish",
    "adm.wish.title": "How to be told",
    "adm.wish.mine": "My own",
    "adm.wish.own": "of his own",
    "adm.wish.rules": "as the centre's rules",
    "adm.wish.now": "Now",
    "adm.wish.says": "By",
    "adm.wish.by": "Set by {who}, {time}",
    "adm.wish.as_rules": "As the centre's rules say",
    "adm.wish.only": "Only by these:",
    "adm.wish.console": "The page always shows it to whoever is logged in.",
    "adm.wish.keep": "Keep",
    "adm.wish.nobody": (
        "This account is not in the roster, so nobody tells it anything; the page shows the incidents of its areas."
    ),
    "adm.wish.changed": (
        "Somebody changed it since you opened the page, so nothing was kept. Below is how it stands now: look, then "
        "decide."
    ),
    "adm.wish.wrong": "The channel or the hours cannot be, so nothing was kept. Write hours as 22:00 – 07:00.",
    "adm.wish.often": "Tested too often; try again in {s} s.",
    "adm.wish.not_delivered": (
        "The test message was not sent: {why}. Check the contacts, or ask an administrator to check the channel."
    ),
    "adm.channels": "Channels",
    "adm.quiet": "Quiet hours",
    "adm.quiet.none": "none",
    "adm.quiet.own": "my own",
    "adm.quiet.from": "From",
    "adm.quiet.to": "Until",
    "adm.quiet.hint": "Not for what endangers lives or was given to you; the rest comes afterwards.",
    "adm.language": "Language",
    "adm.language.zh": "Chinese",
    "adm.language.en": "English",
    "adm.test": "Send a test",
    "adm.test.why": "Sends a message that says it is a test, now. The page's own is tested by the bell above.",
    "adm.test.none": (
        "The centre has no channel beside the page and the handhelds, so there is nothing to test; the page's own is "
        "tested by the bell above."
    ),
    "adm.test.go": "Send by {by}",
    # log
    "adm.log.filter": "Filter",
    "adm.log.person": "Who (name, account)",
    "adm.log.action": "What",
    "adm.log.outcome": "Outcome",
    "adm.log.area": "Area of the person",
    "adm.log.any": "all",
    "adm.log.from": "From",
    "adm.log.until": "Until",
    "adm.log.csv": "CSV (newest {n})",
    "adm.log.hint": (
        "Each entry is sealed with the one before, so that a change shows: gridwhistle cloud audit verify. Looking at "
        "this page is on record too."
    ),
    "adm.log.right": "by the right: {what}",
    "adm.log.seq": "number",
    "adm.log.at": "When",
    "adm.log.who": "Who",
    "adm.log.name": "Name",
    "adm.log.target": "Of what",
    "adm.log.address": "From where",
    "adm.log.detail": "Why, and more",
    "adm.log.seal": "seal",
    "adm.log.newest": "Newest",
    "adm.log.older": "Older",
    "adm.log.wrong_time": "The time cannot be read; write it as 2026-10-01T08:00.",
} | DEEDS
