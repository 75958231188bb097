"""What a worker's terminal does at each key, as a table: screen, event, next screen, action.

One text instead of a dict of tuples, which would take 6 kB of a board's heap. `*` is every screen that has no line of
its own for the event, except `shut`; `-` refuses. A pair without a line is refused, and nothing changes.

Events: the keys (up down ok back hold sos), what happens (idle gone changed revoke pin settings), and what an action
finds out (right wrong, a line of the menu, next note none, home out).
"""

_TABLE = """
pin up pin more
pin down pin less
pin ok pin next_digit
pin back pin last_digit
pin right menu enter
pin wrong pin refuse
pin idle pin clear
menu up menu up
menu down menu down
menu ok menu take
menu tasks tasks begin
menu report kind begin
menu patrol patrol stay
menu duty menu turn_duty
menu leave pin log_off
tasks up tasks up
tasks down tasks down
tasks ok task pick
tasks none tasks begin
tasks back menu enter
task up task up
task down task down
task ok step begin
task back tasks begin
task none tasks begin
task gone tasks begin
task changed task show
step up step up
step down step down
step ok step take
step next tasks begin
step note note begin
step back task show
step none task show
step gone tasks begin
step changed task show
note up note up
note down note down
note ok note take
note next tasks begin
note back task show
note gone tasks begin
note changed task show
note settings task show
kind up kind up
kind down kind down
kind ok kind take
kind next place begin
kind back menu enter
kind settings menu enter
place up place up
place down place down
place ok place take
place next urgency begin
place back kind begin
place settings menu enter
urgency up urgency up
urgency down urgency down
urgency ok urgency take
urgency next photo blank
urgency back place begin
urgency settings menu enter
photo up photo more
photo down photo less
photo ok photo next_digit
photo back photo last_digit
photo right send stay
photo out urgency begin
photo settings menu enter
send ok menu report
send back photo blank
send settings menu enter
patrol ok patrol turn_patrol
patrol back menu enter
sos sos - -
sos idle - -
sos pin - -
sos hold sos end_sos
sos home menu enter
sos out pin clear
* sos sos start_sos
* idle pin lock
* pin pin log_off
* revoke shut wipe
"""  # `pin` comes with settings that hold another PIN


def move(screen: str, what: str) -> tuple | None:
    """(next screen, action); None where the event is refused."""
    found = _look_up(screen, what)
    if found is None and screen != "shut":
        found = _look_up("*", what)
    return None if found is None or found[0] == "-" else found


def _look_up(screen: str, what: str) -> tuple | None:
    head = "\n" + screen + " " + what + " "
    at = _TABLE.find(head)
    if at < 0:
        return None
    at += len(head)
    target, action = _TABLE[at : _TABLE.find("\n", at)].split(" ")
    return target, action
