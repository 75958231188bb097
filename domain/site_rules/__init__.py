"""Rules that span endpoints: confirmation by a neighbour, common causes, floods, chattering, stale alarms. Pure.

Every change that an endpoint makes to an incident goes through here before the centre is told. What comes out is the
same incident under a revision of the site, perhaps more severe, perhaps inside a parent, perhaps later, perhaps never.
Life safety is never held, grouped or absorbed; only a person's shelf keeps it back, and that ends by itself.
"""
