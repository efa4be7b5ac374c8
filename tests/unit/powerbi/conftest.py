"""Lets the dashboards on the web be imported, whose colours are those of the report."""

import sys

from streamvision.assets import asset

# They are a folder of their own, which the server puts on the path when it starts them.
sys.path.insert(0, str(asset("dashboards/web")))
