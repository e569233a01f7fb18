"""Full-screen terminal client for the database agents of Alibaba Cloud."""

__version__ = "0.1.0"
