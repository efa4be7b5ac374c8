"""The words of the pipeline, in pure Python: contract, batch, manifest, plan, errors."""
