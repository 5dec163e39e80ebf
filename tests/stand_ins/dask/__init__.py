"""As much of Dask as docs/examples/with_dask.py uses, in this process."""
