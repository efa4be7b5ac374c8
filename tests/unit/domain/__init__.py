"""Tests of the domain: contract, batch, manifest, plan."""
