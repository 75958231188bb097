"""The technician's side: build, sign, flash, provision, label. CPython."""
