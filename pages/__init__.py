"""The app's pages. A package, so that they can import what they share, whatever else is called `pages` on the way."""
