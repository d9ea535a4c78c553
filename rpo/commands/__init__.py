"""What the command line does beyond one call: each verb a module."""
