"""Ordinary rules: everything about one endpoint that is no fire, no latched alarm and no broken sensor. Pure.

A rule is a ladder of steps; a step is a condition, an on-delay, an off-delay and a severity. Rules are data, read by
`reader`, compiled by `program`, judged by `engine`.
"""
