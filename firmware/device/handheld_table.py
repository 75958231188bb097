"""What a worker's terminal does at each key, as a table: screen, event, next screen, action.

One text instead of a dict of tuples, which would take 6 kB of a board's heap. `*` is every screen that has no line of
its own for the event, except `shut`; `-` refuses. A pair without a line is refused, and nothing changes.

Events: the keys (up down ok back hold sos), what happens (idle gone changed revoke pin settings), and what an
action finds out (right wrong, a line of the menu, none, home out).
"""

SCREENS = (
    "pin",
    "menu",
    "tasks",
    "task",
    "step",
    "note",
    "kind",
    "place",
    "urgency",
    "photo",
    "send",
    "patrol",
    "sos",
    "shut",
)
TABLE = """
pin up pin more
pin down pin less
pin ok pin next_digit
pin back pin last_digit
pin right menu enter
pin wrong pin refuse
pin idle pin clear_pin
menu up menu up
menu down menu down
menu ok menu choose
menu tasks tasks list_tasks
menu report kind list_kinds
menu patrol patrol stay
menu duty menu turn_duty
menu leave pin log_off
tasks up tasks up
tasks down tasks down
tasks ok task pick_task
tasks none tasks list_tasks
tasks back menu enter
task up task up
task down task down
task ok step list_steps
task back tasks list_tasks
task none tasks list_tasks
task gone tasks list_tasks
task changed task show_task
step up step up
step down step down
step ok step take_step
step tasks tasks list_tasks
step note note list_notes
step back task show_task
step none task show_task
step gone tasks list_tasks
step changed task show_task
note up note up
note down note down
note ok tasks give_note
note back task show_task
note gone tasks list_tasks
note changed task show_task
kind settings menu enter
place settings menu enter
urgency settings menu enter
photo settings menu enter
send settings menu enter
note settings task show_task
kind up kind up
kind down kind down
kind ok place list_places
kind back menu enter
place up place up
place down place down
place ok urgency list_urgencies
place back kind list_kinds
urgency up urgency up
urgency down urgency down
urgency ok photo start_photo
urgency back place list_places
photo up photo more
photo down photo less
photo ok photo next_photo_digit
photo back photo last_digit
photo right send stay
photo out urgency list_urgencies
send ok menu send_report
send back photo start_photo
patrol ok patrol turn_patrol
patrol back menu enter
sos sos - -
sos idle - -
sos pin - -
sos hold sos end_sos
sos home menu enter
sos out pin clear_pin
* sos sos start_sos
* idle pin lock
* pin pin log_off
* revoke shut wipe
"""  # `pin` comes with settings that hold another PIN


def move(screen: str, event: str) -> tuple | None:
    """(next screen, action); None where the event is refused."""
    found = _line(screen, event)
    if found is None and screen != "shut":
        found = _line("*", event)
    return None if found is None or found[0] == "-" else found


def _line(screen: str, event: str) -> tuple | None:
    start = "\n" + screen + " " + event + " "
    at = TABLE.find(start)
    if at < 0:
        return None
    at += len(start)
    target, action = TABLE[at : TABLE.find("\n", at)].split(" ")
    return target, action
