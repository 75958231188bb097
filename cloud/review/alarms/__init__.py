"""How well the alarms themselves do (ISA-18.2, EEMUA 191), and the alarms behind each number."""
