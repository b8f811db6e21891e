"""The computations behind the pages: a PyTorch library that knows no user interface."""
