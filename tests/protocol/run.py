"""Runs the cases without a test library: `micropython tests/protocol/run.py` from the root of the project."""

import sys

sys.path.insert(0, "tests/protocol")
sys.path.insert(0, ".")

import cases
import cases_endpoints

for case in cases.CASES + cases_endpoints.CASES:
    try:
        case()
    except BaseException:
        print("FAILED", case.__name__)
        raise
print(str(len(cases.CASES + cases_endpoints.CASES)) + " passed")
