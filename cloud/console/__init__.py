"""The operators page: templates, static files and the routes that fill them."""
