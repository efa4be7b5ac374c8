"""Tests of the infrastructure as code, on stand-ins."""
