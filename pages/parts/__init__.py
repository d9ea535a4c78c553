"""Parts of a page that fill a file of their own, in a folder named after the page, which alone imports them."""
