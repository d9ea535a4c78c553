"""Verbs on this machine: the app, the weights, the owner, copies of the votes, what is there and what is missing."""
