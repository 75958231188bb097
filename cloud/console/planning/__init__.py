"""Editing the plan in the browser: one editor for every section, drafts, preview, versions."""
