"""What the command line does: a module a verb, in rooms named after what it acts on. Its imports come when it is called."""
