"""Notebooks executed within limits: what a run showed, what it measured, and what it depends on."""
