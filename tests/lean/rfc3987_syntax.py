"""Stands in the way of the package of this name, which takes a CPU second to build 39 grammars wherever jsonschema is imported.

JupyterLab brings it, and pytest's workers, Ray's processes and JupyterLab itself import jsonschema. Without it jsonschema leaves
one check out, whether a text is an IRI, which nothing here asks for.
"""

raise ImportError("left out by tests/lean")
