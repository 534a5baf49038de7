"""One file a dataset: each has `read(root, **options)`, found through `data.registry`."""
