"""What runs in the browser: Python data, and the HTML, CSS and JavaScript that draw them."""
