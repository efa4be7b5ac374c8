"""Brings an account of a cloud warehouse to what the files in infra/ say."""
