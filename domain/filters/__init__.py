"""What is done to readings before ordinary rules and reports see them: one value at a time, pure.

These are the definitions. The gateway runs the same in arrays (gateway/filters/bank.py), tested equal to these.
Rules of life safety never see filtered values.
"""
