"""Figures while another thread is still importing what Plotly looks for."""

import subprocess
import sys

import pytest

BESIDE_AN_IMPORT = """
import sys, threading
import plotly.graph_objects
thread = threading.Thread(target=__import__, args=("pandas",))
thread.start()
while "pandas" not in sys.modules:
    pass
import rpo.charts

plotly.graph_objects.Figure(plotly.graph_objects.Heatmap(z=[[1, 2]], x=["a", "b"]))
thread.join()
"""


@pytest.mark.weights
def test_a_figure_is_drawn_while_another_visitor_imports_pandas():
    done = subprocess.run([sys.executable, "-c", BESIDE_AN_IMPORT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
