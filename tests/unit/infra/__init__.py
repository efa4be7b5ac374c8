"""Tests of the infrastructure as code, without a server."""
