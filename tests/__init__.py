"""Tests of the whole house; one folder per room."""
