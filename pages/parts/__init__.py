"""Parts of a page that fill a file of their own; each file's name begins with its page's, which alone imports it."""
