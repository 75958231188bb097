"""Hardware as data: boards, parts and endpoints in TOML, and what follows from them.

load.py → model.py       TOML to facts; an error names file and field
checks.py                what makes a design refused
pinmap.py                pins module of the firmware
channels.py              which part a channel comes from: sheets and simulators
wiring.py bom.py battery.py sheet.py   drawing, list of parts, hours on battery, sheet for the technician
"""
